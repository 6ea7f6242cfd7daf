// SPDX-License-Identifier: Apache-2.0
#include "base/rollback.hpp"

#include <string>

#include <gtest/gtest.h>

namespace podwire {

namespace {

TEST(Rollback, UndoesInReverseOrder) {
  std::string undone;
  {
    Rollback rollback;
    rollback.push([&] { undone += "create "; });
    rollback.push([&] { undone += "configure "; });
    rollback.push([&] { undone += "publish "; });
  }
  EXPECT_EQ(undone, "publish configure create ");
}

TEST(Rollback, UndoesNothingOnceCommitted) {
  std::string undone;
  {
    Rollback rollback;
    rollback.push([&] { undone += "create "; });
    rollback.commit();
    EXPECT_EQ(undone, "");
  }
  EXPECT_EQ(undone, "");
}

TEST(Rollback, UndoesWhatWasPushedAfterACommit) {
  std::string undone;
  {
    Rollback rollback;
    rollback.push([&] { undone += "first "; });
    rollback.commit();
    rollback.push([&] { undone += "second "; });
  }
  EXPECT_EQ(undone, "second ");
}

}  // namespace

}  // namespace podwire
