// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {

// The common case: a node with a client and a server.
class TwoPods : public testing::Test {
 protected:
  Node node_;
  Pod client_{node_, "client"};
  Pod server_{node_, "server"};

  double verdict(const std::string& name) const {
    return node_.metrics().sum("podwire_packets_total", {{"verdict", name}});
  }
};

}  // namespace podwire::netns_test
