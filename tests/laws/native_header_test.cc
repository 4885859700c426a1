// The structured header under the laws: streams made of sound frames, broken ones and debris, in
// every order, cut at every pair of places, against the reference decoder in every OnError mode.

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/agreement.h"
#include "tests/support/reference_native.h"
#include "tests/support/seed.h"
#include "tests/support/slow_build.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/header_layout.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

// Frames by hand, with the reference's CRC: the library's encoder is not asked.
std::string BigEndian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = width - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}
std::string Header(const std::string& meta, std::uint64_t payload_size, char flags) {
  const std::string start =
      std::string("\xb7USK\x01") + flags + BigEndian(meta.size(), 2) + BigEndian(payload_size, 4);
  return start + BigEndian(reference::BitwiseCrc32c(start + meta), 4) + meta;
}
std::string Frame(const std::string& meta, const std::string& payload, bool checksum) {
  const std::string frame = Header(meta, payload.size(), checksum ? 1 : 0) + payload;
  return checksum ? frame + BigEndian(reference::BitwiseCrc32c(payload), 4) : frame;
}
std::string Flipped(std::string bytes, std::size_t at, int bit = 0) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
  return bytes;
}

constexpr std::uint64_t kMax = 8;

HeaderFramer Native() {
  return *HeaderFramer::Create(HeaderLayout::Native(), {.max_payload = kMax});
}

std::vector<std::string> Pieces() {
  const std::string good = Frame("", "hi", true);
  return {
      good,
      Frame("m", "", false),
      Frame("", "", true),
      Flipped(good, 17),                          // payload changed: its end is known
      Flipped(good, 9),                           // a length changed: its end is not
      Flipped(good, 4),                           // another version
      Header("", kMax + 1, 0) + "123456789",      // over-long, all there
      Header("", 0, 2),                           // a reserved flag
      std::string("\xb7US"),                      // debris that begins like a frame
      std::string("\xb7USK\x01\x00\xff\xff", 8),  // a header that wants 64 KiB of metadata
      "x",
      good.substr(0, 16),      // a header without its payload
      Frame(good, "", false),  // a frame planted in metadata
  };
}

TEST(NativeHeader, EverySequenceOfPieces) {
  const HeaderFramer framer = Native();
  const reference::Native spec{.max = kMax};
  const std::vector<std::string> pieces = Pieces();
  LawReport report;
  std::uint64_t comparisons = 0, frames = 0, gaps = 0;
  const std::size_t count = pieces.size();
  const std::size_t sequences = kSlowBuild ? count * count : count * count * count;
  for (std::size_t n = 0; n < sequences; ++n) {
    const std::string stream =
        pieces[n % count] + pieces[n / count % count] + pieces[n / count / count];
    const LawOptions options{
        .pair_cuts_up_to = 36, .random_cuts = 24, .every_way = false, .seed = n};
    ASSERT_TRUE(CheckStream(framer, AsBytes(stream), options, report)) << report.broken;
    for (const OnError mode : {OnError::kFail, OnError::kSkip, OnError::kResync}) {
      ASSERT_EQ(Disagreement(framer, spec, stream, mode), "");
      ++comparisons;
      for (const StreamEvent& event : EventsOf(framer, AsBytes(stream), mode)) {
        frames += event.kind == DecodeResult::Kind::kFrame;
        gaps += event.kind == DecodeResult::Kind::kGap;
      }
    }
  }
  std::printf(
      "native header: %llu streams, %llu chunkings, %llu windows, %llu comparisons, "
      "%llu frames, %llu gaps\n",
      static_cast<unsigned long long>(report.streams),
      static_cast<unsigned long long>(report.chunkings),
      static_cast<unsigned long long>(report.windows), static_cast<unsigned long long>(comparisons),
      static_cast<unsigned long long>(frames), static_cast<unsigned long long>(gaps));
  EXPECT_EQ(report.streams, sequences);
  EXPECT_GT(report.chunkings, 1000);
  EXPECT_GT(frames, 100);
  EXPECT_GT(gaps, 100);
}

// Every cut of one stream with a gap in it: the true 2^(n-1), as far as a test can.
TEST(NativeHeader, EveryCutOfAHeader) {
  LawReport report;
  const LawOptions options{.all_cuts_up_to = 20, .every_way = false};
  for (const std::string& stream :
       {Frame("", "", false), Flipped(Frame("", "", false), 13), "x" + Frame("", "", false)}) {
    const std::size_t size = kSlowBuild ? 12 : 17;
    ASSERT_TRUE(CheckStream(Native(), AsBytes(stream.substr(0, size)), options, report))
        << report.broken;
  }
  std::printf("native header: %llu chunkings of three headers\n",
              static_cast<unsigned long long>(report.chunkings));
  EXPECT_GT(report.chunkings, 5000);
}

// Promise D12: a frame that arrived changed is never delivered, and never as something else.
TEST(NativeHeader, NoChangeOfOneTwoOrThreeBitsGoesUnseen) {
  const HeaderFramer framer;
  const std::string frame = Frame("m", "payload", true);
  std::uint64_t tried = 0;
  const std::size_t bits = 8 * frame.size();
  const auto check = [&](const std::string& changed) {
    ++tried;
    const ScanResult result = framer.Scan(AsBytes(changed), 0);
    ASSERT_FALSE(std::holds_alternative<Extent>(result)) << Hex(AsBytes(changed));
  };
  for (std::size_t a = 0; a < bits; ++a) {
    const std::string one = Flipped(frame, a / 8, static_cast<int>(a % 8));
    check(one);
    for (std::size_t b = a + 1; b < bits; ++b) {
      const std::string two = Flipped(one, b / 8, static_cast<int>(b % 8));
      check(two);
      for (std::size_t c = b + 1; c < bits; c += kSlowBuild ? 61 : 1) {
        check(Flipped(two, c / 8, static_cast<int>(c % 8)));
      }
    }
  }
  std::printf("native header: %llu changed frames, none delivered\n",
              static_cast<unsigned long long>(tried));
  EXPECT_GT(tried, bits * bits / 2);
}

// A wrong header is refused by its own 16 bytes: nothing waits for what a damaged length says.
TEST(NativeHeader, AChangedHeaderIsSeenWithinTheHeader) {
  const HeaderFramer framer;
  const std::string frame = Frame("", std::string(200, 'p'), true);
  for (std::size_t bit = 0; bit < 16 * 8; ++bit) {
    if (bit / 8 == 6 || bit / 8 == 7) continue;  // metadata is covered: the header is longer
    const std::string changed = Flipped(frame, bit / 8, static_cast<int>(bit % 8)).substr(0, 16);
    EXPECT_TRUE(std::holds_alternative<FrameError>(framer.Scan(AsBytes(changed), 0))) << bit;
  }
}

std::vector<std::string> SmallPayloads() {
  return {"",
          "a",
          "ab",
          std::string("\0\xff\xb7USK", 6),
          std::string(kMax, 'x'),
          std::string(kMax + 1, 'x')};
}

TEST(NativeHeader, Inverse) {
  LawReport report;
  for (const bool checksum : {true, false}) {
    const auto framer =
        HeaderFramer::Create(HeaderLayout::Native(), {.checksum = checksum, .max_payload = kMax});
    ASSERT_TRUE(framer.ok());
    for (const std::string& payload : SmallPayloads()) {
      ASSERT_TRUE(CheckPayload(*framer, AsBytes(payload), report)) << report.broken;
      if (payload.size() > kMax) continue;
      StreamBuffer out;
      ASSERT_FALSE(AppendFrame(*framer, AsBytes(payload), out));
      EXPECT_EQ(AsText(out.readable()), Frame("", payload, checksum));  // byte for byte
    }
  }
  EXPECT_EQ(report.payloads, 12);
  EXPECT_EQ(report.refused, 2);
}

TEST(NativeHeader, MetadataAndFlagsComeBack) {
  const HeaderFramer framer;
  const std::string meta = "some metadata";
  HeaderValues values;
  values.sections[0] = AsBytes(meta);
  StreamBuffer out;
  ASSERT_FALSE(AppendFrame(framer.With(values), AsBytes("payload"), out));
  EXPECT_EQ(AsText(out.readable()), Frame(meta, "payload", true));
  FrameCursor cursor(framer, out.readable());
  const DecodeResult result = cursor.Next();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text(), "payload");
  EXPECT_EQ(AsText(framer.HeaderOf(*result).sections[0]), meta);
  EXPECT_EQ(framer.HeaderOf(*result).integers[0], 1);  // the checksum's flag

  values.integers[0] = 2;  // reserved: the decoder would refuse it
  StreamBuffer none;
  EXPECT_TRUE(AppendFrame(framer.With(values), AsBytes("payload"), none));
  values.integers[0] = 0;
  const std::string long_meta(65536, 'm');  // one more than its field can say
  values.sections[0] = AsBytes(long_meta);
  EXPECT_TRUE(AppendFrame(framer.With(values), AsBytes("payload"), none));
  EXPECT_TRUE(none.empty());
}

// Layouts of one's own, from the same machinery.
TEST(DeclaredHeader, KeepsTheLaws) {
  using Field = HeaderField;
  constexpr auto kLittle = std::endian::little;
  const std::vector<absl::StatusOr<HeaderLayout>> layouts = {
      HeaderLayout::Create({Field::Length(1)}),
      HeaderLayout::Create({Field::Constant("M"), Field::Length(2, kLittle), Field::Integer(1)}),
      HeaderLayout::Create({Field::Integer(1), Field::Version(2, 0x0102, kLittle),
                            Field::Constant("ab"), Field::Length(1), Field::Length(1)}),
      HeaderLayout::Create({Field::Constant("ab"), Field::Length(1), Field::Checksum(kLittle)},
                           {.when = PayloadChecksum::When::kAlways}),
      HeaderLayout::Create(
          {Field::Checksum(), Field::Length(1), Field::Length(3), Field::Length(1)}),
      HeaderLayout::Create(
          {Field::Constant("ab"), Field::Integer(2), Field::Length(8), Field::Checksum()},
          {.when = PayloadChecksum::When::kFlagged, .flag_bit = 9, .reserved_bits = 0xff}),
  };
  LawReport total;
  for (const auto& layout : layouts) {
    ASSERT_TRUE(layout.ok()) << layout.status().ToString();
    const auto framer = HeaderFramer::Create(*layout, {.min_payload = 1, .max_payload = 4});
    ASSERT_TRUE(framer.ok());
    std::string good;
    for (const std::string payload : {"a", "abcd", "xy"}) {
      StreamBuffer out;
      ASSERT_FALSE(AppendFrame(*framer, AsBytes(payload), out));
      good += AsText(out.readable());
    }
    std::vector<std::string> streams = {good, good.substr(0, good.size() - 1), good.substr(1)};
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (const int bit : {0, 1, 7}) streams.push_back(Flipped(good, i, bit));
    }
    const LawReport report =
        CheckFramerLaws(*framer, streams, {"", "a", "ab", "abc", "abcd", "abcde"},
                        {.pair_cuts_up_to = 0, .random_cuts = 20, .every_way = false});
    ASSERT_TRUE(report.ok()) << report.broken;
    EXPECT_EQ(report.refused, 2);
    total.streams += report.streams;
    total.chunkings += report.chunkings;
  }
  std::printf("declared headers: %llu streams, %llu chunkings\n",
              static_cast<unsigned long long>(total.streams),
              static_cast<unsigned long long>(total.chunkings));
  EXPECT_GT(total.chunkings, 1000);
}

}  // namespace
}  // namespace unstick::inline v0::testing
