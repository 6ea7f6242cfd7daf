// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "plugin_fixture.hpp"

namespace podwire::cni {

namespace {

namespace json = boost::json;
using fakes::ScriptedAgent;

TEST_F(PluginTest, TheConflistInDeployIsAccepted) {
  std::ostringstream text;
  text << std::ifstream(PODWIRE_SOURCE_DIR "/deploy/10-podwire.conflist").rdbuf();
  const json::value list = json::parse(text.str());
  EXPECT_EQ(list.at("cniVersion").as_string(), "1.0.0");
  EXPECT_EQ(json::serialize(list.at("cniVersions")), "[\"0.4.0\",\"1.0.0\",\"1.1.0\"]");
  ASSERT_EQ(list.at("plugins").as_array().size(), 1U);
  for (const json::value& version : list.at("cniVersions").as_array()) {
    json::object config = list.at("plugins").at(0).as_object();
    EXPECT_EQ(config["type"].as_string(), "podwire");
    EXPECT_EQ(config["capabilities"],
              (json::object{{"bandwidth", true}, {"ips", true}, {"mac", true}}));
    config["name"] = list.at("name");
    config["cniVersion"] = version;
    config["socket"] = socket_;
    ScriptedAgent agent(socket_, attach_reply());
    variables_["CNI_COMMAND"] = "ADD";
    const Answer answer = run_with(json::serialize(config));
    EXPECT_EQ(answer.exit_status, 0) << answer.output;
    ::unlink(socket_.c_str());
  }
}

}  // namespace

}  // namespace podwire::cni
