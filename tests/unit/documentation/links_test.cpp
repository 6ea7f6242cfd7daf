// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// A link from one page to another leads to a file, and to a heading of it, that exist.
namespace podwire::documentation {

namespace {

using Path = std::filesystem::path;

const Path top(PODWIRE_SOURCE_DIR);

std::string content(const Path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<Path> pages() {
  std::vector<Path> found = {top / "README.md", top / "bench/README.md"};
  for (const auto& file : std::filesystem::recursive_directory_iterator(top / "docs")) {
    if (file.path().extension() == ".md") found.push_back(file.path());
  }
  return found;
}

// As web pages name headings: letters and digits, in lower case, with `-` for blanks.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0 || c == '-' || c == '_')
      anchor += static_cast<char>(std::tolower(letter));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

std::set<std::string> anchors_of(const Path& page) {
  std::set<std::string> anchors;
  std::istringstream lines(content(page));
  for (std::string line; std::getline(lines, line);) {
    const auto text = line.find_first_not_of('#');
    if (text != 0 && text != std::string::npos && line[text] == ' ')
      anchors.insert(anchor_of(line.substr(text + 1)));
  }
  return anchors;
}

TEST(Links, LeadToFilesAndHeadingsThatExist) {
  std::size_t links = 0;
  const std::regex link(R"(\]\(([^)#\s]*)(#([^)\s]*))?\))");
  for (const Path& page : pages()) {
    const std::string text = content(page);
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      if (match->str(1).find("://") != std::string::npos) continue;
      const Path target =
          match->length(1) == 0 ? page : (page.parent_path() / match->str(1)).lexically_normal();
      EXPECT_TRUE(std::filesystem::exists(target)) << page << ": " << match->str();
      if (match->length(3) > 0) {
        EXPECT_TRUE(anchors_of(target).contains(match->str(3))) << page << ": " << match->str();
      }
      ++links;
    }
  }
  EXPECT_GT(links, 20U);
}

}  // namespace

}  // namespace podwire::documentation
