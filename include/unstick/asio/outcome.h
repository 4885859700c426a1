// What receiving and sending on an asynchronous stream can come to.

#ifndef UNSTICK_ASIO_OUTCOME_H_
#define UNSTICK_ASIO_OUTCOME_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "unstick/asio/message.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"

namespace unstick::inline v0::aio {

// The door from Asio's errors to absl::Status. A cancelled operation is kCancelled, a lost
// connection kUnavailable; other system errors as net::StatusFromErrno() has them.
UNSTICK_EXPORT absl::Status ToStatus(const std::error_code& error);

// A message, the end between two frames, or why there is none. True in a condition iff it is a
// message. Owns everything it holds.
class [[nodiscard]] ReceiveResult {
 public:
  enum class Kind : std::uint8_t {
    kFrame,    // a message
    kEnd,      // the peer ended the stream between two frames
    kGap,      // a recovering stream passed over bad bytes; receiving goes on
    kError,    // the bytes broke the framing, or ended inside a frame (kTruncated): final
    kIoError,  // the stream failed, or the wait was cancelled; nothing that had arrived is lost
  };

  ReceiveResult() = default;  // kEnd
  explicit ReceiveResult(Message message) : value_(std::move(message)) {}
  explicit ReceiveResult(const Gap& gap) : value_(gap) {}
  explicit ReceiveResult(const FrameError& error) : value_(error) {}
  explicit ReceiveResult(std::error_code error) : value_(error) {}

  Kind kind() const {
    constexpr Kind kKinds[] = {Kind::kEnd, Kind::kFrame, Kind::kGap, Kind::kError, Kind::kIoError};
    return kKinds[value_.index()];
  }
  explicit operator bool() const { return kind() == Kind::kFrame; }

  Message& operator*() UNSTICK_LIFETIME_BOUND { return Get<Message>(); }  // REQUIRES: kFrame
  const Message& operator*() const UNSTICK_LIFETIME_BOUND { return Get<Message>(); }
  Message* operator->() UNSTICK_LIFETIME_BOUND { return &Get<Message>(); }
  const Message* operator->() const UNSTICK_LIFETIME_BOUND { return &Get<Message>(); }
  const Gap& gap() const UNSTICK_LIFETIME_BOUND { return Get<Gap>(); }  // REQUIRES: kGap
  const FrameError& error() const UNSTICK_LIFETIME_BOUND { return Get<FrameError>(); }  // kError
  std::error_code io_error() const { return Get<std::error_code>(); }  // REQUIRES: kIoError

  // OK for a message, the end and a gap.
  absl::Status status() const {
    if (kind() == Kind::kError) return v0::ToStatus(error());
    if (kind() == Kind::kIoError) return aio::ToStatus(io_error());
    return absl::OkStatus();
  }

 private:
  template <typename T>
  const T& Get() const {
    assert(std::holds_alternative<T>(value_));
    return *std::get_if<T>(&value_);
  }
  template <typename T>
  T& Get() {
    assert(std::holds_alternative<T>(value_));
    return *std::get_if<T>(&value_);
  }

  std::variant<std::monostate, Message, Gap, FrameError, std::error_code> value_;
};

// Every byte of the frame was handed to the stream, or why not and how many were. OK does not mean
// that the peer has them.
//   kInvalidArgument     the framing cannot carry this payload; nothing was written
//   kFailedPrecondition  another Send() is under way, or an earlier one was torn: nothing written
//   else                 the stream failed or the wait was cancelled, after `bytes_out` bytes
struct [[nodiscard]] SendResult {
  absl::Status status;
  std::size_t bytes_out = 0;  // of this frame
  std::error_code io_error;   // the stream's own word for the failure, if it was the stream's

  bool ok() const { return status.ok(); }
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_OUTCOME_H_
