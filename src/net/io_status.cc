// The statuses of reading, writing and waiting.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "src/core/absl_compat.h"
#include "unstick/core/frame_error.h"
#include "unstick/net/io_result.h"
#include "unstick/net/receive_result.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

absl::Status StatusFromErrno(int error_code, std::string_view what) {
  if (error_code == 0) return absl::OkStatus();
  absl::StatusCode code = absl::ErrnoToStatusCode(error_code);
  if (error_code == EPIPE || error_code == ETIMEDOUT || error_code == ENOTCONN) {
    code = absl::StatusCode::kUnavailable;  // gone, like after ECONNRESET
  }
  return {code, std::string(what) + ": " + std::generic_category().message(error_code)};
}

namespace detail {

absl::Status WaitStatus(int error, std::string_view what) {
  if (error == 0 || error == EINTR) return absl::OkStatus();
  if (error != ETIMEDOUT) return StatusFromErrno(error, what);
  return absl::DeadlineExceededError(ToAbsl(std::string(what) + ": the deadline passed"));
}

absl::Status EndedEarly(IoResult::Kind how, std::size_t read, std::size_t wanted) {
  if (how == IoResult::Kind::kCut) {
    return absl::DataLossError("the connection was cut below: it ended without a goodbye");
  }
  if (read == 0) return absl::OutOfRangeError("the stream has ended");
  return absl::DataLossError("the stream ended after " + std::to_string(read) + " of " +
                             std::to_string(wanted) + " bytes");
}

absl::Status TooMuchInput(std::uint64_t limit) {
  return absl::ResourceExhaustedError("the peer sent more than " + std::to_string(limit) +
                                      " bytes instead of closing");
}

absl::Status RefusedMessage(const FrameError& error, std::size_t index, std::size_t count) {
  const absl::Status status = ToStatus(error);
  if (count == 1) return status;
  return {status.code(), "message " + std::to_string(index) + ": " + std::string(status.message())};
}

}  // namespace detail

absl::Status ReceiveResult::status() const {
  switch (kind_) {
    case Kind::kFrame:
    case Kind::kGap:
    case Kind::kEnd:
      return absl::OkStatus();
    case Kind::kTimeout:
      return absl::DeadlineExceededError(mid_frame_
                                             ? "receive: the deadline passed inside a frame"
                                             : "receive: the deadline passed between frames");
    case Kind::kTruncated:
    case Kind::kBroken:
      return ToStatus(*error_);
    case Kind::kCut:
      if (!mid_frame_) return detail::EndedEarly(IoResult::Kind::kCut, 0, 0);
      return absl::DataLossError("the connection was cut below, inside a frame");
    case Kind::kReset:
    case Kind::kError:
      return StatusFromErrno(error_code_, mid_frame_ ? "receive, inside a frame" : "receive");
  }
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::net
