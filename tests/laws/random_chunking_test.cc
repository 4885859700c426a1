// Large random streams, sound and damaged, in random cuts: every way to drive the decoder says what
// the whole stream says, and what the reference says. UNSTICK_TEST_SEED repeats a run.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/support/agreement.h"
#include "tests/support/delim_configs.h"
#include "tests/support/length_configs.h"
#include "tests/support/seed.h"
#include "tests/support/slow_build.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

// Mostly filler, now and then a letter that means something.
template <typename Config>
std::string RandomPayload(const Config& config, std::mt19937_64& random) {
  const std::size_t bound = std::size_t{1} << random() % 15;
  std::string payload(random() % (bound + 1), 'x');
  for (char& c : payload) {
    if (random() % 16 == 0) c = config.alphabet[random() % config.alphabet.size()];
  }
  return payload;
}
std::string RandomPayload(const FixedConfig& config, std::mt19937_64& random) {
  std::string payload = config.options.sync;
  while (payload.size() < config.options.size) payload += static_cast<char>(random());
  return payload;
}

// Frames as the framer itself writes them, of sizes around its limits and around the buffer's.
template <typename F, typename Config>
std::string RandomStream(const F& framer, const Config& config, std::mt19937_64& random,
                         std::size_t size) {
  StreamBuffer out;
  for (int tries = 0; out.size() < size && tries < 20'000; ++tries) {
    // Many of these cannot be framed; what can makes the stream.
    (void)AppendFrame(framer, AsBytes(RandomPayload(config, random)), out);
  }
  return std::string(AsText(out.readable()));
}

// Some bytes changed, some taken out, the end cut off.
std::string Damaged(std::string stream, std::mt19937_64& random) {
  for (int i = 0; i < 3 && !stream.empty(); ++i) {
    const std::size_t at = random() % stream.size();
    switch (random() % 3) {
      case 0:
        stream[at] = static_cast<char>(random());
        break;
      case 1:
        stream.erase(at, 1 + random() % 5);
        break;
      default:
        stream.insert(at, std::string(1 + random() % 3, static_cast<char>(random())));
    }
  }
  return stream.substr(0, stream.size() - random() % (stream.size() / 8 + 1));
}

template <typename F, typename Configs>
void CheckAll(const char* what, const Configs& configs) {
  const std::uint64_t seed = TestSeed();
  std::mt19937_64 random(seed);
  LawReport report;
  // A further run with other kernels than the processor's best: a vector is at most 64 bytes.
  const std::size_t again = std::getenv("UNSTICK_KERNELS") != nullptr ? 4 : 1;
  std::uint64_t bytes = 0, comparisons = 0;
  for (const auto& config : configs) {
    SCOPED_TRACE(config.name);
    const auto framer = F::Create(config.options);
    ASSERT_TRUE(framer.ok());
    for (int round = 0; round < 5; ++round) {
      const std::size_t size = std::size_t{300} << (2 * round);  // 300 bytes to 75 KiB
      std::string stream = RandomStream(*framer, config, random, size / (kSlowBuild ? 8 : again));
      if (round % 2 == 1) stream = Damaged(stream, random);
      bytes += stream.size();
      const LawOptions options{.random_cuts = 8, .every_way = false, .seed = random()};
      ASSERT_TRUE(CheckStream(*framer, AsBytes(stream), options, report)) << report.broken;
      if (stream.size() > 6000) continue;  // the reference copies the rest of it at each frame
      for (const OnError mode : {OnError::kFail, OnError::kSkip}) {
        ASSERT_EQ(Disagreement(*framer, config.spec, stream, mode), "");
        ++comparisons;
      }
    }
  }
  std::printf("%s: %llu bytes of streams, %llu chunkings, %llu comparisons\n", what,
              static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(report.chunkings),
              static_cast<unsigned long long>(comparisons));
  EXPECT_GT(bytes, configs.size() * 1000);
  EXPECT_GT(report.chunkings, 0);
  EXPECT_GT(comparisons, 0);
}

TEST(RandomChunking, LengthField) { CheckAll<LengthFieldFramer>("length", LengthConfigs()); }
TEST(RandomChunking, Varint) { CheckAll<VarintFramer>("varint", VarintConfigs()); }
TEST(RandomChunking, Delimiter) { CheckAll<DelimiterFramer>("delim", DelimConfigs()); }
TEST(RandomChunking, Fixed) { CheckAll<FixedFramer>("fixed", FixedConfigs()); }

}  // namespace
}  // namespace unstick::inline v0::testing
