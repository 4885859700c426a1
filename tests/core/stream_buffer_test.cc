#include "unstick/core/stream_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>

namespace unstick::inline v0 {
namespace {

void Put(StreamBuffer& buffer, const std::string& text) {
  const ByteSpan room = buffer.Prepare(text.size());
  ASSERT_GE(room.size(), text.size());
  std::memcpy(room.data(), text.data(), text.size());
  buffer.Commit(text.size());
}

TEST(StreamBuffer, HoldsNothingAtFirst) {
  const StreamBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0);
  EXPECT_TRUE(buffer.readable().empty());
}

TEST(StreamBuffer, IsAQueue) {
  StreamBuffer buffer;
  Put(buffer, "hello ");
  buffer.Append(AsBytes("world"));
  EXPECT_EQ(AsText(buffer.readable()), "hello world");
  buffer.Consume(6);
  EXPECT_EQ(AsText(buffer.readable()), "world");
  buffer.Unwrite(2);
  EXPECT_EQ(AsText(buffer.readable()), "wor");
  buffer.writable()[0] = std::byte{'W'};
  EXPECT_EQ(AsText(buffer.readable()), "Wor");
}

TEST(StreamBuffer, AppendingNothingAllocatesNothing) {
  StreamBuffer buffer;
  buffer.Append({});
  EXPECT_EQ(buffer.capacity(), 0);
}

TEST(StreamBuffer, MovesAndLeavesNothingBehind) {
  StreamBuffer from;
  from.Append(AsBytes("abc"));
  StreamBuffer to(std::move(from));
  EXPECT_EQ(AsText(to.readable()), "abc");
  EXPECT_TRUE(from.empty());  // NOLINT: a moved-from buffer is an empty one
  EXPECT_EQ(from.capacity(), 0);
  from.Append(AsBytes("d"));
  EXPECT_EQ(AsText(from.readable()), "d");
  from = std::move(to);
  EXPECT_EQ(AsText(from.readable()), "abc");
  EXPECT_EQ(to.capacity(), 0);  // NOLINT
}

TEST(StreamBuffer, TrimGivesBackWhatIsNotNeeded) {
  StreamBuffer buffer;
  buffer.Append(AsBytes(std::string(10'000, 'x')));
  buffer.Consume(9'990);
  buffer.Trim();
  EXPECT_EQ(AsText(buffer.readable()), "xxxxxxxxxx");
  EXPECT_LE(buffer.capacity(), 300);
  buffer.Consume(10);
  buffer.Trim();
  EXPECT_EQ(buffer.capacity(), 0);
}

// Against the simplest thing that could be one, and never more memory than it says.
TEST(StreamBuffer, BehavesLikeAStringAndStaysSmall) {
  std::mt19937_64 random(1);
  StreamBuffer buffer;
  std::string model;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t n = random() % (std::size_t{1} << random() % 12);
    switch (random() % 5) {
      case 0:
        buffer.Consume(std::min(n, model.size()));
        model.erase(0, n);
        break;
      case 1:
        buffer.Unwrite(std::min(n, model.size()));
        model.resize(model.size() - std::min(n, model.size()));
        break;
      case 2:
        if (random() % 16 == 0) buffer.Trim();
        break;
      default: {
        const std::string text(n, static_cast<char>('a' + step % 26));
        buffer.Append(AsBytes(text));
        model += text;
      }
    }
    ASSERT_EQ(AsText(buffer.readable()), model);
  }
}

TEST(StreamBuffer, GrowsByWhatIsThereNotByMore) {
  StreamBuffer buffer;
  for (std::size_t size = 1; size < 3000; ++size) {
    buffer.Append(AsBytes("x"));
    ASSERT_LE(buffer.capacity(), 2 * buffer.size() + 256) << size;
  }
}

#if UNSTICK_ADDRESS_SANITIZER
// A view that is kept too long is a report, not a lucky read.
TEST(StreamBufferDeathTest, AStaleViewIsCaught) {
  StreamBuffer buffer;
  buffer.Append(AsBytes("abc"));
  const ByteView stale = buffer.readable();
  (void)buffer.Prepare(1);
  EXPECT_DEATH(
      {
        volatile auto byte = std::to_integer<int>(stale[0]);
        (void)byte;
      },
      "heap-use-after-free");
}
#endif

}  // namespace
}  // namespace unstick::inline v0
