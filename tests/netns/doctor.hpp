// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "topology.hpp"

namespace podwire::netns_test {

struct Finding {
  std::string state;
  std::string what;
  std::string cure;
  std::vector<std::string> commands;
};

// What the real `podwirectl doctor` says on a node.
class Doctor {
 public:
  explicit Doctor(const Agent& agent) : agent_(agent) {}

  Finished ask(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {PODWIRECTL, "doctor", "--config", agent_.config_file()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run({.arguments = arguments, .netns = &agent_.node()});
  }

  // Of one check, without those that are ok.
  std::vector<Finding> findings(const std::string& check) const {
    std::vector<Finding> found;
    const Finished asked = ask({"-o", "json"});
    const boost::json::value reply = boost::json::parse(asked.out);
    for (const boost::json::value& one : reply.at("findings").as_array()) {
      if (one.at("check").as_string() != check || one.at("state").as_string() == "ok") continue;
      found.push_back({one.at("state").as_string().c_str(), one.at("what").as_string().c_str(),
                       one.at("cure").as_string().c_str(),
                       boost::json::value_to<std::vector<std::string>>(one.at("commands"))});
    }
    return found;
  }

  // What these say to do, done as a person would: in a shell on the node.
  std::string follow(const std::vector<Finding>& findings) const {
    std::string errors;
    for (const Finding& finding : findings) {
      for (const std::string& command : finding.commands)
        errors += run({.arguments = {"sh", "-c", command}, .netns = &agent_.node()}).err;
    }
    return errors;
  }

 private:
  const Agent& agent_;
};

}  // namespace podwire::netns_test
