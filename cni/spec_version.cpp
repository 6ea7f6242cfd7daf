// SPDX-License-Identifier: Apache-2.0
#include "cni/spec_version.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "cni/names.hpp"

namespace podwire::cni {

namespace {

constexpr std::array versions = {SpecVersion::v0_3_1, SpecVersion::v0_4_0, SpecVersion::v1_0_0,
                                 SpecVersion::v1_1_0};
// What a configuration without cniVersion is written in, says the Go library.
constexpr std::string_view version_of_old = "0.1.0";

Checked<std::string_view> announced_text(const boost::json::object& config) {
  const boost::json::value* value = config.if_contains("cniVersion");
  if (value == nullptr || value->is_null()) return version_of_old;
  if (!value->is_string()) {
    return refuse(Code::decoding_failure, "cniVersion must be a text such as \"1.0.0\"");
  }
  const std::string_view text = value->get_string();
  if (text.empty()) return version_of_old;
  if (is_version(text)) return text;
  return refuse(Code::decoding_failure,
                "cniVersion " + quoted(text) + " must be three numbers such as 1.0.0");
}

Checked<> require_command(SpecVersion version, Command command) {
  if (command == Command::check && version < SpecVersion::v0_4_0) {
    return refuse(Code::incompatible_version, "config version does not allow CHECK",
                  "CHECK came with cniVersion 0.4.0");
  }
  if (command == Command::status && version < SpecVersion::v1_1_0) {
    return refuse(Code::incompatible_version, "config version does not allow STATUS",
                  "STATUS came with cniVersion 1.1.0");
  }
  return {};
}

}  // namespace

std::string_view version_text(SpecVersion version) {
  switch (version) {
    case SpecVersion::v0_3_1:
      return "0.3.1";
    case SpecVersion::v0_4_0:
      return "0.4.0";
    case SpecVersion::v1_0_0:
      return "1.0.0";
    case SpecVersion::v1_1_0:
      return "1.1.0";
  }
  return "1.1.0";
}

boost::json::array supported_versions() {
  boost::json::array texts;
  for (const SpecVersion version : versions) texts.emplace_back(version_text(version));
  return texts;
}

bool is_version(std::string_view text) {
  constexpr std::size_t longest_number = 5;
  int numbers = 0;
  while (true) {
    const auto dot = text.find('.');
    const std::string_view number = text.substr(0, dot);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (number.empty() || number.size() > longest_number) return false;
    if (!std::ranges::all_of(number, is_digit)) return false;
    ++numbers;
    if (dot == std::string_view::npos) return numbers == 3;
    text.remove_prefix(dot + 1);
  }
}

Checked<SpecVersion> requested_version(const boost::json::object& config, Command command) {
  auto text = announced_text(config);
  if (!text) return tl::unexpected(text.error());
  const auto* const found = std::ranges::find(versions, *text, version_text);
  if (found == versions.end()) {
    return refuse(Code::incompatible_version, "incompatible CNI versions",
                  "config is \"" + std::string(*text) + "\", plugin supports " +
                      boost::json::serialize(supported_versions()));
  }
  if (auto exists = require_command(*found, command); !exists) {
    return tl::unexpected(exists.error());
  }
  return *found;
}

}  // namespace podwire::cni
