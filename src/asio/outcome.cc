#include "unstick/asio/outcome.h"

#include <array>
#include <asio/error.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "unstick/asio/server_options.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::aio {

absl::Status ToStatus(const std::error_code& error) {
  if (!error) return absl::OkStatus();
  if (error == ::asio::error::already_started) {
    return absl::FailedPreconditionError("another operation of this kind is under way");
  }
  if (error == ::asio::error::eof) return absl::UnavailableError(error.message());
  const bool is_errno = error.category() == ::asio::system_category() ||
                        error.category() == std::system_category() ||
                        error.category() == std::generic_category();
  return is_errno ? net::StatusFromErrno(error.value(), "stream")
                  : absl::UnknownError(error.message());
}

std::string_view ReasonName(CloseReason reason) {
  static constexpr std::array<std::string_view, kCloseReasons> kNames = {
      "end",          "closed",        "aborted",       "stopped",      "framing_error", "io_error",
      "idle_timeout", "frame_timeout", "write_timeout", "stop_timeout", "handler_failed"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string CloseInfo::ToString() const {
  switch (reason) {
    case CloseReason::kEnd:
      return "the peer closed the connection";
    case CloseReason::kClosed:
      return "closed by this side";
    case CloseReason::kAborted:
      return "aborted by this side";
    case CloseReason::kStopped:
      return "closed because the server stopped";
    case CloseReason::kFramingError:
      return frame_error ? frame_error->ToString() : "the bytes broke the framing";
    case CloseReason::kIoError:
      return "the connection failed: " + io_error.message();
    case CloseReason::kIdleTimeout:
      return "nothing came for too long";
    case CloseReason::kFrameTimeout:
      return "a frame took too long to arrive";
    case CloseReason::kWriteTimeout:
      return "the peer did not read its replies";
    case CloseReason::kStopTimeout:
      return "cut off because the server stopped";
    case CloseReason::kHandlerFailed:
      return "the handler threw an exception";
  }
  return "";
}

}  // namespace unstick::inline v0::aio
