// SPDX-License-Identifier: Apache-2.0
#include "datapath/programs.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <sys/random.h>

#include <bpf/libbpf.h>
#include <podwire/abi.h>
#include <podwire_pod.skel.h>
#include <podwire_probe.skel.h>

#include "net/address.hpp"

namespace podwire::datapath {

namespace {

// libbpf reports through one callback for the process; the text of a failed load is kept for the
// error.
std::string& complaints() {
  thread_local std::string text;
  return text;
}

int collect_complaint(libbpf_print_level level, const char* format, va_list arguments) {
  constexpr std::size_t most = 16384;
  if (level != LIBBPF_WARN || complaints().size() > most) return 0;
  std::array<char, 2048> line{};
  const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
  complaints() += line.data();
  return length;
}

pw_addr kernel_address(const char* text) {
  pw_addr address{};
  std::memcpy(&address, net::Address::parse(text).value().bytes().data(), sizeof(address));
  return address;
}

template <class Skeleton>
void configure(Skeleton& skeleton, const std::array<std::uint32_t, 2>& key) {
  skeleton.rodata->gateway_ipv4 = kernel_address(PW_GATEWAY_IPV4);
  skeleton.rodata->gateway_ipv6 = kernel_address(PW_GATEWAY_IPV6);
  skeleton.rodata->probe_ipv4 = kernel_address(PW_PROBE_IPV4);
  skeleton.rodata->probe_ipv6 = kernel_address(PW_PROBE_IPV6);
  if constexpr (requires { skeleton.rodata->probe_key; }) {
    std::memcpy(&skeleton.rodata->probe_key, key.data(), sizeof(skeleton.rodata->probe_key));
  }
}

template <class Skeleton>
Result<Skeleton*> open_and_load(const std::string& pins, const std::array<std::uint32_t, 2>& key) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins.c_str());
  complaints().clear();
  Skeleton* skeleton = Skeleton::open(&options);
  if (!skeleton) return fail_errno("open the embedded BPF object");
  configure(*skeleton, key);
  const int error = Skeleton::load(skeleton);
  if (error == 0) return skeleton;
  Skeleton::destroy(skeleton);
  return fail(Errc::system, "load BPF programs (maps pinned in " + pins +
                                "): " + std::strerror(-error) +
                                (complaints().empty() ? "" : "\n" + complaints()));
}

}  // namespace

void Programs::Destroy::operator()(podwire_pod* skeleton) const {
  podwire_pod::destroy(skeleton);
}
void Programs::Destroy::operator()(podwire_probe* skeleton) const {
  podwire_probe::destroy(skeleton);
}
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;
Programs::~Programs() = default;

Result<Programs> Programs::load(const std::string& pins) {
  libbpf_set_print(collect_complaint);
  std::array<std::uint32_t, 2> key{};
  if (getrandom(key.data(), sizeof(key), 0) != sizeof(key))
    return fail_errno("choose the probe key");

  Programs programs;
  auto pod = open_and_load<podwire_pod>(pins, key);
  if (!pod) return tl::unexpected(pod.error());
  programs.pod_.reset(*pod);
  auto probe = open_and_load<podwire_probe>(pins, key);
  if (!probe) return tl::unexpected(probe.error());
  programs.probe_.reset(*probe);
  return programs;
}

}  // namespace podwire::datapath
