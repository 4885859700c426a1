// How a server is set up, how its connections end, and what it has counted.

#ifndef UNSTICK_ASIO_SERVER_OPTIONS_H_
#define UNSTICK_ASIO_SERVER_OPTIONS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "unstick/core/attributes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0::aio {

class Session;

// Why a connection is over.
enum class CloseReason : std::uint8_t {
  kEnd,            // the peer ended the stream between two frames and has its replies
  kClosed,         // the handler said Close()
  kAborted,        // the handler said Abort()
  kStopped,        // the server was stopped and had answered what had arrived
  kFramingError,   // the bytes broke the framing, or ended inside a frame: see `frame_error`
  kIoError,        // the connection was reset or failed: see `io_error`
  kIdleTimeout,    // nothing came for too long between two frames
  kFrameTimeout,   // a frame took too long from its first byte
  kWriteTimeout,   // the peer did not read its replies
  kStopTimeout,    // the server was stopped and the deadline for that came first
  kHandlerFailed,  // the handler threw
};
inline constexpr std::size_t kCloseReasons = 11;

// "end", "closed", "framing_error", ...
UNSTICK_EXPORT std::string_view ReasonName(CloseReason reason);

struct CloseInfo {
  CloseReason reason = CloseReason::kEnd;
  std::optional<FrameError> frame_error = {};  // for kFramingError
  std::error_code io_error = {};               // for kIoError

  // One sentence for people.
  UNSTICK_EXPORT std::string ToString() const;
};

// A time of zero means no limit. All deadlines are kept to within a tenth of their length, or 5 ms.
struct ServerOptions {
  std::size_t threads = 1;              // each with an event loop and a 64 KiB read room of its own
  std::size_t max_connections = 10000;  // further ones are closed as they come
  OnError on_error = OnError::kFail;

  // A peer with so many bytes of replies unread is not read from, until half of them are gone.
  std::size_t output_high_water = std::size_t{1} << 20;
  // Reply() refuses what would make the unread replies more than this.
  std::size_t output_limit = std::size_t{64} << 20;

  // No bytes between two frames; a frame from its first byte to its last; a peer that reads nothing
  // of what is queued for it; how long a close waits for the peer to close too; how long Stop()
  // waits for what is under way.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
  std::chrono::milliseconds frame_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds linger_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(10);

  // Called on the connection's thread, on_open before its first frame and on_close once, after the
  // socket has been closed. They may be empty.
  std::function<void(Session&)> on_open = {};
  std::function<void(Session&, const Gap&)> on_gap = {};
  std::function<void(Session&, const CloseInfo&)> on_close = {};
};

// Counted since the server was made; accepted == open + the sum of closed.
struct ServerStats {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t refused = 0;  // over max_connections
  std::uint64_t accept_failures =
      0;  // no descriptors or memory; the listener backs off and goes on
  std::uint64_t frames_in = 0;
  std::uint64_t gaps = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t buffered = 0;  // bytes of memory that connections hold in buffers now
  std::array<std::uint64_t, kCloseReasons> closed = {};  // by CloseReason

  std::uint64_t closed_for(CloseReason reason) const {
    return closed[static_cast<std::size_t>(reason)];
  }
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_SERVER_OPTIONS_H_
