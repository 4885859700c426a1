// A framer made from options that no framing has is no other framing: it refuses every stream and
// every payload, and says why.

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0 {
namespace {

template <typename F>
void RefusesEverything(const typename F::Options& wrong) {
  EXPECT_FALSE(F::Create(wrong).ok());
  const F framer(wrong);
  EXPECT_FALSE(framer.usable());
  // As soon as there is what the first number or mark of a usable one might take.
  for (const std::string& stream : {std::string("\0\0\0\1a", 5), std::string("abc\n"),
                                    std::string(64, '\0'), std::string(64, '\xff')}) {
    FrameDecoder decoder(framer);
    std::size_t frames = 0;
    const DecodeResult result = decoder.Push(AsBytes(stream), [&](const FrameView&) { ++frames; });
    EXPECT_EQ(frames, 0u);
    ASSERT_EQ(result.kind(), DecodeResult::Kind::kError);
    EXPECT_EQ(result.error().rule, FrameRule::kWrongOptions);
  }
  for (const std::string& payload : {std::string(), std::string("a"), std::string(300, 'b')}) {
    StreamBuffer out;
    const std::optional<FrameError> refused = AppendFrame(framer, AsBytes(payload), out);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
    EXPECT_EQ(refused->obstacle, Obstacle::kOptions);
    EXPECT_TRUE(out.empty());
  }
  EXPECT_EQ(AnyFramer(framer).spec(), "");
}

TEST(WrongOptions, OfALengthField) {
  using Options = LengthFieldFramer::Options;
  for (const Options& wrong :
       {Options{.width = 9, .order = std::endian::little, .max_payload = 100}, Options{.width = 0},
        Options{.offset = 65536}, Options{.align = 0}, Options{.max_payload = 0},
        Options{.min_payload = 2, .max_payload = 1}, Options{.adjust = std::int64_t{1} << 40},
        Options{.width = 1, .adjust = -300}, Options{.trailer = 65536},
        Options{.header = std::size_t{1} << 20}, Options{.strip = std::size_t{1} << 20}}) {
    RefusesEverything<LengthFieldFramer>(wrong);
  }
}

TEST(WrongOptions, OfAVarint) {
  using Options = VarintFramer::Options;
  for (const Options& wrong :
       {Options{.max_bytes = 0}, Options{.max_bytes = 11}, Options{.offset = 65536},
        Options{.trailer = 65536}, Options{.max_payload = 0},
        Options{.min_payload = 2, .max_payload = 1}, Options{.max_bytes = 1, .min_payload = 128}}) {
    RefusesEverything<VarintFramer>(wrong);
  }
}

TEST(WrongOptions, OfDelimiters) {
  using Options = DelimiterFramer::Options;
  for (const Options& wrong :
       {Options{.ends = {}}, Options{.ends = {""}}, Options{.ends = {std::string(257, 'x')}},
        Options{.ends = std::vector<std::string>(17, "x")}, Options{.starts = {"a", "bc"}},
        Options{.trailer = 65536}, Options{.max_payload = 0},
        Options{.min_payload = 2, .max_payload = 1}}) {
    RefusesEverything<DelimiterFramer>(wrong);
  }
}

// These can only be made by Create().
TEST(WrongOptions, OfRecordsAndHeadersAreRefused) {
  EXPECT_FALSE(FixedFramer::Create({.size = 0}).ok());
  EXPECT_FALSE(FixedFramer::Create({.size = 1, .sync = "ab"}).ok());
  EXPECT_FALSE(HeaderFramer::Create(HeaderLayout::Native(), {.max_payload = 0}).ok());
  EXPECT_FALSE(
      HeaderFramer::Create(HeaderLayout::Native(), {.min_payload = 2, .max_payload = 1}).ok());
}

}  // namespace
}  // namespace unstick::inline v0
