// Frames that are received and sent in pieces: the frames of everybody else, larger than memory.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/body_stream.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::Soon;

template <typename F>
BodyStream<F> Bodies(Socket socket, const F& framer, std::uint64_t max = 1 << 20,
                     const BodyOptions& options = {}) {
  auto heads = HeadFramer<F>::Create(framer, max);
  EXPECT_TRUE(heads.ok()) << heads.status();
  return BodyStream<F>(std::move(socket), *std::move(heads), options);
}

std::pair<Socket, Socket> Ends() {
  auto pair = SocketPair();
  EXPECT_TRUE(pair.ok());
  return *std::move(pair);
}

std::string Text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

// The rest of a payload, or why not.
template <typename F>
absl::StatusOr<std::string> Rest(BodyStream<F>& stream) {
  std::string all;
  for (;;) {
    const absl::StatusOr<ByteView> piece = stream.ReceivePiece(Soon());
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return all;
    EXPECT_LE(piece->size(), BodyStream<F>::kPiece);
    all += AsText(*piece);
  }
}

template <typename F>
absl::StatusOr<std::string> Body(BodyStream<F>& stream) {
  const auto head = stream.ReceiveHead(Soon());
  if (!head.ok()) return head.status();
  if (!*head) return absl::OutOfRangeError("the end");
  EXPECT_EQ(stream.left_to_receive(), (*head)->payload_size);
  return Rest(stream);
}

const std::vector<std::size_t> kSizes = {0, 1, 2, 3, 7, 8, 1000, 65'535, 65'536, 300'000};

// In pieces one way and whole the other way, for each.
template <typename F>
void ExpectTheFramesOfEverybodyElse(const F& framer) {
  {
    auto [one, other] = Ends();
    MessageStream<F> whole(std::move(one), framer);
    BodyStream<F> pieces = Bodies(std::move(other), framer);
    std::jthread sender([&whole] {
      for (const std::size_t size : kSizes) EXPECT_TRUE(whole.Send(AsBytes(Text(size))).ok());
      EXPECT_TRUE(whole.CloseWrite().ok());
    });
    for (const std::size_t size : kSizes) {
      const auto body = Body(pieces);
      ASSERT_TRUE(body.ok()) << body.status();
      EXPECT_TRUE(*body == Text(size)) << size;
    }
    const auto end = pieces.ReceiveHead(Soon());
    EXPECT_TRUE(end.ok() && !*end) << "a clean end";
  }
  auto [one, other] = Ends();
  BodyStream<F> pieces = Bodies(std::move(one), framer);
  MessageStream<F> whole(std::move(other), framer);
  std::jthread sender([&pieces] {
    for (const std::size_t size : kSizes) {
      const std::string text = Text(size);
      ASSERT_TRUE(pieces.SendHead(size).ok());
      for (std::size_t at = 0; at < size; at += 999) {
        ASSERT_TRUE(
            pieces.SendPiece(AsBytes(text).subspan(at, std::min(size - at, size_t{999}))).ok());
      }
      EXPECT_EQ(pieces.left_to_send(), 0U);
    }
  });
  for (const std::size_t size : kSizes) {
    const auto frame = whole.Receive(Soon());
    ASSERT_TRUE(frame) << frame.status();
    EXPECT_TRUE(frame->text() == Text(size)) << size;
  }
}

TEST(Body, AreTheFramesOfEverybodyElse) {
  ExpectTheFramesOfEverybodyElse(LengthFieldFramer());
  ExpectTheFramesOfEverybodyElse(LengthFieldFramer({.offset = 3,
                                                    .width = 3,
                                                    .order = std::endian::little,
                                                    .counts = Counts::kFrame,
                                                    .header = 9,
                                                    .align = 8,
                                                    .trailer = 20}));
  ExpectTheFramesOfEverybodyElse(HeaderFramer());
  ExpectTheFramesOfEverybodyElse(
      *HeaderFramer::Create(HeaderLayout::Native(), {.checksum = false}));
}

TEST(Body, MetadataIsPassedOver) {
  StreamBuffer frame;
  HeaderValues values;
  values.sections[0] = AsBytes("metadata");
  const HeaderFramer framer;
  ASSERT_FALSE(AppendFrame(framer.With(values), AsBytes("the payload"), frame));
  auto [one, other] = Ends();
  ASSERT_TRUE(WriteAll(one, frame.readable()).ok());
  auto stream = Bodies(std::move(other), framer);
  const auto body = Body(stream);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, "the payload");
}

TEST(Body, AnEndAtAnyByteIsCleanOrTruncated) {
  StreamBuffer frames;
  ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes("first"), frames));
  const std::size_t first = frames.size();
  ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes("second"), frames));
  for (std::size_t cut = 0; cut <= frames.size(); ++cut) {
    auto [one, other] = Ends();
    ASSERT_TRUE(WriteAll(one, frames.readable().first(cut)).ok());
    one.Close();
    auto stream = Bodies(std::move(other), HeaderFramer());
    std::vector<std::string> bodies;
    absl::StatusOr<std::string> body = Body(stream);
    for (; body.ok(); body = Body(stream)) bodies.push_back(*body);
    const bool clean = cut == 0 || cut == first || cut == frames.size();
    EXPECT_EQ(body.status().code(),
              clean ? absl::StatusCode::kOutOfRange : absl::StatusCode::kDataLoss)
        << cut << ": " << body.status();
    EXPECT_EQ(bodies.size(), cut < first ? 0U : cut < frames.size() ? 1U : 2U) << cut;
  }
}

TEST(Body, TheLimitHoldsBothWays) {
  const LengthFieldFramer framer;
  auto [one, other] = Ends();
  auto sender = Bodies(std::move(one), framer, 2000);
  auto receiver = Bodies(std::move(other), framer, 1000);
  EXPECT_EQ(sender.SendHead(2001).status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(sender.SendHead(1001).ok());
  const auto refused = receiver.ReceiveHead(Soon());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_EQ(receiver.ReceiveHead(Soon()).status(), refused.status()) << "and stays";
  EXPECT_EQ(sender.SendPiece(AsBytes(Text(1002))).status.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Body, WhatTheFieldCannotCarryIsRefused) {
  auto [one, other] = Ends();
  auto two = Bodies(std::move(one), LengthFieldFramer({.width = 2}), 1 << 20);
  EXPECT_EQ(two.SendHead(65'536).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(two.SendHead(65'535).ok());
  auto native = Bodies(std::move(other), HeaderFramer(), std::uint64_t{1} << 40);
  EXPECT_FALSE(native.SendHead(std::uint64_t{1} << 32).ok());
  EXPECT_TRUE(native.SendHead((std::uint64_t{1} << 32) - 1).ok());
}

TEST(Body, FramingsWithoutAHeadAreRefused) {
  EXPECT_FALSE(HeadFramer<LengthFieldFramer>::Create(LengthFieldFramer(), 0).ok());
  EXPECT_FALSE(HeadFramer<LengthFieldFramer>::Create(LengthFieldFramer({.strip = 0}), 1000).ok());
}

TEST(Body, AFlippedBitIsSeenAtItsEnd) {
  StreamBuffer frame;
  ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes(Text(100'000)), frame));
  frame.writable()[50'000] ^= std::byte{4};
  auto [one, other] = Ends();
  std::jthread sender([&one, &frame] { EXPECT_TRUE(WriteAll(one, frame.readable()).ok()); });
  auto stream = Bodies(std::move(other), HeaderFramer());
  const auto body = Body(stream);
  EXPECT_EQ(body.status().code(), absl::StatusCode::kDataLoss) << body.status();
  EXPECT_EQ(stream.ReceivePiece(Soon()).status(), body.status()) << "and stays";
}

TEST(Body, TimingOutLosesNothingAndTheFramesTimeIsAbsolute) {
  const LengthFieldFramer framer;
  StreamBuffer frame;
  ASSERT_FALSE(AppendFrame(framer, AsBytes("hello"), frame));
  auto [one, other] = Ends();
  auto stream = Bodies(std::move(other), framer);
  std::string body;
  bool has_head = false;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const absl::Status early = has_head ? stream.ReceivePiece(Clock::now()).status()
                                        : stream.ReceiveHead(Clock::now()).status();
    EXPECT_EQ(early.code(), absl::StatusCode::kDeadlineExceeded) << early;
    ASSERT_TRUE(WriteAll(one, frame.readable().subspan(i, 1)).ok());
    if (i == 3) {
      ASSERT_TRUE(stream.ReceiveHead(Soon()).ok());
      has_head = true;
    } else if (has_head) {
      const auto piece = stream.ReceivePiece(Soon());
      ASSERT_TRUE(piece.ok()) << piece.status();
      body += AsText(*piece);
    }
  }
  EXPECT_EQ(body, "hello");
  EXPECT_TRUE(stream.ReceivePiece(Soon())->empty());

  auto [dripping, reading] = Ends();
  auto timed = Bodies(std::move(reading), framer, 1 << 20, {.frame_timeout = milliseconds(50)});
  ASSERT_TRUE(WriteAll(dripping, AsBytes(std::string("\0\x0f\0\0", 4))).ok());
  ASSERT_TRUE(timed.ReceiveHead(Soon()).ok());
  const Deadline start = Clock::now();
  absl::Status status;
  while (status.ok()) {
    ASSERT_TRUE(WriteAll(dripping, AsBytes("x")).ok());  // there is always more
    status = timed.ReceivePiece(Soon()).status();
    ASSERT_LT(Clock::now() - start, std::chrono::seconds(10));
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
}

// ---- Larger than memory ------------------------------------------------------------------------

// $UNSTICK_BODY_BYTES; 10737418240 is the ten GiB of docs/reliability.md.
std::uint64_t LargeSize() {
  const char* const bytes = std::getenv("UNSTICK_BODY_BYTES");
  return bytes == nullptr ? std::uint64_t{200} << 20 : std::strtoull(bytes, nullptr, 10);
}

constexpr rlim_t kMemory = rlim_t{64} << 20;

// A process of its own that may use kMemory; its exit code is what `work` returns.
template <typename Work>
pid_t Confined(Work work) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  const rlimit limit{kMemory, kMemory};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(2);
  ::_exit(work() ? 0 : 1);
}

template <typename F>
void ExpectOneFrameThroughLittleMemory(const F& framer, std::uint64_t size) {
  auto [one, other] = Ends();
  const pid_t sender = Confined([&] {
    other.Close();
    auto stream = Bodies(std::move(one), framer, size);
    std::vector<std::byte> piece(BodyStream<F>::kPiece);
    bool ok = stream.SendHead(size, Soon()).ok();
    for (std::uint8_t round = 0; ok && stream.left_to_send() > 0; ++round) {
      std::fill(piece.begin(), piece.end(), std::byte{round});
      const auto n = std::min<std::uint64_t>(piece.size(), stream.left_to_send());
      ok = stream.SendPiece(ByteView(piece).first(n), Soon()).ok();
    }
    return ok;
  });
  const pid_t receiver = Confined([&] {
    one.Close();
    auto stream = Bodies(std::move(other), framer, size);
    const auto head = stream.ReceiveHead(Soon());
    if (!head.ok() || !*head || (*head)->payload_size != size) return false;
    std::uint64_t at = 0;
    for (;;) {
      const auto piece = stream.ReceivePiece(Soon());
      if (!piece.ok()) return false;
      if (piece->empty()) return at == size;
      for (std::size_t i = 0; i < piece->size(); i += 512) {
        const auto round = static_cast<std::uint8_t>((at + i) / BodyStream<F>::kPiece);
        if ((*piece)[i] != std::byte{round}) return false;
      }
      at += piece->size();
    }
  });
  one.Close();
  other.Close();
  for (const pid_t pid : {sender, receiver}) {
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

TEST(Body, MayBeLargerThanMemory) {
  if (UNSTICK_ADDRESS_SANITIZER) GTEST_SKIP() << "the sanitizer needs more address space itself";
  ExpectOneFrameThroughLittleMemory(LengthFieldFramer({.width = 8}), LargeSize());
  // The native header carries up to 4 GiB, with a checksum.
  ExpectOneFrameThroughLittleMemory(HeaderFramer(), std::min(LargeSize(), std::uint64_t{1} << 31));
}

}  // namespace
}  // namespace unstick::inline v0::net
