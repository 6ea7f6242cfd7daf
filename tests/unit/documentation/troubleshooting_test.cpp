// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "string_literals.hpp"

// Whoever greps docs/troubleshooting.md for the words of a message finds it.
namespace podwire::documentation {

namespace {

// Texts of two words and more are taken for messages, so that a new one cannot be forgotten. Others
// stand in these calls and functions, begin so, or are in these files.
constexpr std::array other_calls = {"App",
                                    "app",
                                    "add_option",
                                    "add_flag",
                                    "add_subcommand",
                                    "add_option_group",
                                    "add_verb",
                                    "set_version_flag",
                                    "about",          // the plugin's version
                                    "key",            // of the configuration: its page has a test
                                    "allowed",        // values of it
                                    "type",           // of these
                                    "reference",      // its page
                                    "Help",           // of a series
                                    "spdlog::info",   // no errors
                                    "static_assert",  // the compiler's
                                    "database_.run",  // SQL
                                    "response.set"};  // HTTP
const std::regex sql("^(BEGIN|CREATE TABLE|PRAGMA) ");
constexpr std::array other_files = {
    "userspace/metrics/",            // help of series: docs/metrics.md
    "userspace/nat/masquerade.cpp",  // rules of nftables
    // What doctor finds, each with its cure; unit.doctor sees to a section for each check.
    "userspace/doctor/checks.cpp", "userspace/doctor/firewall_check.cpp",
    "userspace/doctor/firewall_cure.cpp", "userspace/doctor/host_checks.cpp",
    "userspace/doctor/link_checks.cpp", "userspace/doctor/network_checks.cpp"};

// `name` is `call`, or a member of something that is called so.
bool is_call(const std::string& name, const std::string& call) {
  return name == call || name.ends_with("." + call) || name.ends_with(":" + call);
}

bool is_message(const Literal& literal) {
  const auto is_other = [](const std::string& name) {
    return std::ranges::any_of(other_calls, [&](const char* call) { return is_call(name, call); });
  };
  return std::ranges::none_of(literal.inside, is_other) && !std::regex_search(literal.text, sql);
}

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// One space between words, none around.
std::string with_single_spaces(const std::string& text) {
  std::istringstream words(text);
  std::string joined;
  for (std::string word; words >> word;) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

// What stands between marks of code, one a line. A mark in the code itself ends it.
std::string code_of(const std::string& markdown) {
  std::string code;
  const std::regex span("```[a-z]*\n([^`]*)```|`([^`]+)`");
  for (std::sregex_iterator match(markdown.begin(), markdown.end(), span), end; match != end;
       ++match)
    code += with_single_spaces((*match)[1].str() + (*match)[2].str()) + "\n";
  return code;
}

// The fixed parts of a message: what stands between `{}` and ends of lines, without punctuation
// around. One word is not enough to tell a message from another.
std::vector<std::string> parts_of(const std::string& message) {
  std::vector<std::string> parts;
  const std::regex between(R"(\{[^}]*\}|\n)"), around(R"(^[^A-Za-z0-9]+|[^A-Za-z0-9]+$)");
  const std::regex words(R"((^|\s)['"(\[]*[A-Za-z][A-Za-z'-]*[^A-Za-z\s]*\s.*\b[A-Za-z]{2,})");
  std::sregex_token_iterator part(message.begin(), message.end(), between, -1), end;
  for (; part != end; ++part) {
    const std::string text = std::regex_replace(with_single_spaces(part->str()), around, "");
    if (std::regex_search(text, words)) parts.push_back(text);
  }
  return parts;
}

struct Message {
  std::string where;  // file:line
  std::string part;
};

std::vector<Message> messages() {
  std::vector<Message> found;
  const std::filesystem::path top(PODWIRE_SOURCE_DIR);
  for (const char* folder : {"userspace", "cni"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(top / folder)) {
      const std::string path = file.path().lexically_relative(top);
      if (!path.ends_with("pp") || std::ranges::any_of(other_files, [&](const char* other) {
            return path.starts_with(other);
          }))
        continue;
      for (const Literal& literal : LiteralReader(content(file.path())).read()) {
        if (!is_message(literal)) continue;
        for (const std::string& part : parts_of(literal.text))
          found.push_back({path + ":" + std::to_string(literal.line), part});
      }
    }
  }
  return found;
}

TEST(TroubleshootingPage, HoldsTheWordsOfEveryMessage) {
  const std::string code = code_of(content(PODWIRE_SOURCE_DIR "/docs/troubleshooting.md"));
  const auto all = messages();
  EXPECT_GT(all.size(), 250U);
  for (const Message& message : all) {
    EXPECT_NE(code.find(message.part), std::string::npos)
        << message.where << ": between marks of code should stand: " << message.part;
  }
}

using testing::ElementsAre;

TEST(TroubleshootingPage, IsHeldAgainstThePartsOfAMessage) {
  EXPECT_THAT(parts_of("follow the link of {}: {:>3} of them\nthe end"),
              ElementsAre("follow the link of", "of them", "the end"));
  EXPECT_THAT(parts_of("': no address,  write one"), ElementsAre("no address, write one"));
  EXPECT_THAT(parts_of("list: "), ElementsAre());
  EXPECT_THAT(parts_of("%l %v"), ElementsAre());
}

TEST(LiteralReader, JoinsWhatTheCompilerJoinsAndKnowsTheCallsAround) {
  const auto found = LiteralReader(
                         "#include \"no.hpp\"\n"
                         "fail(code, \"a \"  // \"no\"\n"
                         "     \"b\" + to_string(\"c\\\"\\n\", '\"', 10'000) + \"d\");\n"
                         "/* \"no\" */ void f() { R\"(no)\"; throw Error{\"e\"}; }\n")
                         .read();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].text, "a b");
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_THAT(found[0].inside, ElementsAre("fail"));
  EXPECT_EQ(found[1].text, "c\"\n");
  EXPECT_THAT(found[1].inside, ElementsAre("fail", "to_string"));
  EXPECT_EQ(found[2].text, "d");
  EXPECT_EQ(found[3].text, "e");
  EXPECT_THAT(found[3].inside, ElementsAre("f", "Error"));
}

}  // namespace

}  // namespace podwire::documentation
