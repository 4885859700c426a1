#include "unstick/core/header_framer.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "unstick/core/append_frame.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/header_layout.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using Field = HeaderField;
using When = PayloadChecksum::When;

TEST(HeaderLayout, RefusesWhatCouldNeverFrame) {
  const std::vector<Field> good = {Field::Integer(1), Field::Length(1)};
  EXPECT_TRUE(HeaderLayout::Create(good).ok());
  const std::vector<std::vector<Field>> wrong = {
      {},
      {Field::Integer(1)},  // no length
      {Field::Length(0)},
      {Field::Length(9)},
      {Field::Integer(9), Field::Length(1)},
      {Field::Constant(""), Field::Length(1)},
      {Field::Constant(std::string(64, 'x')), Field::Length(1)},  // a fixed part of 65 bytes
      {Field::Version(1, 256), Field::Length(1)},
      {Field::Checksum(), Field::Checksum(), Field::Length(1)},
      std::vector<Field>(5, Field::Length(1)),
  };
  for (const auto& fields : wrong) {
    const auto layout = HeaderLayout::Create(fields);
    ASSERT_FALSE(layout.ok());
    EXPECT_EQ(layout.status().code(), absl::StatusCode::kInvalidArgument);
  }
  std::vector<Field> many(17, Field::Integer(1));
  many.push_back(Field::Length(1));
  EXPECT_FALSE(HeaderLayout::Create(many).ok());
  EXPECT_FALSE(HeaderLayout::Create(good, {.when = When::kFlagged, .flag_integer = 1}).ok());
  EXPECT_FALSE(HeaderLayout::Create(good, {.when = When::kFlagged, .flag_bit = 8}).ok());
  EXPECT_FALSE(
      HeaderLayout::Create(good, {.when = When::kFlagged, .flag_bit = 1, .reserved_bits = 2}).ok());
}

TEST(HeaderFramer, RefusesOptionsThatCouldNeverFrame) {
  const auto layout = HeaderLayout::Create({Field::Length(1)});
  ASSERT_TRUE(layout.ok());
  EXPECT_FALSE(HeaderFramer::Create(*layout, {.max_payload = 0}).ok());
  EXPECT_FALSE(HeaderFramer::Create(*layout, {.min_payload = 256}).ok());
  EXPECT_FALSE(HeaderFramer::Create(*layout, {.min_payload = 2, .max_payload = 1}).ok());
  EXPECT_FALSE(HeaderFramer::Create(*layout, {.max_section = std::size_t{17} << 20}).ok());
}

TEST(HeaderFramer, FieldsAreJudgedInWireOrder) {
  const HeaderFramer framer;
  const auto code = [&](const std::string& bytes) {
    return std::get<FrameError>(framer.Scan(AsBytes(bytes), 0)).code;
  };
  EXPECT_EQ(code("\xb7USX"), FrameErrorCode::kBadMagic);
  EXPECT_EQ(code("\xb7USX\2"), FrameErrorCode::kBadMagic);
  EXPECT_EQ(code("\xb7USK\2"), FrameErrorCode::kBadVersion);
  // Reserved flags, an impossible size and a wrong checksum: no length is believed unchecked.
  EXPECT_EQ(code(std::string("\xb7USK\1\xff\0\0\xff\xff\xff\xff????", 16)),
            FrameErrorCode::kBadChecksum);
}

TEST(HeaderFramer, ALayoutOfOnesOwn) {
  const auto layout = HeaderLayout::Create(
      {Field::Constant("PK"), Field::Version(1, 3), Field::Integer(2, std::endian::little),
       Field::Length(1), Field::Length(2), Field::Checksum()},
      {.when = When::kAlways});
  ASSERT_TRUE(layout.ok());
  EXPECT_EQ(layout->fixed_size(), 12);
  EXPECT_EQ(layout->sections(), 2);
  EXPECT_TRUE(layout->provable());
  const auto framer = HeaderFramer::Create(*layout, {});
  ASSERT_TRUE(framer.ok());
  const std::string name = "name";
  HeaderValues values;
  values.integers[0] = 0x1234;
  values.sections[0] = AsBytes(name);
  StreamBuffer out;
  ASSERT_FALSE(AppendFrame(framer->With(values), AsBytes("body"), out));
  EXPECT_EQ(AsText(out.readable().first(8)), std::string("PK\3\x34\x12\4\0\4", 8));
  EXPECT_EQ(AsText(out.readable().subspan(12, 8)), "namebody");
  EXPECT_EQ(out.size(), 12 + 4 + 4 + 4);

  FrameCursor cursor(*framer, out.readable());
  const DecodeResult frame = cursor.Next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->text(), "body");
  const HeaderValues read = framer->HeaderOf(*frame);
  EXPECT_EQ(read.integers[0], 0x1234);
  EXPECT_EQ(AsText(read.sections[0]), "name");

  values.integers[0] = 0x12345;  // more than its field holds
  EXPECT_TRUE(AppendFrame(framer->With(values), AsBytes("body"), out));
}

TEST(HeaderFramer, ASectionOverItsLimitIsABadHeader) {
  const auto framer = HeaderFramer::Create(HeaderLayout::Native(), {.max_section = 10});
  ASSERT_TRUE(framer.ok());
  const ScanResult result =
      framer->Scan(AsBytes(std::string("\xb7USK\1\0\0\x0b\0\0\0\0????", 16)), 0);
  EXPECT_EQ(std::get<FrameError>(result).code, FrameErrorCode::kBadHeader);
}

TEST(HeaderFramer, TheLeastAndTheLargestPayloadAreAllowed) {
  const auto layout = HeaderLayout::Create({Field::Length(1)});
  ASSERT_TRUE(layout.ok());
  const auto framer = HeaderFramer::Create(*layout, {.min_payload = 1, .max_payload = 2});
  ASSERT_TRUE(framer.ok());
  const auto ends = [&](const std::string& bytes) {
    return std::holds_alternative<Extent>(framer->Scan(AsBytes(bytes), 0));
  };
  EXPECT_FALSE(ends(std::string(1, '\0')));
  EXPECT_TRUE(ends("\1a"));
  EXPECT_TRUE(ends("\2ab"));
  EXPECT_FALSE(ends("\3abc"));
}

TEST(HeaderFramer, RecoveryNeedsAProof) {
  const auto unprovable = HeaderLayout::Create({Field::Constant("ab"), Field::Length(1)});
  ASSERT_TRUE(unprovable.ok());
  EXPECT_FALSE(unprovable->provable());
  const auto framer = HeaderFramer::Create(*unprovable, {});
  ASSERT_TRUE(framer.ok());
  FrameCursor cursor(*framer, AsBytes("xxab\1y"), OnError::kResync);
  EXPECT_EQ(cursor.Next().kind(), DecodeResult::Kind::kError);  // it does not guess
}

}  // namespace
}  // namespace unstick::inline v0
