// MessageStream::Receive() on scripted streams: every cut, every interruption, every way to end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/tiny_frames.h"
#include "tests/support/scripted_stream.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/header_framer.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::Arrive;
using ::testing::ElementsAre;
using testing::Ends;
using testing::Fails;
using testing::IsCut;
using testing::NotYet;
using testing::Script;
using testing::ScriptedStream;
using testing::Silence;
using testing::Step;
using testing::TinyFramer;
using testing::TinyWire;
using testing::Whole;
using testing::WholeFrames;
using Kind = ReceiveResult::Kind;
using Stream = MessageStream<LengthFieldFramer, ScriptedStream>;

const std::vector<std::string> kMessages = {"", "ab", "c", "", "hello"};

Stream StreamOf(const std::shared_ptr<Script>& script, const StreamOptions& options = {}) {
  return Stream(ScriptedStream(script), TinyFramer(), options);
}

// The frames up to the first result that is none, and that result's kind.
struct Received {
  std::vector<std::string> frames;
  Kind last;
};
Received ReceiveAll(Stream& stream) {
  Received received;
  for (;;) {
    const ReceiveResult result = stream.Receive();
    received.last = result.kind();
    if (!result) return received;
    received.frames.push_back(result->CopyPayload());
  }
}

// Bit i of `cuts` says that one read ends before byte i + 1. `between` happens at each cut.
std::deque<Step> CutUp(const std::string& wire, std::uint32_t cuts,
                       const std::vector<Step>& between) {
  std::deque<Step> steps;
  std::string piece;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    piece += wire[i];
    if ((cuts >> i & 1) == 0 && i + 1 < wire.size()) continue;
    steps.push_back(Arrive(piece));
    piece.clear();
    steps.insert(steps.end(), between.begin(), between.end());
  }
  return steps;
}

TEST(ReceiveTest, HowTheBytesWereCutIsInvisible) {
  const std::string wire = TinyWire(kMessages);
  const std::vector<std::vector<Step>> interruptions = {
      {}, {NotYet()}, {Fails(EINTR)}, {Silence(seconds(1)), Fails(EINTR), NotYet()}};
  for (const std::vector<Step>& between : interruptions) {
    for (std::uint32_t cuts = 0; cuts < 1U << (wire.size() - 1); ++cuts) {
      auto script = std::make_shared<Script>();
      script->reads = CutUp(wire, cuts, between);
      script->reads.push_back(Ends());
      script->asking_takes = microseconds(300);
      Stream stream =
          StreamOf(script, {.spin_for = cuts % 2 == 0 ? Duration() : microseconds(700)});
      const Received received = ReceiveAll(stream);
      ASSERT_EQ(received.frames, kMessages) << "cuts " << cuts;
      ASSERT_EQ(received.last, Kind::kEnd);
      ASSERT_TRUE(stream.status().ok());
    }
  }
}

TEST(ReceiveTest, AnEndAtAnyByteIsCleanOrTruncatedAndComesAfterTheFrames) {
  const std::string wire = TinyWire(kMessages);
  for (std::size_t size = 0; size <= wire.size(); ++size) {
    auto script = std::make_shared<Script>();
    if (size > 0) script->reads.push_back(Arrive(wire.substr(0, size)));
    script->reads.push_back(Ends());
    Stream stream = StreamOf(script);
    const Received received = ReceiveAll(stream);
    const Whole whole = WholeFrames(kMessages, size);
    ASSERT_EQ(received.frames.size(), whole.frames) << size;
    ASSERT_EQ(received.last, whole.torn ? Kind::kTruncated : Kind::kEnd) << size;
    ASSERT_EQ(stream.status().code(),
              whole.torn ? absl::StatusCode::kDataLoss : absl::StatusCode::kOk);
    const ReceiveResult again = stream.Receive();
    ASSERT_EQ(again.kind(), received.last) << "the end is not for good";
    if (whole.torn) {
      ASSERT_EQ(again.error().code, FrameErrorCode::kTruncated);
    }
  }
}

TEST(ReceiveTest, AResetAtAnyByteComesAfterTheFrames) {
  const std::string wire = TinyWire(kMessages);
  for (std::size_t size = 0; size <= wire.size(); ++size) {
    auto script = std::make_shared<Script>();
    if (size > 0) script->reads.push_back(Arrive(wire.substr(0, size)));
    script->reads.push_back(Fails(ECONNRESET));
    Stream stream = StreamOf(script);
    const Received received = ReceiveAll(stream);
    const Whole whole = WholeFrames(kMessages, size);
    ASSERT_EQ(received.frames.size(), whole.frames) << size;
    ASSERT_EQ(received.last, Kind::kReset) << size;
    ASSERT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
    script->reads = {Arrive(wire)};  // nothing that comes later is believed
    const ReceiveResult again = stream.Receive();
    ASSERT_EQ(again.kind(), Kind::kReset);
    ASSERT_EQ(again.error_code(), ECONNRESET);
    ASSERT_EQ(again.mid_frame(), whole.torn) << size;
  }
}

TEST(ReceiveTest, ATransportThatWasCutIsNoEnd) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive(TinyWire({"x"})), IsCut()};
  Stream stream = StreamOf(script);
  const Received received = ReceiveAll(stream);
  EXPECT_THAT(received.frames, ElementsAre("x"));
  EXPECT_EQ(received.last, Kind::kCut);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss);
}

TEST(ReceiveTest, AnyOtherErrorIsToldWithItsNumber) {
  auto script = std::make_shared<Script>();
  script->reads = {Fails(EHOSTUNREACH)};
  Stream stream = StreamOf(script);
  const ReceiveResult result = stream.Receive();
  EXPECT_EQ(result.kind(), Kind::kError);
  EXPECT_EQ(result.error_code(), EHOSTUNREACH);
  EXPECT_FALSE(stream.status().ok());
}

// The kernel's own ETIMEDOUT ends a connection; only a deadline of ours is a kTimeout.
TEST(ReceiveTest, AConnectionThatTimedOutIsNoTimeout) {
  auto script = std::make_shared<Script>();
  script->reads = {Fails(ETIMEDOUT)};
  Stream stream = StreamOf(script);
  EXPECT_EQ(stream.Receive().kind(), Kind::kError);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
}

TEST(ReceiveTest, BrokenFramingComesAfterTheFramesAndStays) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive(TinyWire({"one", "two"}) + std::string("\x80", 1)), Arrive("more")};
  Stream stream(ScriptedStream(script), LengthFieldFramer({.width = 1, .max_payload = 100}));
  const Received received = ReceiveAll(stream);
  EXPECT_THAT(received.frames, ElementsAre("one", "two"));
  EXPECT_EQ(received.last, Kind::kBroken);
  const ReceiveResult again = stream.Receive();
  ASSERT_EQ(again.kind(), Kind::kBroken);
  EXPECT_EQ(again.error().code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(again.error().offset, 8U);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ReceiveTest, ARecoveringStreamReportsTheGapAndGoesOn) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive(TinyWire({"one", "far too long", "two"})), Ends()};
  Stream stream(ScriptedStream(script), LengthFieldFramer({.width = 1, .max_payload = 5}),
                {.on_error = OnError::kSkip});
  EXPECT_EQ(stream.Receive()->text(), "one");
  const ReceiveResult gap = stream.Receive();
  ASSERT_EQ(gap.kind(), Kind::kGap);
  EXPECT_EQ(gap.gap().skipped, 13U);
  EXPECT_EQ(gap.gap().why.offset, 4U);
  EXPECT_TRUE(stream.status().ok());
  EXPECT_EQ(stream.Receive()->text(), "two");
  EXPECT_EQ(stream.Receive().kind(), Kind::kEnd);
}

TEST(ReceiveTest, TimingOutAtAnyByteLosesNothing) {
  const std::string wire = TinyWire(kMessages);
  for (std::size_t at = 0; at <= wire.size(); ++at) {
    auto script = std::make_shared<Script>();
    if (at > 0) script->reads.push_back(Arrive(wire.substr(0, at)));
    script->reads.push_back(Silence(seconds(5)));
    if (at < wire.size()) script->reads.push_back(Arrive(wire.substr(at)));
    script->reads.push_back(Ends());
    Stream stream = StreamOf(script);
    std::vector<std::string> frames;
    int timeouts = 0;
    for (;;) {
      const ReceiveResult result = stream.Receive(script->now + seconds(2));
      if (result.kind() == Kind::kTimeout) {
        ++timeouts;
        ASSERT_EQ(result.mid_frame(), WholeFrames(kMessages, at).torn);
        ASSERT_EQ(stream.status().code(), absl::StatusCode::kDeadlineExceeded);
        continue;
      }
      if (!result) break;
      frames.push_back(result->CopyPayload());
    }
    ASSERT_EQ(frames, kMessages) << "silence at " << at;
    ASSERT_EQ(timeouts, 2) << "5 s of silence, 2 s of patience";
    ASSERT_TRUE(stream.status().ok());
  }
}

TEST(ReceiveTest, ADeadlineThatHasPassedStillTakesWhatIsThere) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive(TinyWire({"there"}))};
  Stream stream = StreamOf(script);
  const Deadline passed = script->now - seconds(1);
  EXPECT_EQ(stream.Receive(passed)->text(), "there");
  EXPECT_EQ(stream.Receive(passed).kind(), Kind::kTimeout);
}

// One byte a second for ever: the frame's time does not grow with each.
TEST(ReceiveTest, BytesThatDripInDoNotExtendTheFramesTime) {
  auto script = std::make_shared<Script>();
  script->reads.push_back(Silence(seconds(60)));  // before the first byte there is no hurry
  for (const char byte : TinyWire({"0123456789"})) {
    script->reads.push_back(Arrive(std::string(1, byte)));
    script->reads.push_back(Silence(seconds(1)));
  }
  Stream stream = StreamOf(script, {.frame_timeout = seconds(4)});
  const Deadline start = script->now;
  const ReceiveResult first = stream.Receive();
  EXPECT_EQ(first.kind(), Kind::kTimeout);
  EXPECT_TRUE(first.mid_frame());
  EXPECT_EQ(script->now - start, seconds(60 + 4));
  // The caller may be patient: the clock starts anew, and the frame is whole in the end.
  EXPECT_EQ(stream.Receive().kind(), Kind::kTimeout);
  EXPECT_EQ(script->now - start, seconds(60 + 8));
  EXPECT_EQ(stream.Receive()->text(), "0123456789");
}

// A frame that is passed over, over the limit or in search of the next one, is a frame all the
// same: bytes that drip in and are dropped do not move its deadline.
TEST(ReceiveTest, TheFramesTimeRunsWhileItIsPassedOver) {
  struct Case {
    OnError on_error;
    LengthFieldFramer::Options framing;
    std::string head;
  };
  for (const auto& [on_error, framing, head] :
       {Case{OnError::kSkip, {.width = 4, .max_payload = 10}, "\xff\xff\xff\xff"},
        Case{OnError::kResync, {.width = 4, .max_payload = 10}, "\xff\xff\xff\xff"}}) {
    auto script = std::make_shared<Script>();
    script->reads.push_back(Arrive(head));
    for (int i = 0; i < 100; ++i) {
      script->reads.push_back(Silence(seconds(1)));
      script->reads.push_back(Arrive("x"));
    }
    MessageStream stream(ScriptedStream(script), LengthFieldFramer(framing),
                         {.on_error = on_error, .frame_timeout = seconds(4)});
    const Deadline start = script->now;
    const ReceiveResult result = stream.Receive();
    EXPECT_EQ(result.kind(), Kind::kTimeout);
    EXPECT_TRUE(result.mid_frame());
    EXPECT_EQ(script->now - start, seconds(4));
  }
  // The native header has a mark to search for; what it searches in is one gap, with one deadline.
  auto script = std::make_shared<Script>();
  for (int i = 0; i < 100; ++i) {
    script->reads.push_back(Arrive(std::string(40, 'x')));
    script->reads.push_back(Silence(seconds(1)));
  }
  MessageStream seeking(ScriptedStream(script), HeaderFramer(),
                        {.on_error = OnError::kResync, .frame_timeout = seconds(4)});
  const Deadline start = script->now;
  EXPECT_EQ(seeking.Receive().kind(), Kind::kTimeout);
  EXPECT_EQ(script->now - start, seconds(4));
}

// Also when bytes are always there: then nobody waits, and time passes elsewhere.
TEST(ReceiveTest, AFloodThatCompletesNothingRunsIntoTheFramesTime) {
  auto script = std::make_shared<Script>();
  for (const char byte : TinyWire({"0123456789"})) {
    script->reads.push_back(Arrive(std::string(1, byte)));
    script->reads.push_back(Fails(EINTR));
  }
  struct SlowStream : ScriptedStream {  // a read takes a second
    explicit SlowStream(std::shared_ptr<Script> s) : ScriptedStream(s), script(s) {}
    IoResult ReadSome(ByteSpan into) {
      script->now += seconds(1);
      return ScriptedStream::ReadSome(into);
    }
    std::shared_ptr<Script> script;
  };
  MessageStream stream(SlowStream(script), TinyFramer(), {.frame_timeout = seconds(5)});
  EXPECT_EQ(stream.Receive().kind(), Kind::kTimeout);
  EXPECT_FALSE(script->reads.empty());
}

// Also when a frame's first byte came with the last ones of the frame before it.
TEST(ReceiveTest, TheFramesTimeStartsAnewWithEachFrame) {
  auto script = std::make_shared<Script>();
  script->reads.push_back(Arrive("\3a"));
  for (int i = 0; i < 10; ++i) {
    script->reads.push_back(Silence(seconds(3)));
    script->reads.push_back(Arrive("bc\3a"));
  }
  Stream stream = StreamOf(script, {.frame_timeout = seconds(4)});
  for (int i = 0; i < 10; ++i) {
    const ReceiveResult result = stream.Receive();
    ASSERT_TRUE(result) << i << ": " << result.status();
    ASSERT_EQ(result->text(), "abc");
  }
}

TEST(ReceiveTest, TheIdleTimeCountsOverSeveralCallsAndEndsWithAByte) {
  auto script = std::make_shared<Script>();
  script->reads = {Silence(seconds(7)), Arrive("\5h"), Silence(seconds(30)), Arrive("ello")};
  Stream stream = StreamOf(script, {.idle_timeout = seconds(10)});
  const Deadline start = script->now;
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(stream.Receive(script->now + seconds(2)).kind(), Kind::kTimeout);
    EXPECT_EQ(script->now - start, seconds(2 * i));
  }
  EXPECT_EQ(stream.Receive()->text(), "hello") << "inside a frame the idle time does not run";

  script->reads = {Silence(seconds(100))};
  const Deadline idle_since = script->now;
  EXPECT_EQ(stream.Receive(script->now + seconds(6)).kind(), Kind::kTimeout);
  EXPECT_EQ(stream.Receive(script->now + seconds(6)).kind(), Kind::kTimeout);
  EXPECT_EQ(script->now - idle_since, seconds(10))
      << "the second wait was cut short by the idle time";
}

TEST(ReceiveTest, WhoWaitsHoldsNoBuffer) {
  auto script = std::make_shared<Script>();
  script->reads = {NotYet(), Arrive(TinyWire({"x"})), NotYet(), Arrive(TinyWire({"y"}) + "\5he"),
                   NotYet(), Arrive("llo"),           Ends()};
  Stream stream = StreamOf(script);
  std::vector<std::size_t> held;
  script->on_wait = [&] { held.push_back(stream.read_memory()); };
  while (stream.Receive()) {
  }
  ASSERT_EQ(held.size(), 3U);
  EXPECT_EQ(held[0], 0U);
  EXPECT_EQ(held[1], 0U);
  EXPECT_LE(held[2], 1024U) << "three bytes of a frame are held";
}

// ---- Spinning ----------------------------------------------------------------------------------

// A script on which asking takes a microsecond, and how often someone went to sleep.
struct Spinning {
  explicit Spinning(std::deque<Step> reads) {
    script->reads = std::move(reads);
    script->asking_takes = microseconds(1);
    script->on_wait = [this] { sleeps.push_back(script->now - start); };
  }
  std::shared_ptr<Script> script = std::make_shared<Script>();
  Deadline start = script->now;
  std::vector<Duration> sleeps;
};

TEST(ReceiveTest, WhatComesWhileItSpinsWakesNobody) {
  Spinning spinning({Silence(microseconds(7)), Arrive(TinyWire({"x"}) + "\5he"),
                     Silence(microseconds(9)), Fails(EINTR), Arrive("llo"), Ends()});
  Stream stream = StreamOf(spinning.script, {.spin_for = microseconds(10)});
  EXPECT_EQ(ReceiveAll(stream).frames, (std::vector<std::string>{"x", "hello"}));
  EXPECT_THAT(spinning.sleeps, ElementsAre());
}

TEST(ReceiveTest, SpinsForSoLongAndThenSleeps) {
  Spinning spinning({Silence(microseconds(100)), Arrive(TinyWire({"x"})), Ends()});
  Stream stream = StreamOf(spinning.script, {.spin_for = microseconds(10)});
  EXPECT_EQ(stream.Receive()->text(), "x");
  EXPECT_THAT(spinning.sleeps, ElementsAre(microseconds(11))) << "the first read took one as well";
  EXPECT_EQ(spinning.script->now - spinning.start, microseconds(100));
}

TEST(ReceiveTest, DoesNotSpinUnlessAsked) {
  Spinning spinning({Silence(microseconds(3)), Arrive(TinyWire({"x"})), Ends()});
  Stream stream = StreamOf(spinning.script);
  EXPECT_EQ(stream.Receive()->text(), "x");
  EXPECT_THAT(spinning.sleeps, ElementsAre(microseconds(1)));
}

TEST(ReceiveTest, ADeadlineEndsTheSpinning) {
  Spinning spinning({Silence(seconds(1))});
  Stream stream = StreamOf(spinning.script, {.spin_for = seconds(1)});
  EXPECT_EQ(stream.Receive(spinning.start + microseconds(20)).kind(), Kind::kTimeout);
  EXPECT_EQ(spinning.script->now - spinning.start, microseconds(20));
  EXPECT_EQ(stream.Receive(spinning.start).kind(), Kind::kTimeout);
  EXPECT_EQ(spinning.script->now - spinning.start, microseconds(21)) << "one that has passed, too";
}

TEST(ReceiveTest, TheStreamsOwnTimeoutsEndTheSpinning) {
  Spinning spinning({Silence(microseconds(60)), Arrive("\5h"), Silence(microseconds(20)),
                     Arrive("e"), Silence(seconds(1))});
  Stream stream = StreamOf(spinning.script, {.idle_timeout = microseconds(50),
                                             .frame_timeout = microseconds(30),
                                             .spin_for = seconds(1)});
  EXPECT_EQ(stream.Receive().kind(), Kind::kTimeout);
  EXPECT_EQ(spinning.script->now - spinning.start, microseconds(50));
  const ReceiveResult torn = stream.Receive();
  EXPECT_EQ(torn.kind(), Kind::kTimeout);
  EXPECT_TRUE(torn.mid_frame());
  EXPECT_EQ(spinning.script->now - spinning.start, microseconds(90)) << "from its first byte on";
}

TEST(ReceiveTest, AFrameOfManyReads) {
  const std::string payload(3'000'000, 'x');
  auto script = std::make_shared<Script>();
  script->reads = {
      Arrive(std::string("\x00\x2d\xc6\xc0", 4) + payload + std::string("\0\0\0\1y", 5)), Ends()};
  MessageStream stream(ScriptedStream(script), testing::WideFramer());
  EXPECT_EQ(stream.Receive()->text(), payload);
  EXPECT_EQ(stream.Receive()->text(), "y");
  EXPECT_EQ(stream.Receive().kind(), Kind::kEnd);
}

// The bytes behind the last frame go to whoever continues, at every cut.
TEST(ReceiveTest, HandsTheStreamOverWithTheBytesNobodyReceived) {
  const std::string wire = TinyWire({"upgrade"}) + "line one\nline two\n";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    auto script = std::make_shared<Script>();
    script->reads = {Arrive(wire.substr(0, cut)), NotYet(), Arrive(wire.substr(cut)), Ends()};
    Stream stream = StreamOf(script);
    ASSERT_EQ(stream.Receive()->text(), "upgrade");
    auto [bytes, unread] = std::move(stream).Release();
    MessageStream lines(std::move(bytes), DelimiterFramer(), {}, unread);
    ASSERT_EQ(lines.Receive()->text(), "line one") << cut;
    ASSERT_EQ(lines.Receive()->text(), "line two") << cut;
    ASSERT_EQ(lines.Receive().kind(), Kind::kEnd) << cut;
  }
}

TEST(ReceiveTest, TakesMoreUnreadBytesThanOneFrameMayHave) {
  std::vector<std::byte> unread;
  for (int i = 0; i < 100'000; ++i) unread.insert(unread.end(), {std::byte{1}, std::byte{'x'}});
  auto script = std::make_shared<Script>();
  script->reads = {Ends()};
  Stream stream(ScriptedStream(script), TinyFramer(), {}, unread);
  EXPECT_EQ(ReceiveAll(stream).frames.size(), 100'000U);
}

TEST(ReceiveTest, AMovedStreamGoesOnWhereItWas) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive("\3a"), Silence(seconds(2)), Arrive("bc\x7f")};
  Stream first = StreamOf(script);
  EXPECT_EQ(first.Receive(script->now + seconds(1)).kind(), Kind::kTimeout);
  Stream second = std::move(first);
  EXPECT_EQ(second.Receive()->text(), "abc");
  script->reads.push_back(Ends());
  EXPECT_EQ(second.Receive().kind(), Kind::kTruncated);
  const Stream third = std::move(second);
  EXPECT_EQ(third.status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace unstick::inline v0::net
