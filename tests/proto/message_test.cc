// Messages in frames, without any I/O: every framing, every cut, bad messages, limits.

#include "unstick/proto/message.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "tests/proto/test_messages.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"
#include "unstick/v1/envelope.pb.h"

namespace unstick::proto {
namespace {

using ::testing::HasSubstr;
using Kind = DecodeResult::Kind;

// What came of a stream of EchoRequest messages.
struct Received {
  std::vector<std::string> messages;  // in text form; "bad" for one that does not parse
  Kind how_it_ended = Kind::kNeedMore;
  friend bool operator==(const Received&, const Received&) = default;
};

void Take(const DecodeResult& next, Received& received) {
  v1::EchoRequest message;
  const bool good = ParseMessage(next->payload(), message).ok();
  received.messages.push_back(good ? message.ShortDebugString() : "bad");
}

// Feeds the chunks that end at `cuts`.
Received Decode(const AnyFramer& framer, ByteView stream, std::vector<std::size_t> cuts) {
  FrameDecoder decoder(framer);
  Received received;
  std::size_t at = 0;
  cuts.push_back(stream.size());
  for (const std::size_t cut : cuts) {
    EXPECT_EQ(decoder.Feed(stream.subspan(at, cut - at)), cut - at);
    at = cut;
    while (DecodeResult next = decoder.Next()) Take(next, received);
  }
  decoder.Finish();
  DecodeResult next = decoder.Next();
  for (; next; next = decoder.Next()) Take(next, received);
  received.how_it_ended = next.kind();
  return received;
}

// All the cuts of a stream: whole, once at each byte, at every byte.
void ExpectAtEveryCut(const AnyFramer& framer, ByteView stream, const Received& expected) {
  EXPECT_EQ(Decode(framer, stream, {}), expected);
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    EXPECT_EQ(Decode(framer, stream, {cut}), expected) << "cut at " << cut;
    everywhere.push_back(cut);
  }
  EXPECT_EQ(Decode(framer, stream, everywhere), expected);
}

class EveryFraming : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryFraming, CarriesMessagesWhateverTheCuts) {
  const absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(GetParam());
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer stream;
  AnyFramer::State sent;
  Received expected{{}, Kind::kEnd};
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const v1::EchoRequest message = Request(i, "sticky");
    ASSERT_TRUE(AppendMessage(*framer, message, stream, sent).ok());
    expected.messages.push_back(message.ShortDebugString());
  }
  ExpectAtEveryCut(*framer, stream.readable(), expected);
}

TEST_P(EveryFraming, StaysInSyncAfterABadMessage) {
  const absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(GetParam());
  ASSERT_TRUE(framer.ok()) << framer.status();
  // As long as the good ones, for the framings that have a single size.
  std::string bad(kNoMessage);
  const v1::EchoRequest good = Request(7, "sticky");
  bad.resize(good.ByteSizeLong(), '!');
  StreamBuffer stream;
  AnyFramer::State sent;
  ASSERT_TRUE(AppendMessage(*framer, good, stream, sent).ok());
  ASSERT_EQ(AppendFrame(*framer, AsBytes(bad), stream, sent), std::nullopt);
  ASSERT_TRUE(AppendMessage(*framer, good, stream, sent).ok());
  ExpectAtEveryCut(*framer, stream.readable(),
                   {{good.ShortDebugString(), "bad", good.ShortDebugString()}, Kind::kEnd});
}

INSTANTIATE_TEST_SUITE_P(Framings, EveryFraming,
                         ::testing::Values("length:width=1", "length:width=4",
                                           "length:width=3,endian=little,counts=frame",
                                           "length:width=2,align=4,trailer=2", "varint",
                                           "delim:end='||'", "delim:end=0d0a0d0a", "fixed:size=10",
                                           "unstick"));

TEST(Messages, AnEmptyOneIsAMessageAndNotTheEnd) {
  StreamBuffer stream;
  ASSERT_TRUE(AppendMessage(VarintFramer(), v1::EchoRequest(), stream).ok());
  ASSERT_TRUE(AppendMessage(VarintFramer(), Request(1, ""), stream).ok());
  ASSERT_TRUE(AppendMessage(VarintFramer(), v1::EchoRequest(), stream).ok());
  EXPECT_EQ(AsText(stream.readable()), std::string_view("\0\2\x10\1\0", 5));
  ExpectAtEveryCut(VarintFramer(), stream.readable(), {{"", "sequence: 1", ""}, Kind::kEnd});
}

TEST(Messages, OneThatIsCutOffIsNeverDelivered) {
  StreamBuffer stream;
  ASSERT_TRUE(AppendMessage(VarintFramer(), Request(1, "a"), stream).ok());
  const std::size_t first = stream.size();
  ASSERT_TRUE(AppendMessage(VarintFramer(), Request(2, "b"), stream).ok());
  for (std::size_t size = first + 1; size < stream.size(); ++size) {
    ExpectAtEveryCut(VarintFramer(), stream.readable().first(size),
                     {{Request(1, "a").ShortDebugString()}, Kind::kError});
  }
}

TEST(Messages, WithVarintsAreWhatProtobufItselfDelimits) {
  std::ostringstream theirs;
  StreamBuffer ours;
  for (const std::string& text : {std::string("a"), std::string(300, 'b'), std::string()}) {
    const v1::EchoRequest message = Request(0, text);
    ASSERT_TRUE(google::protobuf::util::SerializeDelimitedToOstream(message, &theirs));
    ASSERT_TRUE(AppendMessage(VarintFramer(), message, ours).ok());
  }
  EXPECT_EQ(AsText(ours.readable()), theirs.str());
}

TEST(Messages, OverTheFramingsLimitAreRefusedBeforeAByteIsWritten) {
  const VarintFramer framer({.max_payload = 100});
  const std::size_t overhead = Request(0, std::string(90, 'x')).ByteSizeLong() - 90;
  StreamBuffer stream;
  const absl::Status refused =
      AppendMessage(framer, Request(0, std::string(101 - overhead, 'x')), stream);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("unstick.v1.EchoRequest"));
  EXPECT_TRUE(stream.empty());
  EXPECT_TRUE(AppendMessage(framer, Request(0, std::string(100 - overhead, 'x')), stream).ok());
  EXPECT_EQ(stream.size(), 101);
}

TEST(Messages, ThatForgeABoundaryAreRefused) {
  const DelimiterFramer lines = DelimiterFramer(DelimiterFramer::Lines());
  StreamBuffer stream;
  EXPECT_THAT(AppendMessage(lines, Request(0, "every string in field 1 starts with 0x0a"), stream),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(stream.empty());
}

// Says that it has a size, and counts how often it is written.
class Claims : public MessageLite {
 public:
  explicit Claims(std::size_t size) : size_(size) {}
  std::string GetTypeName() const override { return "test.Claims"; }
  MessageLite* New(google::protobuf::Arena*) const override { return new Claims(size_); }
  void Clear() override {}
  bool IsInitialized() const override { return true; }
  void CheckTypeAndMergeFrom(const MessageLite&) override {}
  std::size_t ByteSizeLong() const override { return size_; }
  int GetCachedSize() const override { return static_cast<int>(size_); }
  const char* _InternalParse(const char*, google::protobuf::internal::ParseContext*) override {
    ++parsed;
    return nullptr;
  }
  std::uint8_t* _InternalSerialize(std::uint8_t* target,
                                   google::protobuf::io::EpsCopyOutputStream*) const override {
    ++written;
    return target;
  }
  mutable int written = 0;
  int parsed = 0;

 private:
  std::size_t size_;
};

TEST(Messages, OverProtobufsOwnLimitAreNeitherWrittenNorRead) {
  static_assert(kMaxMessageSize == std::numeric_limits<int>::max());
  EXPECT_EQ(MeasureMessage(Claims(kMaxMessageSize)).value(), kMaxMessageSize);
  for (const std::size_t size : {kMaxMessageSize + 1, 2 * kMaxMessageSize + 10}) {
    Claims message(size);
    EXPECT_THAT(MeasureMessage(message), HasCode(absl::StatusCode::kInvalidArgument));
    StreamBuffer stream;
    EXPECT_THAT(AppendMessage(VarintFramer(), message, stream),
                HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_TRUE(stream.empty());
    EXPECT_EQ(stream.capacity(), 0);
    EXPECT_EQ(message.written, 0);
    const std::byte byte{};
    const ByteView claimed(&byte, size);  // only the size is looked at
    EXPECT_THAT(ParseMessage(claimed, message), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_EQ(message.parsed, 0);
  }
}

TEST(Messages, ABadOneLeavesNothingBehindAndIsNamed) {
  v1::EchoRequest message = Request(9, "from before");
  std::string half = Request(3, "parsed at first").SerializeAsString();
  half += kNoMessage;
  const absl::Status status = ParseMessage(AsBytes(half), message);
  EXPECT_THAT(status, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(status.message(), "bad message: " + std::to_string(half.size()) +
                                  " bytes that are no unstick.v1.EchoRequest");
  EXPECT_THAT(message, EqualsMessage(v1::EchoRequest()));
}

TEST(Messages, AGoodOneReplacesWhatWasThere) {
  v1::EchoRequest message = Request(9, "from before");
  ASSERT_TRUE(ParseMessage(AsBytes(Request(0, "new").SerializeAsString()), message).ok());
  EXPECT_THAT(message, EqualsMessage(Request(0, "new")));
  ASSERT_TRUE(ParseMessage({}, message).ok());
  EXPECT_THAT(message, EqualsMessage(v1::EchoRequest()));
}

TEST(Messages, WithoutARequiredFieldAreRefusedOnBothSidesAndNothingIsPrinted) {
  google::protobuf::UninterpretedOption::NamePart message;  // proto2, two required fields
  message.set_name_part("only one of them");
  StreamBuffer stream;
  ::testing::internal::CaptureStderr();
  const absl::Status sent = AppendMessage(VarintFramer(), message, stream);
  const absl::Status received = ParseMessage(AsBytes(message.SerializePartialAsString()), message);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(sent, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(sent.message()), HasSubstr("is_extension"));
  EXPECT_TRUE(stream.empty());
  EXPECT_THAT(received, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(message.has_name_part());
}

// Strings that are not UTF-8, wherever a message may have them: protobuf would write about each to
// stderr.
std::vector<v1::Envelope> NotUtf8() {
  const std::string bad = "caf\xe9";
  std::vector<v1::Envelope> messages(6);
  messages[0].mutable_metadata()->set_type_name(bad);
  messages[1].mutable_metadata()->set_content_type(bad);
  messages[2].mutable_metadata()->mutable_status()->set_message(bad);
  (*messages[3].mutable_metadata()->mutable_headers())["key"] = bad;
  (*messages[4].mutable_metadata()->mutable_headers())[bad] = "value";
  messages[5].mutable_metadata()->set_type_name("\xed\xa0\x80");  // half a surrogate pair
  return messages;
}

TEST(Messages, WithAStringThatIsNotUtf8AreRefusedOnBothSidesAndNothingIsPrinted) {
  for (const v1::Envelope& bad : NotUtf8()) {
    ::testing::internal::CaptureStderr();
    const std::string wire = bad.SerializeAsString();  // protobuf by itself does print
    EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
    ::testing::internal::CaptureStderr();
    v1::Envelope read;
    StreamBuffer stream;
    EXPECT_THAT(ParseMessage(AsBytes(wire), read), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(ParseMessage(AsBytes(wire + kNoMessage.data()), read),
                HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(AppendMessage(VarintFramer(), bad, stream),
                HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << bad.ShortDebugString();
    EXPECT_TRUE(stream.empty());
  }
}

// Protobuf judges what there is of a string that the end cuts off, and only then sees the end.
TEST(Messages, ThatEndInsideAStringAreRefusedAndNothingIsPrinted) {
  for (const std::string_view cut :
       {"\x0a\x13\xed\xa0\x08", "\x0a\x7f\xc3\x28", "\x0a\xff\x01\xc3"}) {
    v1::EchoRequest message;
    ::testing::internal::CaptureStderr();
    const bool good = ParseMessage(AsBytes(cut), message).ok();
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    EXPECT_FALSE(good);
  }
}

TEST(Messages, BytesAndStringsOfProto2NeedNotBeUtf8) {
  v1::Envelope bytes;
  bytes.set_payload("caf\xe9");
  v1::Envelope read;
  EXPECT_TRUE(ParseMessage(AsBytes(bytes.SerializeAsString()), read).ok());
  google::protobuf::FileDescriptorProto old;
  old.set_name("caf\xe9");
  google::protobuf::FileDescriptorProto read_old;
  EXPECT_TRUE(ParseMessage(AsBytes(old.SerializeAsString()), read_old).ok());
  StreamBuffer stream;
  EXPECT_TRUE(AppendMessage(VarintFramer(), old, stream).ok());
}

TEST(Messages, NestedDeeperThanProtobufAllowsAreBad) {
  // DescriptorProto.nested_type is field 3 and a DescriptorProto again.
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) {
      std::string outer = "\x1a";
      for (std::size_t rest = bytes.size();; rest >>= 7) {
        const bool more = rest >= 0x80;
        outer += static_cast<char>((rest & 0x7f) | (more ? 0x80u : 0u));
        if (!more) break;
      }
      bytes = outer + bytes;
    }
    return bytes;
  };
  google::protobuf::DescriptorProto message;
  EXPECT_TRUE(ParseMessage(AsBytes(nested(100)), message).ok());
  EXPECT_THAT(ParseMessage(AsBytes(nested(101)), message), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseMessage(AsBytes(nested(2'000)), message), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace unstick::proto
