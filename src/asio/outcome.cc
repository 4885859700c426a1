#include "unstick/asio/outcome.h"

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <system_error>

#include "absl/status/status.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::aio {

absl::Status ToStatus(const std::error_code& error) {
  if (!error) return absl::OkStatus();
  if (error == ::asio::error::already_started) {
    return absl::FailedPreconditionError("another operation of this kind is under way");
  }
  if (error == ::asio::ssl::error::stream_truncated) {
    return absl::DataLossError("the connection was cut below: it ended without a goodbye");
  }
  if (error == ::asio::error::eof) return absl::UnavailableError(error.message());
  const bool is_errno = error.category() == ::asio::system_category() ||
                        error.category() == std::system_category() ||
                        error.category() == std::generic_category();
  return is_errno ? net::StatusFromErrno(error.value(), "stream")
                  : absl::UnknownError(error.message());
}

}  // namespace unstick::inline v0::aio
