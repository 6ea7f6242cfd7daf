// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace podwire {

namespace {

Result<int> count_links() {
  return fail(Errc::exhausted, "no memory");
}

Result<> attach_pod() {
  auto links = count_links();
  if (!links) return in("count links", links);
  return {};
}

TEST(Result, GathersContextFromTheInsideOut) {
  auto attached = attach_pod();
  ASSERT_FALSE(attached);
  const tl::unexpected<Error> failed = in("attach pod shop/web", attached);
  EXPECT_EQ(failed.value().what, "attach pod shop/web: count links: no memory");
  EXPECT_EQ(failed.value().code, Errc::exhausted);
}

TEST(Result, KeepsTheValueOfASuccess) {
  const Result<int> seven = 7;
  ASSERT_TRUE(seven);
  EXPECT_EQ(*seven, 7);
}

TEST(SystemError, SaysWhatWasBeingDoneAndWhy) {
  EXPECT_EQ(system_error("create link pw1", EPERM).what,
            "create link pw1: Operation not permitted");
}

TEST(SystemError, TakesErrnoIfNoNumberIsGiven) {
  errno = EEXIST;
  const Result<> failed = fail_errno("create link pw1");
  EXPECT_EQ(failed.error().what, "create link pw1: File exists");
}

struct Category {
  int number;
  Errc code;
};

class SystemErrorCategory : public ::testing::TestWithParam<Category> {};

TEST_P(SystemErrorCategory, IsWhatCallersBranchOn) {
  EXPECT_EQ(system_error("try", GetParam().number).code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Errno, SystemErrorCategory,
    ::testing::Values(Category{EEXIST, Errc::already_exists}, Category{ENOENT, Errc::not_found},
                      Category{ENODEV, Errc::not_found}, Category{ESRCH, Errc::not_found},
                      Category{EAGAIN, Errc::unavailable}, Category{EBUSY, Errc::unavailable},
                      Category{ENOSPC, Errc::exhausted}, Category{EPERM, Errc::system},
                      Category{EINVAL, Errc::system}));

}  // namespace

}  // namespace podwire
