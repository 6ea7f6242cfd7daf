// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <libmnl/libmnl.h>

#include "net/address.hpp"

namespace podwire::net {

// One rtnetlink request under construction, with the words that an error about it begins with.
// Holds up to 1 KiB, which no request of this project reaches. All numbers are in host byte order.
class NetlinkMessage {
 public:
  // `flags` are added to NLM_F_REQUEST.
  NetlinkMessage(std::string doing, std::uint16_t type, std::uint16_t flags);
  NetlinkMessage(const NetlinkMessage&) = delete;
  NetlinkMessage& operator=(const NetlinkMessage&) = delete;

  // Appends a fixed header, zeroed: that of the message type, or a peer's ifinfomsg within a nest.
  template <class Header>
  Header& header() {
    return *static_cast<Header*>(mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  NetlinkMessage& put(std::uint16_t attribute, std::uint32_t value);
  NetlinkMessage& put(std::uint16_t attribute, std::string_view text);  // with the terminating zero
  NetlinkMessage& put(std::uint16_t attribute, const Address& address);
  NetlinkMessage& put(std::uint16_t attribute, const Mac& mac);
  NetlinkMessage& put_byte(std::uint16_t attribute, std::uint8_t value);
  NetlinkMessage& nest(std::uint16_t attribute, const std::function<void()>& fill);

  const std::string& doing() const { return doing_; }
  const nlmsghdr* get() const { return message_; }
  nlmsghdr* get() { return message_; }

 private:
  std::string doing_;
  alignas(nlmsghdr) std::array<char, 1024> buffer_{};
  nlmsghdr* message_;
};

// Calls `each` with every attribute behind a fixed header of `header_bytes`.
template <class Each>
void for_each_attribute(const nlmsghdr* message, std::size_t header_bytes, Each each) {
  mnl_attr_parse(
      message, static_cast<unsigned>(header_bytes),
      [](const nlattr* attribute, void* context) {
        (*static_cast<Each*>(context))(attribute);
        return MNL_CB_OK;
      },
      &each);
}

// The same for the attributes inside a nest.
template <class Each>
void for_each_nested(const nlattr* nest, Each each) {
  mnl_attr_parse_nested(
      nest,
      [](const nlattr* attribute, void* context) {
        (*static_cast<Each*>(context))(attribute);
        return MNL_CB_OK;
      },
      &each);
}

}  // namespace podwire::net
