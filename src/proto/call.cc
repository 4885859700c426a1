#include "unstick/proto/call.h"

#include <span>

#include "unstick/proto/caller.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::inline v0::proto::detail {
namespace {

absl::StatusOr<std::string> Serialized(const MessageLite& message) {
  const absl::StatusOr<std::size_t> size = MeasureMessage(message);
  if (!size.ok()) return size.status();
  std::string bytes(*size, '\0');
  WriteMessage(message, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

absl::StatusOr<SerializedRequest> SerializeRequest(const MessageLite& request) {
  v1::FrameMetadata metadata;
  metadata.set_type_name(request.GetTypeName());
  absl::StatusOr<std::string> section = Serialized(metadata);
  if (!section.ok()) return section.status();
  absl::StatusOr<std::string> payload = Serialized(request);
  if (!payload.ok()) return payload.status();
  return SerializedRequest{*std::move(section), *std::move(payload)};
}

absl::Status ReadReply(ByteView metadata, ByteView payload, MessageLite& reply) {
  v1::FrameMetadata parsed;
  if (absl::Status status = ParseMessage(metadata, parsed); !status.ok()) return status;
  return Caller::ReadReply(parsed, payload, reply);
}

}  // namespace unstick::inline v0::proto::detail
