// One connection of a server, as its handler sees it.

#ifndef UNSTICK_ASIO_SESSION_H_
#define UNSTICK_ASIO_SESSION_H_

#include <asio/any_io_executor.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "unstick/asio/detail/abi.h"  // IWYU pragma: keep
#include "unstick/asio/message.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio {

class Session;

namespace detail {

// Writes a payload into its place: a reference to the caller's callable.
class FillRef {
 public:
  template <typename Fill>
  explicit FillRef(Fill& fill)
      : fill_(const_cast<void*>(static_cast<const void*>(std::addressof(fill)))),
        call_([](void* f, ByteSpan place) { (*static_cast<Fill*>(f))(place); }) {}
  void operator()(ByteSpan place) const { call_(fill_, place); }

 private:
  void* fill_;
  void (*call_)(void*, ByteSpan);
};

// What the decoding of a connection has to look at between two frames.
struct Gate {
  bool halted = false;  // closing, or too many replies unread: no more frames for now
  std::uint64_t end_offset = std::numeric_limits<std::uint64_t>::max();  // none from here on, ever
};

class Peer;
using PeerFactory = std::function<std::unique_ptr<Peer>(Session&, Gate&, Remaining)>;

}  // namespace detail

// Belongs to one thread of the server: use it there only, that is in handlers, in coroutines that
// the server runs, and in what is posted to get_executor(). On any other thread replies are refused
// with kFailedPrecondition, Close(), Abort() and ChangeFraming() do nothing, and the rest says what
// it says below; nothing is written and nothing breaks. shared_from_this() keeps it beyond a
// handler, and beyond the server: once the connection is over, Reply() says so and the rest does
// nothing. A session that is kept when the peer ends its side (or is cut off, or breaks the
// framing) stays open for replies to the frames before: see ServerOptions::half_close_timeout.
class UNSTICK_EXPORT Session : public std::enable_shared_from_this<Session> {
 public:
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Queues one frame behind those queued before. Replies are written together when the handlers
  // that one read led to are done. OK does not mean sent.
  //   kInvalidArgument     the framing cannot carry this payload
  //   kResourceExhausted   the peer does not read: see ServerOptions::output_limit
  //   kFailedPrecondition  the connection is closing or closed, or this is not its thread
  absl::Status Reply(ByteView payload);

  // The same with `fill(ByteSpan)` writing exactly `payload_size` bytes straight into their place.
  template <std::invocable<ByteSpan> Fill>
  absl::Status Reply(std::size_t payload_size, Fill&& fill) {
    return ReplyWith(payload_size, detail::FillRef(fill));
  }

  // The same with a frame that is whole already, its header included: one with metadata, made by
  // HeaderFramer::With() or proto::Dispatcher::AppendAnswer(). It is sent as it is.
  absl::Status ReplyFrame(ByteView frame);

  // The frame that the handler is looking at, to be kept, moved and handed to other threads. A
  // large one (from 128 KiB or so) is not copied, on the connection's thread: it keeps the memory
  // that it arrived in.
  Message Keep(const FrameView& frame);

  // From the next frame on, this connection speaks `framer` and its frames go to `handler`, of
  // either kind. ServerOptions::on_error stays. Takes effect when the present handler is done:
  // replies until then are framed the old way, and the bytes that have arrived behind the present
  // frame are the new framing's first.
  template <Framer F, typename Handler>
  void ChangeFraming(F framer, Handler handler);

  // Ends the connection once what is queued has been written: no further frame is delivered, and
  // the socket stays open until the peer has closed too or linger_timeout, so that no reply is
  // lost.
  void Close();
  // Ends the connection at once. What is queued is lost, and the peer sees a reset. on_close may be
  // called before this returns.
  void Abort();

  std::string peer_subject() const;  // of the certificate that it showed over TLS, RFC 4514
  std::size_t queued() const;        // bytes of replies not yet handed to the kernel
  bool closed() const;               // Reply() would say kFailedPrecondition

  // On any thread.
  std::uint64_t id() const { return id_; }  // counts up from 1, never reused
  net::Endpoint remote() const;             // the peer; most Unix peers have no path
  // It must not be used once the server is gone.
  ::asio::any_io_executor get_executor() const;

 protected:
  explicit Session(std::uint64_t id) : id_(id) {}
  ~Session() = default;

  detail::Gate gate_;

 private:
  absl::Status ReplyWith(std::size_t payload_size, detail::FillRef fill);
  void ChangePeer(detail::PeerFactory make_peer);
  OnError on_error() const;

  std::uint64_t id_;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_SESSION_H_
