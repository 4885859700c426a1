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
