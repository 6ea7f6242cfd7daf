// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "sockets.hpp"

namespace podwire::netns_test {

// A connection that lives: both sides speak, twice.
inline void expect_talk(const net::Netns& from, const Peer& to, const TcpListener& listener) {
  const auto connection = TcpConnection::open(from, to);
  ASSERT_TRUE(connection) << connection.error().what;
  const auto accepted = listener.accept();
  ASSERT_TRUE(accepted);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(connection->send("request"));
    EXPECT_EQ(accepted->connection.receive(7), "request");
    EXPECT_TRUE(accepted->connection.send(std::string(100'000, 'x')));
    EXPECT_EQ(connection->receive(100'000).size(), 100'000U);
  }
}

}  // namespace podwire::netns_test
