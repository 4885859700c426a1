// Promise D6: memory follows bytes received, never bytes declared. This program counts every byte
// that is on its heap.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/support/heap_use.h"
#include "tests/support/seed.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0 {
namespace {

constexpr std::size_t kSlack = 4096;

using testing::HeapUse;

TEST(BoundedMemory, TheCounterCounts) {
  const HeapUse heap;
  auto bytes = std::make_unique<char[]>(100'000);
  EXPECT_GE(heap.now(), 100'000);
  bytes.reset();
  EXPECT_EQ(heap.now(), 0);
  EXPECT_GE(heap.at_most(), 100'000);
}

// A header that declares the largest payload, and nothing behind it.
template <typename F>
void DeclareAndStop(const F& framer, const std::string& header) {
  {
    FrameDecoder<F> decoder(framer);
    const HeapUse heap;
    ASSERT_EQ(decoder.Feed(AsBytes(header)), header.size());
    const DecodeResult next = decoder.Next();
    ASSERT_EQ(next.kind(), DecodeResult::Kind::kNeedMore);
    ASSERT_GT(next.bytes_needed(), std::size_t{8} << 19);  // it knows how much will come
    EXPECT_LE(heap.at_most(), kSlack) << "Feed";
  }
  {
    FrameDecoder<F> decoder(framer);
    const HeapUse heap;
    const auto sink = [](const FrameView&) {};
    for (std::size_t i = 0; i < header.size(); ++i) {
      const ByteView byte = AsBytes(header).subspan(i, 1);
      ASSERT_EQ(decoder.Push(byte, sink).kind(), DecodeResult::Kind::kNeedMore);
    }
    EXPECT_LE(heap.at_most(), kSlack) << "Push";
  }
  {
    FrameDecoder<F> decoder(framer);
    const HeapUse heap;
    const ByteSpan room = decoder.Prepare();
    std::copy(AsBytes(header).begin(), AsBytes(header).end(), room.begin());
    decoder.Commit(header.size());
    ASSERT_EQ(decoder.Next().kind(), DecodeResult::Kind::kNeedMore);
    EXPECT_LE(heap.at_most(), kReadRoom + kSlack) << "Prepare";
    decoder.Trim();
    EXPECT_LE(heap.now(), kSlack) << "Prepare, then idle";
  }
}

TEST(BoundedMemory, ADeclaredLengthCostsNothing) {
  DeclareAndStop(LengthFieldFramer(), std::string("\0\x80\0\0", 4));
  DeclareAndStop(VarintFramer(), "\x80\x80\x80\x04");
  std::string native("\xb7USK\1\1\0\0\0\x80\0\0", 12);
  StreamBuffer out;
  const std::string payload(std::size_t{8} << 20, 'x');
  ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes(payload), out));
  DeclareAndStop(HeaderFramer(), std::string(AsText(out.readable().first(16))));
}

TEST(BoundedMemory, AnIdleStreamHoldsNothing) {
  const HeapUse heap;
  FrameDecoder<LengthFieldFramer> decoder{LengthFieldFramer()};
  EXPECT_EQ(heap.now(), 0);
  ASSERT_EQ(decoder.Feed(AsBytes(std::string(4, '\0'))), 4);
  ASSERT_TRUE(decoder.Next());
  decoder.Trim();
  EXPECT_EQ(heap.now(), 0);
}

enum class In { kFeed, kPush, kPrepare };

// Whatever comes, however it is cut: after each step the heap holds at most twice what is
// undelivered, 4 KiB, and where a read goes straight into it the room of that read.
template <typename F>
void Walk(const F& framer, const std::string& stream, In in, OnError mode,
          std::mt19937_64& random) {
  std::size_t frames = 0;
  const HeapUse heap;
  FrameDecoder<F> decoder(framer, mode);
  const std::size_t own = heap.now();  // the framer's own tables
  std::size_t at = 0;
  while (at < stream.size()) {
    const std::size_t bound = std::size_t{1} << random() % 17;
    const ByteView chunk =
        AsBytes(stream).subspan(at, std::min(stream.size() - at, 1 + random() % bound));
    std::size_t room = 0;
    if (in == In::kFeed) {
      at += decoder.Feed(chunk);
    } else if (in == In::kPush) {
      const auto kind = decoder.Push(chunk, [&](const FrameView&) { ++frames; }).kind();
      at += chunk.size();
      ASSERT_NE(kind, DecodeResult::Kind::kError);
    } else {
      const ByteSpan place = decoder.Prepare();
      room = kReadRoom;
      const std::size_t n = std::min(chunk.size(), place.size());
      std::copy_n(chunk.begin(), n, place.begin());
      decoder.Commit(n);
      at += n;
    }
    ASSERT_LE(heap.now() - own, 2 * decoder.Unread().size() + kSlack + room)
        << "at " << at << " of " << stream.size() << ", undelivered " << decoder.Unread().size();
    for (;;) {
      const auto kind = decoder.Drain([&](const FrameView&) { ++frames; }).kind();
      ASSERT_NE(kind, DecodeResult::Kind::kError);
      if (kind == DecodeResult::Kind::kNeedMore) break;
    }
  }
  EXPECT_GT(frames, 0);
}

template <typename F>
void WalkAll(const F& framer, const std::string& stream, OnError mode = OnError::kFail) {
  std::mt19937_64 random(testing::TestSeed());
  for (const In in : {In::kFeed, In::kPush, In::kPrepare}) {
    SCOPED_TRACE(static_cast<int>(in));
    for (int i = 0; i < 5; ++i) Walk(framer, stream, in, mode, random);
  }
}

TEST(BoundedMemory, FollowsBytesReceived) {
  const LengthFieldFramer framer;
  StreamBuffer out;
  std::mt19937_64 random(testing::TestSeed());
  for (int i = 0; i < 60; ++i) {  // large frames between small ones: what grew must shrink again
    const std::string payload(random() % (std::size_t{1} << (i % 20 == 7 ? 20 : 8)), 'x');
    ASSERT_FALSE(AppendFrame(framer, AsBytes(payload), out));
  }
  WalkAll(framer, std::string(AsText(out.readable())));
}

// A read room that is left over from a larger frame is given back even though a few bytes are held.
TEST(BoundedMemory, WhatALargeFrameLeftIsGivenBackBeforeTheNextRead) {
  std::string frame = std::string("\0\1\0\0", 4) + std::string(0x10000, 'x');
  frame.push_back('\0');  // the next frame's first byte
  FrameDecoder<LengthFieldFramer> decoder{LengthFieldFramer()};
  const HeapUse heap;
  std::size_t at = 0;
  while (at < frame.size()) {
    const ByteSpan room = decoder.Prepare();
    const std::size_t n = std::min<std::size_t>(10'000, frame.size() - at);
    std::copy_n(AsBytes(frame).begin() + static_cast<std::ptrdiff_t>(at), n, room.begin());
    decoder.Commit(n);
    at += n;
    EXPECT_LE(heap.now(), 2 * decoder.Unread().size() + kReadRoom + kSlack);
  }
  ASSERT_TRUE(decoder.Next());
  ASSERT_EQ(decoder.Unread().size(), 1);
  (void)decoder.Prepare();
  EXPECT_LE(heap.now(), 2 + kReadRoom + kSlack);
}

TEST(BoundedMemory, ADroppedFrameIsNotKept) {
  const std::string over = std::string("\0\x30\0\0", 4) + std::string(0x300000, 'x');
  const auto framer = LengthFieldFramer::Create({.max_payload = 100});
  ASSERT_TRUE(framer.ok());
  WalkAll(*framer, over + std::string("\0\0\0\1x", 5), OnError::kSkip);
}

TEST(BoundedMemory, ALineWithoutEndIsNotKeptBeyondItsLimit) {
  const DelimiterFramer framer(DelimiterFramer::Options{.ends = {"\r\n"}, .max_payload = 1000});
  const std::string stream = "a line\r\n" + std::string(1'000'000, 'x') + "\r\n";
  WalkAll(framer, stream, OnError::kSkip);

  // Fed a byte at a time it is refused at the first byte that makes it too long.
  FrameDecoder<DelimiterFramer> decoder(framer);
  const HeapUse heap;
  std::size_t fed = 0;
  while (decoder.Next().kind() != DecodeResult::Kind::kError) {
    ASSERT_LE(fed, 1001);
    fed += decoder.Feed(AsBytes("x"));
  }
  EXPECT_EQ(fed, 1001);
  EXPECT_LE(heap.at_most(), 2 * 1001 + kSlack);
}

}  // namespace
}  // namespace unstick::inline v0
