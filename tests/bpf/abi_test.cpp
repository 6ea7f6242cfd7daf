// SPDX-License-Identifier: Apache-2.0
// abi.h as the C++ compiler reads it against the BTF of the loaded objects: what the BPF compiler
// made of it.
#include <algorithm>
#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <podwire/abi.h>
#include <podwire_pod.skel.h>
#include <podwire_probe.skel.h>

namespace podwire::bpf_test {
namespace {

struct Member {
  std::size_t offset = 0;
  std::size_t bytes = 0;
  bool operator==(const Member&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Member& member) {
  return out << member.bytes << " bytes at " << member.offset;
}

using Members = std::map<std::string, Member>;

struct Layout {
  const char* name;
  std::size_t bytes;
  Members members;
};

#define PW_MEMBER(type, member)                    \
  {                                                \
#member, {                                     \
      offsetof(type, member), sizeof(type::member) \
    }                                              \
  }

const std::vector<Layout> layouts = {
    {"pw_addr",
     sizeof(pw_addr),
     {PW_MEMBER(pw_addr, bytes), PW_MEMBER(pw_addr, words), PW_MEMBER(pw_addr, halves)}},
    {"pw_endpoint",
     sizeof(pw_endpoint),
     {PW_MEMBER(pw_endpoint, address), PW_MEMBER(pw_endpoint, ifindex),
      PW_MEMBER(pw_endpoint, slot), PW_MEMBER(pw_endpoint, mtu), PW_MEMBER(pw_endpoint, queued),
      PW_MEMBER(pw_endpoint, pod_mac), PW_MEMBER(pw_endpoint, host_mac)}},
    {"pw_flow",
     sizeof(pw_flow),
     {PW_MEMBER(pw_flow, source), PW_MEMBER(pw_flow, destination), PW_MEMBER(pw_flow, source_port),
      PW_MEMBER(pw_flow, destination_port), PW_MEMBER(pw_flow, protocol), PW_MEMBER(pw_flow, pad)}},
    {"pw_prefix", sizeof(pw_prefix), {PW_MEMBER(pw_prefix, length), PW_MEMBER(pw_prefix, address)}},
    {"pw_interface",
     sizeof(pw_interface),
     {PW_MEMBER(pw_interface, ipv4), PW_MEMBER(pw_interface, ipv6), PW_MEMBER(pw_interface, slot),
      PW_MEMBER(pw_interface, limited), PW_MEMBER(pw_interface, ifindex)}},
    {"pw_rate_limit",
     sizeof(pw_rate_limit),
     {PW_MEMBER(pw_rate_limit, ns_per_mib), PW_MEMBER(pw_rate_limit, burst_ns),
      PW_MEMBER(pw_rate_limit, full_at_ns)}},
    {"pw_endpoint_counters",
     sizeof(pw_endpoint_counters),
     {PW_MEMBER(pw_endpoint_counters, egress_packets),
      PW_MEMBER(pw_endpoint_counters, egress_bytes),
      PW_MEMBER(pw_endpoint_counters, ingress_packets),
      PW_MEMBER(pw_endpoint_counters, ingress_bytes), PW_MEMBER(pw_endpoint_counters, forwarded),
      PW_MEMBER(pw_endpoint_counters, rate_exceeded)}},
    {"pw_icmp_budget",
     sizeof(pw_icmp_budget),
     {PW_MEMBER(pw_icmp_budget, refilled_ns), PW_MEMBER(pw_icmp_budget, tokens)}},
    {"pw_probe_target",
     sizeof(pw_probe_target),
     {PW_MEMBER(pw_probe_target, address), PW_MEMBER(pw_probe_target, ifindex),
      PW_MEMBER(pw_probe_target, port), PW_MEMBER(pw_probe_target, pod_mac),
      PW_MEMBER(pw_probe_target, host_mac), PW_MEMBER(pw_probe_target, pad),
      PW_MEMBER(pw_probe_target, timeout_ns)}},
    {"pw_probe_result",
     sizeof(pw_probe_result),
     {PW_MEMBER(pw_probe_result, sent_ns), PW_MEMBER(pw_probe_result, state),
      PW_MEMBER(pw_probe_result, source_port), PW_MEMBER(pw_probe_result, outcome),
      PW_MEMBER(pw_probe_result, attempts), PW_MEMBER(pw_probe_result, successes),
      PW_MEMBER(pw_probe_result, refused), PW_MEMBER(pw_probe_result, send_errors),
      PW_MEMBER(pw_probe_result, latency_sum_ns), PW_MEMBER(pw_probe_result, timeouts),
      PW_MEMBER(pw_probe_result, late)}},
    {"pw_probe_batch",
     sizeof(pw_probe_batch),
     {PW_MEMBER(pw_probe_batch, count), PW_MEMBER(pw_probe_batch, cursor),
      PW_MEMBER(pw_probe_batch, targets)}},
};

struct MapShape {
  const char* name;
  bpf_map_type type;
  std::uint32_t flags;
  std::uint32_t max_entries;
  std::string key;
  std::size_t key_bytes;
  std::string value;
  std::size_t value_bytes;
};

MapShape hash(const char* name, std::uint32_t entries, const char* key, std::size_t key_bytes,
              const char* value, std::size_t value_bytes) {
  return {name, BPF_MAP_TYPE_HASH, 0, entries, key, key_bytes, value, value_bytes};
}

MapShape array(const char* name, bpf_map_type type, std::uint32_t flags, std::uint32_t entries,
               const char* value, std::size_t value_bytes) {
  return {name, type, flags, entries, "__u32", 4, value, value_bytes};
}

constexpr bpf_map_type plain = BPF_MAP_TYPE_ARRAY;
constexpr bpf_map_type per_cpu = BPF_MAP_TYPE_PERCPU_ARRAY;

const std::vector<MapShape> shapes = {
    hash("endpoints", PW_MAX_ADDRESSES, "pw_addr", sizeof(pw_addr), "pw_endpoint",
         sizeof(pw_endpoint)),
    hash("interfaces", PW_MAX_ENDPOINTS, "__u32", 4, "pw_interface", sizeof(pw_interface)),
    array("endpoint_cache", plain, 0, PW_MAX_ADDRESSES, "pw_endpoint", sizeof(pw_endpoint)),
    array("interface_cache", plain, 0, PW_MAX_ENDPOINTS, "pw_interface", sizeof(pw_interface)),
    {"prefixes", BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, PW_MAX_PREFIXES, "pw_prefix",
     sizeof(pw_prefix), "__u32", 4},
    array("endpoint_counters", per_cpu, 0, PW_MAX_ENDPOINTS, "pw_endpoint_counters",
          sizeof(pw_endpoint_counters)),
    {"translated_flows", BPF_MAP_TYPE_LRU_HASH, 0, PW_MAX_TRANSLATED, "pw_flow", sizeof(pw_flow),
     "__u8", 1},
    array("translated_slots", plain, 0, PW_MAX_ENDPOINTS + 1, "__u32", 4),
    array("verdict_counters", per_cpu, 0, PW_VERDICTS, "__u64", 8),
    array("rate_limits", plain, 0, PW_MAX_ENDPOINTS, "pw_rate_limit", sizeof(pw_rate_limit)),
    array("icmp_budgets", plain, 0, PW_MAX_ENDPOINTS, "pw_icmp_budget", sizeof(pw_icmp_budget)),
    array("probe_targets", plain, BPF_F_MMAPABLE, PW_MAX_PROBE_TARGETS, "pw_probe_target",
          sizeof(pw_probe_target)),
    array("probe_results", plain, BPF_F_MMAPABLE, PW_MAX_PROBE_TARGETS, "pw_probe_result",
          sizeof(pw_probe_result)),
    array("probe_batch", plain, BPF_F_MMAPABLE, 1, "pw_probe_batch", sizeof(pw_probe_batch)),
    array("probe_latency", per_cpu, 0, PW_LATENCY_BUCKETS + 1, "__u64", 8),
};

std::string type_name(const bpf_object* object, std::uint32_t id) {
  const btf* types = bpf_object__btf(object);
  const btf_type* type = btf__type_by_id(types, id);
  return type ? btf__name_by_offset(types, type->name_off) : "no type";
}

// Members of a struct; those of an anonymous member count as its own.
void collect(const btf* types, std::uint32_t id, std::size_t base, Members& into) {
  const btf_type* type = btf__type_by_id(types, id);
  const btf_member* member = btf_members(type);
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i, ++member) {
    const std::string name = btf__name_by_offset(types, member->name_off);
    const std::size_t offset = base + btf_member_bit_offset(type, i) / 8;
    if (name.empty()) {
      collect(types, member->type, offset, into);
    } else {
      into[name] = {offset, static_cast<std::size_t>(btf__resolve_size(types, member->type))};
    }
  }
}

// The objects as built, only opened: maps that are shared at load take the types of the first
// object.
class Abi : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(pod_, nullptr);
    ASSERT_NE(probe_, nullptr);
    objects_ = {pod_->obj, probe_->obj};
  }
  void TearDown() override {
    podwire_pod::destroy(pod_);
    podwire_probe::destroy(probe_);
  }

  std::vector<bpf_object*> objects_;

 private:
  podwire_pod* pod_ = podwire_pod::open();
  podwire_probe* probe_ = podwire_probe::open();
};

TEST_F(Abi, every_struct_has_the_layout_of_the_header) {
  for (const bpf_object* object : objects_) {
    const btf* types = bpf_object__btf(object);
    for (const Layout& layout : layouts) {
      SCOPED_TRACE(std::string(bpf_object__name(object)) + " " + layout.name);
      const int id = btf__find_by_name_kind(types, layout.name, BTF_KIND_STRUCT);
      ASSERT_GT(id, 0);
      EXPECT_EQ(static_cast<std::size_t>(btf__resolve_size(types, static_cast<std::uint32_t>(id))),
                layout.bytes);
      Members members;
      collect(types, static_cast<std::uint32_t>(id), 0, members);
      EXPECT_EQ(members, layout.members);
    }
  }
}

TEST_F(Abi, every_map_has_the_shape_of_the_header) {
  for (const bpf_object* object : objects_) {
    for (const MapShape& shape : shapes) {
      SCOPED_TRACE(std::string(bpf_object__name(object)) + " " + shape.name);
      const bpf_map* map = bpf_object__find_map_by_name(object, shape.name);
      ASSERT_NE(map, nullptr);
      EXPECT_EQ(bpf_map__type(map), shape.type);
      EXPECT_EQ(bpf_map__map_flags(map), shape.flags);
      EXPECT_EQ(bpf_map__max_entries(map), shape.max_entries);
      EXPECT_EQ(bpf_map__key_size(map), shape.key_bytes);
      EXPECT_EQ(bpf_map__value_size(map), shape.value_bytes);
      EXPECT_EQ(type_name(object, bpf_map__btf_key_type_id(map)), shape.key);
      EXPECT_EQ(type_name(object, bpf_map__btf_value_type_id(map)), shape.value);
    }
  }
}

// Whoever adds a map adds it to the table above. `quote` is scratch memory of one program.
TEST_F(Abi, there_is_no_map_beside_these) {
  for (const bpf_object* object : objects_) {
    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object) {
      const std::string name = bpf_map__name(map);
      if (name == "quote" || name.find('.') != std::string::npos) continue;
      EXPECT_TRUE(std::ranges::any_of(shapes, [&](const MapShape& shape) {
        return name == shape.name;
      })) << name;
    }
  }
}

}  // namespace
}  // namespace podwire::bpf_test
