// The sendall and recv loops below messages.

#include "unstick/net/transfer.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "src/net/gather.h"
#include "tests/support/scripted_stream.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::seconds;
using testing::Arrive;
using testing::Ends;
using testing::Fails;
using testing::NotYet;
using testing::Script;
using testing::ScriptedStream;
using testing::Silence;
using testing::Takes;

TEST(WriteAllTest, EveryTwoShortCountsWithEmptyPartsBetween) {
  const std::array<ByteView, 6> parts = {ByteView(),      AsBytes("abc"), ByteView(),
                                         AsBytes("defg"), AsBytes("h"),   ByteView()};
  for (std::size_t first = 1; first < 8; ++first) {
    for (std::size_t second = 1; first + second <= 8; ++second) {
      auto script = std::make_shared<Script>();
      script->writes = {Takes(first), NotYet(), Takes(second), Fails(EINTR)};
      ScriptedStream stream(script);
      const SendResult sent = WriteAll(stream, parts);
      ASSERT_TRUE(sent.ok());
      ASSERT_EQ(sent.bytes_sent, 8U);
      ASSERT_EQ(script->written, "abcdefgh") << first << "+" << second;
    }
  }
}

TEST(WriteAllTest, SaysHowManyBytesWereSentWhenItFailsAtAnyByte) {
  const std::array<ByteView, 2> parts = {AsBytes("abc"), AsBytes("defgh")};
  for (std::size_t at = 1; at < 8; ++at) {
    auto script = std::make_shared<Script>();
    script->writes = {Takes(at), Fails(ECONNRESET)};
    ScriptedStream stream(script);
    const SendResult sent = WriteAll(stream, parts);
    EXPECT_EQ(sent.status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(sent.bytes_sent, at);
    EXPECT_EQ(script->written.size(), at);
  }
}

TEST(WriteAllTest, NothingToWriteIsDone) {
  auto script = std::make_shared<Script>();
  ScriptedStream stream(script);
  EXPECT_TRUE(WriteAll(stream, ByteView()).ok());
  EXPECT_EQ(script->write_calls, 0);
}

TEST(ReadExactlyTest, JoinsPiecesAndLeavesTheRest) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive("ab"), NotYet(), Arrive("c"), Fails(EINTR), Arrive("defg")};
  ScriptedStream stream(script);
  std::string into(5, '?');
  const ReadResult read = ReadExactly(stream, std::as_writable_bytes(std::span(into)));
  EXPECT_TRUE(read.ok());
  EXPECT_EQ(read.bytes_read, 5U);
  EXPECT_EQ(into, "abcde");
  EXPECT_EQ(script->reads.front().bytes, "fg");
}

TEST(ReadExactlyTest, TellsTheEndFromACutAndFromATimeout) {
  const auto read = [](std::deque<testing::Step> steps) {
    auto script = std::make_shared<Script>();
    script->reads = std::move(steps);
    ScriptedStream stream(script);
    std::array<std::byte, 4> into{};
    ReadResult result = ReadExactly(stream, into, script->now + seconds(1));
    return std::pair(result.status.code(), result.bytes_read);
  };
  using Code = absl::StatusCode;
  EXPECT_EQ(read({Ends()}), std::pair(Code::kOutOfRange, std::size_t{0}));
  EXPECT_EQ(read({Arrive("abc"), Ends()}), std::pair(Code::kDataLoss, std::size_t{3}));
  EXPECT_EQ(read({testing::IsCut()}), std::pair(Code::kDataLoss, std::size_t{0}));
  EXPECT_EQ(read({Arrive("ab"), Fails(ECONNRESET)}), std::pair(Code::kUnavailable, std::size_t{2}));
  EXPECT_EQ(read({Arrive("a"), Silence(seconds(2)), Arrive("bcd")}),
            std::pair(Code::kDeadlineExceeded, std::size_t{1}));
}

// What one sendmsg() may carry. Nothing is read through these views.
TEST(GatherTest, StopsAtTheNumberOfPartsAndSkipsEmptyOnes) {
  std::vector<ByteView> parts;
  for (int i = 0; i < 3000; ++i) {
    parts.push_back(AsBytes("x"));
    parts.push_back({});
  }
  std::array<iovec, kMaxParts> entries{};
  EXPECT_EQ(Gather(parts, entries), kMaxParts);
  EXPECT_EQ(Gather(std::span(parts).first(20), entries), 10U);
  EXPECT_EQ(Gather({}, entries), 0U);
}

TEST(GatherTest, StopsAtOneGibibyte) {
  const std::byte byte{};
  const std::size_t most = std::size_t{700} << 20;
  const std::array<ByteView, 3> parts = {ByteView(&byte, most), ByteView(&byte, most),
                                         ByteView(&byte, most)};
  std::array<iovec, kMaxParts> entries{};
  ASSERT_EQ(Gather(parts, entries), 2U);
  EXPECT_EQ(entries[0].iov_len, most);
  EXPECT_EQ(entries[0].iov_len + entries[1].iov_len, std::size_t{1} << 30);
}

TEST(WaitStatus, AWaitThatWasInterruptedIsNoFailure) {
  EXPECT_TRUE(detail::WaitStatus(0, "receive").ok());
  EXPECT_TRUE(detail::WaitStatus(EINTR, "receive").ok());
  EXPECT_EQ(detail::WaitStatus(ETIMEDOUT, "receive").code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(detail::WaitStatus(EBADF, "receive").ok());
}

}  // namespace
}  // namespace unstick::inline v0::net
