#include "unstick/core/length_field_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace unstick::inline v0 {
namespace {

using ::testing::HasSubstr;
using Options = LengthFieldFramer::Options;

std::string Number(std::uint64_t value, std::size_t width, std::endian order = std::endian::big) {
  std::string bytes(width, '\0');
  StoreUint(std::as_writable_bytes(std::span(bytes)), value, width, order);
  return bytes;
}

// What a header that says `value` comes to, with nothing behind it.
ScanResult Judge(const Options& options, std::uint64_t value) {
  const auto framer = LengthFieldFramer::Create(options);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  const std::string header =
      std::string(options.offset, '\0') + Number(value, options.width, options.order);
  return framer->Scan(AsBytes(header), 0);
}

FrameErrorCode CodeOf(const ScanResult& result) {
  const auto* error = std::get_if<FrameError>(&result);
  EXPECT_NE(error, nullptr);
  return error != nullptr ? error->code : FrameErrorCode{};
}

TEST(LengthFieldFramer, RefusesWhatCouldNeverFrame) {
  struct Case {
    Options options;
    const char* name;  // the option at fault comes first
  };
  const Case cases[] = {{{.width = 0}, "width"},
                        {{.width = 9}, "width"},
                        {{.offset = 65536}, "offset"},
                        {{.width = 4, .header = 3}, "header"},
                        {{.header = 70000}, "header"},
                        {{.trailer = 65536}, "trailer"},
                        {{.align = 0}, "align"},
                        {{.align = 65537}, "align"},
                        {{.strip = 70000}, "strip"},
                        {{.adjust = std::int64_t{1} << 31}, "adjust"},
                        {{.adjust = -(std::int64_t{1} << 31)}, "adjust"},
                        {{.max_payload = 0}, "max"},
                        {{.min_payload = 3, .max_payload = 2}, "min"},
                        {{.width = 1, .adjust = -300}, "no payload"},  // 255 - 300 is below 0
                        {{.width = 1, .min_payload = 300, .max_payload = 400}, "no payload"},
                        {{.width = 1, .counts = Counts::kFrame, .header = 300}, "no payload"},
                        {{.width = 1, .adjust = 500, .max_payload = 400}, "no payload"}};
  for (const Case& c : cases) {
    const auto framer = LengthFieldFramer::Create(c.options);
    ASSERT_FALSE(framer.ok()) << c.name;
    EXPECT_EQ(framer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(framer.status().message()).find(c.name), 0) << framer.status().ToString();
  }
}

// Row 1 of the bug classes: position + length must not wrap around, whatever the field says.
TEST(LengthFieldFramer, NoLengthOverflows) {
  for (const std::size_t width : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
    for (const std::int64_t adjust : {0, 1, -1, 0x7fff'ffff, -0x7fff'ffff}) {
      for (const Counts counts : {Counts::kAfter, Counts::kPayload, Counts::kFrame}) {
        const auto framer = LengthFieldFramer::Create({.width = width,
                                                       .counts = counts,
                                                       .adjust = adjust,
                                                       .header = width + 40,
                                                       .align = 16,
                                                       .trailer = 7,
                                                       .max_payload = 1000});
        if (!framer.ok()) continue;
        for (int bit = 0; bit <= static_cast<int>(8 * width); ++bit) {
          for (const int step : {-1, 0, 1}) {
            const std::uint64_t power = bit == 64 ? 0 : std::uint64_t{1} << bit;
            const std::uint64_t value = (power + static_cast<std::uint64_t>(step)) & MaxUint(width);
            const std::string header = Number(value, width);
            const ScanResult result = framer->Scan(AsBytes(header), 0);
            if (const auto* more = std::get_if<NeedMore>(&result)) {
              EXPECT_LE(more->min_window, framer->max_frame_size());
              EXPECT_GE(more->min_window, width + 40);
            } else {
              ASSERT_TRUE(std::holds_alternative<FrameError>(result));
              const FrameError& error = std::get<FrameError>(result);
              if (error.recovery == Recovery::kKnownEnd) {
                EXPECT_GE(error.resume, width + 40 + 1000);
              }
            }
          }
        }
      }
    }
  }
}

TEST(LengthFieldFramer, LimitsAreThePayloads) {
  const Options options{.width = 2,
                        .counts = Counts::kFrame,
                        .header = 6,
                        .trailer = 3,
                        .min_payload = 2,
                        .max_payload = 10};
  EXPECT_EQ(CodeOf(Judge(options, 5)), FrameErrorCode::kLengthBelowHeader);
  EXPECT_EQ(CodeOf(Judge(options, 6)), FrameErrorCode::kPayloadTooSmall);
  EXPECT_EQ(CodeOf(Judge(options, 7)), FrameErrorCode::kPayloadTooSmall);
  EXPECT_EQ(std::get<NeedMore>(Judge(options, 8)).frame_size, 11);
  EXPECT_EQ(std::get<NeedMore>(Judge(options, 16)).frame_size, 19);
  EXPECT_EQ(CodeOf(Judge(options, 17)), FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(CodeOf(Judge(options, 65535)), FrameErrorCode::kPayloadTooLarge);
}

TEST(LengthFieldFramer, AnErrorSaysWhatWasFoundAndWhatIsAllowed) {
  const Options options{.max_payload = 100};
  const FrameError error = std::get<FrameError>(Judge(options, 0x47455420));  // "GET "
  EXPECT_EQ(error.code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(error.found, 0x47455420);
  EXPECT_EQ(error.allowed, 100);
  EXPECT_THAT(error.ToString(), HasSubstr("HTTP"));
  const FrameError below = std::get<FrameError>(Judge({.counts = Counts::kFrame}, 3));
  EXPECT_EQ(below.found, 3);
  EXPECT_EQ(below.allowed, 4);
}

TEST(LengthFieldFramer, TheLimitIsClampedToWhatTheFieldCanCarry) {
  const LengthFieldFramer one_byte({.width = 1});
  EXPECT_EQ(one_byte.max_frame_size(), 1 + 255);
  const LengthFieldFramer frame_counting({.width = 1, .counts = Counts::kFrame, .header = 10});
  EXPECT_EQ(frame_counting.max_frame_size(), 255);
  const LengthFieldFramer largest({.max_payload = ~std::uint64_t{0}});
  EXPECT_EQ(largest.max_frame_size(), 4 + kMaxContiguousPayload);
  // Wide fields with a large adjust either way: found by a fuzzer, which saw the sum overflow.
  const LengthFieldFramer minus({.width = 8, .adjust = -0x7fff'ffff});
  EXPECT_EQ(minus.max_frame_size(), 8 + kDefaultMaxPayload);
  const LengthFieldFramer plus(
      {.width = 8, .counts = Counts::kFrame, .adjust = 200, .header = 9, .max_payload = 1000});
  EXPECT_EQ(plus.max_frame_size(), 9 + 1000);
}

TEST(LengthFieldFramer, AlignmentIsOfHeaderAndPayloadAndTheTrailerComesOnTop) {
  const Options options{.width = 1, .align = 4, .trailer = 2};
  EXPECT_EQ(std::get<NeedMore>(Judge(options, 0)).frame_size, 4 + 2);
  EXPECT_EQ(std::get<NeedMore>(Judge(options, 3)).frame_size, 4 + 2);
  EXPECT_EQ(std::get<NeedMore>(Judge(options, 4)).frame_size, 8 + 2);
}

TEST(LengthFieldFramer, AHeaderMayBeDelivered) {
  const LengthFieldFramer framer({.offset = 1, .width = 1, .header = 3, .strip = 0});
  const std::string frame = "T\3Hab";
  const Extent extent = std::get<Extent>(framer.Scan(AsBytes(frame), 0));
  EXPECT_EQ(extent, (Extent{5, 0, 5}));
}

// The encoder's half of row 3: a length that does not fit is never cut to fit.
TEST(LengthFieldFramer, TheEncoderRefusesWhatTheFieldCannotSay) {
  const LengthFieldFramer framer({.width = 1});
  std::string header(1, '\xa5');
  const auto wrap = [&](std::size_t size) {
    return framer.Wrap(AsBytes(std::string(size, 'x')), std::as_writable_bytes(std::span(header)),
                       {});
  };
  EXPECT_FALSE(wrap(255));
  EXPECT_EQ(header, "\xff");
  header = "\xa5";
  const auto refused = wrap(256);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
  EXPECT_EQ(refused->found, 256);
  EXPECT_EQ(refused->allowed, 255);
  EXPECT_EQ(header, "\xa5");
}

}  // namespace
}  // namespace unstick::inline v0
