// SPDX-License-Identifier: Apache-2.0
#include "programs.hpp"

#include <algorithm>
#include <cstring>

#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <podwire_pod.skel.h>
#include <podwire_probe.skel.h>

namespace podwire::bpf_test {

namespace {

// The kernel takes frames of up to a page without its own overhead; an ICMP error adds 48 bytes.
constexpr std::size_t largest_frame = 4096;

template <class Skeleton>
void configure(Skeleton& skeleton) {
  skeleton.rodata->gateway_ipv4 = kernel_address(PW_GATEWAY_IPV4);
  skeleton.rodata->gateway_ipv6 = kernel_address(PW_GATEWAY_IPV6);
  skeleton.rodata->probe_ipv4 = kernel_address(PW_PROBE_IPV4);
  skeleton.rodata->probe_ipv6 = kernel_address(PW_PROBE_IPV6);
  static_assert(sizeof(skeleton.rodata->probe_key) == sizeof(probe_key));
  std::memcpy(&skeleton.rodata->probe_key, probe_key, sizeof(probe_key));
}

Result<> unpin(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (const int error = bpf_map__set_pin_path(map, nullptr); error != 0) {
      return fail_errno(std::string("unpin map ") + bpf_map__name(map), -error);
    }
  }
  return {};
}

// Internal maps, those with a dot in the name, stay the object's own.
Result<> share_maps(bpf_object* from, bpf_object* to) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, to) {
    const std::string name = bpf_map__name(map);
    const bpf_map* shared = bpf_object__find_map_by_name(from, name.c_str());
    if (!shared || name.find('.') != std::string::npos) continue;
    if (const int error = bpf_map__reuse_fd(map, bpf_map__fd(shared)); error != 0) {
      return fail_errno("share map " + name, -error);
    }
  }
  return {};
}

Outcome run(const bpf_program* program, const Bytes& frame, const Context& context, int repeat) {
  Outcome result;
  result.frame.resize(largest_frame);
  __sk_buff about{};
  about.ifindex = context.ifindex;
  about.gso_size = context.gso_size;
  about.gso_segs = context.gso_segs;

  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = result.frame.data();
  options.data_size_out = largest_frame;
  options.ctx_in = &about;
  options.ctx_size_in = sizeof(about);
  options.repeat = repeat;
  const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
  EXPECT_EQ(error, 0) << "test run of " << bpf_program__name(program) << ": "
                      << std::strerror(-error);
  result.frame.resize(options.data_size_out);
  result.action = static_cast<int>(options.retval);
  return result;
}

}  // namespace

Maps::Maps(const podwire_pod& pod)
    : endpoints(pod.maps.endpoints),
      interfaces(pod.maps.interfaces),
      prefixes(pod.maps.prefixes),
      endpoint_cache(pod.maps.endpoint_cache),
      interface_cache(pod.maps.interface_cache),
      rate_limits(pod.maps.rate_limits),
      icmp_budgets(pod.maps.icmp_budgets),
      translated_flows(pod.maps.translated_flows),
      translated_slots(pod.maps.translated_slots),
      endpoint_counters(pod.maps.endpoint_counters),
      verdict_counters(pod.maps.verdict_counters),
      probe_targets(pod.maps.probe_targets),
      probe_results(pod.maps.probe_results),
      probe_batch(pod.maps.probe_batch),
      probe_latency(pod.maps.probe_latency) {}

Result<> Programs::load_pod() {
  pod_.reset(podwire_pod::open());
  if (!pod_) return fail_errno("open the pod object");
  configure(*pod_);
  if (auto unpinned = unpin(pod_->obj); !unpinned) return unpinned;
  const int error = podwire_pod::load(pod_.get());
  return error == 0 ? Result<>{} : Result<>(fail_errno("load the pod object", -error));
}

Result<> Programs::load_probe() {
  probe_.reset(podwire_probe::open());
  if (!probe_) return fail_errno("open the probe object");
  configure(*probe_);
  if (auto unpinned = unpin(probe_->obj); !unpinned) return unpinned;
  if (auto shared = share_maps(pod_->obj, probe_->obj); !shared) return shared;
  const int error = podwire_probe::load(probe_.get());
  return error == 0 ? Result<>{} : Result<>(fail_errno("load the probe object", -error));
}

Result<std::unique_ptr<Programs>> Programs::load() {
  std::unique_ptr<Programs> programs(new Programs);
  if (auto pod = programs->load_pod(); !pod) return tl::unexpected(pod.error());
  if (auto probe = programs->load_probe(); !probe) return tl::unexpected(probe.error());
  programs->maps_ = std::make_unique<Maps>(*programs->pod_);
  return programs;
}

void Programs::Destroy::operator()(podwire_pod* skeleton) const {
  podwire_pod::destroy(skeleton);
}
void Programs::Destroy::operator()(podwire_probe* skeleton) const {
  podwire_probe::destroy(skeleton);
}

Outcome Programs::from_pod(const Bytes& frame, const Context& context) const {
  return run(pod_->progs.from_pod, frame, context, 1);
}

Outcome Programs::to_pod(const Bytes& frame, const Context& context) const {
  return run(pod_->progs.to_pod, frame, context, 1);
}

Outcome Programs::send_probes(const Bytes& frame, int repeat) const {
  return run(probe_->progs.send_probes, frame, {}, repeat);
}

pw_addr kernel_address(std::string_view text) {
  const net::Address parsed = net::Address::parse(text).value();
  pw_addr address{};
  std::ranges::copy(parsed.bytes(), address.bytes);
  return address;
}

}  // namespace podwire::bpf_test
