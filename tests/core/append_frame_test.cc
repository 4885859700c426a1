#include "unstick/core/append_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0 {
namespace {

TEST(AppendFrame, CopiesAPayload) {
  StreamBuffer out;
  EXPECT_FALSE(AppendFrame(LengthFieldFramer({.width = 2}), AsBytes("hi"), out));
  EXPECT_FALSE(AppendFrame(LengthFieldFramer({.width = 2}), AsBytes(""), out));
  EXPECT_EQ(AsText(out.readable()), std::string("\0\2hi\0\0", 6));
}

TEST(AppendFrame, LetsThePayloadBeWrittenInPlace) {
  StreamBuffer out;
  const auto fill = [](ByteSpan place) {
    EXPECT_EQ(place.size(), 3);
    std::ranges::fill(place, std::byte{'x'});
  };
  EXPECT_FALSE(AppendFrame(DelimiterFramer{}, 3, fill, out));
  EXPECT_EQ(AsText(out.readable()), "xxx\n");
}

TEST(AppendFrame, ARefusalLeavesTheBufferAsItWas) {
  StreamBuffer out;
  EXPECT_FALSE(AppendFrame(DelimiterFramer{}, AsBytes("good"), out));
  const auto refused = AppendFrame(DelimiterFramer{}, AsBytes("two\nlines"), out);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
  EXPECT_EQ(AsText(out.readable()), "good\n");
}

}  // namespace
}  // namespace unstick::inline v0
