// Which framing a stream has, and how sure one can be.

#include "unstick/core/detect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/described_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

std::vector<Detected> Found(std::string_view stream, const DetectOptions& options = {}) {
  return Detect(AsBytes(stream), options);
}

bool Names(const Detected& found, std::string_view preset) {
  return std::find(found.presets.begin(), found.presets.end(), preset) != found.presets.end();
}

const Detected* Entry(const std::vector<Detected>& found, std::string_view preset) {
  for (const Detected& entry : found) {
    if (Names(entry, preset)) return &entry;
  }
  return nullptr;
}

// Payloads that look like nothing, of sizes that vary.
std::string Random(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string Encoded(std::string_view preset, std::size_t frames) {
  const auto framer = DescribedFramer::FromSpec(preset);
  EXPECT_TRUE(framer.ok()) << preset;
  std::mt19937_64 random(7);
  StreamBuffer out;
  DescribedFramer::State sent;
  for (std::size_t i = 0; i < frames; ++i) {
    EXPECT_FALSE(framer->EncodeTo(AsBytes(Random(random, 20 + random() % 500)), out, sent))
        << preset;
  }
  return std::string(AsText(out.readable()));
}

TEST(Detect, FindsAFramingByItsLengthsAlone) {
  for (const std::string_view preset :
       {"len32be", "len32le", "mongodb", "grpc", "bgp", "memcached-binary", "netstring",
        "git-pkt-line", "dubbo", "hdlc"}) {
    const std::vector<Detected> found = Found(Encoded(preset, 20));
    ASSERT_FALSE(found.empty()) << preset;
    EXPECT_TRUE(Names(found.front(), preset)) << preset << ": " << found.front().spec;
    EXPECT_GE(found.front().bits, kEnoughEvidence) << preset;
    EXPECT_EQ(found.front().frames, 20u) << preset;
    EXPECT_FALSE(found.front().error) << preset;
  }
}

TEST(Detect, SaysThatItCannotTellWhatIsTheSame) {
  const std::vector<Detected> found = Found(Encoded("kafka", 20));
  ASSERT_FALSE(found.empty());
  for (const std::string_view same : {"len32be", "kafka", "zookeeper", "thrift-framed"}) {
    EXPECT_TRUE(Names(found.front(), same)) << same;
  }
  // ... but not what has a smaller limit than the largest payload.
  const std::string large =
      Encoded("len32be", 5) + std::string("\0\1\x86\xa0", 4) + std::string(100000, 'x');
  const std::vector<Detected> limited = Found(large);
  ASSERT_FALSE(limited.empty());
  EXPECT_TRUE(Names(limited.front(), "len32be"));
  EXPECT_FALSE(Names(limited.front(), "castv2"));  // 64 KiB
}

std::string ReasonsFor(std::string_view preset) {
  const std::vector<Detected> found = Found(Encoded(preset, 10));
  const Detected* entry = Entry(found, preset);
  std::string reasons;
  if (entry == nullptr) return "not found";
  for (const std::string& reason : entry->reasons) reasons += reason + "\n";
  return reasons;
}

TEST(Detect, GivesReasons) {
  EXPECT_NE(ReasonsFor("dubbo").find("dabb in each of 10 frames\n"), std::string::npos);
  EXPECT_NE(ReasonsFor("hdlc").find("the checksum holds in each of 10 frames\n"),
            std::string::npos);
  EXPECT_NE(ReasonsFor("len32be").find("the last frame ends where the stream does\n"),
            std::string::npos);
}

TEST(Detect, SaysWhatTheSizesAre) {
  const std::string stream("\0\0\0\1a\0\0\0\2bc\0\0\0\7defghij", 22);
  const std::vector<Detected> found = Found(stream);
  const Detected* entry = Entry(found, "len32be");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->smallest, 5u);
  EXPECT_EQ(entry->median, 6u);
  EXPECT_EQ(entry->largest, 11u);
  EXPECT_EQ(entry->bytes, stream.size());
}

// Bytes that are nothing are taken for nothing, whatever their number.
TEST(Detect, FindsNothingInNoise) {
  std::mt19937_64 random(11);
  for (std::size_t size = 1; size < 100000; size += 1 + size / 2) {
    for (const Detected& entry : Found(Random(random, size))) {
      EXPECT_LT(entry.bits, kEnoughEvidence) << size << ": " << entry.spec;
    }
  }
  EXPECT_TRUE(Found("").empty());
  for (const Detected& entry : Found(std::string(10000, '\0'))) {
    EXPECT_LT(entry.bits, kEnoughEvidence) << entry.spec;
  }
}

TEST(Detect, TakesTextForLinesButIsNotSure) {
  std::string text;
  for (const char* word : {"the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"}) {
    text += std::string(word) + (text.size() % 3 == 0 ? "\n" : " ");
  }
  const std::vector<Detected> found = Found(text + "\n");
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(Names(found.front(), "line-lf")) << found.front().spec;
  EXPECT_LT(found.front().bits, kEnoughEvidence);
}

TEST(Detect, KnowsWhoSpeaks) {
  std::string stream = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (int i = 0; i < 4; ++i) stream += std::string("\0\0\4\x8\0\0\0\0\0\0\0\0\1", 13);
  const std::vector<Detected> found = Found(stream);
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(Names(found.front(), "http2"));
  EXPECT_EQ(found.front().side, Side::kClient);
  EXPECT_EQ(found.front().preamble, 24u);
  const std::vector<Detected> server = Found(stream, {.side = Side::kServer});
  EXPECT_TRUE(server.empty() || !Names(server.front(), "http2"));
}

TEST(Detect, TellsWhereAFramingStopsToHold) {
  const std::string good = Encoded("len32be", 20);
  const std::vector<Detected> found = Found(good + "\xff\xff\xff\xff and something else");
  const Detected* entry = Entry(found, "len32be");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->bytes, good.size());
  ASSERT_TRUE(entry->error);
  EXPECT_EQ(entry->error->code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(entry->error->offset, good.size());
  EXPECT_LT(entry->bits, Entry(Found(good), "len32be")->bits);
}

// The beginning of something longer may end anywhere; a whole stream should not.
TEST(Detect, KnowsABeginningFromAWhole) {
  const std::string stream = Encoded("len32be", 20);
  const std::string cut = stream.substr(0, stream.size() - 3);
  const std::vector<Detected> whole = Found(cut);
  ASSERT_NE(Entry(whole, "len32be"), nullptr);
  ASSERT_TRUE(Entry(whole, "len32be")->error);
  EXPECT_EQ(Entry(whole, "len32be")->error->code, FrameErrorCode::kTruncated);
  EXPECT_NE(Entry(Found(cut, {.cut_off = true}), "len32be"), nullptr);
}

TEST(Detect, IsDeterministic) {
  const std::string stream = Encoded("grpc", 30);
  const std::vector<Detected> once = Found(stream), twice = Found(stream);
  ASSERT_EQ(once.size(), twice.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].presets, twice[i].presets);
    EXPECT_EQ(once[i].bits, twice[i].bits);
    EXPECT_EQ(once[i].boundaries, twice[i].boundaries);
  }
}

}  // namespace
}  // namespace unstick::inline v0
