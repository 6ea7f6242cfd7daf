// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <type_traits>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/result.hpp"

// Typed views of kernel maps. The skeleton that loaded a map owns its descriptor and must outlive
// the view. Sizes are compared with the kernel's at construction.
namespace podwire::datapath {

class MapView {
 public:
  MapView(const bpf_map* map, std::size_t key_bytes, std::size_t value_bytes)
      : fd_(bpf_map__fd(map)), name_(bpf_map__name(map)), capacity_(bpf_map__max_entries(map)) {
    if (bpf_map__key_size(map) != key_bytes || bpf_map__value_size(map) != value_bytes) {
      throw std::logic_error("map " + name_ + " has another layout than abi.h");
    }
  }

  int fd() const { return fd_; }
  const std::string& name() const { return name_; }
  std::uint32_t capacity() const { return capacity_; }

 private:
  int fd_;
  std::string name_;
  std::uint32_t capacity_;
};

// What one call of the kernel writes whole.
template <class Key, class Value>
class WritableMap : public MapView {
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);

 public:
  explicit WritableMap(const bpf_map* map) : MapView(map, sizeof(Key), sizeof(Value)) {}

  Result<> put(const Key& key, const Value& value) {
    const int error = bpf_map_update_elem(fd(), &key, &value, BPF_ANY);
    return error == 0 ? Result<>{} : Result<>(fail_errno("write map " + name(), -error));
  }
};

template <class Key, class Value>
class HashMap : public WritableMap<Key, Value> {
 public:
  using WritableMap<Key, Value>::WritableMap;
  using MapView::capacity, MapView::fd, MapView::name;

  // A key that is not there is no error.
  Result<> erase(const Key& key) {
    const int error = bpf_map_delete_elem(fd(), &key);
    return error == 0 || error == -ENOENT
               ? Result<>{}
               : Result<>(fail_errno("delete from map " + name(), -error));
  }
  std::optional<Value> get(const Key& key) const {
    Value value;
    return bpf_map_lookup_elem(fd(), &key, &value) == 0 ? std::optional<Value>(value)
                                                        : std::nullopt;
  }
  // Consistent only while nobody else writes.
  std::vector<Key> keys() const {
    std::vector<Key> found;
    Key key;
    const Key* previous = nullptr;
    while (found.size() < capacity() && bpf_map_get_next_key(fd(), previous, &key) == 0) {
      found.push_back(key);
      previous = &found.back();
    }
    return found;
  }
};

// `Value` consists of 64-bit counters only; a read sums them over all CPUs.
template <class Value>
class PerCpuArray : public MapView {
  static_assert(sizeof(Value) % sizeof(std::uint64_t) == 0);

 public:
  explicit PerCpuArray(const bpf_map* map) : MapView(map, sizeof(std::uint32_t), sizeof(Value)) {}

  Result<Value> sum(std::uint32_t index) const {
    std::vector<Value> per_cpu(cpus());
    if (const int error = bpf_map_lookup_elem(fd(), &index, per_cpu.data()); error != 0) {
      return fail_errno("read map " + name(), -error);
    }
    Value total{};
    for (const Value& value : per_cpu) add(total, value);
    return total;
  }
  // `change` gets each CPU's value. Only while no program counts there.
  template <class Change>
  Result<> change(std::uint32_t index, Change change) {
    std::vector<Value> per_cpu(cpus());
    if (const int error = bpf_map_lookup_elem(fd(), &index, per_cpu.data()); error != 0)
      return fail_errno("read map " + name(), -error);
    for (Value& value : per_cpu) change(value);
    const int error = bpf_map_update_elem(fd(), &index, per_cpu.data(), BPF_ANY);
    return error == 0 ? Result<>{} : Result<>(fail_errno("write map " + name(), -error));
  }
  // Over all elements.
  Result<Value> total() const {
    std::vector<Value> values(capacity() * cpus());
    std::vector<std::uint32_t> keys(capacity());
    std::uint32_t position = 0;
    std::uint32_t count = capacity();
    const int error =
        bpf_map_lookup_batch(fd(), nullptr, &position, keys.data(), values.data(), &count, nullptr);
    if (error != 0 && error != -ENOENT) return fail_errno("read map " + name(), -error);
    Value total{};
    for (const Value& value : std::span(values).first(std::size_t{count} * cpus()))
      add(total, value);
    return total;
  }

 private:
  static void add(Value& total, const Value& value) {
    auto* counters = reinterpret_cast<std::uint64_t*>(&total);
    const auto* part = reinterpret_cast<const std::uint64_t*>(&value);
    for (std::size_t i = 0; i < sizeof(Value) / sizeof(std::uint64_t); ++i) counters[i] += part[i];
  }
  static std::size_t cpus() { return static_cast<std::size_t>(libbpf_num_possible_cpus()); }
};

// Its elements always exist; a zeroed one is free.
template <class Value>
class Array : public WritableMap<std::uint32_t, Value> {
 public:
  using WritableMap<std::uint32_t, Value>::WritableMap;
  using MapView::fd, MapView::name;

  Result<Value> get(std::uint32_t index) const {
    Value value;
    const int error = bpf_map_lookup_elem(fd(), &index, &value);
    if (error != 0) return fail_errno("read map " + name(), -error);
    return value;
  }
};

// The elements of a BPF_F_MMAPABLE array as memory shared with the kernel.
template <class Value>
class SharedArray : public MapView {
 public:
  explicit SharedArray(const bpf_map* map) : MapView(map, sizeof(std::uint32_t), sizeof(Value)) {
    static_assert(sizeof(Value) % 8 == 0, "the kernel aligns elements to eight bytes");
    void* memory = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0);
    if (memory == MAP_FAILED)
      throw std::runtime_error("map " + name() + " cannot be shared with the kernel");
    values_ = static_cast<Value*>(memory);
  }
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() { munmap(values_, bytes()); }

  std::span<Value> values() const { return {values_, capacity()}; }

 private:
  std::size_t bytes() const { return capacity() * sizeof(Value); }

  Value* values_ = nullptr;
};

}  // namespace podwire::datapath
