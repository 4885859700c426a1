#include "unstick/core/varint_framer.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "unstick/core/append_frame.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using Options = VarintFramer::Options;

ScanResult Judge(const Options& options, const std::string& bytes) {
  const auto framer = VarintFramer::Create(options);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  return framer->Scan(AsBytes(bytes), 0);
}
FrameErrorCode CodeOf(const ScanResult& result) {
  const auto* error = std::get_if<FrameError>(&result);
  EXPECT_NE(error, nullptr);
  return error != nullptr ? error->code : FrameErrorCode{};
}

TEST(VarintFramer, RefusesWhatCouldNeverFrame) {
  const Options wrong[] = {{.offset = 65536},
                           {.max_bytes = 0},
                           {.max_bytes = 11},
                           {.trailer = 65536},
                           {.max_payload = 0},
                           {.min_payload = 2, .max_payload = 1},
                           {.max_bytes = 1, .min_payload = 128}};
  for (const Options& options : wrong) {
    const auto framer = VarintFramer::Create(options);
    ASSERT_FALSE(framer.ok());
    EXPECT_EQ(framer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(framer.status().message().empty());
  }
}

// Row 7 of the bug classes: overlong, unterminated, too big.
TEST(VarintFramer, ANumberHasOneForm) {
  EXPECT_EQ(CodeOf(Judge({}, std::string("\x80\0", 2))), FrameErrorCode::kMalformedLength);
  EXPECT_EQ(CodeOf(Judge({}, std::string("\x81\x80\0", 3))), FrameErrorCode::kMalformedLength);
  EXPECT_EQ(CodeOf(Judge({}, "\xff\xff\xff\xff\xff")), FrameErrorCode::kMalformedLength);
  EXPECT_EQ(CodeOf(Judge({.max_bytes = 2}, "\xff\xff")), FrameErrorCode::kMalformedLength);
  const Extent lenient = std::get<Extent>(Judge({.lenient = true}, std::string("\x81\x80\0a", 4)));
  EXPECT_EQ(lenient, (Extent{4, 3, 1}));
}

TEST(VarintFramer, NumbersOfTenBytesDoNotOverflow) {
  const Options wide{.max_bytes = 10};
  const std::string nine(9, '\xff');
  EXPECT_EQ(CodeOf(Judge(wide, nine + "\x01")), FrameErrorCode::kPayloadTooLarge);  // 2^64 - 1
  EXPECT_EQ(CodeOf(Judge(wide, nine + "\x02")), FrameErrorCode::kMalformedLength);  // 2^65 - 1
  EXPECT_EQ(CodeOf(Judge(wide, nine + "\x81")), FrameErrorCode::kMalformedLength);
  const FrameError top = std::get<FrameError>(Judge(wide, nine + "\x01"));
  EXPECT_EQ(top.found, ~std::uint64_t{0});
  EXPECT_EQ(top.resume, ~std::uint64_t{0});  // saturated, not wrapped
}

TEST(VarintFramer, ChoosesTheShortestForm) {
  for (const std::size_t size : {0u, 127u, 128u, 16383u, 16384u}) {
    StreamBuffer out;
    ASSERT_FALSE(AppendFrame(VarintFramer(), AsBytes(std::string(size, 'x')), out));
    EXPECT_EQ(out.size() - size, size < 128 ? 1 : size < 16384 ? 2 : 3);
    const Extent extent = std::get<Extent>(VarintFramer().Scan(out.readable(), 0));
    EXPECT_EQ(extent.payload_size, size);
  }
}

TEST(VarintFramer, TheLimitIsClampedToWhatTheNumberCanCarry) {
  const auto framer = VarintFramer::Create({.max_bytes = 2});
  ASSERT_TRUE(framer.ok());
  EXPECT_EQ(framer->max_frame_size(), 2 + 16383);
}

TEST(FixedFramer, RefusesWhatCouldNeverFrame) {
  EXPECT_FALSE(FixedFramer::Create({.size = 0}).ok());
  EXPECT_FALSE(FixedFramer::Create({.size = kMaxContiguousPayload + 1}).ok());
  EXPECT_FALSE(FixedFramer::Create({.size = 1, .sync = "ab"}).ok());
  EXPECT_TRUE(FixedFramer::Create({.size = 2, .sync = "ab"}).ok());
}

TEST(FixedFramer, AWrongSyncIsToldAtItsByte) {
  const auto framer = FixedFramer::Create({.size = 188, .sync = "GO"});
  ASSERT_TRUE(framer.ok());
  EXPECT_EQ(std::get<NeedMore>(framer->Scan(AsBytes("G"), 0)).frame_size, 188);
  const FrameError error = std::get<FrameError>(framer->Scan(AsBytes("GX"), 0));
  EXPECT_EQ(error.code, FrameErrorCode::kBadMagic);
  EXPECT_EQ(error.found, 1);
}

}  // namespace
}  // namespace unstick::inline v0
