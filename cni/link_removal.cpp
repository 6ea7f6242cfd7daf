// SPDX-License-Identifier: Apache-2.0
#include "cni/link_removal.hpp"

#include "net/netlink_socket.hpp"
#include "net/requests.hpp"

namespace podwire::cni {

Result<> remove_link(const std::string& name) {
  auto socket = net::NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  net::NetlinkBatch batch;
  net::requests::delete_link(batch, name);
  auto removed = socket->transact(batch);
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

}  // namespace podwire::cni
