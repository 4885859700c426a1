// What presets' documents say about ends, first bytes and limits, on both sides.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/core/described_events.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

// WHATWG HTML 9.2.5: an event ends at an empty line; a line ends with CRLF, LF or CR.
TEST(Sse, AnEventEndsAtAnEmptyLineInAnyMix) {
  const std::string eols[] = {"\n", "\r\n", "\r"};
  for (const std::string& line : eols) {
    for (const std::string& empty : eols) {
      if (line == "\r" && empty == "\n") continue;  // that is one CRLF
      const std::string event = "data: a" + line + empty;
      const std::string at = std::to_string(event.size());
      EXPECT_EQ(Decode("sse", event + "data: b\n\n"),
                "data: a@0 data: b@" + at + " end@" + std::to_string(event.size() + 9))
          << ::testing::PrintToString(event);
      EXPECT_EQ(Decode("sse", event), "data: a@0 end@" + at);
    }
  }
  EXPECT_EQ(Decode("sse", "id: 1\r\ndata: a\rdata: b\n\n"), "id: 1\r\ndata: a\rdata: b@0 end@24");
}

// RFC 5321 4.1.1.4, 4.5.2: CRLF . CRLF, or . CRLF alone where there is no data at all.
// More empty lines, and those at the front, are nothing.
TEST(Sse, EmptyLinesBetweenEventsArePassedOver) {
  EXPECT_EQ(Decode("sse", "\n\ndata: a\n\n\n\r\n\rdata: b\r\n\r\n"), "data: a@2 data: b@15 end@26");
  EXPECT_EQ(Decode("sse", "\n"), "end@1");
  EXPECT_EQ(Decode("sse", "data: a\r\n\r\n\r\n"), "data: a@0 end@13");
  EXPECT_EQ(Decode("sse", ":comment\n\n"), ":comment@0 end@10");  // who reads it takes no event
  EXPECT_EQ(Decode("sse", "data: a\n"), "truncated@0");           // WHATWG: discarded
}

TEST(SmtpData, TheEndIsALineWithADotAlone) {
  EXPECT_EQ(Decode("smtp-data", ".\r\n"), "@0 end@3");
  EXPECT_EQ(Decode("smtp-data", ".\rx.\r\ny\r\n.\r\n"), "\rx.\r\ny@0 end@12");
  EXPECT_EQ(Decode("smtp-data", ".x.\r\n\r\n.\r\n"), "x.\r\n@0 end@10");
  EXPECT_EQ(Decode("smtp-data", "..\r\n.\r\n"), ".@0 end@7");
  EXPECT_EQ(Decode("smtp-data", "a.\r\n.\r\n"), "a.@0 end@7");
  EXPECT_EQ(Decode("smtp-data", ".\r"), "truncated@0");
  EXPECT_EQ(Decode("smtp-data", ".\r.\r\n"), "truncated@0");
}

TEST(ProxyV1, StartsWithProxy) {
  EXPECT_EQ(Decode("proxy-v1", "PROXY UNKNOWN\r\n"), "PROXY UNKNOWN@0 end@15");
  EXPECT_EQ(Decode("proxy-v1", "GET / HTTP/1.1\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXX UNKNOWN\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("proxy-v1", "proxy unknown\r\n"), "bad_magic@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY\r\n"), "bad_magic@0");
  const std::string longest = "PROXY " + std::string(99, 'x');
  EXPECT_EQ(Decode("proxy-v1", longest + "\r\n"), longest + "@0 end@107");
  EXPECT_EQ(Decode("proxy-v1", longest + "x\r\n"), "payload_too_large@0");
}

TEST(ProxyV1, HasNoOtherLineEndInside) {
  for (const std::string wrong : {"a\rb", "a\nb", "a\r", "\n", "\r", "a\n\rb"}) {
    EXPECT_EQ(Decode("proxy-v1", "PROXY TCP4 " + wrong + "\r\n"), "bad_magic@0") << wrong;
  }
  EXPECT_EQ(Decode("proxy-v1", "PROXY TCP4 a\r"), "truncated@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY " + std::string(99, 'x') + "\r"), "truncated@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY " + std::string(99, 'x') + "\n"), "bad_magic@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY " + std::string(99, 'x') + "\rx"), "bad_magic@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY " + std::string(100, 'x') + "\n"), "payload_too_large@0");
  EXPECT_EQ(Decode("proxy-v1", "PROXY " + std::string(100, 'x') + "\r\n"), "payload_too_large@0");
}

// Constants that a protocol's streams or frames start with.
TEST(PresetConstants, AreChecked) {
  const std::string zeros(128, '\0');
  struct Row {
    const char* spec;
    std::string stream;  // one frame
    std::size_t at;      // a constant byte
  };
  const Row rows[] = {
      {"hadoop-rpc", "hrpc\x09\0\0\0\0\0\1a"s, 0},
      {"nng-sp-tcp", "\0SP\0\0\x10\0\0\0\0\0\0\0\0\0\1a"s, 2},
      {"bittorrent",
       "\x13"
       "BitTorrent protocol" +
           zeros.substr(0, 48) + "\0\0\0\1a"s,
       19},
      {"amqp-1.0", "AMQP\0\1\0\0\0\0\0\5a"s, 3},
      {"zmtp", "\xff" + zeros.substr(0, 8) + "\x7f" + zeros.substr(0, 54) + "\0\1a"s, 9},
      {"bolt", "\x60\x60\xb0\x17" + zeros.substr(0, 16) + "\0\1a\0\0"s, 3},
      {"flv-tag", "FLV\1\5\0\0\0\x09\0\0\0\0\x08\0\0\1\0\0\0\0\0\0\0a\0\0\0\x0c"s, 2},
      {"ogg", "OggS" + zeros.substr(0, 22) + "\1\1a", 3},
      {"adts",
       "\xff\xf1\x50\x80\x01\x1f\xfc"
       "a",
       1},
      {"memcached-binary", "\x80" + zeros.substr(0, 10) + "\1" + zeros.substr(0, 12) + "a", 0},
      {"memcached-binary", "\x81" + zeros.substr(0, 10) + "\1" + zeros.substr(0, 12) + "a", 0},
      {"ajp13", "\x12\x34\0\1a"s, 1},
      {"ajp13", "AB\0\1a"s, 1},
      {"gearman", "\0REQ\0\0\0\7\0\0\0\1a"s, 3},
      {"gearman", "\0RES\0\0\0\7\0\0\0\1a"s, 3},
      {"dcerpc", "\5\0\0\3\x10\0\0\0\x0b\0a"s, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.spec);
    const std::string good = Decode(row.spec, row.stream, Side::kClient);
    EXPECT_NE(good.find("a@"), std::string::npos) << good;
    EXPECT_TRUE(good.ends_with("end@" + std::to_string(row.stream.size()))) << good;
    std::string wrong = row.stream;
    wrong[row.at] = '\x05' == wrong[row.at] ? '\6' : '\5';
    EXPECT_EQ(Decode(row.spec, wrong, Side::kClient), "bad_magic@0");
  }
  EXPECT_EQ(Decode("hadoop-rpc", "GET / HTTP/1.1\r\n", Side::kClient), "bad_magic@0");
  EXPECT_EQ(Decode("tarantool", "Tarantool" + zeros, Side::kServer), "bad_magic@0");
}

// `skip`: bytes in front of a frame.
TEST(Skip, PassesOverBytesInFrontOfFrames) {
  EXPECT_EQ(Decode("length:width=1;skip=fe|00", "\xfe\0\1a\0\xfe\2\xfe\0\1b\xfe"s),
            "a@2 \xfe\0@6 b@9 end@12"s);
  EXPECT_EQ(Decode("line;skip=0a;once", "\n\na\n\n"), "a@2 trailing_bytes@4");
  EXPECT_EQ(Decode("line;preamble=1;skip=0a", "x\n\na\n\n"), "a@3 end@6");
  EXPECT_EQ(Decode("fixed:size=2,sync=47;skip=00", "\0Ga\0\0GbH"s), "Ga@1 Gb@5 bad_magic@7");
  const auto framer = DescribedFramer::FromSpec("line;skip=0a|2e");
  ASSERT_TRUE(framer.ok()) << framer.status();
  EXPECT_EQ(framer->spec(), "line;skip=0a|2e");
  for (const std::string payload : {"a", "a.", "", ".", ".a"}) {
    StreamBuffer out;
    DescribedFramer::State sent;
    const bool carried = !framer->EncodeTo(AsBytes(payload), out, sent);
    EXPECT_EQ(carried, payload.starts_with('a')) << payload;
  }
  EXPECT_FALSE(DescribedFramer::FromSpec("line;skip=0d0a").ok());
  EXPECT_FALSE(DescribedFramer::FromSpec("line;skip=").ok());
  EXPECT_FALSE(DescribedFramer::FromSpec("length:width=1;join:full=3;skip=00").ok());
}

TEST(Cobs, EmptyFramesBetweenZerosArePassedOver) {
  EXPECT_EQ(Decode("cobs", "\0\2a\0\0\2b\0\0"s), "a@1 b@5 end@9");
  EXPECT_EQ(Decode("cobs", "\1\0"s), "@0 end@2");  // an empty payload is a frame that is not empty
}

TEST(JsonLines, TheLastMayLackItsLineFeed) {
  EXPECT_EQ(Decode("jsonl", "{}\n[1]"), "{}@0 [1]@3 end@6");
  EXPECT_EQ(Decode("jsonl", "{}\n"), "{}@0 end@3");
  EXPECT_EQ(Decode("jsonl", ""), "end@0");
  EXPECT_EQ(Decode("jsonl,max=2", "{}\n[1]"), "{}@0 payload_too_large@3");
}

// What is wrong inside a frame does not make the mark that ends it doubtful; a length it does.
TEST(SkipOnError, GoesOnBehindTheNextMark) {
  const auto skipped = [](std::string_view spec, std::string_view stream) {
    return Decode(spec, stream, Side::kEither, OnError::kSkip);
  };
  const std::string good = Decode("nmea", "$xx*00\r\n").substr(0, 2);
  EXPECT_EQ(good, "xx");
  EXPECT_EQ(Decode("nmea", "$xx*01\r\n$xx*00\r\n"), "bad_checksum@0");
  EXPECT_TRUE(skipped("nmea", "$xx*01\r\n$xx*00\r\n").starts_with("gap@0+8 xx"));
  EXPECT_EQ(skipped("slip",
                    "a\xdb\xc0"
                    "b\xc0"),
            "gap@0+3 b@3 end@5");
  EXPECT_TRUE(skipped("hdlc", "abcd\x7e").starts_with("gap@0+5 end"));
  EXPECT_EQ(skipped("length:width=1;check=sum8", "\1az\1ab"), "bad_checksum@0");
}

// The least and the largest payload, and one byte less and more: refused by both sides.
TEST(PresetLimits, AreEnforcedOnBothSides) {
  struct Limit {
    const char* preset;
    std::size_t least;
    std::size_t most;
  };
  const Limit limits[] = {
      {"git-pkt-line", 0, 0xfff0 - 4},
      {"iec104", 4, 253},
      {"ajp13", 0, 8192 - 4},
      {"source-rcon", 10, 4096},
      {"nmea", 3, 79},
      {"modbus-tcp", 2, 254},
      {"tls-record", 0, 18432},
      {"diameter", 16, 100000},
      {"radius-tcp", 16, 4092},
      {"smpp", 12, 100000},
      {"hsms", 10, 100000},
      {"ssh-binary", 0, 34996},
      {"ipfix-tcp", 12, 65531},
      {"castv2", 0, 65536},
      {"mongodb", 12, 100000},
      {"rtcm3", 0, 1023},
      {"adts", 1, 8185},
      {"someip", 8, 100000},
  };
  for (const Limit& limit : limits) {
    SCOPED_TRACE(limit.preset);
    const std::string name = limit.preset;
    const auto strict = DescribedFramer::FromSpec(name);
    // The same without the limits, as a peer that does not keep to them would send.
    const auto lax = DescribedFramer::FromSpec(name + ",min=0,max=1MiB");
    ASSERT_TRUE(strict.ok() && lax.ok());
    for (const std::size_t size : {limit.least - std::min<std::size_t>(limit.least, 1), limit.least,
                                   limit.most, limit.most + 1}) {
      const bool right = size >= limit.least && size <= limit.most;
      if (size == 100001) continue;  // its limit is another test's
      std::string payload(size, 'x');
      if (name == "nmea") {
        if (size < 3) continue;
        payload = std::string(size - 3, 'x') + ((size - 3) % 2 == 0 ? "*00" : "*78");
      }
      StreamBuffer out;
      DescribedFramer::State sent{.preamble_done = true};
      EXPECT_EQ(!strict->EncodeTo(AsBytes(payload), out, sent).has_value(), right) << size;
      StreamBuffer any;
      DescribedFramer::State other{.preamble_done = true};
      if (lax->EncodeTo(AsBytes(payload), any, other)) continue;  // no number for it
      const ScanResult back = strict->Scan(any.readable(), 0, {.preamble_done = true}).result;
      EXPECT_EQ(std::holds_alternative<Extent>(back), right) << size;
      EXPECT_EQ(std::holds_alternative<FrameError>(back), !right) << size;
    }
  }
}

}  // namespace
}  // namespace unstick::inline v0
