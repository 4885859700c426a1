// What stands around payloads and in front of the first: had when decoding, put back when encoding;
// and what joining and limits count, whatever is delivered.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/core/described_events.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

// The frame that holds `payload` between these bytes, or "refused".
std::string Between(std::string_view spec, std::string_view header, std::string_view payload,
                    std::string_view trailer = "") {
  const auto framer = AnyFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  AnyFramer::State sent;
  const FrameEnds ends{AsBytes(header), AsBytes(trailer)};
  const auto refused = framer->EncodeTo(AsBytes(payload), ends, out, sent);
  EXPECT_TRUE(!refused || out.empty());
  return refused ? "refused" : std::string(AsText(out.readable()));
}

TEST(FrameEnds, AreKeptWhereTheyFitAndTheirLengthIsWrittenAnew) {
  // MQTT: a type and flags, and the remaining length.
  EXPECT_EQ(Between("mqtt", "\x32\3", "abc"),
            "\x32\3"
            "abc");
  EXPECT_EQ(Between("mqtt", "\x32\3", "abcd"),
            "\x32\4"
            "abcd");
  // WebSocket: FIN, opcode, mask and key stay.
  EXPECT_EQ(Between("websocket,max=9;preamble=1", "\x81\3", "abc"), "refused");  // a preamble first
  EXPECT_EQ(Between("length:offset=1,width=1;magic=7e", "\x7e\0"s, "ab"),
            "\x7e\2"
            "ab");
  EXPECT_EQ(Between("length:offset=1,width=1;magic=7e", "\x7d\2", "ab"),
            "\x7e\2"
            "ab");  // a constant is what it must be
  EXPECT_EQ(Between("length:offset=1,width=1", "\x7d", "ab"), "refused");  // half a header
  EXPECT_EQ(Between("stomp", "SEND\ncontent-length:1\nx:y\n\n", "ab", "\0"s),
            "SEND\ncontent-length:2\nx:y\n\nab\0"s);
  EXPECT_EQ(Between("stomp", "SEND\n\n", "a\0b"s, "\0"s), "refused");  // nothing says its length
  EXPECT_EQ(Between("http1", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hi"),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(Between("netstring", "9:", "ab", ","), "2:ab,");
  EXPECT_EQ(Between("netstring", "2:", "ab", ";"), "refused");
  EXPECT_EQ(Between("line", "", "ab", "\r\n"), "ab\r\n");
  EXPECT_EQ(Between("line", "", "a\nb", "\n"), "refused");
  EXPECT_EQ(Between("fix", "8=FIX.4.2\0019=5\001"s, "35=0\001", "10=161\001"),
            "8=FIX.4.2\0019=5\00135=0\00110=161\001");
}

TEST(PreambleTo, WritesWhatReadsBackAsOne) {
  const auto write = [](std::string_view spec, std::string_view preamble, int times = 1) {
    const auto framer = AnyFramer::FromSpec(spec, Side::kClient);
    EXPECT_TRUE(framer.ok()) << framer.status();
    StreamBuffer out;
    AnyFramer::State sent;
    bool refused = false;
    for (int i = 0; i < times; ++i) {
      refused = framer->PreambleTo(AsBytes(preamble), out, sent).has_value();
    }
    if (!refused) {
      refused = framer->EncodeTo(AsBytes("x"), out, sent).has_value();
    }
    return refused ? "refused" : std::string(AsText(out.readable()));
  };
  EXPECT_EQ(write("length:width=1;preamble=3", "abc"), "abc\1x");
  EXPECT_EQ(write("length:width=1;preamble=3", "ab"), "refused");
  EXPECT_EQ(write("length:width=1;preamble=3", "abcd"), "refused");
  EXPECT_EQ(write("length:width=1;preamble=3", ""), "refused");
  EXPECT_EQ(write("length:width=1;preamble=3", "abc", 2), "refused");
  EXPECT_EQ(write("length:width=1;preamble:server=3", "abc"), "refused");
  EXPECT_EQ(write("length:width=1;preamble='abc'", "abc"), "abc\1x");
  EXPECT_EQ(write("length:width=1;preamble='abc'", "abd"), "refused");
  EXPECT_EQ(write("length:width=1;preamble='a'/2", "abc"), "abc\1x");
  EXPECT_EQ(write("length:width=1;preamble='a'/2", "bbc"), "refused");
  EXPECT_EQ(write("length:width=1;preamble:until=0a", "abc\n"), "abc\n\1x");
  EXPECT_EQ(write("length:width=1;preamble:until=0a", "a\nc\n"), "refused");
  EXPECT_EQ(write("length:width=1", "abc"), "refused");
}

// Joining and limits count the payload: of two fragments of 2 bytes these are 4.
TEST(Joining, CountsPayloadsWhateverIsDelivered) {
  const std::string sunrm = "\0\0\0\2ab\x80\0\0\2cd"s;
  const std::string stripped[] = {"abcd", sunrm, "\0\2ab\0\2cd"s};
  const std::string strip[] = {"", ",strip=none", ",strip=2"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Decode("sunrm" + strip[i], sunrm), stripped[i] + "@0 end@12");
    EXPECT_EQ(Decode("sunrm,max=4" + strip[i], sunrm), stripped[i] + "@0 end@12");
    EXPECT_EQ(Decode("sunrm,max=3" + strip[i], sunrm), "payload_too_large@0");
    EXPECT_EQ(Decode("sunrm,min=4" + strip[i], sunrm), stripped[i] + "@0 end@12");
    EXPECT_EQ(Decode("sunrm,min=5" + strip[i], sunrm), "payload_too_small@0");
  }
  // A fragment of the full size is continued, whatever its header adds to what is delivered.
  const std::string full = "\3abc\1d\3efg\0"s;
  EXPECT_EQ(Decode("length:width=1;join:full=3", full), "abcd@0 efg@6 end@11");
  EXPECT_EQ(Decode("length:width=1,strip=none;join:full=3", full), "\3abc\1d@0 \3efg\0@6 end@11"s);
  EXPECT_EQ(Decode("varint:strip=none,max=4;join:full=3", full), "\3abc\1d@0 \3efg\0@6 end@11"s);
  EXPECT_EQ(Decode("varint:strip=none,max=3;join:full=3", full), "payload_too_large@0");
}

TEST(Joining, NumbersTheFragmentsOfEachMessage) {
  const std::string spec = "length:width=1,header=2,counts=payload;join:full=2,number=1";
  const auto framer = AnyFramer::FromSpec(spec);
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  AnyFramer::State sent;
  for (const std::string_view payload : {"abcde", "ab", "", "x"}) {
    EXPECT_FALSE(framer->EncodeTo(AsBytes(payload), out, sent).has_value());
  }
  EXPECT_EQ(AsText(out.readable()),
            "\2\0ab\2\1cd\1\2e"
            "\2\0ab\0\1"
            "\0\0"
            "\1\0x"s);
  EXPECT_EQ(Decode(spec, AsText(out.readable())), "abcde@0 ab@11 @17 x@19 end@22");
  // After 256 fragments the number starts over.
  out.Unwrite(out.size());
  EXPECT_FALSE(framer->EncodeTo(AsBytes(std::string(600, 'z')), out, sent).has_value());
  const std::string_view wire = AsText(out.readable());
  EXPECT_EQ(wire[4 * 255 + 1], '\xff');
  EXPECT_EQ(wire[4 * 256 + 1], '\0');
}

}  // namespace
}  // namespace unstick::inline v0
