// Random described framings, with every kind and clause: what fuzz/described_spec.cc asks of each,
// asked of many. UNSTICK_TEST_SEED repeats a run.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "fuzz/described_laws.h"
#include "tests/support/seed.h"
#include "tests/support/slow_build.h"

namespace unstick::inline v0::testing {
namespace {

// Small bytes are as frequent as all others together: choices, lengths and sizes are small numbers.
std::vector<std::uint8_t> RandomInput(std::mt19937_64& random) {
  std::vector<std::uint8_t> input(84 + random() % (std::size_t{1} << random() % 9));
  for (std::uint8_t& byte : input) {
    byte = static_cast<std::uint8_t>(random() % 2 == 0 ? random() % 6 : random());
  }
  return input;
}

TEST(DescribedSpecs, KeepTheLawsAndSayWhatTheReferenceSays) {
  std::mt19937_64 random(TestSeed());
  fuzz::Tally tally;
  const int rounds = kSlowBuild ? 5000 : 100'000;
  for (int i = 0; i < rounds; ++i) {
    const std::vector<std::uint8_t> input = RandomInput(random);
    ASSERT_EQ(fuzz::BrokenByDescribed(input.data(), input.size(), tally), "");
  }
  std::printf("%llu specs, %llu refused, %llu payloads came back, %llu frames, %llu returned:",
              static_cast<unsigned long long>(tally.specs),
              static_cast<unsigned long long>(tally.refused),
              static_cast<unsigned long long>(tally.payloads),
              static_cast<unsigned long long>(tally.frames),
              static_cast<unsigned long long>(tally.returned));
  for (const auto& [kind, frames] : tally.frames_of) {
    std::printf(" %s %llu", kind.c_str(), static_cast<unsigned long long>(frames));
    EXPECT_GT(frames, kSlowBuild ? 0 : 50) << kind;
  }
  std::printf("\n");
  EXPECT_GT(tally.specs, 2 * tally.refused);
  EXPECT_GT(tally.payloads, tally.specs / 8);
  EXPECT_GT(tally.returned, tally.frames / 2);
  EXPECT_EQ(tally.frames_of.size(), 12) << "not every kind was tried";
}

}  // namespace
}  // namespace unstick::inline v0::testing
