// Messages to send, and what it means that two are the same.

#ifndef UNSTICK_TESTS_PROTO_TEST_MESSAGES_H_
#define UNSTICK_TESTS_PROTO_TEST_MESSAGES_H_

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/bytes.h"
#include "unstick/proto/message.h"
#include "unstick/v1/echo.pb.h"

namespace unstick::proto {

inline v1::EchoRequest Request(std::uint64_t sequence, std::string_view text) {
  v1::EchoRequest request;
  request.set_text(std::string(text));
  request.set_sequence(sequence);
  return request;
}

// Field 1 has wire type 2 and says that 127 bytes follow; two do.
inline constexpr std::string_view kNoMessage = "\x0a\x7fhi";

// Two messages of one type with the same fields.
MATCHER_P(EqualsMessage, expected, "is " + expected.ShortDebugString()) {
  *result_listener << arg.ShortDebugString();
  return google::protobuf::util::MessageDifferencer::Equals(arg, expected);
}

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
// For a Status or a StatusOr.
MATCHER_P(HasCode, code, "") {
  const absl::Status status = StatusOf(arg);
  *result_listener << status.ToString();
  return status.code() == code;
}

}  // namespace unstick::proto

#endif  // UNSTICK_TESTS_PROTO_TEST_MESSAGES_H_
