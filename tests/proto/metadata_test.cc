// FrameMetadata in the native header.

#include "unstick/proto/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/proto/test_messages.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::proto {
namespace {

v1::FrameMetadata Full() {
  v1::FrameMetadata metadata;
  metadata.set_message_id(300);
  metadata.set_reply_to_id(7);
  metadata.set_type_name("unstick.v1.EchoRequest");
  metadata.set_content_type("application/protobuf");
  metadata.mutable_send_time()->set_seconds(1'795'223'580);
  metadata.mutable_status()->set_code(5);
  (*metadata.mutable_headers())["trace"] = "4bf92f35";
  (*metadata.mutable_headers())["tenant"] = "";
  return metadata;
}

TEST(Metadata, TravelsInTheHeaderBesideTheMessage) {
  const HeaderFramer framer;
  StreamBuffer stream;
  const v1::EchoRequest message = Request(1, "hello");
  ASSERT_TRUE(AppendMessage(framer, Full(), message, stream).ok());
  ASSERT_TRUE(AppendMessage(framer, v1::FrameMetadata(), message, stream).ok());
  ASSERT_TRUE(AppendMessage(framer, message, stream).ok());

  // As the wire format page draws it: 16 bytes, metadata, payload, checksum.
  const std::size_t bare = 16 + message.ByteSizeLong() + 4;
  EXPECT_EQ(stream.size(), 3 * bare + Full().ByteSizeLong());

  for (const std::size_t chunk : {stream.size(), std::size_t{1}, std::size_t{13}}) {
    FrameDecoder decoder(framer);
    std::vector<v1::FrameMetadata> seen;
    for (ByteView rest = stream.readable(); !rest.empty();) {
      const std::size_t n = std::min(chunk, rest.size());
      ASSERT_EQ(decoder.Feed(rest.first(n)), n);
      rest = rest.subspan(n);
      while (DecodeResult frame = decoder.Next()) {
        v1::FrameMetadata metadata = Full();  // must be forgotten
        v1::EchoRequest received;
        EXPECT_TRUE(ReadMetadata(framer, *frame, metadata).ok());
        EXPECT_TRUE(ParseMessage(frame->payload(), received).ok());
        EXPECT_THAT(received, EqualsMessage(message));
        seen.push_back(metadata);
      }
    }
    EXPECT_THAT(seen,
                ::testing::ElementsAre(EqualsMessage(Full()), EqualsMessage(v1::FrameMetadata()),
                                       EqualsMessage(v1::FrameMetadata())));
  }
}

TEST(Metadata, GoesWithPayloadsThatAreNoMessages) {
  const HeaderFramer framer;
  absl::StatusOr<MetadataSection> made = MetadataSection::Of(Full());
  ASSERT_TRUE(made.ok());
  const MetadataSection section = *std::move(made);  // what it borrows moves along
  StreamBuffer stream;
  ASSERT_EQ(AppendFrame(framer.With(section.values()), AsBytes("plain text"), stream),
            std::nullopt);
  FrameCursor<HeaderFramer> cursor(framer, stream.readable());
  const DecodeResult frame = cursor.Next();
  ASSERT_TRUE(frame);
  v1::FrameMetadata metadata;
  EXPECT_TRUE(ReadMetadata(framer, *frame, metadata).ok());
  EXPECT_THAT(metadata, EqualsMessage(Full()));
  EXPECT_EQ(frame->text(), "plain text");
}

// Short strings live inside the section object, long ones on the heap.
TEST(Metadata, SectionsOfAnySizeMayBeMoved) {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 100u}) {
    v1::FrameMetadata metadata;
    metadata.set_type_name(std::string(size, 't'));
    absl::StatusOr<MetadataSection> made = MetadataSection::Of(metadata);
    ASSERT_TRUE(made.ok());
    const auto moved = std::make_unique<MetadataSection>(*std::move(made));
    made = absl::UnknownError("gone");
    EXPECT_EQ(AsText(moved->values().sections[0]), metadata.SerializeAsString());
  }
}

TEST(Metadata, OverTheHeadersLimitIsRefusedBeforeAByteIsWritten) {
  v1::FrameMetadata metadata;
  metadata.set_content_type(std::string(65'535 - 4, 'x'));
  ASSERT_EQ(metadata.ByteSizeLong(), 65'535);
  StreamBuffer stream;
  EXPECT_TRUE(AppendMessage(HeaderFramer(), metadata, Request(1, "a"), stream).ok());
  const std::size_t size = stream.size();
  metadata.mutable_content_type()->push_back('x');
  EXPECT_THAT(AppendMessage(HeaderFramer(), metadata, Request(1, "a"), stream),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(stream.size(), size);
}

TEST(Metadata, ThatDoesNotParseCostsNeitherThePayloadNorTheFraming) {
  const HeaderFramer framer;
  HeaderValues values;
  values.sections[0] = AsBytes(kNoMessage);
  StreamBuffer stream;
  ASSERT_TRUE(AppendMessage(framer.With(values), Request(1, "first"), stream).ok());
  ASSERT_TRUE(AppendMessage(framer, Full(), Request(2, "second"), stream).ok());
  FrameCursor<HeaderFramer> cursor(framer, stream.readable());
  v1::FrameMetadata metadata = Full();
  v1::EchoRequest message;
  DecodeResult frame = cursor.Next();
  ASSERT_TRUE(frame);
  EXPECT_THAT(ReadMetadata(framer, *frame, metadata), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(metadata, EqualsMessage(v1::FrameMetadata()));
  EXPECT_TRUE(ParseMessage(frame->payload(), message).ok());
  EXPECT_THAT(message, EqualsMessage(Request(1, "first")));
  frame = cursor.Next();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(ReadMetadata(framer, *frame, metadata).ok());
  EXPECT_THAT(metadata, EqualsMessage(Full()));
}

TEST(Metadata, IsNotDroppedSilentlyWhereTheLayoutHasNoRoomForIt) {
  const absl::StatusOr<HeaderLayout> layout =
      HeaderLayout::Create({HeaderField::Constant("HI"), HeaderField::Length(2)});
  ASSERT_TRUE(layout.ok());
  const absl::StatusOr<HeaderFramer> framer = HeaderFramer::Create(*layout, {});
  ASSERT_TRUE(framer.ok());
  StreamBuffer stream;
  EXPECT_THAT(AppendMessage(*framer, Full(), Request(1, "a"), stream),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(stream.empty());
  ASSERT_TRUE(AppendMessage(*framer, Request(1, "a"), stream).ok());
  FrameCursor<HeaderFramer> cursor(*framer, stream.readable());
  const DecodeResult frame = cursor.Next();
  ASSERT_TRUE(frame);
  v1::FrameMetadata metadata = Full();
  EXPECT_TRUE(ReadMetadata(*framer, *frame, metadata).ok());
  EXPECT_THAT(metadata, EqualsMessage(v1::FrameMetadata()));
}

}  // namespace
}  // namespace unstick::proto
