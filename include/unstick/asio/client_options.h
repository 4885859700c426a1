// How a client is set up, and what it has counted.

#ifndef UNSTICK_ASIO_CLIENT_OPTIONS_H_
#define UNSTICK_ASIO_CLIENT_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "unstick/asio/message.h"
#include "unstick/asio/server_stats.h"
#include "unstick/net/deadline.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::aio {

// How long to wait before connecting again: initial, then multiplier times as long each time, at
// most max, until a frame has come; of that, a random part, but never less than a millisecond.
struct Reconnect {
  std::chrono::milliseconds initial = std::chrono::milliseconds(100);
  std::chrono::milliseconds max = std::chrono::seconds(30);
  double multiplier = 2;
  // 1: anything from nothing to the whole of it, so that clients of a server that came back
  // do not come in step; 0: the whole of it.
  double jitter = 1;
  std::uint64_t seed = 0;  // the same delays for the same seed; 0: others every time
};

struct ClientOptions {
  // Without: one connection, and when it is over so is the client.
  std::optional<Reconnect> reconnect = std::nullopt;
  std::optional<tls::Context> tls = std::nullopt;                // for `tls:` endpoints; a client's
  net::Duration attempt_delay = std::chrono::milliseconds(250);  // see Connect()
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds call_timeout = std::chrono::seconds(10);  // where a call says none
  // A call that times out on a connection that has brought nothing for so long, although replies
  // were due, takes the connection with it: whoever is there is dead, stuck, or does not read.
  std::chrono::milliseconds silence_timeout = std::chrono::seconds(30);

  // Calls over these are refused at once: calls that wait for anything; bytes of requests that wait
  // to be written.
  std::size_t max_calls = 10'000;
  std::size_t max_queued_bytes = std::size_t{64} << 20;

  // Frames that reply to nothing (reply_to_id 0). In order there are none: one ends the connection.
  std::function<void(Message)> on_message = {};
  // A connection could not be made; the next attempt is so far away. Must not throw.
  std::function<void(const absl::Status& why, net::Duration delay)> on_retry = {};
};

// What became of a call.
enum class CallEnd : std::uint8_t {
  kReplied,
  kRefused,    // over a limit, the client was closed, or the framing cannot carry the request
  kTimedOut,   // its deadline passed
  kCancelled,  // by its caller, or with the client
  kNotSent,    // there was no connection to write it to, not one byte of it
  kUnknown,    // the connection was lost after that: it may have been executed
};
inline constexpr std::size_t kCallEnds = 6;

// Why a connection is over.
enum class ConnectionEnd : std::uint8_t {
  kClosed,         // this side closed it
  kEnd,            // the server ended it between two frames
  kFramingError,   // the bytes broke the framing, or ended inside a frame
  kIoError,        // it was reset or failed, or TLS was cut off without its end
  kReplyTimeout,   // in order: a reply did not come in time, and the next could not be told from it
  kUnaskedFrame,   // in order: a frame came that nobody had asked for
  kSilence,        // see ClientOptions::silence_timeout
  kHandlerFailed,  // on_message threw
};
inline constexpr std::size_t kConnectionEnds = 8;

// Counted since the client was made; calls == open_calls + ended.total().
struct ClientStats {
  std::uint64_t calls = 0;
  std::uint64_t open_calls = 0;
  CountBy<CallEnd, kCallEnds> ended = {};
  std::uint64_t connects = 0;  // that succeeded; all but the first are reconnects
  CountBy<absl::StatusCode, 17> connect_failures = {};
  CountBy<ConnectionEnd, kConnectionEnds> connections_ended = {};
  std::uint64_t late_replies = 0;  // to calls that were over, or second ones; dropped
  std::uint64_t unmatched = 0;     // replies to what was never asked, or without readable metadata
  std::uint64_t messages = 0;      // given to on_message, or dropped for want of one
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_CLIENT_OPTIONS_H_
