// SPDX-License-Identifier: Apache-2.0
#include "nat/nftables.hpp"

#include <memory>
#include <nftables/libnftables.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "base/unique_fd.hpp"

namespace podwire::nat {

namespace {

// nftables explains over several lines; the first one says what is wrong.
std::string first_line(const char* text) {
  const std::string all = text == nullptr ? "" : text;
  return all.substr(0, all.find('\n'));
}

// Whether the kernel has netfilter's netlink family.
bool is_usable() {
  return UniqueFd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)).get() >= 0;
}

}  // namespace

Result<> run_nftables(const std::string& commands) {
  // The library would end the process instead of saying so.
  if (!is_usable()) return fail_errno("use nftables");
  const std::unique_ptr<nft_ctx, decltype(&nft_ctx_free)> context(nft_ctx_new(NFT_CTX_DEFAULT),
                                                                  &nft_ctx_free);
  if (!context || nft_ctx_buffer_error(context.get()) != 0)
    return fail(Errc::system, "nftables cannot be used: out of memory");
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return {};
  return fail(Errc::system, "nftables: " + first_line(nft_ctx_get_error_buffer(context.get())));
}

}  // namespace podwire::nat
