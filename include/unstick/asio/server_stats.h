// Why a server's connections end, and what it has counted.

#ifndef UNSTICK_ASIO_SERVER_STATS_H_
#define UNSTICK_ASIO_SERVER_STATS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "unstick/core/attributes.h"
#include "unstick/core/frame_error.h"

namespace unstick::inline v0::aio {

// Why a connection is over.
enum class CloseReason : std::uint8_t {
  kEnd,               // the peer ended the stream between two frames and has its replies
  kClosed,            // the handler said Close()
  kAborted,           // the handler said Abort()
  kStopped,           // the server was stopped and had answered what had arrived
  kFramingError,      // the bytes broke the framing, or ended inside a frame: see `frame_error`
  kIoError,           // the connection was reset or failed: see `io_error`
  kTransportCut,      // the transport (TLS) was cut off without its own end; replies were sent
  kHandshakeFailed,   // the transport's handshake failed: see `fault` and `detail`
  kHandshakeTimeout,  // the transport's handshake took too long
  kIdleTimeout,       // nothing came for too long between two frames
  kFrameTimeout,      // a frame took too long from its first byte
  kWriteTimeout,      // the peer did not read its replies
  kMemoryBudget,      // memory was short, and this one held most for a frame that did not come
  kStopTimeout,       // the server was stopped and the deadline for that came first
  kHandlerFailed,     // the handler threw
};
inline constexpr std::size_t kCloseReasons = 15;

// "end", "closed", "framing_error", ...
UNSTICK_EXPORT std::string_view ReasonName(CloseReason reason);

// Why a transport's handshake failed.
enum class HandshakeFault : std::uint8_t {
  kLost,             // the connection ended or was reset
  kPeerRefused,      // the peer's certificate, or that it showed none
  kRefusedByPeer,    // it did not accept ours, or that we showed none
  kNothingInCommon,  // no version or cipher that both sides speak
  kProtocol,         // the bytes were not the transport's: another protocol, or broken
};
inline constexpr std::size_t kHandshakeFaults = 5;
UNSTICK_EXPORT std::string_view ReasonName(HandshakeFault fault);

struct CloseInfo {
  CloseReason reason = CloseReason::kEnd;
  std::optional<FrameError> frame_error = {};    // for kFramingError
  std::error_code io_error = {};                 // for kIoError and kHandshakeFailed
  HandshakeFault fault = HandshakeFault::kLost;  // for kHandshakeFailed
  std::string detail = {};                       // what the transport says of it; may be empty

  // One sentence for people.
  UNSTICK_EXPORT std::string ToString() const;
};

// Why a connection was not served at all.
enum class RefuseReason : std::uint8_t {
  kConnections,  // over max_connections
  kAddress,      // over max_connections_per_address
  kDescriptors,  // none were left, and it had waited long for one
};
inline constexpr std::size_t kRefuseReasons = 3;
UNSTICK_EXPORT std::string_view ReasonName(RefuseReason reason);

// Why a reply was not queued.
enum class ReplyRefusal : std::uint8_t {
  kUnencodable,  // the framing cannot carry it
  kBytes,        // over output_limit
  kFrames,       // over output_frame_limit
  kClosed,       // the connection was closing, or closed under its coroutine
};
inline constexpr std::size_t kReplyRefusals = 4;
UNSTICK_EXPORT std::string_view ReasonName(ReplyRefusal reason);

// A count for each value of an enumeration that counts up from 0.
template <typename Reason, std::size_t n>
struct CountBy {
  std::array<std::uint64_t, n> counts = {};

  std::uint64_t operator[](Reason reason) const { return counts[static_cast<std::size_t>(reason)]; }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) sum += count;
    return sum;
  }
};
using CountByCode =
    CountBy<FrameErrorCode, static_cast<std::size_t>(FrameErrorCode::kUnencodable) + 1>;

// Counted since the server was made; accepted == open + the sum of closed. Nothing that arrives or
// is queued goes away without being in one of these.
struct ServerStats {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  CountBy<CloseReason, kCloseReasons> closed = {};
  CountBy<RefuseReason, kRefuseReasons> refused = {};
  CountBy<HandshakeFault, kHandshakeFaults> handshake_failures = {};
  std::uint64_t accept_failures = 0;  // no descriptors or memory; the listener paused and went on

  std::uint64_t frames_in = 0;   // given to the handler
  std::uint64_t frames_out = 0;  // queued by it
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  CountByCode gaps = {};            // recovered from, by what was wrong
  std::uint64_t skipped_bytes = 0;  // in gaps
  CountByCode frame_errors = {};    // that ended a connection
  CountBy<ReplyRefusal, kReplyRefusals> replies_refused = {};
  std::uint64_t unsent_bytes = 0;    // of replies that a connection's end left over
  std::uint64_t unread_bytes = 0;    // that no handler was given: behind a Close(), in half a frame
  std::uint64_t read_pauses = 0;     // times that a peer was not read from: it did not read
  std::uint64_t memory_pauses = 0;   // or memory was short
  std::uint64_t buffered = 0;        // bytes of memory that connections hold in buffers now
  std::uint64_t partial_frames = 0;  // bytes of that for frames not yet whole: see memory_budget

  // The Prometheus text exposition format, version 0.0.4, every name starting with "unstick_".
  UNSTICK_EXPORT std::string ToPrometheus() const;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_SERVER_STATS_H_
