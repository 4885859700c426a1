// Trailers with constant bytes, in every kind that has one: checked when read, written when made.

#include "unstick/core/trailer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "src/core/kinds/trailer.h"
#include "tests/core/described_events.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/framing.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

TEST(Trailer, JoinsNeighboursOfOneSort) {
  EXPECT_EQ(Trailer({"a", "b", 1, 2, "", 0, "c"}), Trailer({"ab", 3, "c"}));
  EXPECT_EQ(Trailer("\0").size(), 1U);
  EXPECT_EQ(Trailer({"10=", 3, "\x01"}).size(), 7U);
  EXPECT_EQ(Trailer({"10=", 3, "\x01"}).constants(), 4U);
  EXPECT_TRUE(Trailer(0).empty());
  EXPECT_EQ(Trailer({~std::size_t{0}, 1, "a", 1}).size(), ~std::size_t{0});
  EXPECT_EQ(detail::PrintTrailer({}), "0");
  EXPECT_EQ(detail::PrintTrailer({"10='\\", 3, "\x01\r\n\t\0"}), R"('10=\'\\'/3/'\x01\r\n\t\x00')");
}

// What each kind calls one frame with the payload "ab" and this trailer.
struct Row {
  const char* before;  // the trailer stands between these two
  const char* after;
  std::string head;
};
const Row kRows[] = {
    {"length:width=1,trailer=", "", "\x02"},
    {"length:width=1,counts=frame,align=4,trailer=", "", "\x03"},  // 03 a b and a byte of padding
    {"varint:trailer=", "", "\x02"},
    {"varint:big7,offset=1,trailer=", "", "\0\x02"s},
    {"ascii:until=':',trailer=", "", "2:"},
    {"ascii:width=2,start='<',after='=',trailer=", "", "<x=02"},
    {"headers:length=L,trailer=", "", "L: 2\r\n\r\n"},
    {"switch:else>(length:width=1,trailer=", ")", "\x02"},
    {"delim:start='<',end='>',trailer=", "", "<"},
    {"line:verbs=P,count=token[1],trailer=", "", "P 2\n"},
};

std::string Body(const Row& row) {
  const std::string spec = row.before;
  if (spec.find("align") != std::string::npos) return "ab" + std::string(1, '\0');
  return spec.starts_with("delim") ? "ab>" : "ab";
}

TEST(Trailer, IsCheckedByteByByteInEveryKind) {
  for (const Row& row : kRows) {
    const std::string spec = row.before + R"('X='/2/'\r\n')"s + row.after;
    SCOPED_TRACE(spec);
    const auto framer = DescribedFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    const std::string payload = row.head.starts_with("P ") ? row.head + "ab" : "ab";
    const std::string good = row.head + Body(row) + "X=..\r\n";
    const std::string at = std::to_string(good.size());
    EXPECT_EQ(Decode(*framer, good + good),
              payload + "@0 " + payload + "@" + at + " end@" + std::to_string(2 * good.size()));
    const std::size_t trailer_at = good.size() - 6;
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U, 5U}) {
      std::string bad = good;
      bad[trailer_at + i] ^= 0x20;
      const bool constant = i < 2 || i > 3;
      EXPECT_EQ(Decode(*framer, bad).find("bad_magic@0") != std::string::npos, constant) << i;
      if (!constant) continue;
      // It is judged as soon as it is there, and not before.
      const ByteView window = AsBytes(std::string_view(bad).substr(0, trailer_at + i + 1));
      const ScanResult early = framer->Scan(window.first(trailer_at + i), 0, {}).result;
      ASSERT_TRUE(std::holds_alternative<NeedMore>(early)) << i;
      EXPECT_EQ(std::get<NeedMore>(early).min_window, trailer_at + i + 1);
      EXPECT_EQ(std::get<NeedMore>(early).frame_size, good.size());
      const ScanResult judged = framer->Scan(window, 0, {}).result;
      ASSERT_TRUE(std::holds_alternative<FrameError>(judged)) << i;
      const FrameError& error = std::get<FrameError>(judged);
      EXPECT_EQ(error.rule, FrameRule::kTrailer);
      EXPECT_EQ(error.found, trailer_at + i);
      EXPECT_EQ(error.allowed, static_cast<unsigned char>(good[trailer_at + i]));
      EXPECT_EQ(error.recovery, Recovery::kNone);  // its length is not proven
    }
  }
}

TEST(Trailer, IsWrittenWithZerosWhereItVaries) {
  for (const Row& row : kRows) {
    const std::string spec = row.before + R"('X='/2/'\r\n')"s + row.after;
    SCOPED_TRACE(spec);
    const auto framer = DescribedFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    StreamBuffer out;
    DescribedFramer::State sent;
    const std::string payload = row.head.starts_with("P ") ? row.head + "ab" : "ab";
    EXPECT_FALSE(framer->EncodeTo(AsBytes(payload), out, sent));
    EXPECT_TRUE(AsText(out.readable()).ends_with("X=\0\0\r\n"s));
  }
}

// A body that ends at a mark instead of having a length: the mark is the trailer's beginning.
TEST(Trailer, StandsForTheMarkOfABodyWithoutLength) {
  const std::string spec = "headers:length=L,else=until(00),trailer=zero";
  EXPECT_EQ(Decode(spec, "A\r\n\r\nxy\0L: 1\r\n\r\nz\0"s), "xy@0 z@8 end@18");
  EXPECT_EQ(Decode(spec, "L: 1\r\n\r\nz!"), "bad_magic@0");
}

TEST(Trailer, IsCheckedByPlainFramersAndValues) {
  const DelimiterFramer framer({.ends = {"#"}, .trailer = {2, "\n"}});
  const ScanResult right = framer.Scan(AsBytes("ab#61\n"), 0);
  EXPECT_EQ(std::get<Extent>(right), (Extent{6, 0, 2}));
  EXPECT_TRUE(std::holds_alternative<FrameError>(framer.Scan(AsBytes("ab#61\r"), 0)));
  const Framing fix{.kind = framing::Ascii{.until = "\1",
                                           .trailer = {"10=", 3, "\1"},
                                           .start = "8=FIX",
                                           .after = "\1"
                                                    "9="}};
  EXPECT_EQ(fix.spec(), R"(ascii:until=01,trailer='10='/3/'\x01',start=383d464958,after=01393d)");
  EXPECT_TRUE(AnyFramer::FromSpec(fix.spec()).ok());
}

TEST(Trailer, HasOneCanonicalText) {
  const auto spec = [](std::string_view text) { return DescribedFramer::FromSpec(text)->spec(); };
  EXPECT_EQ(spec(R"(length:trailer="a"/'b'/0x02/1/zero)"), R"(length:trailer='ab'/3/'\x00')");
  EXPECT_EQ(spec("line:verbs=P@1,trailer=crlf"), R"(line:verbs=P@1,trailer='\r\n')");
  EXPECT_EQ(spec("length:trailer=0"), "length");
}

TEST(Trailer, WrongOnesAreRefused) {
  for (const char* trailer : {"x", "0d0a", "", "''", "1/", "/1", "1//2", "'a", "65536", "-1"}) {
    EXPECT_FALSE(AnyFramer::FromSpec("length:trailer="s + trailer).ok()) << trailer;
  }
  EXPECT_FALSE(AnyFramer::FromSpec("length:trailer='" + std::string(257, 'x') + "'").ok());
  EXPECT_FALSE(AnyFramer::FromSpec("length:trailer=65535/'x'").ok());
}

// The protocols' own constants (nats-server: Unknown Protocol Operation; memcached: bad data chunk;
// beanstalkd: EXPECTED_CRLF; RFC 3080 2.2.1.3; STOMP 1.2; FIX: a garbled message).
TEST(Trailer, OfPresets) {
  EXPECT_EQ(Decode("nats", "PUB foo 3\r\nhello\r\nPING\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("nats", "PUB foo 5\r\nhello\n\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("memcached-text", "set a 0 0 5\r\nhelloworld\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("beanstalkd", "put 0 0 9 3\r\nhello\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("beanstalkd", "RESERVED 1 5\r\nhello\r\n"), "RESERVED 1 5\r\nhello@0 end@21");
  EXPECT_EQ(Decode("beep", "MSG 0 1 . 0 2\r\nhiEND\r\n"), "MSG 0 1 . 0 2\r\nhi@0 end@22");
  EXPECT_EQ(Decode("beep", "MSG 0 1 . 0 1\r\nhiEND\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("stomp", "SEND\ncontent-length:6\n\nhello\0A"s), "bad_magic@0");
  EXPECT_EQ(Decode("fix",
                   "8=FIX.4.2\1"
                   "9=5\1"
                   "35=0\1"
                   "10=161\1"),
            "35=0\1@0 end@26");
  EXPECT_EQ(Decode("fix",
                   "8=FIX.4.2\1"
                   "9=4\1"
                   "35=0\1"
                   "10=161\1"),
            "bad_magic@0");
  EXPECT_EQ(Decode("fix",
                   "8=FIX.4.2\1"
                   "9=5\1"
                   "35=0\1"
                   "10=1610"),
            "bad_magic@0");
}

}  // namespace
}  // namespace unstick::inline v0
