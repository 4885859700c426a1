// Whatever a request is, it is answered, and never by dying.

#include "unstick/proto/dispatcher.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/proto/test_messages.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/proto/metadata.h"
#include "unstick/v1/echo.pb.h"
#include "unstick/v1/envelope.pb.h"

namespace unstick::proto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Envelope Envelop(std::uint64_t id, const std::string& type, const std::string& payload) {
  v1::Envelope envelope;
  envelope.mutable_metadata()->set_message_id(id);
  envelope.mutable_metadata()->set_type_name(type);
  envelope.set_payload(payload);
  return envelope;
}
v1::Envelope Ask(const std::string& text) {
  return Envelop(7, "unstick.v1.EchoRequest", Request(1, text).SerializeAsString());
}

v1::EchoReply Echo(const v1::EchoRequest& request) {
  v1::EchoReply reply;
  reply.set_text(request.text());
  return reply;
}

// Echoes, and fails on request.
absl::StatusOr<v1::EchoReply> EchoOrFail(const v1::EchoRequest& request) {
  if (request.text() == "fail") return absl::NotFoundError("there is no such echo");
  if (request.text() == "fail in latin-1") return absl::NotFoundError("caf\xe9");
  if (request.text() == "fail at length") return absl::NotFoundError(std::string(100'000, 'x'));
  if (request.text() == "throw") throw std::runtime_error("a secret");
  if (request.text() == "grow") {
    v1::EchoReply large;
    large.set_text(std::string(9 << 20, 'x'));
    return large;
  }
  return Echo(request);
}

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() { EXPECT_TRUE(dispatcher_.Handle<v1::EchoRequest>(EchoOrFail).ok()); }

  // The reply has to be one to request 7.
  v1::Envelope Answered(const v1::Envelope& request) {
    const std::optional<v1::Envelope> reply = dispatcher_.Answer(request);
    EXPECT_TRUE(reply.has_value());
    if (!reply) return {};
    EXPECT_EQ(reply->metadata().reply_to_id(), 7);
    EXPECT_EQ(reply->metadata().message_id(), 0);
    return *reply;
  }
  void ExpectFails(const v1::Envelope& request, absl::StatusCode code, const char* text) {
    const v1::Envelope reply = Answered(request);
    EXPECT_EQ(reply.metadata().status().code(), static_cast<int>(code)) << reply.ShortDebugString();
    EXPECT_THAT(reply.metadata().status().message(), HasSubstr(text));
    EXPECT_EQ(reply.payload(), "");
    EXPECT_EQ(reply.metadata().type_name(), "");
  }

  Dispatcher dispatcher_;
};

TEST_F(DispatcherTest, CallsTheHandlerOfTheType) {
  const v1::Envelope reply = Answered(Ask("hello"));
  EXPECT_FALSE(reply.metadata().has_status());
  EXPECT_EQ(reply.metadata().type_name(), "unstick.v1.EchoReply");
  v1::EchoReply message;
  ASSERT_TRUE(ParseMessage(AsBytes(reply.payload()), message).ok());
  EXPECT_EQ(message.text(), "hello");
}

TEST_F(DispatcherTest, AnEmptyRequestIsARequest) {
  const v1::Envelope reply = Answered(Envelop(7, "unstick.v1.EchoRequest", ""));
  EXPECT_FALSE(reply.metadata().has_status());
  EXPECT_EQ(reply.metadata().type_name(), "unstick.v1.EchoReply");
  EXPECT_EQ(reply.payload(), "");
}

TEST_F(DispatcherTest, AnswersWhatItCannotServeWithAnError) {
  using enum absl::StatusCode;
  ExpectFails(Envelop(7, "acme.Unheard", "x"), kUnimplemented, "acme.Unheard");
  ExpectFails(Envelop(7, "", ""), kInvalidArgument, "names no type");
  ExpectFails(Envelop(7, "unstick.v1.EchoRequest", std::string(kNoMessage)), kInvalidArgument,
              "no unstick.v1.EchoRequest");
  ExpectFails(Ask("fail"), kNotFound, "there is no such echo");
  ExpectFails(Ask("fail in latin-1"), kNotFound, "caf?");
}

TEST_F(DispatcherTest, AHandlerThatThrowsIsAnErrorThatTellsNoSecret) {
  ExpectFails(Ask("throw"), absl::StatusCode::kUnknown, "unstick.v1.EchoRequest threw");
  EXPECT_THAT(Answered(Ask("throw")).ShortDebugString(), Not(HasSubstr("secret")));
}

TEST_F(DispatcherTest, APeerCannotMakeErrorsLong) {
  const v1::Envelope reply = Answered(Envelop(7, std::string(1 << 20, 'x'), ""));
  EXPECT_LT(reply.ByteSizeLong(), 200);
}

TEST_F(DispatcherTest, AReplyThatLacksARequiredFieldIsAnInternalError) {
  using Part = google::protobuf::UninterpretedOption::NamePart;
  ASSERT_TRUE(dispatcher_.Handle<v1::EchoReply>([](const v1::EchoReply&) { return Part(); }).ok());
  ExpectFails(Envelop(7, "unstick.v1.EchoReply", ""), absl::StatusCode::kInternal,
              "cannot be serialised");
}

TEST_F(DispatcherTest, NeverAnswersRepliesNorOneWayMessages) {
  int calls = 0;
  Dispatcher counting;
  ASSERT_TRUE(counting
                  .Handle<v1::EchoRequest>([&calls](const v1::EchoRequest& request) {
                    ++calls;
                    return Echo(request);
                  })
                  .ok());
  v1::Envelope envelope = Ask("hello");
  envelope.mutable_metadata()->set_message_id(0);
  EXPECT_FALSE(counting.Answer(envelope).has_value());
  EXPECT_EQ(calls, 1);  // one-way: handled all the same
  envelope.mutable_metadata()->set_reply_to_id(7);
  EXPECT_FALSE(counting.Answer(envelope).has_value());
  envelope.mutable_metadata()->set_message_id(7);
  EXPECT_FALSE(counting.Answer(envelope).has_value());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(counting.Answer(Envelop(0, "acme.Unheard", "")).has_value());
}

// Two dispatchers that are connected to each other fall silent whatever comes first.
TEST_F(DispatcherTest, TwoOfThemDoNotPlayPingPong) {
  for (const v1::Envelope& first :
       {Ask("hello"), Ask("fail"), Envelop(7, "acme.Unheard", ""), Envelop(0, "", "")}) {
    std::optional<v1::Envelope> message = first;
    int passes = 0;
    for (; message && passes < 10; ++passes) message = dispatcher_.Answer(*message);
    EXPECT_LE(passes, 2) << first.ShortDebugString();
  }
  std::optional<v1::Envelope> message = dispatcher_.AnswerPayload(AsBytes(kNoMessage));
  ASSERT_TRUE(message.has_value());
  EXPECT_FALSE(dispatcher_.Answer(*message).has_value());
}

TEST_F(DispatcherTest, APayloadThatIsNoEnvelopeIsAnswered) {
  const std::optional<v1::Envelope> reply = dispatcher_.AnswerPayload(AsBytes(kNoMessage));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->metadata().status().code(), 3);
  EXPECT_EQ(reply->metadata().reply_to_id(), 0);
  EXPECT_TRUE(dispatcher_.AnswerPayload(AsBytes(Ask("hello").SerializeAsString())).has_value());
}

TEST_F(DispatcherTest, HandlersMayLookAtTheMetadata) {
  Dispatcher dispatcher;
  ASSERT_TRUE(
      dispatcher
          .Handle<v1::EchoRequest>([](const v1::EchoRequest&, const v1::FrameMetadata& metadata) {
            v1::EchoReply reply;
            reply.set_text(metadata.headers().at("tenant"));
            return reply;
          })
          .ok());
  v1::Envelope request = Ask("");
  (*request.mutable_metadata()->mutable_headers())["tenant"] = "acme";
  const std::optional<v1::Envelope> reply = dispatcher.Answer(request);
  ASSERT_TRUE(reply.has_value());
  v1::EchoReply message;
  ASSERT_TRUE(ParseMessage(AsBytes(reply->payload()), message).ok());
  EXPECT_EQ(message.text(), "acme");
}

TEST_F(DispatcherTest, ATypeHasOneHandler) {
  EXPECT_THAT(
      dispatcher_.Handle<v1::EchoRequest>([](const v1::EchoRequest&) { return v1::EchoReply(); }),
      HasCode(absl::StatusCode::kAlreadyExists));
  v1::EchoReply message;
  ASSERT_TRUE(ParseMessage(AsBytes(Answered(Ask("hello")).payload()), message).ok());
  EXPECT_EQ(message.text(), "hello");  // still the first one
}

// The same with the metadata in the native header.
class NativeDispatcherTest : public DispatcherTest {
 protected:
  // What the stream holds after one request: nothing, or one frame.
  std::optional<v1::Envelope> AnswerNative(const HeaderFramer& framer, ByteView metadata,
                                           const std::string& payload) {
    HeaderValues values;
    values.sections[0] = metadata;
    StreamBuffer in;
    StreamBuffer out;
    EXPECT_EQ(AppendFrame(framer.With(values), AsBytes(payload), in), std::nullopt);
    FrameCursor<HeaderFramer> requests(framer, in.readable());
    const DecodeResult request = requests.Next();
    EXPECT_TRUE(request);
    EXPECT_TRUE(dispatcher_.AppendAnswer(framer, *request, out).ok());
    if (out.empty()) return std::nullopt;
    FrameCursor<HeaderFramer> replies(framer, out.readable());
    const DecodeResult reply = replies.Next();
    EXPECT_TRUE(reply);
    v1::Envelope envelope;
    EXPECT_TRUE(ReadMetadata(framer, *reply, *envelope.mutable_metadata()).ok());
    envelope.set_payload(reply->CopyPayload());
    EXPECT_EQ(replies.Next().kind(), DecodeResult::Kind::kEnd);
    return envelope;
  }
  std::optional<v1::Envelope> AnswerNative(const v1::Envelope& request) {
    return AnswerNative(HeaderFramer(), AsBytes(request.metadata().SerializeAsString()),
                        request.payload());
  }
};

TEST_F(NativeDispatcherTest, SaysTheSameAsWithEnvelopes) {
  for (const v1::Envelope& request :
       {Ask("hello"), Ask("fail"), Ask("throw"), Envelop(7, "acme.Unheard", "x"),
        Envelop(7, "", ""), Envelop(7, "unstick.v1.EchoRequest", std::string(kNoMessage)),
        Envelop(0, "unstick.v1.EchoRequest", ""), Envelop(0, "acme.Unheard", "")}) {
    const std::optional<v1::Envelope> expected = dispatcher_.Answer(request);
    const std::optional<v1::Envelope> reply = AnswerNative(request);
    ASSERT_EQ(reply.has_value(), expected.has_value()) << request.ShortDebugString();
    if (reply) {
      EXPECT_THAT(*reply, EqualsMessage(*expected));
    }
  }
  v1::Envelope reply = Ask("hello");
  reply.mutable_metadata()->set_reply_to_id(1);
  EXPECT_FALSE(AnswerNative(reply).has_value());
}

TEST_F(NativeDispatcherTest, MetadataThatDoesNotParseIsAnswered) {
  const std::optional<v1::Envelope> reply = AnswerNative(HeaderFramer(), AsBytes(kNoMessage), "");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->metadata().status().code(), 3);
}

TEST_F(NativeDispatcherTest, AReplyOverTheLimitBecomesAnError) {
  const std::optional<v1::Envelope> reply = AnswerNative(Ask("grow"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->metadata().status().code(), 13);
  EXPECT_EQ(reply->metadata().reply_to_id(), 7);
  EXPECT_EQ(reply->payload(), "");
}

TEST_F(NativeDispatcherTest, AnErrorTextOverTheLimitIsLeftOut) {
  const std::optional<v1::Envelope> reply = AnswerNative(Ask("fail at length"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->metadata().status().code(), 5);
  EXPECT_EQ(reply->metadata().status().message(), "");
  EXPECT_EQ(reply->metadata().reply_to_id(), 7);
}

}  // namespace
}  // namespace unstick::proto
