// SPDX-License-Identifier: Apache-2.0
#include "firewall/decode.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_conntrack.h>

namespace podwire::firewall {

namespace {

// 16-byte registers, and the same memory again as 4-byte ones.
Register position(std::uint32_t number) {
  return number >= NFT_REG32_00 ? (number - NFT_REG32_00) * NFT_REG32_SIZE
                                : (number - NFT_REG_1) * NFT_REG_SIZE;
}

Register register_of(const nftnl_expr* from, std::uint16_t attribute) {
  return position(nftnl_expr_get_u32(from, attribute));
}

Bytes bytes_of(const nftnl_expr* from, std::uint16_t attribute) {
  std::uint32_t length = 0;
  const auto* data = static_cast<const std::uint8_t*>(nftnl_expr_get(from, attribute, &length));
  return data == nullptr ? Bytes{} : Bytes(data, data + length);
}

std::string text_of(const char* text) {
  return text == nullptr ? "" : text;
}

// libnftnl 1.2 reads through a null pointer where there are no flags.
std::uint32_t flags_of(nftnl_set_elem* element) {
  return nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS)
             ? nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS)
             : 0;
}

std::optional<Verdict> verdict_of(std::uint32_t code, const char* chain) {
  switch (static_cast<int>(code)) {
    case NF_ACCEPT:
      return Verdict{Verdict::Kind::accept, ""};
    case NF_DROP:
      return Verdict{Verdict::Kind::drop, ""};
    case NFT_JUMP:
      return Verdict{Verdict::Kind::jump, text_of(chain)};
    case NFT_GOTO:
      return Verdict{Verdict::Kind::go_to, text_of(chain)};
    case NFT_RETURN:
      return Verdict{Verdict::Kind::back, ""};
    default:
      return std::nullopt;  // goes on with the next rule, or leaves it to a program
  }
}

Expression meta(const nftnl_expr* from) {
  if (!nftnl_expr_is_set(from, NFTNL_EXPR_META_DREG)) return Opaque{};
  return LoadMeta{nftnl_expr_get_u32(from, NFTNL_EXPR_META_KEY),
                  register_of(from, NFTNL_EXPR_META_DREG)};
}

Expression conntrack(const nftnl_expr* from) {
  if (!nftnl_expr_is_set(from, NFTNL_EXPR_CT_DREG)) return Opaque{};
  return LoadConntrack{nftnl_expr_get_u32(from, NFTNL_EXPR_CT_KEY),
                       register_of(from, NFTNL_EXPR_CT_DREG)};
}

Expression payload(const nftnl_expr* from) {
  if (!nftnl_expr_is_set(from, NFTNL_EXPR_PAYLOAD_DREG)) return Opaque{};
  return LoadPayload{nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_BASE),
                     nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_OFFSET),
                     nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_LEN),
                     register_of(from, NFTNL_EXPR_PAYLOAD_DREG)};
}

Expression bitwise(const nftnl_expr* from) {
  if (nftnl_expr_get_u32(from, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL) return Opaque{};
  return Mask{register_of(from, NFTNL_EXPR_BITWISE_SREG),
              register_of(from, NFTNL_EXPR_BITWISE_DREG), bytes_of(from, NFTNL_EXPR_BITWISE_MASK),
              bytes_of(from, NFTNL_EXPR_BITWISE_XOR)};
}

Expression compare(const nftnl_expr* from) {
  return Compare{register_of(from, NFTNL_EXPR_CMP_SREG),
                 nftnl_expr_get_u32(from, NFTNL_EXPR_CMP_OP), bytes_of(from, NFTNL_EXPR_CMP_DATA)};
}

Expression range(const nftnl_expr* from) {
  return Range{register_of(from, NFTNL_EXPR_RANGE_SREG),
               nftnl_expr_get_u32(from, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ,
               bytes_of(from, NFTNL_EXPR_RANGE_FROM_DATA),
               bytes_of(from, NFTNL_EXPR_RANGE_TO_DATA)};
}

Expression lookup(const nftnl_expr* from) {
  const bool is_map = nftnl_expr_is_set(from, NFTNL_EXPR_LOOKUP_DREG);
  const bool gives_verdict =
      is_map && nftnl_expr_get_u32(from, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT;
  if (is_map && !gives_verdict) return Opaque{};
  return Lookup{register_of(from, NFTNL_EXPR_LOOKUP_SREG),
                text_of(nftnl_expr_get_str(from, NFTNL_EXPR_LOOKUP_SET)),
                (nftnl_expr_get_u32(from, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV) != 0,
                gives_verdict};
}

Expression immediate(const nftnl_expr* from) {
  if (nftnl_expr_get_u32(from, NFTNL_EXPR_IMM_DREG) != NFT_REG_VERDICT)
    return Assign{register_of(from, NFTNL_EXPR_IMM_DREG), bytes_of(from, NFTNL_EXPR_IMM_DATA)};
  const auto verdict = verdict_of(nftnl_expr_get_u32(from, NFTNL_EXPR_IMM_VERDICT),
                                  nftnl_expr_get_str(from, NFTNL_EXPR_IMM_CHAIN));
  return verdict ? Expression(*verdict) : Expression(Opaque{});
}

Expression reject(const nftnl_expr*) {
  return Verdict{Verdict::Kind::drop, ""};
}

// A match of iptables. Only that for states matters often enough (linux/netfilter/xt_conntrack.h).
void decode_match(const nftnl_expr* from, Rule& to) {
  const std::string name = text_of(nftnl_expr_get_str(from, NFTNL_EXPR_MT_NAME));
  if (name == "comment") return;
  const Bytes info = bytes_of(from, NFTNL_EXPR_MT_INFO);
  xt_conntrack_mtinfo3 match{};
  const bool is_readable = name == "conntrack" && info.size() >= sizeof(match) &&
                           nftnl_expr_get_u32(from, NFTNL_EXPR_MT_REV) == 3;
  if (is_readable) std::memcpy(&match, info.data(), sizeof(match));
  if (!is_readable || (match.match_flags & ~XT_CONNTRACK_STATE_ALIAS) != XT_CONNTRACK_STATE) {
    to.emplace_back(Opaque{});
    return;
  }
  to.emplace_back(
      ConntrackStates{match.state_mask, (match.invert_flags & XT_CONNTRACK_STATE) != 0});
}

// A target of iptables: those that end the way of a packet; all others let it go on.
void decode_target(const nftnl_expr* from, Rule& to) {
  const std::string name = text_of(nftnl_expr_get_str(from, NFTNL_EXPR_TG_NAME));
  if (name == "REJECT" || name == "DROP") to.emplace_back(Verdict{Verdict::Kind::drop, ""});
  if (name == "ACCEPT") to.emplace_back(Verdict{Verdict::Kind::accept, ""});
}

struct Decoder {
  std::string_view name;
  Expression (*decode)(const nftnl_expr*);
};

constexpr std::array decoders{
    Decoder{"meta", meta},       Decoder{"ct", conntrack},        Decoder{"payload", payload},
    Decoder{"bitwise", bitwise}, Decoder{"cmp", compare},         Decoder{"range", range},
    Decoder{"lookup", lookup},   Decoder{"immediate", immediate}, Decoder{"reject", reject},
};

constexpr std::array<std::string_view, 6> without_effect{"counter", "log",    "notrack",
                                                         "last",    "objref", "flow_offload"};

}  // namespace

void decode(const nftnl_expr* from, Rule& to) {
  const std::string name = text_of(nftnl_expr_get_str(from, NFTNL_EXPR_NAME));
  if (std::ranges::find(without_effect, name) != without_effect.end()) return;
  if (name == "match") return decode_match(from, to);
  if (name == "target") return decode_target(from, to);
  const auto* known = std::ranges::find(decoders, name, &Decoder::name);
  to.push_back(known == decoders.end() ? Expression(Opaque{}) : known->decode(from));
}

Element decode(nftnl_set_elem* from) {
  Element element;
  std::uint32_t length = 0;
  if (const auto* key =
          static_cast<const std::uint8_t*>(nftnl_set_elem_get(from, NFTNL_SET_ELEM_KEY, &length)))
    element.key.assign(key, key + length);
  element.ends_interval = (flags_of(from) & NFT_SET_ELEM_INTERVAL_END) != 0;
  if (nftnl_set_elem_is_set(from, NFTNL_SET_ELEM_VERDICT)) {
    element.verdict = verdict_of(nftnl_set_elem_get_u32(from, NFTNL_SET_ELEM_VERDICT),
                                 nftnl_set_elem_get_str(from, NFTNL_SET_ELEM_CHAIN));
  }
  return element;
}

bool is_opaque(nftnl_set_elem* element) {
  constexpr std::uint32_t catch_all = 2;  // NFT_SET_ELEM_CATCHALL, since Linux 5.13
  return nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_KEY_END) ||
         (flags_of(element) & catch_all) != 0;
}

}  // namespace podwire::firewall
