#include "src/asio/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <vector>

namespace unstick::inline v0::testing {
namespace {

using aio::detail::kNever;
using aio::detail::Tick;
using aio::detail::TimerNode;
using aio::detail::TimerWheel;

TEST(TimerWheel, AnswersWithNothingWhileNothingIsDue) {
  TimerWheel wheel;
  TimerNode node;
  EXPECT_TRUE(wheel.empty());
  EXPECT_EQ(wheel.Next(), kNever);
  EXPECT_EQ(wheel.Pop(1'000'000), nullptr);
  wheel.Set(node, 1'000'100);
  EXPECT_EQ(wheel.Pop(1'000'099), nullptr);
  EXPECT_EQ(wheel.Pop(1'000'100), &node);
  EXPECT_FALSE(node.linked());
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheel, KeepsWhatIsNeverDue) {
  TimerWheel wheel;
  TimerNode node;
  wheel.Set(node, kNever);
  EXPECT_EQ(wheel.Next(), kNever);
  EXPECT_EQ(wheel.Pop(Tick{1} << 40), nullptr);
  int seen = 0;
  wheel.ForEach([&](TimerNode&) { ++seen; });
  EXPECT_EQ(seen, 1);
  wheel.Cancel(node);
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheel, ATimeThatHasPassedIsTheNextTick) {
  TimerWheel wheel;
  TimerNode node;
  EXPECT_EQ(wheel.Pop(500), nullptr);
  wheel.Set(node, 3);
  EXPECT_EQ(wheel.Pop(500), nullptr);
  EXPECT_EQ(wheel.Pop(501), &node);
}

// Beside a sorted list, with times that lie near, far, and on both sides of every turn.
TEST(TimerWheel, AgreesWithASortedList) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    TimerWheel wheel;
    std::vector<TimerNode> nodes(200);
    std::multimap<Tick, TimerNode*> sorted;
    const auto forget = [&](TimerNode& node) {
      std::erase_if(sorted, [&](const auto& entry) { return entry.second == &node; });
    };
    Tick now = random() >> 30;
    ASSERT_EQ(wheel.Pop(now), nullptr);
    for (int step = 0; step < 3000; ++step) {
      TimerNode& node = nodes[random() % nodes.size()];
      switch (random() % 4) {
        case 0:
        case 1: {
          const Tick at = now + 1 + (random() >> (24 + random() % 40));
          wheel.Set(node, at);
          forget(node);
          sorted.emplace(at, &node);
          break;
        }
        case 2:
          wheel.Cancel(node);
          forget(node);
          break;
        case 3:
          now += random() >> (30 + random() % 34);
          while (TimerNode* due = wheel.Pop(now)) {
            ASSERT_FALSE(sorted.empty());
            ASSERT_EQ(due->wake_at, sorted.begin()->first) << "out of order";
            ASSERT_LE(due->wake_at, now);
            forget(*due);
          }
          ASSERT_TRUE(sorted.empty() || sorted.begin()->first > now) << "forgotten";
          break;
      }
      ASSERT_EQ(wheel.empty(), sorted.empty());
      const Tick first = sorted.empty() ? kNever : sorted.begin()->first;
      ASSERT_LE(wheel.Next(), first);
      ASSERT_GT(wheel.Next(), now);
    }
  }
}

// The cost of waiting is a few moves inwards for each node, however long the wait.
TEST(TimerWheel, IsWokenAFewTimesForALongWait) {
  TimerWheel wheel;
  TimerNode node;
  wheel.Set(node, 600'000);
  int looks = 0;
  Tick now = 0;
  while (wheel.Pop(now) == nullptr) {
    ASSERT_GT(wheel.Next(), now);
    now = wheel.Next();
    ++looks;
  }
  EXPECT_EQ(now, 600'000);
  EXPECT_LE(looks, 5);
}

}  // namespace
}  // namespace unstick::inline v0::testing
