// SPDX-License-Identifier: Apache-2.0
#include "endpoint/ipam.hpp"

#include <algorithm>
#include <string>

namespace podwire::endpoint {

namespace {

constexpr std::size_t most_remembered = 65536;

}  // namespace

Pool::Pool(const net::Prefix& prefix, ReuseDelay delay)
    : prefix_(prefix), delay_(delay), size_(prefix.size()) {
  exclude(prefix.base());
  if (prefix.family() == net::Family::ipv4) exclude(prefix.base().plus(size_ - 1));
}

void Pool::exclude(const net::Address& address) {
  if (prefix_.contains(address) && states_.emplace(address, State::excluded).second) ++excluded_;
}

Result<> Pool::claim(const net::Address& address) {
  if (!prefix_.contains(address)) {
    return fail(Errc::corrupt, address.text() + " is not an address of " + prefix_.text());
  }
  if (!states_.emplace(address, State::assigned).second) {
    return fail(Errc::corrupt, address.text() + " is assigned twice");
  }
  ++assigned_;
  return {};
}

void Pool::remember_release(const net::Address& address, Time released) {
  if (!prefix_.contains(address) || !states_.emplace(address, State::released).second) return;
  const auto later = std::ranges::upper_bound(released_, released, {}, &Released::at);
  released_.insert(later, {address, released});
}

void Pool::release(const net::Address& address, Time now) {
  const auto found = states_.find(address);
  if (found == states_.end() || found->second != State::assigned) return;
  found->second = State::released;
  released_.push_back({address, now});
  --assigned_;
  forget_oldest(now);
}

// A range so large that it is never used up would otherwise grow this table with every pod.
void Pool::forget_oldest(Time now) {
  if (released_.size() <= most_remembered || now - released_.front().at < delay_.wanted) return;
  states_.erase(released_.front().address);
  released_.pop_front();
}

void Pool::cancel(const net::Address& address) {
  const auto found = states_.find(address);
  if (found == states_.end() || found->second != State::assigned) return;
  found->second = State::released;
  released_.push_front({address, Time{}});
  --assigned_;
}

std::optional<net::Address> Pool::take_unused() {
  while (next_ < size_) {
    const net::Address address = prefix_.base().plus(next_++);
    if (states_.emplace(address, State::assigned).second) return address;
  }
  return std::nullopt;
}

Result<net::Address> Pool::take_released(Time now) {
  if (released_.empty()) {
    return fail(Errc::exhausted, "no free address in " + prefix_.text() + ": all " +
                                     std::to_string(size_ - excluded_) +
                                     " are assigned; use a larger pod prefix, or fewer pods");
  }
  const Released oldest = released_.front();
  const auto idle =
      std::max(now - oldest.at, std::chrono::seconds(0));  // the clock may be set back
  if (idle < delay_.least) {
    return fail(Errc::unavailable, "no address of " + prefix_.text() +
                                       " is free yet: the next may be reused in " +
                                       std::to_string((delay_.least - idle).count()) + " s");
  }
  released_.pop_front();
  states_[oldest.address] = State::assigned;
  return oldest.address;
}

Result<net::Address> Pool::allocate(Time now) {
  const auto unused = take_unused();
  Result<net::Address> address = unused ? Result<net::Address>(*unused) : take_released(now);
  if (address) ++assigned_;
  return address;
}

PoolUsage Pool::usage(Time now) const {
  const auto warm = std::ranges::upper_bound(released_, now - delay_.wanted, {}, &Released::at);
  const auto cooling = static_cast<std::uint64_t>(released_.end() - warm);
  return {
      .assigned = assigned_, .cooling = cooling, .free = size_ - excluded_ - assigned_ - cooling};
}

}  // namespace podwire::endpoint
