// A stream that changes its framing: nothing is lost between two decoders, wherever it was cut.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unstick/core/any_framer.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0 {
namespace {

using Kind = DecodeResult::Kind;

LengthFieldFramer U8(std::uint64_t max = 255) {
  return LengthFieldFramer({.width = 1, .max_payload = max});
}

// The rest of `stream` in pieces that end where the bits of `cuts` say, into any decoder.
template <typename F>
void PushInPieces(FrameDecoder<F>& decoder, std::string_view stream, unsigned cuts,
                  std::vector<std::string>& got) {
  const auto keep = [&](const FrameView& frame) {
    got.push_back(std::to_string(frame.stream_offset()) + " " + frame.CopyPayload());
  };
  std::size_t from = 0;
  for (std::size_t to = 1; to <= stream.size(); ++to) {
    if ((cuts >> to & 1) == 0 && to < stream.size()) continue;
    (void)decoder.Push(AsBytes(stream.substr(from, to - from)), keep);
    from = to;
  }
  decoder.Finish();
  const DecodeResult last = decoder.Drain(keep);
  if (last.kind() == Kind::kError) got.push_back(last.error().ToString());
}

// A line, then frames with a length: wherever the stream is cut, the second framing starts right
// behind the line, and offsets count on.
TEST(HandOver, GoesToAnotherFramingAtEveryCut) {
  const std::string stream("GO\r\n\2ab\0\1c\3d", 12);
  const std::vector<std::string> expected = {
      "4 ab", "7 ", "8 c",
      "truncated at offset 10: input ended inside a frame, after 2 of its 4 bytes"};
  for (std::size_t first_read = 4; first_read <= stream.size(); ++first_read) {
    for (unsigned cuts = 0; cuts < 1U << (stream.size() - 4); cuts += 2) {
      FrameDecoder line(DelimiterFramer{});
      const auto stop = [](const FrameView& frame) { return frame.text() != "GO"; };
      ASSERT_TRUE(line.Push(AsBytes(stream.substr(0, first_read)), stop));
      FrameDecoder frames(U8(), std::move(line).TakeRemaining());
      EXPECT_EQ(frames.stream_offset(), 4);
      EXPECT_EQ(AsText(frames.Unread()), stream.substr(4, first_read - 4));
      std::vector<std::string> got;
      PushInPieces(frames, std::string_view(stream).substr(first_read), cuts, got);
      ASSERT_EQ(got, expected) << first_read << " bytes first, cuts " << cuts;
    }
  }
}

TEST(HandOver, KeepsTheEnd) {
  FrameDecoder line(DelimiterFramer{});
  EXPECT_EQ(line.Feed(AsBytes("GO\n\1a")), 5);
  line.Finish();
  ASSERT_TRUE(line.Next());
  FrameDecoder frames(U8(), std::move(line).TakeRemaining());
  std::vector<std::string> got;
  PushInPieces(frames, "", 0, got);
  EXPECT_EQ(got, std::vector<std::string>{"3 a"});
}

// Behind an error nothing is thrown away: the rest starts with the bytes that were wrong.
TEST(HandOver, KeepsWhatWasWrong) {
  FrameDecoder decoder(U8(3));
  std::vector<std::string> got;
  PushInPieces(decoder, "\1a\x16\3\1", 0, got);
  ASSERT_EQ(got.size(), 2);
  const Remaining rest = std::move(decoder).TakeRemaining();
  EXPECT_EQ(AsText(rest.bytes.readable()), "\x16\3\1");
  EXPECT_EQ(rest.stream_offset, 2);
}

// One framing after the other over one stream of which all is there: each gives one frame; then the
// bytes that are left.
std::vector<std::string> OneOfEach(const std::vector<std::string>& specs,
                                   const std::string& stream) {
  std::vector<std::string> got;
  Remaining rest;
  rest.bytes.Append(AsBytes(stream));
  for (const std::string& spec : specs) {
    const auto framer = AnyFramer::FromSpec(spec, Side::kClient);
    EXPECT_TRUE(framer.ok()) << framer.status();
    FrameDecoder decoder(*framer, std::move(rest));
    const DecodeResult next = decoder.Drain([&](const FrameView& frame) {
      got.push_back(std::to_string(frame.stream_offset()) + " " + frame.CopyPayload());
      return false;
    });
    EXPECT_NE(next.kind(), Kind::kError) << spec;
    rest = std::move(decoder).TakeRemaining();
  }
  if (!rest.bytes.empty()) got.push_back("rest " + std::string(AsText(rest.bytes.readable())));
  return got;
}

TEST(HandOver, PostgresAsksForTlsStartsUpAndTalks) {
  const std::string ssl_request("\0\0\0\x08\x04\xd2\x16\x2f", 8);
  const std::string start_up("\0\0\0\x09\0\3\0\0\0", 9);
  const std::string query("Q\0\0\0\x06;\0", 7);
  const std::string untyped = "length:counts=frame";
  EXPECT_EQ(
      OneOfEach({untyped, untyped, "length:offset=1,adjust=-4"}, ssl_request + start_up + query),
      (std::vector<std::string>{"0 " + ssl_request.substr(4), "8 " + start_up.substr(4),
                                "17 " + std::string(";\0", 2)}));
}

TEST(HandOver, HttpBecomesWebSocket) {
  const std::string upgrade = "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
  const std::string web_socket =
      AnyFramer::FromSpec("websocket")
          ->spec()
          .substr(0, AnyFramer::FromSpec("websocket")->spec().find(";preamble"));
  const auto got = OneOfEach({"delim:end='\\r\\n\\r\\n'", web_socket}, upgrade + "\x81\2hi");
  ASSERT_EQ(got.size(), 2);
  EXPECT_EQ(got[1], std::to_string(upgrade.size()) + " hi");
}

TEST(HandOver, WhatAProxySaysAndThenRawBytes) {
  const std::string header =
      std::string("\r\n\r\n\0\r\nQUIT\n", 12) + std::string("\x20\0\0\2", 4) + "ab";
  const auto got =
      OneOfEach({"length:offset=14,width=2;magic=0d0a0d0a000d0a515549540a"}, header + "raw");
  EXPECT_EQ(got, (std::vector<std::string>{"0 ab", "rest raw"}));
}

}  // namespace
}  // namespace unstick::inline v0
