// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "effort.hpp"
#include "endpoint/ipam.hpp"

// Random histories, compared with a model that is too slow to be used and too simple to be wrong.
namespace podwire::endpoint {

namespace {

using namespace std::chrono_literals;

constexpr ReuseDelay delay{.wanted = 120s, .least = 30s};

// All that is known of one address.
struct Known {
  bool assigned = false;
  bool was_used = false;
  Time released;
};

class Model {
 public:
  explicit Model(std::uint32_t usable) : usable_(usable) {}

  void check_given(const net::Address& address, Time now) {
    Known& known = addresses_[address];
    ASSERT_FALSE(known.assigned) << address.text() << " is given twice";
    if (known.was_used) {
      ASSERT_EQ(addresses_.size(), usable_) << address.text() << " is reused before all were used";
      ASSERT_GE(now - known.released, delay.least);
      for (const auto& [other, state] : addresses_) {
        ASSERT_TRUE(state.assigned || state.released >= known.released)
            << other.text() << " has been idle for longer than " << address.text();
      }
    }
    assign(address);
  }

  // A requested one: given if and only if nobody has it.
  void check_taken(const net::Address& address, bool is_taken) {
    ASSERT_EQ(is_taken, !addresses_[address].assigned) << address.text();
    if (is_taken) assign(address);
  }

  void check_refused(Errc code, Time now) {
    ASSERT_EQ(addresses_.size(), usable_) << "refused although an address was never used";
    ASSERT_EQ(code, assigned_.size() == usable_ ? Errc::exhausted : Errc::unavailable);
    for (const auto& [address, state] : addresses_) {
      ASSERT_TRUE(state.assigned || now - state.released < delay.least) << address.text();
    }
  }

  // Without `released` the assignment is cancelled: the address has been idle as long as before.
  net::Address release_any(std::mt19937& random, std::optional<Time> released) {
    std::swap(assigned_[random() % assigned_.size()], assigned_.back());
    const net::Address address = assigned_.back();
    assigned_.pop_back();
    Known& known = addresses_[address];
    known.assigned = false;
    if (released) known.released = *released;
    return address;
  }

  std::size_t assigned() const { return assigned_.size(); }

 private:
  void assign(const net::Address& address) {
    addresses_[address].assigned = addresses_[address].was_used = true;
    assigned_.push_back(address);
  }

  std::uint32_t usable_;
  std::map<net::Address, Known> addresses_;
  std::vector<net::Address> assigned_;
};

void run_history(const std::string& prefix, std::uint32_t usable, std::uint32_t seed) {
  Pool pool(net::Prefix::parse(prefix).value(), delay);
  Model model(usable);
  std::mt19937 random(seed);
  Time now{1'700'000'000s};
  for (int step = 0; step < 100'000 * test_effort(); ++step) {
    now += std::chrono::seconds(random() % 4);
    // Fills and empties in turns, so that all states are reached.
    const bool filling = step % 1000 < 500;
    if (model.assigned() > 0 && random() % 100 < (filling ? 30U : 70U)) {
      if (random() % 8 == 0) {
        pool.cancel(model.release_any(random, std::nullopt));
      } else {
        pool.release(model.release_any(random, now), now);
      }
    } else if (random() % 8 == 0) {
      const net::Address wanted = pool.prefix().base().plus(1 + random() % usable);
      model.check_taken(wanted, pool.take(wanted).has_value());
    } else if (auto given = pool.allocate(now)) {
      model.check_given(*given, now);
    } else {
      model.check_refused(given.error().code, now);
    }
    if (::testing::Test::HasFatalFailure()) return;
    ASSERT_EQ(pool.usage(now).assigned, model.assigned());
    ASSERT_EQ(pool.usage(now).assigned + pool.usage(now).cooling + pool.usage(now).free, usable);
  }
}

TEST(PoolProperty, HoldsOverALongHistoryForIpv4) {
  run_history("10.244.0.0/27", 30, 1);
}
TEST(PoolProperty, HoldsOverALongHistoryForIpv6) {
  run_history("fd00::/124", 15, 2);
}

}  // namespace

}  // namespace podwire::endpoint
