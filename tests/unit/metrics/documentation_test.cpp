// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "datapath/verdict.hpp"
#include "fakes/fake_datapath.hpp"
#include "metrics/exposition.hpp"
#include "scrape.hpp"

// docs/metrics.md names what a scrape holds, and nothing else.
namespace podwire::metrics {

namespace {

std::string page() {
  std::ostringstream text;
  text << std::ifstream(PODWIRE_SOURCE_DIR "/docs/metrics.md").rdbuf();
  return text.str();
}

// A scrape of an agent that has seen everything once.
Scrape full_scrape() {
  fakes::CallLog log;
  fakes::FakeDatapath datapath(log);
  datapath.slots[0] = {};
  datapath.maps = {{"endpoints", 1, 2}};
  Inventory inventory;
  inventory.pods = {{"shop", "web", "pw1", 0, "eth0", {.ingress = {1000, 0}}}};
  inventory.pools.emplace_back(net::Prefix::parse("10.244.0.0/24").value(), endpoint::PoolUsage{});
  inventory.probes.push_back(
      {.target = {.address = net::Address::parse("10.244.0.1").value(), .port = 80},
       .owner = "pw1"});
  RequestDurations durations;
  durations.observe("ADD", std::chrono::milliseconds(1));
  return Scrape(render("1", inventory, datapath, durations));
}

struct Row {
  std::string type;
  std::set<std::string> labels;
};

// Lines such as: | `podwire_pods` | gauge | `namespace` `pod` | ...
std::map<std::string, Row> documented() {
  std::map<std::string, Row> rows;
  std::istringstream lines(page());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `podwire_") && !line.starts_with("| `process_")) continue;
    std::istringstream cells(line.substr(1));
    std::string name, type, labels;
    std::getline(std::getline(std::getline(cells, name, '|'), type, '|'), labels, '|');
    Row& row = rows[name.substr(2, name.rfind('`') - 2)];
    std::istringstream(type) >> row.type;
    std::istringstream words(labels);
    for (std::string word; words >> word;) {
      if (word.size() > 2 && word.front() == '`')
        row.labels.insert(word.substr(1, word.rfind('`') - 1));
    }
  }
  return rows;
}

// The labels of a family's first sample, without those of the format itself.
std::set<std::string> labels_of(const Scrape& scrape, const std::string& family) {
  std::set<std::string> labels;
  for (const auto& [sample, value] : scrape.samples) {
    if (!sample.starts_with(family)) continue;
    const std::string name = sample.substr(0, sample.find('{'));
    const std::string suffix = name.substr(family.size());
    if (!suffix.empty() && suffix != "_sum" && suffix != "_count" && suffix != "_bucket") continue;
    for (auto at = name.size(); at < sample.size() && sample[at] != '}';) {
      const auto equals = sample.find('=', at);
      const std::string label = sample.substr(at + 1, equals - at - 1);
      if (label != "le") labels.insert(label);
      at = sample.find('"', equals + 2) + 1;
    }
  }
  return labels;
}

TEST(MetricsPage, NamesEveryFamilyAndNoOther) {
  const Scrape scrape = full_scrape();
  const auto rows = documented();
  for (const auto& [family, type] : scrape.types)
    EXPECT_TRUE(rows.contains(family)) << family << " is not documented";
  for (const auto& [family, row] : rows)
    EXPECT_TRUE(scrape.types.contains(family)) << family << " does not exist";
}

TEST(MetricsPage, TellsTypesAndLabelsAsTheyAre) {
  const Scrape scrape = full_scrape();
  for (const auto& [family, row] : documented()) {
    ASSERT_TRUE(scrape.types.contains(family)) << family;
    EXPECT_EQ(row.type, scrape.types.at(family)) << family;
    EXPECT_EQ(row.labels, labels_of(scrape, family)) << family;
  }
}

// In examples and queries too; the series of a histogram or summary have suffixes.
TEST(MetricsPage, MentionsNoSeriesThatDoesNotExist) {
  const Scrape scrape = full_scrape();
  const std::string text = page();
  const std::regex series("\\bpodwire_[a-z0-9_]+");
  std::size_t mentioned = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), series), end; match != end; ++match) {
    const std::string name =
        std::regex_replace(match->str(), std::regex("_(bucket|sum|count)$"), "");
    EXPECT_TRUE(scrape.types.contains(name)) << match->str();
    ++mentioned;
  }
  EXPECT_GT(mentioned, scrape.types.size());
}

TEST(MetricsPage, ExplainsEveryVerdict) {
  const std::string text = page();
  for (std::size_t i = 0; i < PW_VERDICTS; ++i) {
    const std::string name(datapath::verdict_name(static_cast<pw_verdict>(i)));
    EXPECT_NE(text.find("\n| `" + name + "` |"), std::string::npos) << name;
  }
}

}  // namespace

}  // namespace podwire::metrics
