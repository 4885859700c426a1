// OnError::kResync on described framings and on the native header: against a slow search that looks
// at every byte, for frames whose lengths are damaged in every way, and with work that is bounded.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/core/described_events.h"
#include "tests/support/seed.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

std::string Framed(std::string_view spec, const std::vector<std::string>& payloads) {
  const auto framer = DescribedFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  DescribedFramer::State sent;
  for (const std::string& payload : payloads) {
    EXPECT_FALSE(framer->EncodeTo(AsBytes(payload), out, sent)) << spec;
  }
  return std::string(AsText(out.readable()));
}

// Frames and gaps as the documents say: after an error the search starts at the second byte of the
// bad frame and ends where a frame is good.
std::string SlowResync(const DescribedFramer& framer, const std::string& stream) {
  std::string events;
  const auto good = [&](std::size_t at) {
    const ScanResult found = framer.Scan(AsBytes(stream).subspan(at), 0, {}).result;
    const auto* extent = std::get_if<Extent>(&found);
    return extent == nullptr ? Extent() : *extent;
  };
  std::size_t at = 0;
  while (at < stream.size()) {
    if (const Extent extent = good(at); extent.wire_size > 0) {
      events += stream.substr(at + extent.payload_offset, extent.payload_size) + "@" +
                std::to_string(at) + " ";
      at += extent.wire_size;
      continue;
    }
    const ScanResult bad = framer.Scan(AsBytes(stream).subspan(at), 0, {}).result;
    std::size_t next = at + 1;
    while (next < stream.size() && good(next).wire_size == 0) ++next;
    const bool cut_off = std::holds_alternative<NeedMore>(bad);
    if (cut_off && next == stream.size()) return events + "truncated@" + std::to_string(at);
    events += "gap@" + std::to_string(at) + "+" + std::to_string(next - at) + " ";
    at = next;
  }
  return events + "end@" + std::to_string(at);
}

const std::string_view kSpecs[] = {
    "length:offset=9,width=4,header=13,counts=payload,trailer=2,max=64KiB;magic=aa55;check=crc16-"
    "ccitt",
    "length:offset=1,width=2;magic=41;check=crc32c",
    "length:offset=1,width=1,trailer=2;magic=41;end=16;check=xor8,at=before-end",
    "varint:offset=1;magic=7e;check=crc16-modbus",
    "fixed:size=9;magic=ab@2;check=adler32",
    "ascii:until=':';magic=31;check=sum16",
    "length:offset=1,width=2;magic=41;check=crc16-x25,over=payload",
    "length:offset=2,width=1;magic=4142;check=crc8,over=2..",
};

TEST(Resync, FindsWhatASlowSearchFinds) {
  std::mt19937_64 random(testing::TestSeed());
  for (const std::string_view spec : kSpecs) {
    const auto framer = DescribedFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    const std::size_t size = spec.starts_with("fixed") ? 5 : spec.starts_with("ascii") ? 8 : 3;
    std::vector<std::string> payloads;
    for (const char c : {'a', 'b', 'c', 'd', 'A'}) payloads.emplace_back(size, c);
    if (spec.starts_with("fixed")) {
      for (std::string& payload : payloads) payload[2] = '\xab';
    }
    const std::string good = Framed(spec, payloads);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int change : {0x01, 0x20, 0x80, 0xff}) {
        std::string stream = good;
        stream[at] = static_cast<char>(stream[at] ^ change);
        if (random() % 4 == 0) stream.insert(random() % stream.size(), "AAAA");
        if (random() % 4 == 0) stream.erase(random() % stream.size(), 1);
        ASSERT_EQ(Decode(*framer, stream, OnError::kResync), SlowResync(*framer, stream))
            << spec << " byte " << at << " xor " << change;
      }
    }
  }
}

// A length that says more than there is hides nothing.
TEST(Resync, DoesNotBelieveALength) {
  const std::string_view spec = kSpecs[0];
  std::string stream = Framed(spec, {"a", "bad", "b", "c", "d"});
  stream[16 + 9 + 2] = '\xea';  // 59,907 bytes
  EXPECT_EQ(Decode(spec, stream, Side::kEither, OnError::kResync),
            "a@0 gap@16+18 b@34 c@50 d@66 end@82");
  stream[16 + 9 + 2] = 0;
  stream[16 + 9 + 3] = 40;
  EXPECT_EQ(Decode(spec, stream, Side::kEither, OnError::kResync),
            "a@0 gap@16+18 b@34 c@50 d@66 end@82");
}

TEST(Resync, KnowsTheStreamsByteOrder) {
  // The first frame's magic tells: little.
  const std::string spec =
      "length:offset=4,width=4,endian=magic@8:1a2b,header=10,trailer=4;magic=4d;check=crc32";
  const auto frame = [](const std::string& order, const std::string& payload) {
    std::string bytes = "M123" + std::string(1, static_cast<char>(payload.size() + 2)) + "\0\0\0"s +
                        order + payload;
    const auto check =
        AnyFramer::FromSpec("fixed:size=" + std::to_string(bytes.size() + 4) + ";check=crc32");
    StreamBuffer out;
    AnyFramer::State sent;
    EXPECT_FALSE(check->EncodeTo(AsBytes(bytes), out, sent));
    return std::string(AsText(out.readable()));
  };
  const std::string one = frame("\x2b\x1a", "one");
  const std::string other = frame("..", "two");
  const auto framer = DescribedFramer::FromSpec(spec);
  ASSERT_TRUE(framer.ok()) << framer.status();
  const std::string whole = Decode(*framer, one + other, OnError::kResync);
  ASSERT_NE(whole.find("two"), std::string::npos) << whole;
  const std::string damaged = Decode(*framer, one + "garbage!!" + other, OnError::kResync);
  EXPECT_NE(damaged.find("gap@" + std::to_string(one.size()) + "+9"), std::string::npos) << damaged;
  EXPECT_NE(damaged.find("two"), std::string::npos) << damaged;
}

// One bad checksum or escape in front of a mark that is sure costs that frame alone.
TEST(Skip, PassesOverABadFrameThatEndsAtAMark) {
  EXPECT_EQ(
      Decode("nmea", "$GPGLL*50\r\n$GPGLL*51\r\n$GPGLL*50\r\n", Side::kEither, OnError::kSkip),
      "GPGLL*50@0 gap@11+11 GPGLL*50@22 end@33");
  EXPECT_EQ(Decode("slip", "a\xdbz\xc0ok\xc0", Side::kEither, OnError::kSkip),
            "gap@0+4 ok@4 end@7");
  EXPECT_EQ(Decode("hdlc", "123\xff\xff~", Side::kEither, OnError::kSkip), "gap@0+6 end@6");
  EXPECT_EQ(Decode("length:width=1;check=xor8", "\2a\x60\2a\x63", Side::kEither, OnError::kSkip),
            "bad_checksum@0");
}

// Every byte starts a frame that says 16,705 bytes; a sum of its own for each would be 2 * 10^9.
TEST(Resync, AddsUpEachByteOnce) {
  const auto framer =
      DescribedFramer::FromSpec("length:offset=1,width=2,trailer=2;magic=41;check=crc16-ccitt");
  ASSERT_TRUE(framer.ok());
  for (const std::size_t piece : {1U, 7U, 1U << 20}) {
    std::string stream = "B" + std::string(120'000, 'A');
    FrameDecoder decoder(*framer, OnError::kResync);
    std::uint64_t skipped = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      const auto none = [](const FrameView&) { FAIL(); };
      (void)decoder.Push(AsBytes(stream).subspan(at, std::min(piece, stream.size() - at)), none);
    }
    decoder.Finish();
    const DecodeResult gap = decoder.Next();
    ASSERT_EQ(gap.kind(), DecodeResult::Kind::kGap);
    skipped = gap.gap().skipped;
    EXPECT_EQ(skipped, stream.size());
  }
}

// Native headers that each say 64 KiB of metadata, and a good frame after them.
TEST(Resync, ForgedHeadersCostNoMoreThanTheirBytes) {
  const HeaderFramer framer;
  std::string stream;
  for (int i = 0; i < 20'000; ++i) stream += "\xb7USK\x01\0\xff\xff\0\0\0\1CRC."s;
  StreamBuffer out;
  ASSERT_FALSE(AppendFrame(framer, AsBytes("payload"), out));
  stream += AsText(out.readable());
  const std::size_t good = stream.size() - out.size();
  FrameDecoder decoder(framer, OnError::kResync);
  std::string got;
  for (std::size_t at = 0; at < stream.size(); at += 100) {
    (void)decoder.Push(AsBytes(stream).subspan(at, std::min<std::size_t>(100, stream.size() - at)),
                       [&](const FrameView& frame) { got += frame.text(); });
  }
  decoder.Finish();
  for (DecodeResult next = decoder.Next(); next.kind() != DecodeResult::Kind::kEnd;
       next = decoder.Next()) {
    ASSERT_NE(next.kind(), DecodeResult::Kind::kError) << next.error().ToString();
    if (next.kind() == DecodeResult::Kind::kGap) {
      EXPECT_EQ(next.gap().skipped, good);
    }
    if (next) got += next->text();
  }
  EXPECT_EQ(got, "payload");
}

}  // namespace
}  // namespace unstick::inline v0
