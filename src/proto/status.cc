#include "unstick/proto/status.h"

#include <algorithm>
#include <string>

#include "src/proto/utf8.h"

namespace unstick::inline v0::proto {

v1::Status ToProto(const absl::Status& status) {
  std::string message(status.message());
  if (!IsUtf8(message)) {
    std::ranges::replace_if(
        message, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  v1::Status proto;
  proto.set_code(status.raw_code());
  proto.set_message(std::move(message));
  return proto;
}

absl::Status FromProto(const v1::Status& status) {
  const absl::Status as_sent(static_cast<absl::StatusCode>(status.code()), "");
  return absl::Status(as_sent.code(), status.message());  // code() knows only what absl knows
}

}  // namespace unstick::inline v0::proto
