// SPDX-License-Identifier: Apache-2.0
#include "cni/cni_args.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cni/names.hpp"

namespace podwire::cni {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

Checked<Pair> parse_pair(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || std::ranges::count(text, '=') != 1) {
    return refuse(Code::invalid_environment,
                  "CNI_ARGS: " + quoted(text) + " must be KEY=VALUE with one '='");
  }
  return Pair(text.substr(0, equals), text.substr(equals + 1));
}

Checked<std::vector<Pair>> split(std::string_view text) {
  std::vector<Pair> pairs;
  while (!text.empty()) {
    const auto end = text.find(';');
    auto pair = parse_pair(text.substr(0, end));
    if (!pair) return tl::unexpected(pair.error());
    pairs.push_back(*pair);
    // What follows a last ';' is one more, empty pair.
    if (end == text.size() - 1) return tl::unexpected(parse_pair({}).error());
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return pairs;
}

Checked<bool> ignores_unknown(const std::vector<Pair>& pairs) {
  bool ignore = false;
  for (const auto& [key, value] : pairs) {
    if (key != "IgnoreUnknown") continue;
    ignore = value == "1" || value == "true";
    if (!ignore && value != "0" && value != "false") {
      return refuse(Code::invalid_environment, "CNI_ARGS: IgnoreUnknown is " + quoted(value) +
                                                   "; allowed are 1, true, 0 and false");
    }
  }
  return ignore;
}

// Where the value of a key goes; null if nobody asks for it.
std::string* place_of(std::string_view key, CniArgs& args, std::string& ip) {
  if (key == "K8S_POD_NAMESPACE") return &args.pod.pod_namespace;
  if (key == "K8S_POD_NAME") return &args.pod.name;
  if (key == "K8S_POD_UID") return &args.pod.uid;
  if (key == "IP") return &ip;
  if (key == "MAC") return &args.requested.mac;
  return nullptr;
}

bool is_known(std::string_view key) {
  return key == "IP" || key == "MAC" || key == "IgnoreUnknown" || key.starts_with("K8S_");
}

}  // namespace

Checked<CniArgs> parse_cni_args(std::string_view text) {
  auto pairs = split(text);
  if (!pairs) return tl::unexpected(pairs.error());
  auto ignore_unknown = ignores_unknown(*pairs);
  if (!ignore_unknown) return tl::unexpected(ignore_unknown.error());

  CniArgs args;
  std::string ip;
  for (const Pair& pair : *pairs) {
    if (!is_known(pair.first) && !*ignore_unknown) {
      return refuse(Code::invalid_environment, "CNI_ARGS: unknown key " + quoted(pair.first) +
                                                   " with value " + quoted(pair.second) +
                                                   "; IgnoreUnknown=1 would let it pass");
    }
    std::string* place = place_of(pair.first, args, ip);
    if (place != nullptr && !is_text(pair.second)) {
      return refuse(Code::invalid_environment, "CNI_ARGS: " + std::string(pair.first) + " is " +
                                                   quoted(pair.second) + "; it " + text_rule);
    }
    if (place != nullptr) *place = pair.second;
  }
  if (!ip.empty()) args.requested.ips.push_back(std::move(ip));
  return args;
}

}  // namespace podwire::cni
