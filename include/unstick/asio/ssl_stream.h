// asio::ssl::stream with the settings of tls::Context, for FramedStream.

#ifndef UNSTICK_ASIO_SSL_STREAM_H_
#define UNSTICK_ASIO_SSL_STREAM_H_

#include <openssl/ssl.h>

#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::aio {

// Shares `context`, which must not be changed through the result.
inline ::asio::ssl::context SslContext(const tls::Context& context) {
  SSL_CTX_up_ref(context.native_handle());
  return ::asio::ssl::context(context.native_handle());
}

// A client's stream, before its handshake: `host` is whom the server's certificate must name.
//
//     auto stream = aio::SslClient(std::move(socket), context, "example.org");
//     co_await stream->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
//     aio::FramedStream messages(*std::move(stream), LengthFieldFramer());
//
// When a write is cancelled, asio::ssl::stream loses what was going out of its record: FramedStream
// refuses to send from then on, and async_shutdown() is noise to the peer too. Where sends are
// cancelled, aio::Connect() and its aio::Stream are the better choice.
//
// The peer's close_notify is FramedStream's kEnd; without it the connection was cut, which is the
// io_error() asio::ssl::error::stream_truncated and the status kDataLoss.
template <typename Socket>
absl::StatusOr<::asio::ssl::stream<Socket>> SslClient(Socket socket, const tls::Context& context,
                                                      std::string_view host) {
  ::asio::ssl::context shared = SslContext(context);
  ::asio::ssl::stream<Socket> stream(std::move(socket), shared);
  if (absl::Status status = tls::ExpectHost(stream.native_handle(), host); !status.ok()) {
    return status;
  }
  return stream;
}

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_SSL_STREAM_H_
