// SPDX-License-Identifier: Apache-2.0
#include "endpoint/ipam.hpp"

#include <algorithm>

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
  if (!prefix_.contains(address)) return;
  const auto [found, is_new] = known_.try_emplace(address);
  found->second.is_nodes = true;
  if (!is_new && found->second.state != State::released) return;
  if (!is_new) released_.erase(found->second.place);
  found->second.state = State::excluded;
  ++excluded_;
}

std::string Pool::why_excluded(const net::Address& address) const {
  if (address == prefix_.base()) return "is the first of the range, which stands for the network";
  if (address.is_ipv4() && address == prefix_.base().plus(size_ - 1))
    return "is the last of the range, which stands for all (broadcast)";
  return "is the node's own";
}

Result<> Pool::claim(const net::Address& address) {
  if (!prefix_.contains(address)) {
    return fail(Errc::corrupt, address.text() + " is not an address of " + prefix_.text());
  }
  const auto [found, is_new] = known_.try_emplace(address);
  if (!is_new && found->second.state != State::excluded)
    return fail(Errc::corrupt, address.text() + " is assigned twice");
  // The pod that had it before the node keeps it.
  if (!is_new) --excluded_;
  found->second.state = State::assigned;
  ++assigned_;
  return {};
}

void Pool::put_among_released(const net::Address& address, Known& known,
                              ReleasedList::iterator before) {
  known.state = State::released;
  known.place = released_.insert(before, {address, known.released});
}

void Pool::take_from_released(Known& known) {
  released_.erase(known.place);
  known.state = State::assigned;
}

void Pool::remember_release(const net::Address& address, Time released) {
  if (!prefix_.contains(address)) return;
  const auto [found, is_new] = known_.try_emplace(address);
  if (!is_new) return;
  found->second.released = released;
  // The store lists them by time, so that the place is nearly always the end.
  const auto earlier = std::find_if(released_.rbegin(), released_.rend(),
                                    [&](const Released& other) { return other.at <= released; });
  put_among_released(address, found->second, earlier.base());
}

void Pool::release(const net::Address& address, Time now) {
  const auto found = known_.find(address);
  if (found == known_.end() || found->second.state != State::assigned) return;
  found->second.released = now;
  put_among_released(address, found->second, released_.end());
  --assigned_;
  if (found->second.is_nodes) exclude(address);
  forget_oldest(now);
}

// A range so large that it is never used up would otherwise grow this table with every pod.
void Pool::forget_oldest(Time now) {
  if (released_.size() <= most_remembered || now - released_.front().at < delay_.wanted) return;
  known_.erase(released_.front().address);
  released_.pop_front();
}

// What allocate() gave goes back to the front at once; only a requested address has a place to
// look for.
void Pool::cancel(const net::Address& address) {
  const auto found = known_.find(address);
  if (found == known_.end() || found->second.state != State::assigned) return;
  const auto place = std::ranges::find_if(
      released_, [&](const Released& other) { return other.at >= found->second.released; });
  put_among_released(address, found->second, place);
  --assigned_;
}

std::optional<net::Address> Pool::take_unused() {
  while (next_ < size_) {
    const net::Address address = prefix_.base().plus(next_++);
    if (known_.try_emplace(address).second) return address;
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
  take_from_released(known_.at(oldest.address));
  return oldest.address;
}

Result<net::Address> Pool::allocate(Time now) {
  const auto unused = take_unused();
  Result<net::Address> address = unused ? Result<net::Address>(*unused) : take_released(now);
  if (address) ++assigned_;
  return address;
}

Result<net::Address> Pool::take(const net::Address& address) {
  const auto [found, is_new] = known_.try_emplace(address);
  if (!is_new && found->second.state == State::excluded) {
    return fail(Errc::invalid_argument, address.text() + " of " + prefix_.text() + " " +
                                            why_excluded(address) + ": no pod gets it");
  }
  if (!is_new && found->second.state == State::assigned)
    return fail(Errc::unavailable, address.text() + " is in use");
  if (!is_new) take_from_released(found->second);
  ++assigned_;
  return address;
}

PoolUsage Pool::usage(Time now) const {
  const auto warm = std::find_if(released_.rbegin(), released_.rend(), [&](const Released& other) {
    return other.at <= now - delay_.wanted;
  });
  const auto cooling = static_cast<std::uint64_t>(std::distance(released_.rbegin(), warm));
  return {
      .assigned = assigned_, .cooling = cooling, .free = size_ - excluded_ - assigned_ - cooling};
}

}  // namespace podwire::endpoint
