// All strings over an adversarial alphabet, each under all 2^(n-1) ways to cut it: the laws hold,
// the events are equal, and an independent reference decoder says the same, in every OnError mode.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/delim_configs.h"
#include "tests/support/exhaust.h"
#include "tests/support/length_configs.h"

namespace unstick::inline v0::testing {
namespace {

template <typename F, typename Configs>
void ExhaustAll(const std::string& what, const Configs& configs) {
  Effort total;
  for (const auto& config : configs) {
    const auto framer = F::Create(config.options);
    ASSERT_TRUE(framer.ok()) << config.name << ": " << framer.status().ToString();
    // Two letters make few strings: longer ones fit into the same time.
    const std::size_t longer = config.alphabet.size() == 2   ? 2
                               : config.alphabet.size() == 3 ? 1
                                                             : 0;
    total += Exhaust(config.name, *framer, config.spec, config.alphabet, kLongest + longer);
  }
  total.Print(what);
  EXPECT_GE(total.strings, configs.size() * 100);
  EXPECT_GT(total.chunkings, total.strings);
}

TEST(ExhaustiveChunking, LengthField) { ExhaustAll<LengthFieldFramer>("length", LengthConfigs()); }

TEST(ExhaustiveChunking, Varint) { ExhaustAll<VarintFramer>("varint", VarintConfigs()); }

TEST(ExhaustiveChunking, Delimiter) { ExhaustAll<DelimiterFramer>("delim", DelimConfigs()); }

TEST(ExhaustiveChunking, Fixed) { ExhaustAll<FixedFramer>("fixed", FixedConfigs()); }

}  // namespace
}  // namespace unstick::inline v0::testing
