// A client's connection, whatever it runs over: TCP, a Unix socket, TLS.

#ifndef UNSTICK_ASIO_STREAM_H_
#define UNSTICK_ASIO_STREAM_H_

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/compose.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/socket_base.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "unstick/asio/detail/abi.h"  // IWYU pragma: keep
#include "unstick/asio/transport.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::aio {

namespace detail {

enum class StreamOperation : std::uint8_t { kHandshake, kRead, kWrite, kCloseWrite };

}  // namespace detail

// A socket and what runs over it, nothing or a Transport; what Connect() gives. A model of Asio's
// AsyncReadStream and AsyncWriteStream, so:
//
//     aio::FramedStream messages(*std::move(stream), LengthFieldFramer());
//
// The end is asio::error::eof; a transport that was cut off without its own end (TLS) says
// asio::ssl::error::stream_truncated. At most one read and one write may be under way, on one
// strand, and the stream must stay where it is until they complete. A write over a transport that
// was cancelled leaves it fit for reading and closing only. Thread-compatible.
class UNSTICK_EXPORT Stream {
 public:
  using Socket = ::asio::generic::stream_protocol::socket;
  using executor_type = Socket::executor_type;

  // `socket` may be connected later, before the first operation.
  explicit Stream(Socket socket, std::unique_ptr<Transport> transport = nullptr)
      : socket_(std::move(socket)), transport_(std::move(transport)) {}

  // All operations: void(std::error_code, std::size_t bytes).
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& room, Token&& token) {
    return Start<What::kRead>(room, token);
  }
  // Over a transport: of the first buffer that has any bytes.
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& bytes, Token&& token) {
    return Start<What::kWrite>(bytes, token);
  }
  // What the transport must say before the first byte, and its end behind the last one: the peer
  // reads the end; reading goes on.
  template <typename Token>
  auto async_handshake(Token&& token) {
    return Start<What::kHandshake>(::asio::const_buffer(), token);
  }
  template <typename Token>
  auto async_close_write(Token&& token) {
    return Start<What::kCloseWrite>(::asio::const_buffer(), token);
  }

  // At once; what is under way completes with an error. Input that nobody has read makes TCP reset
  // the connection.
  void Close();

  // Of an error that an operation gave: "`what`: Connection reset by peer", or what the transport
  // knows of it, with the codes of tls::Engine::ErrorStatus().
  absl::Status ErrorStatus(const std::error_code& error, std::string_view what) const;

  std::string peer_subject() const;  // of the certificate that the peer has proved to own, RFC 4514
  Socket& socket() UNSTICK_LIFETIME_BOUND { return socket_; }
  executor_type get_executor() { return socket_.get_executor(); }

 private:
  using What = detail::StreamOperation;
  template <What what, typename Buffers>
  struct Op;

  template <What what, typename Buffers, typename Token>
  auto Start(const Buffers& buffers, Token& token) {
    return ::asio::async_compose<Token, void(std::error_code, std::size_t)>(
        Op<what, Buffers>{this, buffers}, token, socket_);
  }
  // One attempt, over the transport or, of what a socket does at once, on the socket.
  TransportResult Try(What what, ByteSpan room, ByteView bytes);
  // What an operation says of that.
  std::error_code Judge(const TransportResult& result);

  Socket socket_;
  std::unique_ptr<Transport> transport_;
  HandshakeFault fault_ = HandshakeFault::kLost;  // of the transport's last error
  bool torn_ = false;                             // a write over the transport was cancelled
};

//     kStart --plain read or write--> Asio's own operation --> kDone
//        '--> try --would wait--> kWaited --> try again
//              '--> kDone (posted, if it has not waited)
template <detail::StreamOperation what, typename Buffers>
struct Stream::Op {
  enum class Step : std::uint8_t { kStart, kWaited, kDone };
  Stream* stream;
  Buffers buffers;
  Step step = Step::kStart;
  std::error_code outcome = {};
  std::size_t moved = 0;

  template <typename Self>
  void operator()(Self& self, std::error_code error = {}, std::size_t n = 0) {
    if (step == Step::kDone) return self.complete(outcome ? outcome : error, moved + n);
    if (step == Step::kStart) self.reset_cancellation_state(::asio::enable_total_cancellation());
    if (error) {
      stream->torn_ = stream->torn_ || what == What::kWrite;
      return self.complete(error, 0);
    }
    if constexpr (what == What::kRead || what == What::kWrite) {
      if (!stream->transport_) return Plain(self);
    }
    const TransportResult result = Attempt();
    if (result.waits()) {
      step = Step::kWaited;
      stream->socket_.async_wait(result.kind == TransportResult::Kind::kWaitRead
                                     ? ::asio::socket_base::wait_read
                                     : ::asio::socket_base::wait_write,
                                 std::move(self));
      return;
    }
    const bool waited = step == Step::kWaited;
    outcome = stream->Judge(result);
    moved = result.bytes;
    if (waited) return self.complete(outcome, moved);
    step = Step::kDone;
    ::asio::post(stream->get_executor(), std::move(self));
  }

  template <typename Self>
  void Plain(Self& self) {
    step = Step::kDone;
    Socket& socket = stream->socket_;
    const Buffers same = buffers;  // `self` moves away
    if constexpr (what == What::kRead) {
      socket.async_read_some(same, std::move(self));
    } else {
      socket.async_write_some(same, std::move(self));
    }
  }

  TransportResult Attempt() {
    for (auto at = ::asio::buffer_sequence_begin(buffers);
         at != ::asio::buffer_sequence_end(buffers); ++at) {
      if (at->size() == 0) continue;
      if constexpr (what == What::kRead) {
        const ::asio::mutable_buffer room(*at);
        return stream->Try(what, {static_cast<std::byte*>(room.data()), room.size()}, {});
      } else {
        const ::asio::const_buffer bytes(*at);
        return stream->Try(what, {}, {static_cast<const std::byte*>(bytes.data()), bytes.size()});
      }
    }
    return stream->Try(what, {}, {});
  }
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_STREAM_H_
