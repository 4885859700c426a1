// MessageStream's sending half on scripted streams: every short count, every torn frame.

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/tiny_frames.h"
#include "tests/support/scripted_stream.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/net/message_stream.h"

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
using testing::Step;
using testing::Takes;
using testing::TinyFramer;
using testing::TinyWire;
using testing::Whole;
using testing::WholeFrames;
using testing::WideFramer;
using Stream = MessageStream<LengthFieldFramer, ScriptedStream>;

constexpr std::size_t kHeader = 4;

// Copied and gathered payloads side by side, empty ones too.
const std::vector<std::string> kMessages = {"a",  std::string(1500, 'b'), "",
                                            "cc", std::string(1025, 'd'), std::string(1024, 'e')};

std::vector<ByteView> Views(const std::vector<std::string>& messages) {
  std::vector<ByteView> views;
  for (const std::string& message : messages) views.push_back(AsBytes(message));
  return views;
}

// The wire form, written without the library.
std::string Wire(const std::vector<std::string>& messages) {
  std::string wire;
  for (const std::string& message : messages) {
    for (const int shift : {24, 16, 8, 0}) wire += static_cast<char>(message.size() >> shift);
    wire += message;
  }
  return wire;
}

Stream StreamOf(const std::shared_ptr<Script>& script, const StreamOptions& options = {}) {
  return Stream(ScriptedStream(script), WideFramer(), options);
}

// A format that can only be decoded cannot be sent by mistake.
struct DecodeOnly {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    return TinyFramer().Scan(window, resume);
  }
  std::size_t max_frame_size() const { return 256; }
};
template <typename F>
concept CanSend = requires(MessageStream<F, ScriptedStream>& stream) { stream.Send(ByteView()); };
static_assert(CanSend<LengthFieldFramer> && !CanSend<DecodeOnly>);

TEST(SendTest, AFormatThatIsOnlyDecodedCanStillBeReceived) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive("\2hi"), Ends()};
  MessageStream stream{ScriptedStream(script), DecodeOnly()};
  EXPECT_EQ(stream.Receive()->text(), "hi");
  EXPECT_EQ(stream.Receive().kind(), ReceiveResult::Kind::kEnd);
}

TEST(SendTest, OneMessageOneWrite) {
  for (const std::string& message : kMessages) {
    auto script = std::make_shared<Script>();
    Stream stream = StreamOf(script);
    const SendResult sent = stream.Send(AsBytes(message));
    EXPECT_TRUE(sent.ok()) << sent.status;
    EXPECT_EQ(sent.bytes_sent, kHeader + message.size());
    EXPECT_EQ(script->written, Wire({message}));
    EXPECT_EQ(script->write_calls, 1);
  }
}

TEST(SendTest, ManyMessagesOneWrite) {
  auto script = std::make_shared<Script>();
  Stream stream = StreamOf(script);
  const SendManyResult sent = stream.SendMany(Views(kMessages));
  EXPECT_TRUE(sent.ok()) << sent.status;
  EXPECT_EQ(sent.frames_sent, kMessages.size());
  EXPECT_EQ(sent.bytes_sent, Wire(kMessages).size());
  EXPECT_EQ(script->written, Wire(kMessages));
  EXPECT_EQ(script->write_calls, 1);
}

TEST(SendTest, NoMessagesNoWrite) {
  auto script = std::make_shared<Script>();
  Stream stream = StreamOf(script);
  EXPECT_TRUE(stream.SendMany({}).ok());
  EXPECT_EQ(script->write_calls, 0);
}

TEST(SendTest, APayloadMadeInPlace) {
  auto script = std::make_shared<Script>();
  Stream stream = StreamOf(script);
  const SendResult sent = stream.Send(3, [](ByteSpan place) {
    ASSERT_EQ(place.size(), 3U);
    StoreUint(place, 0x616263, 3, std::endian::big);
  });
  EXPECT_TRUE(sent.ok());
  EXPECT_EQ(sent.bytes_sent, 7U);
  EXPECT_EQ(script->written, Wire({"abc"}));
}

TEST(SendTest, AShortCountAtAnyByteDoesNotMatter) {
  const std::string wire = Wire(kMessages);
  for (std::size_t at = 1; at < wire.size(); ++at) {
    auto script = std::make_shared<Script>();
    script->writes = {Takes(at), Fails(EINTR), NotYet()};
    Stream stream = StreamOf(script);
    const SendManyResult sent = stream.SendMany(Views(kMessages));
    ASSERT_TRUE(sent.ok()) << sent.status;
    ASSERT_EQ(sent.frames_sent, kMessages.size());
    ASSERT_EQ(script->written, wire) << "short count " << at;
  }
}

TEST(SendTest, ShortCountsOfAnyFixedSizeDoNotMatter) {
  const std::string wire = Wire(kMessages);
  for (std::size_t step = 1; step < 1100; step = step < 40 ? step + 1 : step + 97) {
    auto script = std::make_shared<Script>();
    script->writes.assign(wire.size() / step + kMessages.size() * 3, Takes(step));
    Stream stream = StreamOf(script);
    ASSERT_TRUE(stream.SendMany(Views(kMessages)).ok());
    ASSERT_EQ(script->written, wire) << "steps of " << step;
  }
}

// A write that fails for now, at every byte: how much is out is known; a torn frame blocks all but
// its own completion, and what the peer can decode is right at every moment.
TEST(SendTest, AFailureAtAnyByteTearsAtMostOneFrameAndItCanBeFinished) {
  const std::string wire = Wire(kMessages);
  for (std::size_t at = 0; at < wire.size(); ++at) {
    auto script = std::make_shared<Script>();
    if (at > 0) script->writes = {Takes(at)};
    script->writes.push_back(Silence(seconds(3)));
    Stream stream = StreamOf(script, {.send_timeout = seconds(2)});
    std::vector<std::string> messages = kMessages;  // the caller's memory may go away afterwards
    const SendManyResult sent = stream.SendMany(Views(messages));
    for (std::string& message : messages) message.assign(message.size(), '!');

    const Whole whole = WholeFrames(kMessages, at, kHeader);
    ASSERT_EQ(sent.status.code(), absl::StatusCode::kDeadlineExceeded) << at;
    ASSERT_EQ(sent.bytes_sent, at);
    ASSERT_EQ(sent.frames_sent, whole.frames) << at;
    ASSERT_EQ(stream.torn(), whole.torn) << at;

    const auto sent_end = kMessages.begin() + static_cast<std::ptrdiff_t>(sent.frames_sent);
    std::vector<std::string> expected(kMessages.begin(), sent_end);
    if (whole.torn) {
      ASSERT_EQ(stream.Send(AsBytes("no")).status.code(), absl::StatusCode::kFailedPrecondition);
      ASSERT_EQ(stream.Send(0, [](ByteSpan) {}).status.code(),
                absl::StatusCode::kFailedPrecondition);
      ASSERT_EQ(stream.SendMany(Views({"no"})).status.code(),
                absl::StatusCode::kFailedPrecondition);
      ASSERT_EQ(script->written.size(), at) << "bytes got out through a torn frame";
      expected.push_back(kMessages[sent.frames_sent]);
    }
    const SendResult resumed = stream.ResumeSend();
    ASSERT_TRUE(resumed.ok()) << resumed.status;
    ASSERT_EQ(resumed.bytes_sent, whole.torn ? expected.back().size() + kHeader : 0);
    ASSERT_EQ(script->written, Wire(expected)) << at;
    ASSERT_FALSE(stream.torn());
    expected.push_back("after");
    ASSERT_TRUE(stream.Send(AsBytes("after")).ok());
    ASSERT_EQ(script->written, Wire(expected)) << at;
  }
}

TEST(SendTest, ResumingMayFailAgainAtAnyByte) {
  const std::string message = "0123456789";
  for (std::size_t first = 1; first < 13; ++first) {
    for (std::size_t second = 1; first + second < 14; ++second) {
      auto script = std::make_shared<Script>();
      script->writes = {Takes(first), Silence(seconds(1)), Takes(second), Silence(seconds(1))};
      Stream stream = StreamOf(script);
      const auto soon = [&] { return script->now + seconds(1); };
      ASSERT_EQ(stream.Send(AsBytes(message), script->now).bytes_sent, first);
      const SendResult again = stream.ResumeSend(soon());
      ASSERT_EQ(again.status.code(), absl::StatusCode::kDeadlineExceeded);
      ASSERT_EQ(again.bytes_sent, first + second) << "counts the whole frame's bytes";
      ASSERT_TRUE(stream.torn());
      ASSERT_EQ(stream.ResumeSend(soon()).bytes_sent, 14U);
      ASSERT_EQ(script->written, Wire({message}));
    }
  }
}

TEST(SendTest, AfterAFailureThatSentNothingNothingHasHappened) {
  auto script = std::make_shared<Script>();
  script->writes = {Silence(seconds(5))};
  Stream stream = StreamOf(script);
  const SendResult sent = stream.Send(AsBytes("x"), script->now + seconds(1));
  EXPECT_EQ(sent.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(sent.bytes_sent, 0U);
  EXPECT_TRUE(stream.Send(AsBytes("x")).ok());
  EXPECT_EQ(script->written, Wire({"x"}));
}

TEST(SendTest, AConnectionThatIsGoneIsUnavailable) {
  for (const int error : {EPIPE, ECONNRESET, ETIMEDOUT}) {
    auto script = std::make_shared<Script>();
    script->writes = {Takes(3), Fails(error)};
    Stream stream = StreamOf(script);
    const SendResult sent = stream.Send(AsBytes("hello"));
    EXPECT_EQ(sent.status.code(), absl::StatusCode::kUnavailable) << sent.status;
    EXPECT_EQ(sent.bytes_sent, 3U);
    EXPECT_EQ(stream.ResumeSend().status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(stream.torn());
  }
}

TEST(SendTest, ASendTimeoutIsOneDeadlineForTheWholeMessage) {
  auto script = std::make_shared<Script>();
  for (int i = 0; i < 100; ++i) {
    script->writes.push_back(Takes(1));
    script->writes.push_back(Silence(seconds(1)));
  }
  Stream stream = StreamOf(script, {.send_timeout = seconds(5)});
  const Deadline start = script->now;
  const SendResult sent = stream.Send(AsBytes("a slow reader"));
  EXPECT_EQ(sent.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(script->now - start, seconds(5));
  EXPECT_EQ(sent.bytes_sent, 6U);
}

TEST(SendTest, APayloadThatTheFramingCannotCarryIsRefusedBeforeAByteIsOut) {
  auto script = std::make_shared<Script>();
  MessageStream stream{ScriptedStream(script), DelimiterFramer()};
  const SendManyResult many = stream.SendMany(Views({"fine", "two\nlines", "fine"}));
  EXPECT_EQ(many.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(many.status.ToString().find("message 1: unencodable"), std::string::npos)
      << many.status;
  EXPECT_EQ(many.frames_sent, 0U);
  const SendResult one = stream.Send(AsBytes("two\nlines"));
  EXPECT_EQ(one.status.code(), absl::StatusCode::kInvalidArgument);
  const SendResult filled = stream.Send(1, [](ByteSpan place) { place[0] = std::byte{'\n'}; });
  EXPECT_EQ(filled.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(script->write_calls, 0);
  EXPECT_TRUE(stream.Send(AsBytes("fine")).ok());
  EXPECT_EQ(script->written, "fine\n");
}

TEST(SendTest, NothingIsSentAfterClosingTheWritingHalf) {
  auto script = std::make_shared<Script>();
  script->reads = {Arrive(Wire({"reply"})), Ends()};
  Stream stream = StreamOf(script);
  EXPECT_TRUE(stream.CloseWrite().ok());
  EXPECT_TRUE(script->write_was_shut);
  EXPECT_EQ(stream.Send(AsBytes("x")).status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(stream.ResumeSend().status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(script->write_calls, 0);
  EXPECT_EQ(stream.Receive()->text(), "reply") << "the other half is still open";
}

TEST(SendTest, AGracefulCloseFinishesTheTornFrameAndDrains) {
  auto script = std::make_shared<Script>();
  script->writes = {Takes(2), Silence(seconds(1))};
  script->reads = {Arrive("unread"), Silence(seconds(3)), Fails(EINTR), Arrive("more"), Ends()};
  Stream stream = StreamOf(script);
  EXPECT_EQ(stream.Send(AsBytes("hello"), script->now).bytes_sent, 2U);
  bool was_shut_before_waiting = false;
  script->on_wait = [&] { was_shut_before_waiting = script->write_was_shut; };
  EXPECT_TRUE(stream.CloseGracefully(script->now + seconds(5)).ok());
  EXPECT_EQ(script->written, Wire({"hello"}));
  EXPECT_TRUE(was_shut_before_waiting);
  EXPECT_EQ(script->reads.size(), 1U) << "input is left unread";
  EXPECT_TRUE(script->was_closed);
  EXPECT_FALSE(script->was_aborted);
}

TEST(SendTest, AGracefulCloseEndsInAnyCase) {
  const auto close = [](std::deque<Step> reads) {
    auto script = std::make_shared<Script>();
    script->reads = std::move(reads);
    Stream stream = StreamOf(script, {.drain_limit = 10});
    const absl::Status status = stream.CloseGracefully(script->now + seconds(5));
    EXPECT_TRUE(script->was_closed);
    return status.code();
  };
  EXPECT_EQ(close({Arrive(std::string(10, 'x')), Ends()}), absl::StatusCode::kOk);
  EXPECT_EQ(close({Arrive(std::string(11, 'x')), Ends()}), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(close({Arrive("x")}), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(close({Fails(ECONNRESET)}), absl::StatusCode::kUnavailable);
  EXPECT_EQ(close({testing::IsCut()}), absl::StatusCode::kDataLoss);
}

TEST(SendTest, AGracefulCloseAfterThePeersEndNeedsNoMore) {
  auto script = std::make_shared<Script>();
  script->reads = {Ends()};
  Stream stream = StreamOf(script);
  EXPECT_EQ(stream.Receive().kind(), ReceiveResult::Kind::kEnd);
  EXPECT_TRUE(stream.CloseWrite().ok());
  EXPECT_TRUE(stream.CloseGracefully(script->now).ok());
  EXPECT_TRUE(script->was_closed);
}

TEST(SendTest, AbortDropsTheConnection) {
  auto script = std::make_shared<Script>();
  Stream stream = StreamOf(script);
  stream.Abort();
  EXPECT_TRUE(script->was_aborted);
  EXPECT_FALSE(stream.Send(AsBytes("x")).ok());
  EXPECT_EQ(script->write_calls, 0);
}

// Two threads send frames that need several writes each; a yield after every write is the other
// one's chance to get in between.
// Takes everything and hands it on as the script lets it, as TLS does with a record.
class HoldingStream : public ScriptedStream {
 public:
  explicit HoldingStream(std::shared_ptr<Script> script) : ScriptedStream(std::move(script)) {}
  net::IoResult WriteSome(std::span<const ByteView> parts) {
    if (!held_.empty()) return net::IoResult::WouldBlock();
    for (const ByteView part : parts) held_ += AsText(part);
    return net::IoResult::Bytes(held_.size());
  }
  int Flush() {
    while (!held_.empty()) {
      const ByteView rest = AsBytes(held_);
      const net::IoResult out = ScriptedStream::WriteSome({&rest, 1});
      if (out.kind() == net::IoResult::Kind::kWouldBlock) return EAGAIN;
      if (out.kind() == net::IoResult::Kind::kError) return out.error_code();
      held_.erase(0, out.bytes());
    }
    return 0;
  }

 private:
  std::string held_;
};
static_assert(HoldsOutput<HoldingStream> && !HoldsOutput<ScriptedStream>);

TEST(SendTest, WhatAStreamHoldsIsNotSentUntilItIsOut) {
  auto script = std::make_shared<Script>();
  script->writes = {Takes(2), Silence(seconds(9)), Takes(1), Silence(seconds(1))};
  MessageStream stream(HoldingStream(script), WideFramer());
  const ByteView messages[] = {AsBytes("a"), AsBytes("hello")};
  const SendManyResult sent = stream.SendMany(messages, script->now + seconds(5));
  EXPECT_EQ(sent.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(sent.frames_sent, 1U);
  EXPECT_TRUE(stream.torn()) << "its end is not out";
  EXPECT_EQ(stream.Send(AsBytes("x")).status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(stream.ResumeSend(script->now + seconds(1)).status.code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(stream.torn());
  EXPECT_TRUE(stream.ResumeSend(script->now + seconds(9)).ok());
  EXPECT_FALSE(stream.torn());
  EXPECT_EQ(script->written, Wire({"a", "hello"}));
  EXPECT_TRUE(stream.Send(AsBytes("x")).ok());
  EXPECT_EQ(script->written, Wire({"a", "hello", "x"}));
  script->writes = {Fails(ECONNRESET)};
  EXPECT_EQ(stream.Send(AsBytes("y")).status.code(), absl::StatusCode::kUnavailable);
}

TEST(SendTest, TwoWritersNeverInterleaveFrames) {
  struct YieldingStream : ScriptedStream {
    using ScriptedStream::ScriptedStream;
    IoResult WriteSome(std::span<const ByteView> parts) {
      const std::size_t n = std::min<std::size_t>(3, parts.front().size());
      const ByteView piece = parts.front().first(n);
      const IoResult result = ScriptedStream::WriteSome({&piece, 1});
      std::this_thread::yield();
      return result;
    }
  };
  constexpr int kEach = 2000;
  auto script = std::make_shared<Script>();
  MessageStream stream{YieldingStream(script), TinyFramer()};
  const auto send = [&stream](char letter) {
    const std::string message(20, letter);
    for (int i = 0; i < kEach; ++i) {
      const bool ok = i % 2 == 0
                          ? stream.Send(AsBytes(message)).ok()
                          : stream
                                .Send(20,
                                      [letter](ByteSpan place) {
                                        std::fill(place.begin(), place.end(), std::byte(letter));
                                      })
                                .ok();
      if (!ok) return;
    }
  };
  std::thread other(send, 'a');
  send('b');
  other.join();
  const std::string a = TinyWire({std::string(20, 'a')});
  const std::string b = TinyWire({std::string(20, 'b')});
  ASSERT_EQ(script->written.size(), 2 * kEach * a.size());
  for (std::size_t at = 0; at < script->written.size(); at += a.size()) {
    const std::string frame = script->written.substr(at, a.size());
    ASSERT_TRUE(frame == a || frame == b) << "at " << at;
  }
}

}  // namespace
}  // namespace unstick::inline v0::net
