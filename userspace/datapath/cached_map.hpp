// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "datapath/bpf_map.hpp"

namespace podwire::datapath {

// A hash map and the array before it that programs look into first (abi.h states the rule). The
// value names its key in the member `Name`; a zeroed one is nobody's. `place` is where a key may
// stand in the array. One writer.
//
// A program may read an element while it is written, and the kernel promises no order within one
// write. So a value never changes under its key: it is written nameless first, then named, and
// taken back by its name alone. Only a program that stands still between the look at the name and
// the use of the rest, while the place is freed and taken again, would mix two values: addresses
// rest before they are given again, and neighbours have different places.
template <class Key, class Value, Key Value::*Name>
class CachedMap {
 public:
  using Place = std::uint32_t (*)(const Key&);

  CachedMap(const bpf_map* map, const bpf_map* cache, Place place)
      : map_(map), cache_(cache), place_(place) {}

  Result<> put(const Value& value) {
    if (auto put = map_.put(value.*Name, value); !put) return put;
    auto current = cache_.get(place_(value.*Name));
    if (!current) return tl::unexpected(current.error());
    if (same(*current, value) || belongs_to_another(*current, value.*Name)) return {};
    for (const Value& step : {nameless(*current), nameless(value), value}) {
      if (auto put = cache_.put(place_(value.*Name), step); !put) return put;
    }
    return {};
  }

  // A key that is not there is no error.
  Result<> erase(const Key& key) {
    auto current = cache_.get(place_(key));
    if (!current) return tl::unexpected(current.error());
    if (equal((*current).*Name, key)) {
      if (auto freed = cache_.put(place_(key), nameless(*current)); !freed) return freed;
    }
    return map_.erase(key);
  }

  // Names the map that says something else about the value's key than the value.
  Result<> check(const Value& value) const {
    const auto stored = map_.get(value.*Name);
    if (!stored || !same(*stored, value))
      return fail(Errc::corrupt, "map " + map_.name() + " has no right entry");
    const auto cached = cache_.get(place_(value.*Name));
    if (cached && equal((*cached).*Name, value.*Name) && !same(*cached, value))
      return fail(Errc::corrupt, "map " + cache_.name() + " has a wrong entry");
    return {};
  }

  std::vector<Key> keys() const { return map_.keys(); }
  const std::string& name() const { return map_.name(); }
  std::uint32_t capacity() const { return map_.capacity(); }

 private:
  template <class T>
  static bool equal(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
  }
  static bool same(const Value& a, const Value& b) { return equal(a, b); }
  static Value nameless(Value value) {
    value.*Name = Key{};
    return value;
  }
  static bool belongs_to_another(const Value& current, const Key& key) {
    return !equal(current.*Name, Key{}) && !equal(current.*Name, key);
  }

  HashMap<Key, Value> map_;
  Array<Value> cache_;
  Place place_;
};

}  // namespace podwire::datapath
