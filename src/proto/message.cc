#include "unstick/proto/message.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "src/proto/utf8.h"

namespace unstick::inline v0::proto {

absl::StatusOr<std::size_t> MeasureMessage(const MessageLite& message) {
  if (!message.IsInitialized()) {
    return absl::InvalidArgumentError(absl::StrCat(
        message.GetTypeName(), " lacks required fields: ", message.InitializationErrorString()));
  }
  if (!StringsAreUtf8(message)) {
    return absl::InvalidArgumentError(
        absl::StrCat(message.GetTypeName(), " has a string that is not UTF-8"));
  }
  const std::size_t size = message.ByteSizeLong();
  if (size > kMaxMessageSize) {
    return absl::InvalidArgumentError(absl::StrCat(message.GetTypeName(), " of ", size,
                                                   " bytes: protobuf allows messages of up to ",
                                                   kMaxMessageSize));
  }
  return size;
}

void WriteMessage(const MessageLite& message, ByteSpan place) {
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(place.data()));
}

absl::Status ParseMessage(ByteView payload, MessageLite& message) {
  // The partial parser and IsInitialized() apart: ParseFromArray() would print what is missing. The
  // parser would print the name of a string that is not UTF-8, so those are looked for before.
  if (payload.size() <= kMaxMessageSize && StringsAreUtf8(payload, message) &&
      message.ParsePartialFromArray(payload.data(), static_cast<int>(payload.size())) &&
      message.IsInitialized()) {
    return absl::OkStatus();
  }
  message.Clear();
  return absl::DataLossError(
      absl::StrCat("bad message: ", payload.size(), " bytes that are no ", message.GetTypeName()));
}

namespace detail {

absl::Status RefusedMessage(const MessageLite& message, const FrameError& why) {
  return absl::InvalidArgumentError(absl::StrCat(message.GetTypeName(), ": ", why.ToString()));
}

}  // namespace detail
}  // namespace unstick::inline v0::proto
