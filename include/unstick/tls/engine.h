// TLS on a descriptor that someone else owns and waits for.

#ifndef UNSTICK_TLS_ENGINE_H_
#define UNSTICK_TLS_ENGINE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/io_result.h"
#include "unstick/tls/context.h"

struct ssl_st;  // OpenSSL's SSL

namespace unstick::inline v0::tls {

// Moves bytes between a connected stream socket and the plaintext inside. Never waits, never raises
// SIGPIPE. tls::Stream is a ByteStream made of one, a mutex and poll(2); event loops use it as it
// is.
//
//     Handshake() == EAGAIN --> wait for the descriptor: WaitFor() --> Handshake() again
//                 == 0      --> ReadSome(), WriteSome(), Flush(), ShutdownWrite()
//                 else      --> ErrorStatus() says why; a peer that was refused has been told
//
// Plaintext exists only after Handshake() has said 0, that is after the peer's certificate was
// checked. A server's verdict on a client's certificate may reach the client behind the handshake
// (TLS 1.3), as an error of ReadSome().
//
// WriteSome() takes at most a record (16 KiB) and keeps what the kernel did not take of it, so that
// nothing has to be offered twice: until Flush() says 0 that is not on its way, and no more is
// taken. Errors stay. Thread-compatible.
class UNSTICK_EXPORT Engine {
 public:
  // `host` is whom the client wants: a name or an IP address, as the certificate must have it.
  // Names are also told to the server (SNI). kInvalidArgument for a host that cannot be one, or
  // for a context of the other side.
  static absl::StatusOr<Engine> ForClient(int fd, const Context& context, std::string_view host);
  static absl::StatusOr<Engine> ForServer(int fd, const Context& context);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // 0, EAGAIN, or an errno: EPROTO when TLS itself failed.
  [[nodiscard]] int Handshake();

  // kEnd behind the peer's close_notify; kCut when the connection ended without it. Writing goes on
  // after both: what came before may be answered.
  net::IoResult ReadSome(ByteSpan into);
  net::IoResult WriteSome(std::span<const ByteView> parts);
  [[nodiscard]] int Flush();  // 0, EAGAIN, or an errno
  // Lets the peer read the end: close_notify, and the end of the transport's direction behind it.
  // Must be followed by Flush(). Reading goes on.
  int ShutdownWrite();

  // What the call that said EAGAIN or kWouldBlock needs, by a poll(2) flag: POLLIN or POLLOUT. TLS
  // may have to read in order to write, and the other way round.
  short read_waits_for() const;
  short write_waits_for() const;
  // ReadSome() has something to say although the descriptor may not become readable: input that
  // was taken from it, or the end.
  bool has_input() const;

  // Of an error that a call has given: in words, as far as TLS knows why.
  //   kUnauthenticated    the peer's certificate was refused here, or there was none
  //   kPermissionDenied   the peer refused us: the certificate, or its absence
  //   kUnimplemented      no version or cipher that both sides speak
  //   kDataLoss           the bytes are no TLS, or broken TLS
  //   kUnavailable        the connection ended during the handshake
  // Others as StatusFromErrno() has them.
  absl::Status ErrorStatus(int error_code, std::string_view what) const;

  std::string version() const;       // "TLSv1.3"; empty before the handshake is done, as the others
  std::string cipher() const;        // "TLS_AES_256_GCM_SHA384"
  std::string peer_subject() const;  // of the checked certificate, RFC 4514: "CN=alice,O=x"
  ssl_st* native_handle() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  static absl::StatusOr<Engine> Make(int fd, const Context& context);

  std::unique_ptr<State> state_;
};

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_TLS_ENGINE_H_
