// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cni/network_config.hpp"

// What people read about the plugin's configuration is what the code does.
namespace podwire::cni {

namespace {

struct Row {
  std::string key;
  std::string type;
  std::string fallback;
  std::string allowed;
};

// The table of the section about the plugin, without the marks of Markdown.
std::vector<Row> table() {
  std::ifstream page(PODWIRE_SOURCE_DIR "/docs/configuration.md");
  std::vector<Row> rows;
  bool in_section = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) in_section = line == "## The CNI plugin";
    if (!in_section || !line.starts_with("| `")) continue;
    std::erase(line, '`');
    std::istringstream cells(line.substr(2));
    std::vector<std::string> cell;
    for (std::string text; std::getline(cells, text, '|');) {
      text.erase(text.find_last_not_of(' ') + 1);
      cell.push_back(text.erase(0, text.find_first_not_of(' ')));
    }
    if (cell.size() > 4) rows.push_back({cell[0], cell[1], cell[2], cell[4]});
  }
  return rows;
}

std::optional<Row> row_of(const std::string& key) {
  for (Row& row : table()) {
    if (row.key == key) return std::move(row);
  }
  return std::nullopt;
}

bool is_taken(const std::string& key, const std::string& value) {
  std::string text = R"({"cniVersion":"1.0.0","name":"net","type":"podwire",)";
  const std::string probe = "probes[].";
  if (!key.starts_with(probe)) {
    text += "\"" + key + "\":" + value + "}";
  } else {
    const std::string name = key.substr(probe.size());
    text += R"("probes":[{)";
    if (name != "tcpPort") text += R"("tcpPort":80,)";
    if (name == "timeoutMs") text += R"("periodMs":5000,)";
    text += "\"" + name + "\":" + value + "}]}";
  }
  auto envelope = parse_envelope(text, Command::add);
  return envelope && parse_network_config(*envelope, Command::add);
}

TEST(PluginTable, NamesTheKeysThatOnlyPodwireHas) {
  for (const std::string_view key : own_keys()) EXPECT_TRUE(row_of(std::string(key))) << key;
  for (const char* key : {"probes[].tcpPort", "probes[].periodMs", "probes[].timeoutMs"})
    EXPECT_TRUE(row_of(key)) << key;
  EXPECT_FALSE(is_taken("agentTimeoutMS", "1"));
}

TEST(PluginTable, HasTheRangesOfTheCode) {
  std::size_t ranges = 0;
  for (const Row& row : table()) {
    std::smatch range;
    const std::regex numbers("([0-9]+) to ([0-9]+|the period)$");
    if (row.type != "whole number" || !std::regex_search(row.allowed, range, numbers)) continue;
    ++ranges;
    const auto least = std::stoll(range[1]);
    const auto greatest = range[2] == "the period" ? 5000 : std::stoll(range[2]);
    EXPECT_TRUE(is_taken(row.key, std::to_string(least))) << row.key;
    EXPECT_FALSE(is_taken(row.key, std::to_string(least - 1))) << row.key;
    EXPECT_TRUE(is_taken(row.key, std::to_string(greatest))) << row.key;
    EXPECT_FALSE(is_taken(row.key, std::to_string(greatest + 1))) << row.key;
  }
  EXPECT_EQ(ranges, 5U);
}

TEST(PluginTable, HasTheDefaultsOfTheCode) {
  auto envelope = parse_envelope(R"({"cniVersion":"1.0.0","name":"n","probes":[{"tcpPort":80}]})",
                                 Command::add);
  ASSERT_TRUE(envelope);
  const NetworkConfig defaults = parse_network_config(*envelope, Command::add).value();
  const agent_api::Probe probe = defaults.probes.at(0);
  EXPECT_EQ(row_of("socket")->fallback, defaults.socket);
  EXPECT_EQ(row_of("mtu")->fallback, std::to_string(defaults.mtu));
  EXPECT_EQ(row_of("probes")->fallback, "[]");
  EXPECT_EQ(row_of("agentTimeoutMs")->fallback, std::to_string(defaults.agent_timeout.count()));
  EXPECT_EQ(row_of("probes[].periodMs")->fallback, std::to_string(probe.period_ms));
  EXPECT_EQ(row_of("probes[].timeoutMs")->fallback,
            "the lesser of " + std::to_string(probe.timeout_ms) + " and the period");
}

TEST(PluginTable, HasTheLimitsOfTheCode) {
  const auto probes = [](std::size_t count) {
    std::string list;
    for (std::size_t port = 1; port <= count; ++port)
      list += (list.empty() ? "" : ",") + ("{\"tcpPort\":" + std::to_string(port)) + "}";
    return "[" + list + "]";
  };
  EXPECT_NE(row_of("probes")->allowed.find(std::to_string(agent_api::most_probes)),
            std::string::npos);
  EXPECT_TRUE(is_taken("probes", probes(agent_api::most_probes)));
  EXPECT_FALSE(is_taken("probes", probes(agent_api::most_probes + 1)));
  EXPECT_EQ(row_of("socket")->allowed, "absolute, at most 107 bytes");
  EXPECT_TRUE(is_taken("socket", "\"/" + std::string(106, 's') + "\""));
  EXPECT_FALSE(is_taken("socket", "\"/" + std::string(107, 's') + "\""));
}

}  // namespace

}  // namespace podwire::cni
