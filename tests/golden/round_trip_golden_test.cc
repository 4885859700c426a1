// Every captured stream, decoded with the bytes around its payloads and encoded again, is the same
// stream: what `decode --headers | encode` does. Where a format leaves it open how the same frames
// are written, the table below says so, and the frames come back.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/golden/golden_stream.h"
#include "tests/support/round_trip.h"
#include "tests/support/seed.h"

namespace unstick::inline v0::testing {
namespace {

// What two writers may do differently with the same frame, and nothing delivered says.
enum class Freedom {
  kNone,
  kChunks,     // how a message is cut into chunks
  kFragments,  // the same, and with the fragments delivered one by one the stream comes back
  kEscapes,    // which of several escaped forms the same bytes have
};

Freedom FreedomOf(const std::string& name) {
  static const std::map<std::string, Freedom> table = {
      // Messages in several chunks; written in as few as there can be.
      {"avro-http/avsc.c2s", Freedom::kChunks},
      {"bolt/neo4j-driver.c2s", Freedom::kChunks},
      // A message in two chunks of OPC UA's own, each with a header of 24 bytes.
      {"opc-ua/node-opcua-chunks.s2c", Freedom::kFragments},
      // An empty block behind a full one that ends the message; the shorter form has none.
      {"cobs/npm-cobs.c2s", Freedom::kEscapes},
  };
  const auto found = table.find(name);
  return found == table.end() ? Freedom::kNone : found->second;
}

std::vector<std::string> Payloads(const Told& told) {
  std::vector<std::string> payloads;
  for (const Told::Frame& frame : told.frames) payloads.push_back(frame.payload);
  return payloads;
}

class RoundTrip : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(RoundTrip, GivesTheBytesBackOutOfAnyCuts) {
  const GoldenStream golden = ReadGoldenStream(GetParam());
  const auto framer = golden.Framer();
  ASSERT_TRUE(framer.ok()) << framer.status().ToString();
  const Told told = Tell(*framer, golden.bytes);
  ASSERT_EQ(told.error, "");
  ASSERT_FALSE(told.frames.empty());

  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 10; ++i) {
    const std::size_t most = 1 + golden.bytes.size() / 64 + random() % 64;
    ASSERT_TRUE(Tell(*framer, golden.bytes, [&](std::size_t) { return 1 + random() % most; }) ==
                told);
  }
  if (FreedomOf(golden.name) == Freedom::kNone) {
    EXPECT_EQ(WhyNotBack(*framer, told, golden.bytes), "");
    return;
  }
  std::string refusal;
  const auto back = TellBack(*framer, told, refusal);
  ASSERT_TRUE(back.has_value()) << refusal;
  EXPECT_NE(*back, golden.bytes) << "comes back: it has no freedom";
  const Told again = Tell(*framer, *back);
  EXPECT_EQ(Payloads(again), Payloads(told)) << again.error;
  EXPECT_EQ(WhyNotBack(*framer, again, *back), "");
  if (FreedomOf(golden.name) == Freedom::kFragments) {
    const auto apart = golden.Framer({.join = false});
    ASSERT_TRUE(apart.ok());
    EXPECT_EQ(WhyNotBack(*apart, Tell(*apart, golden.bytes), golden.bytes), "");
  }
}

std::string Name(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = ReadGoldenStream(info.param).name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Captured, RoundTrip, ::testing::ValuesIn(GoldenFiles()), Name);

TEST(RoundTrips, AreOfEveryStream) {
  std::set<std::string> free;
  for (const auto& path : GoldenFiles()) {
    const std::string name = ReadGoldenStream(path).name;
    if (FreedomOf(name) != Freedom::kNone) free.insert(name);
  }
  EXPECT_GE(GoldenFiles().size(), 218u);
  EXPECT_EQ(free.size(), 4u) << "a stream of the table is no longer there";
}

}  // namespace
}  // namespace unstick::inline v0::testing
