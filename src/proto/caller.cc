#include "unstick/proto/caller.h"

#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "unstick/proto/status.h"

namespace unstick::inline v0::proto {

absl::Status Caller::ReadReply(const v1::FrameMetadata& metadata, ByteView payload,
                               MessageLite& reply) {
  if (absl::Status status = FromProto(metadata.status()); !status.ok()) return status;
  if (metadata.type_name() != reply.GetTypeName()) {
    return absl::DataLossError(absl::StrCat("the reply's type is not ", reply.GetTypeName()));
  }
  return ParseMessage(payload, reply);
}

v1::FrameMetadata Caller::Enlist(const MessageLite& request, Then then) {
  v1::FrameMetadata metadata;
  metadata.set_type_name(request.GetTypeName());
  const std::lock_guard lock(mutex_);
  metadata.set_message_id(++last_id_);
  waiting_.emplace(last_id_, std::move(then));
  return metadata;
}

absl::StatusOr<v1::Envelope> Caller::Enclose(const MessageLite& request, Then then) {
  const absl::StatusOr<std::size_t> size = MeasureMessage(request);
  if (!size.ok()) return size.status();
  v1::Envelope envelope;
  envelope.mutable_payload()->resize(*size);
  WriteMessage(request, std::as_writable_bytes(std::span(*envelope.mutable_payload())));
  *envelope.mutable_metadata() = Enlist(request, std::move(then));
  return envelope;
}

bool Caller::Deliver(const v1::FrameMetadata& metadata, ByteView payload) {
  std::unique_lock lock(mutex_);
  const auto waiter = waiting_.extract(metadata.reply_to_id());
  lock.unlock();
  if (waiter.empty()) return false;
  waiter.mapped()(absl::OkStatus(), metadata, payload);
  return true;
}

bool Caller::Forget(std::uint64_t message_id) {
  std::unique_lock lock(mutex_);
  const auto waiter = waiting_.extract(message_id);
  lock.unlock();  // before what `then` captured is destroyed
  return !waiter.empty();
}

void Caller::FailAll(const absl::Status& why) {
  std::unique_lock lock(mutex_);
  const auto waiting = std::exchange(waiting_, {});
  lock.unlock();
  const absl::Status failed =
      why.ok() ? absl::UnavailableError("the connection ended before the reply") : why;
  for (const auto& [id, then] : waiting) then(failed, v1::FrameMetadata(), {});
}

std::size_t Caller::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace unstick::inline v0::proto
