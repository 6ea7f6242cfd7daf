// SPDX-License-Identifier: Apache-2.0
#include "net/netlink_message.hpp"

#include <utility>

namespace podwire::net {

NetlinkMessage::NetlinkMessage(std::string doing, std::uint16_t type, std::uint16_t flags)
    : doing_(std::move(doing)), message_(mnl_nlmsg_put_header(buffer_.data())) {
  message_->nlmsg_type = type;
  message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

NetlinkMessage& NetlinkMessage::put(std::uint16_t attribute, std::uint32_t value) {
  mnl_attr_put_u32(message_, attribute, value);
  return *this;
}

NetlinkMessage& NetlinkMessage::put(std::uint16_t attribute, std::string_view text) {
  mnl_attr_put_strz(message_, attribute, std::string(text).c_str());
  return *this;
}

NetlinkMessage& NetlinkMessage::put(std::uint16_t attribute, const Address& address) {
  const auto wire = address.wire();
  mnl_attr_put(message_, attribute, wire.size(), wire.data());
  return *this;
}

NetlinkMessage& NetlinkMessage::put(std::uint16_t attribute, const Mac& mac) {
  mnl_attr_put(message_, attribute, mac.bytes.size(), mac.bytes.data());
  return *this;
}

NetlinkMessage& NetlinkMessage::put_byte(std::uint16_t attribute, std::uint8_t value) {
  mnl_attr_put_u8(message_, attribute, value);
  return *this;
}

NetlinkMessage& NetlinkMessage::nest(std::uint16_t attribute, const std::function<void()>& fill) {
  nlattr* start = mnl_attr_nest_start(message_, attribute);
  fill();
  mnl_attr_nest_end(message_, start);
  return *this;
}

}  // namespace podwire::net
