// SPDX-License-Identifier: Apache-2.0
#include "endpoint/reaper.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "fakes/fake_links.hpp"

namespace podwire::endpoint {

namespace {

using namespace std::chrono_literals;

// Takes its time, as the kernel does.
class SlowLinks : public fakes::FakeLinks {
 public:
  using FakeLinks::FakeLinks;

  std::vector<std::size_t> removals;  // how many names each call had

  Result<> remove(const std::vector<std::string>& names) override {
    removals.push_back(names.size());
    std::this_thread::sleep_for(20ms);
    return FakeLinks::remove(names);
  }
};

class ReaperTest : public ::testing::Test {
 protected:
  void remove(const std::string& name) {
    boost::asio::co_spawn(io_, reaper_.remove(name),
                          [this](const std::exception_ptr&, Result<> result) {
                            results_.push_back(std::move(result));
                          });
  }

  fakes::CallLog log_;
  SlowLinks links_{log_};
  boost::asio::io_context io_{1};
  Reaper reaper_{io_, links_};
  std::vector<Result<>> results_;
};

TEST_F(ReaperTest, CompletesWhenTheLinkIsGone) {
  links_.add("pw1", 0);
  links_.add("pw2", 0);
  remove("pw1");
  EXPECT_EQ(links_.links.size(), 2U);
  io_.run_for(5s);
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_TRUE(results_[0]);
  EXPECT_EQ(links_.links.size(), 1U);
  EXPECT_TRUE(links_.links.contains("pw2"));
}

TEST_F(ReaperTest, DoesNotMindALinkThatIsNotThere) {
  remove("pw9");
  io_.run_for(5s);
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_TRUE(results_[0]);
}

TEST_F(ReaperTest, DeletesTogetherWhatComesInDuringADeletion) {
  for (int i = 0; i < 100; ++i) {
    links_.add("pw" + std::to_string(i), 0);
    remove("pw" + std::to_string(i));
  }
  io_.run_for(5s);
  EXPECT_EQ(results_.size(), 100U);
  EXPECT_TRUE(links_.links.empty());
  EXPECT_EQ(links_.removals, (std::vector<std::size_t>{1, 99}));
}

TEST_F(ReaperTest, TellsAFailureToThoseConcernedAndGoesOn) {
  log_.fail_at(1);
  remove("pw1");
  io_.run_for(5s);
  io_.restart();
  remove("pw2");
  io_.run_for(5s);
  ASSERT_EQ(results_.size(), 2U);
  EXPECT_FALSE(results_[0]);
  EXPECT_TRUE(results_[1]);
}

}  // namespace

}  // namespace podwire::endpoint
