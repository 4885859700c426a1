// Serves framed connections, many at once, over TCP and Unix sockets.

#ifndef UNSTICK_ASIO_FRAMED_SERVER_H_
#define UNSTICK_ASIO_FRAMED_SERVER_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/asio/detail/peer.h"
#include "unstick/asio/server_options.h"
#include "unstick/asio/session.h"
#include "unstick/core/attributes.h"
#include "unstick/core/framer.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio {

namespace detail {

// The server without its types.
class UNSTICK_EXPORT ServerCore {
 public:
  ServerCore(const ServerOptions& options, PeerFactory make_peer);
  ~ServerCore();
  absl::StatusOr<net::Endpoint> Listen(const net::Endpoint& at);
  absl::Status Run();
  void Stop();
  ServerStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detail

// A server for `F`, with a handler that is a plain function or a coroutine:
//
//     aio::FramedServer server(LengthFieldFramer(), [](aio::Session& session, const FrameView&
//     frame) {
//       session.Reply(frame.payload()).IgnoreError();
//     });
//     absl::StatusOr<net::Endpoint> at = server.Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0"));
//     absl::Status done = server.Run();  // until Stop()
//
// Frames of one connection reach the handler in order, one at a time. With several threads,
// handlers of different connections run at the same time. What one connection does (garbage, a
// reset, silence, a handler that throws) ends that connection and no other. A peer that does not
// read its replies is not read from, and each ready connection gets one read (at most 64 KiB) per
// turn. Replies to frames that came whole are sent, whatever came after them: the peer's end, a TLS
// connection cut off without its goodbye, bytes that break the framing. While a coroutine handler
// runs nothing is read; who replies later keeps the session (ServerOptions::half_close_timeout).
//
//     accept --> handshake --> open --Close(), the peer's end, --> flush    --> end of output,
//                    |           |     a framing error             replies      read to the end
//                    '-----------'--Abort(), a reset, a missed deadline--> closed <------'
//
// `handler` must outlive nothing: the server keeps it. It is not copied per connection.
template <Framer F, typename Handler = std::function<void(Session&, const FrameView&)>>
class FramedServer {
  static_assert(PlainHandler<Handler> || CoroutineHandler<Handler>,
                "a handler is void(Session&, const FrameView&) or "
                "asio::awaitable<void>(Session&, Message)");

 public:
  FramedServer(F framer, Handler handler, const ServerOptions& options = ServerOptions())
      : core_(std::make_unique<detail::ServerCore>(
            options,
            detail::MakePeerFactory(std::move(framer), std::move(handler), options.on_error))) {}

  // Binds and listens; returns the endpoint that was bound, its port chosen if it was 0.
  // Connections are taken from now on and served once Run() is called. May be called several times,
  // before Run(); then it is kFailedPrecondition.
  absl::StatusOr<net::Endpoint> Listen(const net::Endpoint& at) { return core_->Listen(at); }

  // Serves until Stop(); blocks. Uses the calling thread and options.threads - 1 further ones. Call
  // once: again, it is kFailedPrecondition. Fails if the threads cannot be started.
  absl::Status Run() { return core_->Run(); }

  // No new connections; frames that have arrived by now are answered, their replies flushed, then
  // the connections closed and Run() returns, after options.stop_timeout at the latest. What a
  // session that is merely kept would reply later is not waited for. A frame of
  // which a part has arrived may still come, if its bytes do not pause for a second. A second
  // Stop() does not wait. From any thread, and from a signal handler (it is async-signal-safe).
  void Stop() { core_->Stop(); }

  ServerStats stats() const { return core_->stats(); }  // from any thread

 private:
  std::unique_ptr<detail::ServerCore> core_;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_FRAMED_SERVER_H_
