// Encoding what belongs to no frame, and a frame that only the end of the input ends.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/round_trip.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

// A stream that is being written.
struct Writer {
  explicit Writer(std::string_view spec, Side side = Side::kClient)
      : framer(AnyFramer::FromSpec(spec, side).value()) {}

  std::string text() const { return std::string(AsText(out.readable())); }
  // Each answers what stands in the way, and that nothing changed then.
  std::optional<Obstacle> Filler(std::string_view bytes) {
    return Unchanged([&] { return framer.FillerTo(AsBytes(bytes), out, sent); });
  }
  std::optional<Obstacle> Frame(std::string_view header, std::string_view payload,
                                std::string_view trailer) {
    return Unchanged([&] {
      return framer.EncodeTo(AsBytes(payload), {AsBytes(header), AsBytes(trailer)}, out, sent);
    });
  }
  std::optional<Obstacle> Payload(std::string_view payload) {
    return Unchanged([&] { return framer.EncodeTo(AsBytes(payload), out, sent); });
  }
  template <typename Append>
  std::optional<Obstacle> Unchanged(const Append& append) {
    const std::string text_before = text();
    const AnyFramer::State before = sent;
    const std::optional<FrameError> refused = append();
    if (!refused) return std::nullopt;
    EXPECT_EQ(text(), text_before);
    EXPECT_TRUE(sent == before);
    return refused->obstacle;
  }

  AnyFramer framer;
  StreamBuffer out;
  AnyFramer::State sent;
};

TEST(FillerTo, AppendsWhatIsPassedOver) {
  Writer stomp("stomp");
  EXPECT_EQ(stomp.Filler("\n\r\n"), std::nullopt);
  EXPECT_EQ(stomp.Payload("hi"), std::nullopt);
  EXPECT_EQ(stomp.Filler("\n"), std::nullopt);
  EXPECT_EQ(stomp.text(), std::string("\n\r\ncontent-length: 2\r\n\r\nhi\0\n", 28));

  Writer lines("delim:end=0a,skip-empty");  // a plain framer
  EXPECT_EQ(lines.Filler("\n\n"), std::nullopt);
  EXPECT_EQ(lines.text(), "\n\n");
}

TEST(FillerTo, RefusesWhatWouldBeReadOtherwise) {
  Writer stomp("stomp");
  EXPECT_EQ(stomp.Filler("\nA"), Obstacle::kNoFiller);
  EXPECT_EQ(stomp.Filler("\r"), Obstacle::kNoFiller) << "it may become another thing";
  EXPECT_EQ(stomp.Filler(""), Obstacle::kNoFiller);
  EXPECT_EQ(Writer("length").Filler("\n"), Obstacle::kNoFiller);
  EXPECT_EQ(Writer("line").Filler("\n"), Obstacle::kNoFiller) << "a frame";
  EXPECT_EQ(Writer("http2").Filler("PRI * HTTP/2.0"), Obstacle::kNoFiller)
      << "the preamble's place";
}

TEST(LastFrame, TakesNothingBehindIt) {
  const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  Writer http("http1", Side::kServer);
  EXPECT_EQ(http.Frame(head, "all of it", ""), std::nullopt);
  EXPECT_EQ(http.text(), head + "all of it");
  EXPECT_EQ(http.Frame(head, "x", ""), Obstacle::kNoEnd);
  EXPECT_EQ(http.Payload("x"), Obstacle::kNoEnd);
  EXPECT_EQ(http.Filler("\r\n"), Obstacle::kNoEnd);

  Writer lines("line:tail=deliver");  // a plain framer
  EXPECT_EQ(lines.Frame("", "a", "\r\n"), std::nullopt);
  EXPECT_EQ(lines.Frame("", "b", ""), std::nullopt);
  EXPECT_EQ(lines.text(), "a\r\nb");
  EXPECT_EQ(lines.Frame("", "c", "\n"), Obstacle::kNoEnd);
  EXPECT_EQ(lines.Payload("c"), Obstacle::kNoEnd);
  EXPECT_EQ(lines.Filler("\n"), Obstacle::kNoEnd);

  EXPECT_EQ(Writer("line").Frame("", "b", ""), Obstacle::kBytes) << "its tail is an error";
}

TEST(LastFrame, OfJsonIsEndedByFillerToo) {
  Writer json("walk:json");
  EXPECT_EQ(json.Frame("", "1", ""), std::nullopt);
  EXPECT_EQ(json.Filler(" "), std::nullopt);
  EXPECT_EQ(json.Frame("", "2", ""), std::nullopt);
  EXPECT_EQ(json.Frame("", "3", ""), std::nullopt);
  EXPECT_EQ(json.text(), "1 2\n3") << "a line feed, or it would be 23";
}

TEST(LastFrame, IsMaskedAndDroppedTailsAreFiller) {
  Writer masked("length:offset=5,width=1,header=10,zero=eof;xor=key");
  const std::string head("\1\1\1\1\1\0\1\2\3\4", 10);
  EXPECT_EQ(masked.Frame(head, "abcd", ""), std::nullopt);
  EXPECT_EQ(masked.text(), head + "````");

  Writer dropped("line:tail=drop");
  EXPECT_EQ(dropped.Filler("half a line"), std::nullopt);
  EXPECT_EQ(dropped.Payload("x"), Obstacle::kNoEnd);
}

// A part of the length stands among the bytes that are masked, and counts as it is on the wire.
TEST(EncodeAround, MasksWhatTheGivenHeaderSays) {
  const auto framer = AnyFramer::FromSpec(
      "length:offset=2,width=1,endian=magic@3:0102,counts=frame,plus=5/2&0xf,if=0.0:+1;xor=key");
  ASSERT_TRUE(framer.ok());
  const std::string_view stream = "\x01\x1e\x04\x02\x01\x04\x9c\x92";
  const testing::Told told = testing::Tell(*framer, stream);
  ASSERT_EQ(told.frames.size(), 1u) << told.error;
  EXPECT_EQ(testing::WhyNotBack(*framer, told, stream), "");
}

TEST(Limits, CountThePayloadOfALineThatIsKeptWithItsEnd) {
  Writer lines("line:keep,verbs=P,count=token[-1],max=1");
  EXPECT_EQ(lines.Frame("", "a\r\n", ""), std::nullopt);
  EXPECT_EQ(lines.Payload("b\n"), std::nullopt);
  EXPECT_EQ(lines.Payload("bc\n"), Obstacle::kSize);
  EXPECT_EQ(lines.text(), "a\r\nb\n");
}

TEST(EncodeAround, WritesChunksAndKeepsTheLastOne) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string last = "0\r\nChecksum: 7\r\n\r\n";
  Writer http("http1");
  EXPECT_EQ(http.Frame(head, "hello", last), std::nullopt);
  EXPECT_EQ(http.Frame(head, "", ""), std::nullopt);
  EXPECT_EQ(http.text(), head + "5\r\nhello\r\n" + last + head + "0\r\n\r\n");
  EXPECT_EQ(http.Frame(head, "hello", "0\r\n"), Obstacle::kBytes);

  Writer bolt("chunks:width=1");
  EXPECT_EQ(bolt.Frame("", std::string(256, 'x'), std::string(1, '\0')), std::nullopt);
  EXPECT_EQ(bolt.text(), "\xff" + std::string(255, 'x') + "\1x" + std::string(1, '\0'));
}

}  // namespace
}  // namespace unstick::inline v0
