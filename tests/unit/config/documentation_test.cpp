// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "config/reload.hpp"
#include "config/schema.hpp"

// What people read about the configuration is what the code does.
namespace podwire::config {

namespace {

// `path` below the top of the source tree.
std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(PODWIRE_SOURCE_DIR "/" + path).rdbuf();
  return text.str();
}

// The fenced blocks of one language, in order.
std::vector<std::string> blocks(const std::string& markdown, const std::string& language) {
  std::vector<std::string> found;
  const std::string fence = "\n```" + language + "\n";
  for (auto at = markdown.find(fence); at != std::string::npos; at = markdown.find(fence, at)) {
    at += fence.size();
    found.push_back(markdown.substr(at, markdown.find("```\n", at) - at));
  }
  return found;
}

TEST(ConfigurationPage, holds_the_table_of_all_keys) {
  EXPECT_NE(content("docs/configuration.md").find("\n\n" + reference() + "\n"), std::string::npos)
      << "the table has to be:\n"
      << reference();
}

TEST(ConfigurationPage, has_an_example_that_works) {
  const auto examples = blocks(content("docs/configuration.md"), "yaml");
  ASSERT_EQ(examples.size(), 2U);
  const auto config = parse(examples[0], "podwired.yaml");
  EXPECT_TRUE(config) << config.error().what;
}

TEST(ConfigurationPage, shows_the_error_that_its_wrong_example_gives) {
  const std::string page = content("docs/configuration.md");
  const auto examples = blocks(page, "yaml");
  const auto errors = blocks(page, "text");
  ASSERT_EQ(examples.size(), 2U);
  ASSERT_EQ(errors.size(), 2U);
  const auto config = parse(examples[1], "podwired.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what + "\n", errors[0]);
}

TEST(ConfigurationPage, lists_errors_that_the_code_gives) {
  const auto errors = blocks(content("docs/configuration.md"), "text");
  ASSERT_EQ(errors.size(), 2U);
  std::string given;
  for (const char* text : {"ipam:\n  ipv4: 10.244.7.1/24\n",
                           "ipam:\n  ipv4: 10.244.7.0/24\nlimits:\n  attachments: 5000\n",
                           "ipam:\n  ipv4: a: b\n", "log_level: info\n"}) {
    const auto config = parse(text, "podwired.yaml");
    ASSERT_FALSE(config) << text;
    given += config.error().what + "\n";
  }
  EXPECT_EQ(given, errors[1]);
}

TEST(ConfigurationPage, lists_the_keys_that_change_without_a_restart) {
  std::string list;
  for (const std::string& key : reloaded_keys()) list += "- `" + key + "`\n";
  EXPECT_NE(content("docs/configuration.md").find("\n\n" + list + "\n"), std::string::npos)
      << "the list has to be:\n"
      << list;
}

struct Line {
  bool active = false;  // not behind a `#`
  std::string value;
};

// Keys of the example that are behind a `#` are put in use; text in comments has a space behind the
// `#`.
std::string with_every_key(const std::string& yaml) {
  std::string text;
  std::istringstream input(yaml);
  for (std::string line; std::getline(input, line);) {
    const auto mark = line.find_first_not_of(' ');
    if (mark != std::string::npos && line[mark] == '#' && line.compare(mark, 2, "# ") != 0)
      line.erase(mark, 1);
    text += line + "\n";
  }
  return text;
}

// Every `key: value` that is in use, by path.
std::map<std::string, std::string> values_of(const std::string& yaml) {
  std::map<std::string, std::string> found;
  std::string section;
  std::istringstream input(yaml);
  for (std::string line; std::getline(input, line);) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string::npos || line[start] == '#') continue;
    const auto colon = line.find(':');
    if (colon + 1 == line.size()) {
      section = line.substr(0, colon) + ".";
    } else {
      found[(start == 0 ? "" : section) + line.substr(start, colon - start)] =
          line.substr(colon + 2);
    }
  }
  return found;
}

TEST(ExampleFile, loads_as_it_is_and_says_the_same_with_every_key_in_use) {
  const std::string yaml = content("deploy/podwired.yaml");
  const auto as_it_is = parse(yaml, "podwired.yaml");
  ASSERT_TRUE(as_it_is) << as_it_is.error().what;
  const auto in_use = parse(with_every_key(yaml), "podwired.yaml");
  ASSERT_TRUE(in_use) << in_use.error().what;
  EXPECT_EQ(summary(*in_use), summary(*as_it_is));
}

TEST(ExampleFile, holds_every_key_with_its_default_behind_a_mark) {
  const std::string yaml = content("deploy/podwired.yaml");
  const auto in_use = values_of(yaml);
  const auto all = values_of(with_every_key(yaml));
  for (const Key& key : keys()) {
    const std::string by_default = key.show(Config{});
    ASSERT_TRUE(all.contains(key.path)) << key.path;
    EXPECT_EQ(in_use.contains(key.path), by_default.empty()) << key.path;
    if (!by_default.empty()) {
      EXPECT_EQ(all.at(key.path), by_default) << key.path;
    }
  }
  EXPECT_EQ(all.size(), keys().size()) << "a key that does not exist";
}

}  // namespace

}  // namespace podwire::config
