#include "unstick/proto/dispatcher.h"

#include <cassert>
#include <exception>
#include <span>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "src/core/absl_compat.h"
#include "unstick/proto/metadata.h"
#include "unstick/proto/status.h"

namespace unstick::inline v0::proto {
namespace {

constexpr std::size_t kShownOfName = 100;

// A peer's type name, for messages: never longer than a line.
std::string Shown(const std::string& type_name) {
  if (type_name.size() <= kShownOfName) return type_name;
  return absl::StrCat(ToAbsl(std::string_view(type_name).substr(0, kShownOfName)), "...");
}

bool WantsReply(const v1::FrameMetadata& request) {
  return request.message_id() != 0 && request.reply_to_id() == 0;
}

v1::FrameMetadata ReplyMetadata(const v1::FrameMetadata& request,
                                const absl::StatusOr<std::unique_ptr<MessageLite>>& reply) {
  v1::FrameMetadata metadata;
  metadata.set_reply_to_id(request.message_id());
  if (reply.ok()) {
    metadata.set_type_name((*reply)->GetTypeName());
  } else {
    *metadata.mutable_status() = ToProto(reply.status());
  }
  return metadata;
}

absl::Status NotAnEnvelope() {
  return absl::InvalidArgumentError("the payload is no unstick.v1.Envelope");
}

}  // namespace

absl::Status Dispatcher::Add(std::string type_name, Erased&& handler) {
  const auto [at, added] = handlers_.try_emplace(std::move(type_name), std::move(handler));
  if (added) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(at->first, " has a handler already"));
}

absl::Status Dispatcher::ParseRequest(ByteView payload, MessageLite& request) {
  if (ParseMessage(payload, request).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the payload is no ", request.GetTypeName()));
}

Dispatcher::Reply Dispatcher::Run(const v1::FrameMetadata& metadata, ByteView payload) const {
  if (metadata.type_name().empty()) {
    return absl::InvalidArgumentError("the request names no type");
  }
  const auto handler = handlers_.find(metadata.type_name());
  if (handler == handlers_.end()) {
    return absl::UnimplementedError(
        absl::StrCat("nothing here handles ", Shown(metadata.type_name())));
  }
  try {
    return handler->second(metadata, payload);
  } catch (const std::exception&) {  // its text may tell what is no business of the peer
    return absl::UnknownError(absl::StrCat("the handler of ", metadata.type_name(), " threw"));
  }
}

std::optional<v1::Envelope> Dispatcher::Answer(const v1::Envelope& request) const {
  const v1::FrameMetadata& metadata = request.metadata();
  if (metadata.reply_to_id() != 0) return std::nullopt;
  const Reply reply = Run(metadata, AsBytes(request.payload()));
  if (!WantsReply(metadata)) return std::nullopt;
  if (!reply.ok()) return ErrorReply(metadata, reply.status());
  const absl::StatusOr<std::size_t> size = MeasureMessage(**reply);
  if (!size.ok()) {
    return ErrorReply(metadata, absl::InternalError("the reply cannot be serialised"));
  }
  v1::Envelope envelope;
  *envelope.mutable_metadata() = ReplyMetadata(metadata, reply);
  envelope.mutable_payload()->resize(*size);
  WriteMessage(**reply, std::as_writable_bytes(std::span(*envelope.mutable_payload())));
  return envelope;
}

std::optional<v1::Envelope> Dispatcher::AnswerPayload(ByteView payload) const {
  v1::Envelope request;
  if (ParseMessage(payload, request).ok()) return Answer(request);
  return ErrorReply(v1::FrameMetadata(), NotAnEnvelope());
}

v1::Envelope Dispatcher::ErrorReply(const v1::FrameMetadata& request, const absl::Status& why) {
  assert(!why.ok());
  v1::Envelope envelope;
  *envelope.mutable_metadata() = ReplyMetadata(request, why);
  return envelope;
}

absl::Status Dispatcher::AppendAnswer(const HeaderFramer& framer, const FrameView& request,
                                      StreamBuffer& out) const {
  v1::FrameMetadata metadata;
  Reply reply = absl::InvalidArgumentError("the header's metadata is no unstick.v1.FrameMetadata");
  if (ReadMetadata(framer, request, metadata).ok()) {
    if (metadata.reply_to_id() != 0) return absl::OkStatus();
    reply = Run(metadata, request.payload());
    if (!WantsReply(metadata)) return absl::OkStatus();
  }
  const v1::Envelope nothing;  // the payload of an error reply: no byte
  if (reply.ok()) {
    if (AppendMessage(framer, ReplyMetadata(metadata, reply), **reply, out).ok()) {
      return absl::OkStatus();
    }
    reply = absl::InternalError("the reply is more than the framing carries");
  }
  absl::Status appended = AppendMessage(framer, ReplyMetadata(metadata, reply), nothing, out);
  if (appended.ok()) return appended;
  const Reply shorter = absl::Status(reply.status().code(), "");  // a text over the header's limit
  return AppendMessage(framer, ReplyMetadata(metadata, shorter), nothing, out);
}

}  // namespace unstick::inline v0::proto
