// Time spans that the clock cannot reach.

#include "unstick/net/deadline.h"

#include <gtest/gtest.h>

namespace unstick::inline v0::net {
namespace {

TEST(Deadline, NeverOverflows) {
  const Deadline now = Clock::now();
  const Duration left = kNoDeadline - now;
  EXPECT_EQ(DeadlineFrom(now, Duration(1)), now + Duration(1));
  EXPECT_EQ(DeadlineFrom(now, left - Duration(1)), kNoDeadline - Duration(1));
  EXPECT_EQ(DeadlineFrom(now, left), kNoDeadline);
  EXPECT_EQ(DeadlineFrom(now, left + Duration(1)), kNoDeadline);
  EXPECT_EQ(DeadlineFrom(now, kForever), kNoDeadline);
  EXPECT_EQ(DeadlineIn(kForever), kNoDeadline);
}

}  // namespace
}  // namespace unstick::inline v0::net
