// Encoding: what is accepted comes back, by our decoder and by the reference; what would not come
// back is refused (promises E1 and E2). All small payloads, all configurations, and all pairs of
// frames back to back, because a seam can forge a boundary that neither frame holds.

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/agreement.h"
#include "tests/support/delim_configs.h"
#include "tests/support/length_configs.h"
#include "tests/support/strings_over.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

template <typename F>
std::string Encoded(const F& framer, const std::string& payload) {
  StreamBuffer out;
  if (AppendFrame(framer, AsBytes(payload), out)) return {};
  return std::string(AsText(out.readable()));
}

template <typename F, typename Configs>
void CheckAll(const char* what, const Configs& configs) {
  LawReport report;
  std::size_t pairs = 0;
  for (const auto& config : configs) {
    const auto framer = F::Create(config.options);
    ASSERT_TRUE(framer.ok()) << config.name;
    std::vector<std::string> accepted;
    for (const std::string& payload : StringsOver(config.alphabet, 5)) {
      const std::uint64_t refused = report.refused;
      ASSERT_TRUE(CheckPayload(*framer, AsBytes(payload), report))
          << config.name << ": " << report.broken;
      if (report.refused != refused) continue;
      const std::string frame = Encoded(*framer, payload);
      const reference::Events due = {reference::Frame(0, frame.size(), payload),
                                     reference::End(frame.size())};
      ASSERT_EQ(Decode(config.spec, frame, reference::Mode::kFail), due)
          << config.name << ", payload " << Hex(AsBytes(payload)) << ", frame "
          << Hex(AsBytes(frame));
      if (accepted.size() < 150) accepted.push_back(payload);
    }
    EXPECT_FALSE(accepted.empty()) << config.name;
    for (const std::string& first : accepted) {
      for (const std::string& second : accepted) {
        const std::string one = Encoded(*framer, first), two = Encoded(*framer, second);
        const auto events = EventsOf(*framer, AsBytes(one + two));
        ASSERT_EQ(events.size(), 3) << config.name << ": " << Hex(AsBytes(one + two));
        ASSERT_EQ(events[0].payload, first) << config.name;
        ASSERT_EQ(events[1].payload, second) << config.name;
        ++pairs;
      }
    }
  }
  std::printf("%s: %llu payloads, %llu refused, %zu pairs\n", what,
              static_cast<unsigned long long>(report.payloads),
              static_cast<unsigned long long>(report.refused), pairs);
  EXPECT_GT(report.payloads, report.refused);
  EXPECT_GT(report.refused, 0);
  EXPECT_GT(pairs, 0);
}

TEST(Inverse, LengthField) { CheckAll<LengthFieldFramer>("length", LengthConfigs()); }
TEST(Inverse, Varint) { CheckAll<VarintFramer>("varint", VarintConfigs()); }
TEST(Inverse, Delimiter) { CheckAll<DelimiterFramer>("delim", DelimConfigs()); }
TEST(Inverse, Fixed) { CheckAll<FixedFramer>("fixed", FixedConfigs()); }

// Every pair of end marks of up to three letters against every payload of up to six: the encoder
// accepts exactly those that come back. A refusal too many is a failure too.
TEST(Inverse, DelimiterRefusesNoMoreThanItMust) {
  const std::vector<std::string> marks = StringsOver("ab", 3, 1);
  std::size_t refused = 0, accepted = 0;
  for (const std::string& first : marks) {
    for (const std::string& second : marks) {
      DelimiterFramer::Options options{.ends = {first}};
      reference::Delim spec{.ends = {first}};
      if (second != first) {
        options.ends.push_back(second);
        spec.ends.push_back(second);
      }
      const auto framer = DelimiterFramer::Create(options);
      ASSERT_TRUE(framer.ok());
      for (const std::string& payload : StringsOver("ab", 6)) {
        // Whatever follows: the frame must not depend on it.
        bool comes_back = true;
        for (const std::string behind : {"", "a", "b", "ab", "ba", "bb", "aa"}) {
          const std::string frame = payload + first;
          const auto events = Decode(spec, frame + behind, reference::Mode::kFail);
          comes_back &= events[0] == reference::Frame(0, frame.size(), payload);
        }
        const bool taken = !Encoded(*framer, payload).empty();
        ASSERT_EQ(taken, comes_back)
            << "ends " << first << " and " << second << ", payload " << payload;
        ++(taken ? accepted : refused);
      }
    }
  }
  std::printf("delim pairs: %zu accepted, %zu refused\n", accepted, refused);
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

// Sizes at and around every limit, for the widths whose limit a test can reach.
TEST(Inverse, LengthsAtTheLimits) {
  std::size_t accepted = 0;
  for (const std::size_t width : {1U, 2U, 3U}) {
    const std::size_t field_max = (std::size_t{1} << (8 * width)) - 1;
    const auto framer =
        LengthFieldFramer::Create({.width = width, .max_payload = kMaxContiguousPayload});
    ASSERT_TRUE(framer.ok());
    for (const std::size_t size : {field_max - 1, field_max, field_max + 1, field_max + 2}) {
      LawReport report;
      ASSERT_TRUE(CheckPayload(*framer, AsBytes(std::string(size, 'x')), report)) << report.broken;
      EXPECT_EQ(report.refused, size > field_max ? 1 : 0) << size;
      accepted += report.payloads - report.refused;
    }
  }
  EXPECT_EQ(accepted, 6);
}

// A size that no memory could hold is refused by what it says, before anything is allocated for it.
TEST(Inverse, ImpossibleSizesAreRefusedBeforeAnythingIsDone) {
  const LengthFieldFramer framer;
  for (const std::size_t size : {std::size_t{1} << 33, ~std::size_t{0}, ~std::size_t{0} - 4}) {
    StreamBuffer out;
    bool filled = false;
    const auto refused = AppendFrame(framer, size, [&](ByteSpan) { filled = true; }, out);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
    EXPECT_FALSE(filled);
    EXPECT_EQ(out.capacity(), 0);
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
