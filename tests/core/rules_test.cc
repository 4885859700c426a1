// Every error that says "malformed" or "bad" says which rule was broken, and at which byte.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "unstick/core/delimiter_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_rule.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

std::optional<FrameError> ErrorOf(const DescribedFramer& framer, std::string_view stream) {
  FrameDecoder decoder(framer);
  const auto sink = [](const FrameView&) {};
  DecodeResult result = decoder.Push(AsBytes(stream), sink);
  if (result.kind() != DecodeResult::Kind::kError) {
    decoder.Finish();
    result = decoder.Drain(sink);
  }
  if (result.kind() != DecodeResult::Kind::kError) return std::nullopt;
  return result.error();
}

bool HasRules(FrameErrorCode code) {
  return code == FrameErrorCode::kMalformedLength || code == FrameErrorCode::kMalformedValue ||
         code == FrameErrorCode::kBadHeader || code == FrameErrorCode::kBadEscape ||
         code == FrameErrorCode::kBadMagic || code == FrameErrorCode::kBadChecksum;
}

// In these `found` is the index of the byte at fault.
bool HasAPlace(FrameErrorCode code) {
  return HasRules(code) && code != FrameErrorCode::kBadChecksum;
}

struct Row {
  const char* spec;
  std::string stream;
  const char* rule;
  std::uint64_t found;
};

std::string Deep(std::size_t n, std::string_view part) {
  std::string deep;
  for (std::size_t i = 0; i < n; ++i) deep += part;
  return deep;
}

const Row kRows[] = {
    {"length:width=1,strip=4",
     "\x01"s
     "ab",
     "beyond-frame", 0},
    {"length:offset=1,width=1,strip=4,header=3", "a\1b"s, "beyond-frame", 1},
    {"length:width=1;magic=4142@1",
     "\x02"s
     "AC",
     "magic", 2},
    {"length:width=1,trailer=crlf",
     "\x01"s
     "a\r\r",
     "trailer", 3},
    {"length:width=1;check=sum8",
     "\x02"s
     "ab",
     "mismatch", 0},
    {"varint", "\x80\0"s, "overlong", 1},
    {"varint:max-bytes=3", "\x80\x80\x80"s, "too-many-bytes", 2},
    {"varint:max-bytes=10", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s, "overflow", 9},
    {"varint:offset=1,header=1", "a\x80\0"s, "overlong", 2},
    {"varint:offset=1,header=1,max-bytes=10", "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s,
     "overflow", 10},
    {"varint:big7", "\x80\x01"s, "overlong", 0},
    {"varint:big7,max-bytes=10", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s, "overflow", 9},
    {"varint:msgpack", "\xc1"s, "reserved", 0},
    {"varint:quic,max-bytes=4", "\xc0"s, "too-many-bytes", 0},
    {"table:count=0/4,entry=4", "\x7f\xff\xff\xff"s, "too-many-fragments", 0},
    {"list:count=0/1,entry=1,count-adjust=-1", "\0"s, "reserved", 0},
    {"delim:start=000001", "\0\0\2"s, "start", 2},
    {"delim:start='<',end='>'", "a", "start", 0},
    {"delim:end='\\0';unescape=cobs",
     "\x05"s
     "a\0"s,
     "cut-escape", 0},
    {"delim:end=c0;unescape=slip",
     "\xdb"s
     "a\xc0",
     "unknown-escape", 0},
    {"fixed:size=4,sync=4142", "AC", "sync", 1},
    {"switch:at=1,41>(fixed:size=4)", "aB", "sync", 1},
    {"switch:at=3,41>(length:width=1)", "\1\1\1A"s, "beyond-frame", 3},
    {"ascii:until=':'", "1x", "not-a-digit", 1},
    {"line:verbs=P,count=token[1]", "P\n", "missing-count", 1},
    {"headers:length=L", "L 2\r\n\r\n", "missing-length", 6},
    {"json-seq", "a", "start", 0},
    {"http1", " GET\r\n\r\n", "start-line", 0},
    {"walk:json", "[}", "unbalanced", 1},
    {"walk:json", "]", "unbalanced", 0},
    {"walk:json", "[1,]", "bad-byte", 3},
    {"walk:json", "{1", "bad-byte", 1},
    {"walk:json", "tru3", "bad-byte", 3},
    {"walk:json", "[01]", "bad-number", 2},
    {"walk:json", "[-]", "bad-number", 2},
    {"walk:json", "\"\\x", "bad-string", 2},
    {"walk:json", "\"\n", "bad-string", 1},
    {"walk:json", Deep(40, "[") + Deep(39, "]") + "}", "unbalanced", 79},
    {"walk:bencode", "e", "unbalanced", 0},
    {"walk:bencode", "x", "bad-byte", 0},
    {"walk:bencode", "di1e", "bad-byte", 1},
    {"walk:bencode", "i-0e", "bad-number", 2},
    {"walk:bencode", "i1x", "bad-number", 2},
    {"walk:bencode", "01:", "bad-number", 1},
    {"walk:ber", "\0\0"s, "unbalanced", 0},
    {"walk:ber", "\x30\xff"s, "reserved", 1},
    {"walk:ber", "\x04\x80"s, "bad-byte", 1},
    {"walk:ber", "\x1f\x80"s, "overlong", 1},
    {"walk:ber", "\x1f" + Deep(10, "\xff"), "too-many-bytes", 10},
    {"walk:ber", "\x30\x80\0\1"s, "bad-byte", 3},
    {"walk:cbor", "\x1c"s, "reserved", 0},
    {"walk:cbor", "\xf8\x18"s, "reserved", 1},
    {"walk:cbor", "\x1f"s, "reserved", 0},
    {"walk:cbor", "\xff"s, "unbalanced", 0},
    {"walk:cbor", "\x5f\x61"s, "bad-string", 1},
    {"walk:msgpack", "\xc1"s, "reserved", 0},
    {"walk:resp", "*1\r\n.", "unbalanced", 4},
    {"walk:resp", "*1\r\nx", "bad-byte", 4},
    {"walk:resp", "#x", "bad-byte", 1},
    {"walk:resp", "$01", "bad-number", 2},
    {"walk:resp", "$1\rx", "bare-cr", 3},
    {"walk:resp", "$1\r\naxx", "trailer", 5},
    {"walk:resp", "+a\n", "bare-lf", 2},
    {"walk:resp", ":1x", "bad-number", 2},
    {"walk:resp", "$?\r\n+", "bad-string", 4},
    {"walk:resp", "\x01"s, "bad-byte", 0},
};

std::string ShowSpec(const Row& row) { return std::string(row.spec) + " " + row.rule; }

TEST(Rules, AreThoseOfTheFault) {
  for (const Row& row : kRows) {
    const auto framer = DescribedFramer::FromSpec(row.spec);
    ASSERT_TRUE(framer.ok()) << row.spec << ": " << framer.status();
    const std::optional<FrameError> error = ErrorOf(*framer, row.stream);
    ASSERT_TRUE(error) << ShowSpec(row);
    EXPECT_EQ(RuleName(error->rule), row.rule) << ShowSpec(row) << ": " << error->ToString();
    if (HasAPlace(error->code)) {
      EXPECT_EQ(error->found, row.found) << ShowSpec(row);
    }
  }
}

void ExpectRule(const DescribedFramer& framer, std::string_view stream) {
  const std::optional<FrameError> error = ErrorOf(framer, stream);
  if (!error || !HasRules(error->code)) return;
  EXPECT_NE(error->rule, FrameRule::kNone) << framer.spec() << ": " << error->ToString();
  if (error->rule == FrameRule::kPreamble) return;  // counted from the stream's first byte
  if (HasAPlace(error->code)) {
    EXPECT_LE(error->found, stream.size()) << framer.spec();
  }
}

// Each byte of each of these streams becomes each other one.
TEST(Rules, EveryErrorOfTheSortHasOne) {
  for (const Row& row : kRows) {
    const auto framer = DescribedFramer::FromSpec(row.spec);
    ASSERT_TRUE(framer.ok()) << row.spec;
    for (std::size_t at = 0; at < row.stream.size(); ++at) {
      std::string stream = row.stream;
      for (unsigned byte = 0; byte < 256; ++byte) {
        stream[at] = static_cast<char>(byte);
        ExpectRule(*framer, stream);
      }
    }
  }
}

TEST(Rules, EveryErrorOfAPresetHasOne) {
  for (const Preset& preset : Presets()) {
    const auto framer = DescribedFramer::FromSpec(preset.name);
    if (!framer.ok()) continue;  // lacks an option
    for (const Row& row : kRows) ExpectRule(*framer, row.stream);
    for (unsigned byte = 0; byte < 256; ++byte) {
      ExpectRule(*framer, std::string(64, static_cast<char>(byte)));
    }
  }
}

// ---- Bounds, one below, at and above ------------------------------------------------------------

TEST(Bounds, OfParts) {
  const auto framer = DescribedFramer::FromSpec("list:count=0/4,entry=1,max=1GiB");
  ASSERT_TRUE(framer.ok()) << framer.status();
  for (const std::uint32_t count : {0xfffffU, 0x100000U, 0x100001U}) {
    std::string stream(4 + std::size_t{count}, '\0');
    for (std::size_t i = 0; i < 4; ++i) stream[3 - i] = static_cast<char>(count >> (8 * i));
    const std::optional<FrameError> error = ErrorOf(*framer, stream);
    EXPECT_EQ(error.has_value(), count > 0x100000) << count;
  }
}

TEST(Bounds, OfAMarkBeforeDigits) {
  const auto framer = DescribedFramer::FromSpec("ascii:after='=',until=':'");
  ASSERT_TRUE(framer.ok()) << framer.status();
  const std::optional<FrameError> endless = ErrorOf(*framer, std::string(1 << 20, 'x'));
  ASSERT_TRUE(endless);
  EXPECT_EQ(RuleName(endless->rule), "no-end") << endless->ToString();
  for (const std::size_t before : {4095U, 4096U}) {
    const std::optional<FrameError> error = ErrorOf(*framer, std::string(before, 'x') + "=1:a");
    EXPECT_EQ(error.has_value(), before == 4096) << before;
  }
}

// Each of these has four bytes beside its payload; a message may have 1 MiB of them.
TEST(Bounds, OfTheFragmentsOfAMessage) {
  const auto framer = DescribedFramer::FromSpec("length:mask=0x7fffffff;join:last=0.7");
  ASSERT_TRUE(framer.ok()) << framer.status();
  for (const std::size_t fragments : {0x3ffffU, 0x40000U, 0x40001U}) {
    const std::string stream = std::string(4 * (fragments - 1), '\0') + "\x80\0\0\1a"s;
    const std::optional<FrameError> error = ErrorOf(*framer, stream);
    ASSERT_EQ(error.has_value(), fragments > 0x40000) << fragments;
    if (error) {
      EXPECT_EQ(RuleName(error->rule), "too-many-fragments") << error->ToString();
    }
  }
}

// Empty parts that the count alone asks for.
TEST(Bounds, OfPartsThatAreWritten) {
  EXPECT_FALSE(DescribedFramer::FromSpec("table:count=0/4,count-adjust=1048577,entry=1").ok());
  const auto framer = DescribedFramer::FromSpec("table:count=0/4,count-adjust=1048576,entry=1");
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  DescribedFramer::State sent;
  ASSERT_FALSE(framer->EncodeTo({}, out, sent));
  EXPECT_EQ(AsText(out.readable()), std::string(4 + 1048576, '\0'));
  EXPECT_FALSE(ErrorOf(*framer, AsText(out.readable())));
}

TEST(Bounds, OfAPreambleUpToAMark) {
  const auto framer = DescribedFramer::FromSpec("length:width=1;preamble:until='END'");
  ASSERT_TRUE(framer.ok()) << framer.status();
  for (const std::size_t before : {65533U, 65534U}) {
    const std::optional<FrameError> error = ErrorOf(*framer, std::string(before, 'x') + "END\1a"s);
    ASSERT_EQ(error.has_value(), before + 3 > 65536) << before;
    if (error) {
      EXPECT_EQ(RuleName(error->rule), "preamble") << error->ToString();
    }
  }
}

// The bytes after the text's end are no part of a mark of zeros, whatever they are.
TEST(Bounds, OfAMarkOfZeros) {
  for (const std::string& end : {"\0\0"s, "\0\0\0"s, "\0\0\0\0"s}) {
    const auto framer = DelimiterFramer::Create({.ends = {end}});
    ASSERT_TRUE(framer.ok()) << framer.status();
    for (std::size_t size = 0; size < 300; ++size) {
      FrameDecoder decoder(*framer);
      std::size_t frames = 0;
      std::size_t payload = 0;
      std::ignore = decoder.Push(AsBytes(std::string(size, 'x') + end + std::string(size, 'y')),
                                 [&](const FrameView& frame) {
                                   ++frames;
                                   payload = frame.payload().size();
                                 });
      ASSERT_EQ(frames, 1U) << end.size() << " " << size;
      ASSERT_EQ(payload, size) << end.size();
    }
  }
}

// ---- A line begins after CRLF only
// ---------------------------------------------------------------

TEST(Dots, AreDoubledAtTheStartOfALineOnly) {
  const auto framer = DescribedFramer::FromSpec("smtp-data");
  ASSERT_TRUE(framer.ok()) << framer.status();
  struct Pair {
    std::string wire, plain;
  };
  for (const Pair& pair : {Pair{"a\n.\r\nb", "a\n.\r\nb"}, Pair{"a\n..b", "a\n..b"},
                           Pair{"a\r..b", "a\r..b"}, Pair{"..a\r\n..b\r\nc", ".a\r\n.b\r\nc"},
                           Pair{"a\n\r\n..", "a\n\r\n."}, Pair{"\n..", "\n.."}}) {
    std::string got;
    FrameDecoder decoder(*framer);
    std::ignore = decoder.Push(AsBytes(pair.wire + "\r\n.\r\n"),
                               [&](const FrameView& frame) { got = frame.CopyPayload(); });
    EXPECT_EQ(got, pair.plain);
    StreamBuffer out;
    DescribedFramer::State sent;
    ASSERT_FALSE(framer->EncodeTo(AsBytes(pair.plain), out, sent));
    EXPECT_EQ(AsText(out.readable()), pair.wire + "\r\n.\r\n");
  }
}

}  // namespace
}  // namespace unstick::inline v0
