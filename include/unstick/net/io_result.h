// What one attempt to read or write came to.

#ifndef UNSTICK_NET_IO_RESULT_H_
#define UNSTICK_NET_IO_RESULT_H_

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"

namespace unstick::inline v0::net {

// Bytes moved, the end, "not now", or an error. 16 bytes, never allocates.
class [[nodiscard]] IoResult {
 public:
  enum class Kind : std::uint8_t {
    kBytes,       // bytes() of them were moved, at least one
    kEnd,         // reading: the peer will send no more
    kCut,         // reading: no more will come, but the transport was not ended in its own way
                  // (TLS without close_notify), so that someone else may have cut it
    kWouldBlock,  // nothing can be moved now
    kError,       // error_code() says why
  };

  static IoResult Bytes(std::size_t n) { return IoResult(Kind::kBytes, n); }
  static IoResult End() { return IoResult(Kind::kEnd, 0); }
  static IoResult Cut() { return IoResult(Kind::kCut, 0); }
  static IoResult WouldBlock() { return IoResult(Kind::kWouldBlock, 0); }
  static IoResult Error(int error_code) {
    return IoResult(Kind::kError, static_cast<std::size_t>(error_code));
  }
  // kWouldBlock for EAGAIN, else kError.
  static IoResult FromErrno(int error_code) {
    return error_code == EAGAIN || error_code == EWOULDBLOCK ? WouldBlock() : Error(error_code);
  }

  Kind kind() const { return kind_; }
  std::size_t bytes() const { return kind_ == Kind::kBytes ? value_ : 0; }
  int error_code() const {  // an errno. REQUIRES: kError
    assert(kind_ == Kind::kError);
    return static_cast<int>(value_);
  }

 private:
  IoResult(Kind kind, std::size_t value) : value_(value), kind_(kind) {}

  std::size_t value_;
  Kind kind_;
};

// "`what`: Connection refused". kUnavailable for a connection that is gone or could not be made
// (ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT of the kernel's own, unreachable hosts), otherwise
// the code that absl::ErrnoToStatus() chooses. Never kDeadlineExceeded: that is said of our own
// deadlines only. OK for 0.
UNSTICK_EXPORT absl::Status StatusFromErrno(int error_code, std::string_view what);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_IO_RESULT_H_
