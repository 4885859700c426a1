// Requests of any type with any payload, to handlers that answer, refuse, throw, or answer what
// cannot be sent: each message of a type that has a handler and parses is handled once, whichever
// way it came; anything else gets its error code; who wants no answer gets none; nothing is
// printed. What comes back reaches the one who asked, once, as what the handler said.
//
// Input: requests: a byte each for the type, the ids and the way in, then what the type is called
// if it is none that is known, and the payload, a size byte and its bytes each.

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/header_framer.h"
#include "unstick/proto/caller.h"
#include "unstick/proto/dispatcher.h"
#include "unstick/proto/message.h"
#include "unstick/proto/metadata.h"
#include "unstick/proto/status.h"
#include "unstick/v1/echo.pb.h"
#include "unstick/v1/envelope.pb.h"

namespace unstick::fuzz {
namespace {

using google::protobuf::FileDescriptorProto;
using google::protobuf::MessageLite;
using NamePart = google::protobuf::UninterpretedOption::NamePart;
using absl::StatusCode;

// A proto2 string may be anything: see protobuf_payload.cc.
void RequireNoLog(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  if (message.find("'google.protobuf.") == std::string::npos) Fail("protobuf printed: " + message);
}

int handled = 0;  // by any handler

proto::Dispatcher MakeDispatcher() {
  proto::Dispatcher dispatcher;
  (void)dispatcher.Handle<v1::EchoRequest>([](const v1::EchoRequest& request) {
    ++handled;
    v1::EchoReply reply;
    reply.set_text(request.text());
    reply.set_sequence(request.sequence());
    return reply;
  });
  (void)dispatcher.Handle<v1::EchoReply>(
      [](const v1::EchoReply& request) -> absl::StatusOr<v1::EchoReply> {
        ++handled;
        return absl::NotFoundError("no " + request.text());
      });
  (void)dispatcher.Handle<v1::Status>([](const v1::Status&) -> v1::EchoReply {
    ++handled;
    throw std::runtime_error("secret");
  });
  (void)dispatcher.Handle<FileDescriptorProto>([](const FileDescriptorProto&) {
    ++handled;
    return NamePart();  // without what it requires
  });
  return dispatcher;
}

template <typename T>
bool Parses(const std::string& payload) {
  T message;
  return proto::ParseMessage(AsBytes(payload), message).ok();  // which protobuf_payload.cc checks
}

// What the table in dispatcher.h says.
struct Outcome {
  int handled = 0;
  bool answers = false;
  StatusCode code = StatusCode::kOk;
};

Outcome Expected(const v1::Envelope& request) {
  const v1::FrameMetadata& metadata = request.metadata();
  if (metadata.reply_to_id() != 0) return {};
  Outcome outcome{.answers = metadata.message_id() != 0};
  const std::string& type = metadata.type_name();
  const auto known = [&](bool parses, StatusCode then) {
    outcome.handled = parses ? 1 : 0;
    outcome.code = parses ? then : StatusCode::kInvalidArgument;
    return outcome;
  };
  const std::string& payload = request.payload();
  if (type == "unstick.v1.EchoRequest") {
    return known(Parses<v1::EchoRequest>(payload), StatusCode::kOk);
  }
  if (type == "unstick.v1.EchoReply") {
    return known(Parses<v1::EchoReply>(payload), StatusCode::kNotFound);
  }
  if (type == "unstick.v1.Status") return known(Parses<v1::Status>(payload), StatusCode::kUnknown);
  if (type == "google.protobuf.FileDescriptorProto") {
    return known(Parses<FileDescriptorProto>(payload), StatusCode::kInternal);
  }
  outcome.code = type.empty() ? StatusCode::kInvalidArgument : StatusCode::kUnimplemented;
  return outcome;
}

// The reply to an EchoRequest, or why there is none.
void RequireReply(const v1::Envelope& request, const Outcome& outcome,
                  const v1::FrameMetadata& metadata, const std::string& payload) {
  const absl::Status status = proto::FromProto(metadata.status());
  if (status.code() != outcome.code) Fail("another answer: " + status.ToString());
  if (metadata.reply_to_id() != request.metadata().message_id()) Fail("an answer to another");
  // An answer may quote its request, so not if that has the word.
  const auto has_secret = [](std::string_view text) {
    return text.find("secret") != std::string_view::npos;
  };
  if (has_secret(std::string(status.message())) && !has_secret(request.SerializeAsString())) {
    Fail("the reply shows a secret");
  }
  if (status.message().size() > 4096 + request.payload().size()) Fail("a long story");
  if (!status.ok()) {
    if (!payload.empty() || !metadata.type_name().empty()) Fail("an error with a reply");
    return;
  }
  v1::EchoRequest asked;
  v1::EchoReply reply;
  if (!asked.ParseFromString(request.payload()) || !reply.ParseFromString(payload)) {
    Fail("the reply does not parse");
  }
  if (metadata.type_name() != reply.GetTypeName() || reply.text() != asked.text() ||
      reply.sequence() != asked.sequence()) {
    Fail("it is another's reply");
  }
}

template <typename Call>
auto Counted(const Outcome& outcome, std::size_t size, Call call) {
  handled = 0;
  const auto result = [&] {
    const Bounded bounded(100'000 + 100 * size, (64 << 10) + 64 * size);
    return call();
  }();
  if (handled != outcome.handled) Fail("handled " + std::to_string(handled) + " times");
  return result;
}

void RequireAnswer(const proto::Dispatcher& dispatcher, const v1::Envelope& request) {
  const Outcome outcome = Expected(request);
  const auto reply =
      Counted(outcome, request.payload().size(), [&] { return dispatcher.Answer(request); });
  if (reply.has_value() != outcome.answers) Fail("an answer too many or too few");
  if (reply) RequireReply(request, outcome, reply->metadata(), reply->payload());
}

// The same in bytes, one of which may be changed.
void RequirePayload(const proto::Dispatcher& dispatcher, std::string bytes, std::size_t change) {
  if (change != 0 && !bytes.empty()) {
    char& byte = bytes[change * 5 % bytes.size()];
    byte = static_cast<char>(byte ^ 1 << change % 8);
  }
  v1::Envelope request;
  const bool parses = proto::ParseMessage(AsBytes(bytes), request).ok();
  const Outcome outcome =
      parses ? Expected(request) : Outcome{.answers = true, .code = StatusCode::kInvalidArgument};
  if (!parses) request.Clear();
  const auto reply =
      Counted(outcome, bytes.size(), [&] { return dispatcher.AnswerPayload(AsBytes(bytes)); });
  if (reply.has_value() != outcome.answers) Fail("an answer too many or too few to a payload");
  if (reply) RequireReply(request, outcome, reply->metadata(), reply->payload());
}

// The same under the native header.
void RequireFrame(const proto::Dispatcher& dispatcher, const v1::Envelope& request) {
  const HeaderFramer framer;
  const std::string section = request.metadata().SerializeAsString();
  HeaderValues values;
  values.sections[0] = AsBytes(section);
  StreamBuffer stream;
  if (AppendFrame(framer.With(values), AsBytes(request.payload()), stream)) return;
  FrameCursor<HeaderFramer> cursor(framer, stream.readable());
  const DecodeResult frame = cursor.Next();
  if (!frame) Fail("the request's frame is lost");

  const Outcome outcome = Expected(request);
  StreamBuffer out;
  const absl::Status answered =
      Counted(outcome, stream.size(), [&] { return dispatcher.AppendAnswer(framer, *frame, out); });
  if (!answered.ok()) Fail("no answer: " + answered.ToString());
  FrameCursor<HeaderFramer> replies(framer, out.readable());
  const DecodeResult reply = replies.Next();
  if ((reply.kind() == DecodeResult::Kind::kFrame) != outcome.answers) {
    Fail("a frame too many or too few");
  }
  if (!reply) return;
  v1::FrameMetadata metadata;
  if (!proto::ReadMetadata(framer, *reply, metadata).ok()) Fail("metadata that cannot be read");
  RequireReply(request, outcome, metadata, std::string(reply->text()));
  if (replies.Next().kind() != DecodeResult::Kind::kEnd) Fail("two answers");
}

// Who asks hears what the handler said, once.
void RequireHeard(const proto::Dispatcher& dispatcher, const std::string& payload) {
  v1::EchoRequest request;
  if (!proto::ParseMessage(AsBytes(payload), request).ok()) return;
  proto::Caller caller;
  int heard = 0;
  absl::StatusOr<v1::Envelope> asked =
      caller.Ask<v1::EchoReply>(request, [&](const absl::StatusOr<v1::EchoReply>& reply) {
        ++heard;
        if (!reply.ok() || reply->text() != request.text()) Fail("it hears something else");
      });
  if (!asked.ok()) return;  // it cannot be serialised
  const std::optional<v1::Envelope> reply = dispatcher.Answer(*asked);
  if (!reply || !caller.Deliver(*reply) || caller.Deliver(*reply) || heard != 1) {
    Fail("a reply is not heard once");
  }
  if (caller.waiting() != 0) Fail("someone still waits");
}

std::string TakeTypeName(FuzzInput& input) {
  constexpr const char* kNames[] = {"unstick.v1.EchoRequest", "unstick.v1.EchoReply",
                                    "unstick.v1.Status",      "google.protobuf.FileDescriptorProto",
                                    "unstick.v1.Envelope",    ""};
  const std::size_t which = input.Below(8);
  if (which < 6) return kNames[which];
  std::string name = input.Text();
  for (char& c : name) c = static_cast<char>(c & 0x7f);
  return name;
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  static auto* const before = google::protobuf::SetLogHandler(fuzz::RequireNoLog);
  (void)before;
  static const auto* const dispatcher = new proto::Dispatcher(fuzz::MakeDispatcher());

  fuzz::FuzzInput input(data, size);
  for (int i = 0; i < 20 && !input.empty(); ++i) {
    v1::Envelope request;
    *request.mutable_metadata()->mutable_type_name() = fuzz::TakeTypeName(input);
    const std::size_t ids = input.Byte();
    request.mutable_metadata()->set_message_id(ids % 4);
    request.mutable_metadata()->set_reply_to_id(ids / 4 % 8 == 1 ? 5 : 0);
    const std::size_t change = input.Byte();
    request.set_payload(input.Text());
    fuzz::RequireAnswer(*dispatcher, request);
    fuzz::RequirePayload(*dispatcher, request.SerializeAsString(), change);
    fuzz::RequireFrame(*dispatcher, request);
    fuzz::RequireHeard(*dispatcher, request.payload());
  }
  return 0;
}
