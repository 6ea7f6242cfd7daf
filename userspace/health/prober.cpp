// SPDX-License-Identifier: Apache-2.0
#include "health/prober.hpp"

#include <algorithm>
#include <atomic>

#include <spdlog/spdlog.h>

namespace podwire::health {

namespace {

// One turn of the loop sends no more than this; the rest waits for the next turn, after other work.
constexpr std::size_t most_sends_for_each_turn = std::size_t{4} * PW_PROBE_BATCH;
// An answer that arrives right at the timeout is still on its way through the kernel. Only where
// the next attempt leaves room for it.
constexpr std::chrono::milliseconds grace{1};

std::uint32_t phase_of(const Target& target) {
  return static_cast<std::uint32_t>(std::hash<net::Address>{}(target.address) * 31 + target.port);
}

bool same_place(const Target& a, const Target& b) {
  return a.address == b.address && a.port == b.port && a.ifindex == b.ifindex;
}

bool same_timing(const Target& a, const Target& b) {
  return a.period == b.period && a.timeout == b.timeout;
}

}  // namespace

Prober::Prober(boost::asio::io_context& context, datapath::ProbePlane& plane,
               std::uint32_t most_targets)
    : timer_(context), plane_(plane), table_(plane, most_targets) {}

// Places that are no longer wanted are given up first: the table may be full.
void Prober::set_targets(const std::string& owner, const std::vector<Target>& targets) {
  for (const std::uint32_t index : std::exchange(owned_[owner], {})) {
    const Target& known = entries_.at(index).target;
    const bool stays = std::ranges::any_of(
        targets, [&](const Target& target) { return same_place(known, target); });
    if (!stays) stop(index);
  }
  for (const Target& target : targets) start(owner, target);
  if (owned_[owner].empty()) owned_.erase(owner);
  arm();
}

void Prober::start(const std::string& owner, const Target& target) {
  auto index = table_.place(target);
  if (!index) {
    spdlog::error("probe {} port {}: {}", target.address.text(), target.port, index.error().what);
    return;
  }
  owned_[owner].insert(*index);
  const auto known = entries_.find(*index);
  if (known != entries_.end() && same_timing(known->second.target, target)) return;
  if (known != entries_.end()) queue_.erase({known->second.wake(), *index});
  // A new target is probed at once; those of an earlier agent go on spread over a period.
  const bool is_new = table_.result(*index).attempts == 0;
  const TimePoint now = Clock::now();
  const Entry entry{.target = target,
                    .owner = owner,
                    .next_send = is_new ? now : spread(now, target.period, phase_of(target)),
                    .expires = known != entries_.end() ? known->second.expires : TimePoint::max()};
  entries_.insert_or_assign(*index, entry);
  queue_.emplace(entry.wake(), *index);
}

void Prober::stop(std::uint32_t index) {
  const auto found = entries_.find(index);
  queue_.erase({found->second.wake(), index});
  entries_.erase(found);
  table_.release(index);
}

void Prober::arm() {
  if (queue_.empty()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(queue_.begin()->first);
  timer_.async_wait([this](const boost::system::error_code& failure) {
    if (!failure) run_due();
  });
}

void Prober::run_due() {
  const TimePoint now = Clock::now();
  std::size_t turns = 0;
  while (!queue_.empty() && queue_.begin()->first <= now && turns++ < most_sends_for_each_turn) {
    const std::uint32_t index = queue_.begin()->second;
    queue_.erase(queue_.begin());
    Entry& entry = entries_.at(index);
    end_attempt(index, entry, now);
    if (entry.next_send <= now) send_round(index, entry, now);
    queue_.emplace(entry.wake(), index);
  }
  flush(ipv4_, net::Family::ipv4);
  flush(ipv6_, net::Family::ipv6);
  arm();
}

// The next attempt needs the place of the pending one. One that was sent late keeps its timeout,
// but for a wake-up's lateness, and the rounds that would cut it short are not sent.
void Prober::end_attempt(std::uint32_t index, Entry& entry, TimePoint now) {
  if (entry.expires == TimePoint::max()) return;
  const bool round_is_due = entry.next_send <= now;
  const bool over = entry.expires <= now || (round_is_due && entry.expires - now <= grace);
  if (over) table_.time_out(index);
  if (over || !table_.is_pending(index)) {
    entry.expires = TimePoint::max();
  } else if (round_is_due) {
    const Round skipped = next_round(entry.next_send, entry.expires, entry.target.period);
    std::atomic_ref(table_.result(index).late).fetch_add(skipped.missed + 1);
    entry.next_send = skipped.next;
  }
}

void Prober::send_round(std::uint32_t index, Entry& entry, TimePoint now) {
  const bool first = table_.result(index).attempts == 0;
  const TimePoint half_way = now + Clock::duration(entry.target.period) / 2;
  const Round round = next_round(entry.next_send, now, entry.target.period);
  std::atomic_ref(table_.result(index).late).fetch_add(round.missed, std::memory_order_relaxed);
  entry.next_send =
      first ? spread(half_way, entry.target.period, phase_of(entry.target)) : round.next;
  const TimePoint timeout = now + Clock::duration(entry.target.timeout);
  entry.expires = std::max(timeout, std::min(timeout + Clock::duration(grace), entry.next_send));
  Batch& batch = entry.target.address.is_ipv4() ? ipv4_ : ipv6_;
  batch.push_back(index);
  if (batch.size() == PW_PROBE_BATCH) flush(batch, entry.target.address.family());
}

// What a failed run did not send counts as unknown.
void Prober::flush(Batch& batch, net::Family family) {
  if (batch.empty()) return;
  const auto started =
      static_cast<std::uint64_t>(Clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
  if (auto sent = plane_.send(batch, family); !sent) {
    spdlog::error("{} probes were not sent: {}", batch.size(), sent.error().what);
    for (const std::uint32_t index : batch) {
      if (table_.result(index).sent_ns >= started) continue;
      std::atomic_ref(table_.result(index).late).fetch_add(1, std::memory_order_relaxed);
    }
  }
  batch.clear();
}

std::vector<Sample> Prober::samples() const {
  std::vector<Sample> samples;
  samples.reserve(entries_.size());
  for (const auto& [index, entry] : entries_) {
    samples.push_back(
        {.target = entry.target, .owner = entry.owner, .result = plane_.results()[index]});
  }
  return samples;
}

}  // namespace podwire::health
