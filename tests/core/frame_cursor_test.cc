#include "unstick/core/frame_cursor.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0 {
namespace {

using Kind = DecodeResult::Kind;

const LengthFieldFramer& U8() {
  static const LengthFieldFramer framer({.width = 1, .max_payload = 3});
  return framer;
}

TEST(FrameCursor, WalksADatagramWithoutCopying) {
  const std::string bytes = "\1a\2bc";
  FrameCursor cursor(U8(), AsBytes(bytes));
  const DecodeResult first = cursor.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->wire().data(), AsBytes(bytes).data());
  const DecodeResult second = cursor.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text(), "bc");
  EXPECT_EQ(second->stream_offset(), 2);
  EXPECT_EQ(cursor.Next().kind(), Kind::kEnd);
  EXPECT_EQ(cursor.Next().kind(), Kind::kEnd);
  EXPECT_EQ(cursor.stream_offset(), 5);
  EXPECT_TRUE(cursor.Unread().empty());
}

TEST(FrameCursor, NothingIsTheEndAtOnce) {
  FrameCursor cursor(U8(), {});
  EXPECT_EQ(cursor.Next().kind(), Kind::kEnd);
}

TEST(FrameCursor, NeverWantsMore) {
  FrameCursor cursor(U8(), AsBytes("\1a\3b"));
  ASSERT_TRUE(cursor.Next());
  const DecodeResult cut = cursor.Next();
  ASSERT_EQ(cut.kind(), Kind::kError);
  EXPECT_EQ(cut.error().code, FrameErrorCode::kTruncated);
  EXPECT_EQ(cursor.Next().kind(), Kind::kError);
  EXPECT_EQ(AsText(cursor.Unread()), "\3b");
}

TEST(FrameCursor, SkipsWhenAsked) {
  FrameCursor cursor(U8(), AsBytes("\4abcd\1e"), OnError::kSkip);
  const DecodeResult gap = cursor.Next();
  ASSERT_EQ(gap.kind(), Kind::kGap);
  EXPECT_EQ(gap.gap().skipped, 5);
  EXPECT_EQ(cursor.Next()->text(), "e");
  EXPECT_EQ(cursor.Next().kind(), Kind::kEnd);
}

TEST(FrameCursor, SaysThatScratchIsMissing) {
  const absl::StatusOr<AnyFramer> slip = AnyFramer::FromSpec("slip");
  ASSERT_TRUE(slip.ok()) << slip.status();
  const ByteView bytes = AsBytes("hello\xc0ok\xc0");
  std::array<std::byte, 9> scratch;
  for (std::size_t given = 0; given <= scratch.size(); ++given) {
    FrameCursor cursor(*slip, bytes, ByteSpan(scratch).first(given));
    const DecodeResult first = cursor.Next();
    ASSERT_EQ(first.kind(), given < 6 ? Kind::kError : Kind::kFrame) << given;
    if (first) {
      EXPECT_EQ(first->text(), "hello");
      continue;
    }
    EXPECT_EQ(first.error().code, FrameErrorCode::kPayloadTooLarge);
    EXPECT_EQ(first.error().obstacle, Obstacle::kScratch);
    EXPECT_EQ(first.error().ToString(),
              "payload_too_large at offset 0: this framing puts payloads together, for which a "
              "frame of 6 bytes takes as much scratch; given were " +
                  std::to_string(given));
  }
  FrameCursor without(*slip, bytes);
  EXPECT_EQ(without.Next().error().obstacle, Obstacle::kScratch);
}

TEST(FrameCursor, ScratchThatNobodyNeedsIsIgnored) {
  std::array<std::byte, 1> scratch;
  FrameCursor cursor(U8(), AsBytes("\3abc"), scratch);
  EXPECT_EQ(cursor.Next()->text(), "abc");
}

}  // namespace
}  // namespace unstick::inline v0
