// How a server is set up.

#ifndef UNSTICK_ASIO_SERVER_OPTIONS_H_
#define UNSTICK_ASIO_SERVER_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <functional>

#include "unstick/asio/server_stats.h"
#include "unstick/asio/transport.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0::aio {

class Session;

// How much, how long. Every limit is on unless said otherwise; a time of zero means no deadline.
// Deadlines are absolute: bytes that drip in do not move them. They are kept to within 2 ms, and
// stand still while it is this side that does not read.
struct ServerOptions {
  std::size_t threads = 1;  // each with an event loop and a 64 KiB read room of its own
  OnError on_error = OnError::kFail;
  // What connections run over; plain sockets if it is empty.
  TransportFactory transport = {};

  // Connections over these are closed as they come. An address is an IPv4 address or an IPv6 /64;
  // Unix sockets have none.
  std::size_t max_connections = 10000;          // zero: none is served
  std::size_t max_connections_per_address = 0;  // zero: no limit besides max_connections

  // Bytes of memory for frames that are not yet whole, in all connections together. When it is
  // short, those that hold more than an equal share, and have sent nothing of their frame for 250
  // ms or less than min_frame_rate, are closed, largest first; the others wait, not being read
  // from, and one at a time goes on beyond it.
  std::size_t memory_budget = std::size_t{256} << 20;

  // A peer with so many bytes of replies unread is not read from, until half of them are gone.
  std::size_t output_high_water = std::size_t{1} << 20;
  // Reply() refuses what would make the unread replies, as framed, more than this.
  std::size_t output_limit = std::size_t{64} << 20;
  std::size_t output_frame_limit = 1'000'000;

  // From the connection to the end of the transport's handshake; no bytes between two frames; a
  // frame from its first byte to its last; a peer that reads nothing of what is queued for it; how
  // long a close waits for the peer to close too; how long Stop() waits for what is under way.
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
  std::chrono::milliseconds frame_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds linger_timeout = std::chrono::seconds(5);
  // After the last frame (the peer has half-closed, say), a session that is kept may still reply.
  // From then, or from its last reply, it has this long; with nothing of it kept the connection
  // ends at once. What on_open has kept does not count: it is taken for a register of all sessions.
  std::chrono::milliseconds half_close_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(10);
  // Bytes per second. A frame has a second more than frame_timeout for so many bytes of it that
  // have come: a large frame may take long, a slow one may not. Zero: frame_timeout, whatever the
  // size.
  std::size_t min_frame_rate = std::size_t{16} << 10;

  // Called on the connection's thread: on_open once the connection is ready, before its first
  // frame; on_end once no frame comes any more, replies still go: who keeps sessions to send them
  // what others say lets this one go here; on_close once, after the socket has been closed. They
  // may be empty.
  std::function<void(Session&)> on_open = {};
  std::function<void(Session&)> on_end = {};
  std::function<void(Session&, const Gap&)> on_gap = {};
  std::function<void(Session&, const CloseInfo&)> on_close = {};
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_SERVER_OPTIONS_H_
