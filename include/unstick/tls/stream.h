// A TLS connection as a byte stream for net::MessageStream.

#ifndef UNSTICK_TLS_STREAM_H_
#define UNSTICK_TLS_STREAM_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/socket_address.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::tls {

// A socket behind a handshake that succeeded.
//
//     absl::StatusOr<tls::Stream> stream = tls::Connect(endpoint, context, deadline);
//     net::MessageStream messages(*std::move(stream), LengthFieldFramer());
//
// The peer's close_notify is the end (kEnd); a connection that ended without it was cut (kCut),
// on a frame's boundary or not. After both, this side may still send. CloseWrite() sends ours.
//
// Threads: one may read while another writes; a mutex lets them take turns, and nobody waits while
// holding it. Moving, closing and aborting need the stream alone. Memory: OpenSSL's, which gives
// its buffers back between records, and at most 80 KiB of output that the kernel does not take.
class UNSTICK_EXPORT Stream {
 public:
  // Shakes hands on a socket that has carried nothing, or nothing more, in the clear. `host` is
  // whom we want: the server's certificate must have that name or IP address. Errors: those of
  // Engine::ErrorStatus(), kDeadlineExceeded, kInvalidArgument for a context of the other side or
  // a host that cannot be one. The socket is closed then; a peer that was refused has been told.
  static absl::StatusOr<Stream> Connect(net::Socket socket, const Context& context,
                                        std::string_view host,
                                        net::Deadline until = net::kNoDeadline);
  static absl::StatusOr<Stream> Accept(net::Socket socket, const Context& context,
                                       net::Deadline until = net::kNoDeadline);

  Stream();  // closed: everything answers EBADF
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();  // Close()

  // ByteStream, with output that it may hold and errors that it explains.
  net::IoResult ReadSome(ByteSpan into);
  net::IoResult WriteSome(std::span<const ByteView> parts);
  [[nodiscard]] int WaitReadable(net::Deadline until);
  [[nodiscard]] int WaitWritable(net::Deadline until);
  [[nodiscard]] int Flush();
  int ShutdownWrite();
  void Abort();  // no close_notify, and a reset
  void Close();  // sends close_notify if the kernel takes it at once
  absl::Status ErrorStatus(int error_code, std::string_view what) const;

  // What was agreed: see Engine.
  std::string version() const;
  std::string cipher() const;
  std::string peer_subject() const;
  net::SocketAddress local_address() const;
  net::SocketAddress peer_address() const;
  bool is_open() const;

 private:
  struct State;
  explicit Stream(std::unique_ptr<State> state);
  static absl::StatusOr<Stream> ShakeHands(std::unique_ptr<State> state, std::string_view what,
                                           net::Deadline until);

  std::unique_ptr<State> state_;
};
static_assert(net::ByteStream<Stream> && net::HoldsOutput<Stream> && net::ExplainsErrors<Stream>);

// Connects to `endpoint` (tls) and shakes hands with its host, all within `until`, the lookup of a
// name aside. An empty host is "localhost". Errors: those of net::Connect() and Stream::Connect().
UNSTICK_EXPORT absl::StatusOr<Stream> Connect(const net::Endpoint& endpoint, const Context& context,
                                              net::Deadline until = net::kNoDeadline);

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_TLS_STREAM_H_
