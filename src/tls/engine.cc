#include "unstick/tls/engine.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/tls/errors.h"
#include "src/tls/openssl_ptr.h"
#include "src/tls/refusal.h"
#include "src/tls/transport.h"
#include "unstick/core/bytes.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::tls {
namespace {

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
// How many bytes of records that bring no plaintext (key updates, empty ones) may come in a row: a
// peer that goes on so would keep us busy for nothing. Some thousand key updates, which a peer that
// only listens to a long stream may well send. Bytes and not reads: how many records one read takes
// depends on how they arrive and on the version of OpenSSL.
constexpr std::size_t kMaxSilentBytes = std::size_t{128} << 10;

// A record's worth of the first bytes: where they lie, or copied together into `room`.
ByteView FirstRecord(std::span<const ByteView> parts, std::span<std::byte, kRecord> room) {
  while (!parts.empty() && parts.front().empty()) parts = parts.subspan(1);
  if (parts.empty()) return {};
  if (parts.size() == 1 || parts.front().size() >= kRecord) {
    return parts.front().first(std::min(parts.front().size(), kRecord));
  }
  std::size_t size = 0;
  for (const ByteView part : parts) {
    const std::size_t n = std::min(part.size(), room.size() - size);
    std::copy_n(part.begin(), n, room.begin() + static_cast<std::ptrdiff_t>(size));
    size += n;
  }
  return room.first(size);
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, 16> address;
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// Names and addresses as certificates have them: without a scope, without the root's dot.
std::string PlainHost(std::string_view host) {
  if (host.find(':') != host.npos) return std::string(host.substr(0, host.find('%')));
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::string(host);
}

}  // namespace

absl::Status ExpectHost(SSL* ssl, std::string_view wanted_host) {
  const std::string host = PlainHost(wanted_host);
  if (host.empty() || host.size() > 253 || host.find('\0') != host.npos) {
    return absl::InvalidArgumentError("tls: \"" + host + "\" is no host that could be verified");
  }
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
  bool ok = false;
  if (IsAddress(host)) {
    ok = X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  } else {
    // RFC 9525: names are those of subjectAltName alone, and a wildcard is a whole label.
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  }
  const unsigned long error = TakeError();
  return ok ? absl::OkStatus() : absl::InvalidArgumentError("tls: " + host + ": " + Words(error));
}

struct Engine::State {
  using Kind = net::IoResult::Kind;

  explicit State(int fd) : transport(fd) {}

  // Runs an operation of OpenSSL until it is done, would wait, or fails. kBytes: it is done.
  template <typename Operation>
  Kind Run(Operation operation, short& waits_for) {
    for (;;) {
      ERR_clear_error();
      transport.set_starved(false);
      const int result = operation(ssl.get());
      if (result > 0) return Kind::kBytes;
      const int kind = SSL_get_error(ssl.get(), result);
      const unsigned long error = TakeError();
      switch (kind) {
        case SSL_ERROR_WANT_WRITE:
          waits_for = POLLOUT;
          return Kind::kWouldBlock;
        case SSL_ERROR_ZERO_RETURN:
          return Kind::kEnd;
        case SSL_ERROR_WANT_READ:
          if (transport.ended()) return Fail(error);
          if (transport.starved()) {
            waits_for = POLLIN;
            return Kind::kWouldBlock;
          }
          if (SilentRead()) continue;
          return Kind::kError;
        case SSL_ERROR_SYSCALL:
          // A record behind our close_notify that nobody needs any more.
          if (error == 0 && transport.read_error() == 0 && !transport.ended()) {
            if (SilentRead()) continue;
            return Kind::kError;
          }
          [[fallthrough]];
        default:
          return Fail(error);
      }
    }
  }

  void Heard() {
    silent_bytes = 0;
    static_cast<void>(transport.TakeReceived());
  }

  bool SilentRead() {
    silent_bytes += 1 + transport.TakeReceived();  // a read without any counts too: there is an end
    if (silent_bytes <= kMaxSilentBytes) return true;
    why = absl::DataLossError("a flood of records that brought nothing");
    error_code = EPROTO;
    return false;
  }

  Kind Fail(unsigned long error) {
    if (transport.read_error() != 0) {
      error_code = transport.read_error();
      return Kind::kError;
    }
    if (handshaken && transport.ended()) return Kind::kCut;
    why = transport.ended()
              ? FailureStatus(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING),
                              ssl.get(), refused)
              : FailureStatus(error, ssl.get(), refused);
    error_code = EPROTO;
    return Kind::kError;
  }

  Transport transport;
  std::string refused;  // subject of the certificate that was refused
  SslPtr ssl;
  bool handshaken = false;
  bool shut = false;     // close_notify was written
  bool fin_out = false;  // and the transport's end behind it
  bool read_blocked = false;
  std::size_t silent_bytes = 0;
  int error_code = 0;  // why the last operation failed
  short read_waits_for = POLLIN;
  short write_waits_for = POLLOUT;
  std::optional<net::IoResult> read_over;  // the answer to every further read
  int write_over = 0;                      // the error of every further write
  absl::Status why;                        // TLS's own word for an EPROTO
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

absl::StatusOr<Engine> Engine::Make(int fd, const Context& context) {
  auto state = std::make_unique<State>(fd);
  state->ssl.reset(SSL_new(context.native_handle()));
  BIO* const bio = state->ssl == nullptr ? nullptr : state->transport.NewBio();
  if (bio == nullptr || !KeepRefusals(state->ssl.get(), &state->refused)) {
    BIO_free(bio);
    return absl::InternalError("OpenSSL: " + Words(TakeError()));
  }
  SSL_set_bio(state->ssl.get(), bio, bio);
  SSL_clear_mode(state->ssl.get(), SSL_MODE_AUTO_RETRY);  // so that silent records are counted
  SSL_set_read_ahead(state->ssl.get(), 1);
  return Engine(std::move(state));
}

absl::StatusOr<Engine> Engine::ForClient(int fd, const Context& context, std::string_view host) {
  if (context.is_server()) return absl::InvalidArgumentError("tls: a server's context in a client");
  absl::StatusOr<Engine> made = Make(fd, context);
  if (!made.ok()) return made.status();
  SSL* const ssl = made->state_->ssl.get();
  if (absl::Status status = ExpectHost(ssl, host); !status.ok()) return status;
  SSL_set_connect_state(ssl);
  return made;
}

absl::StatusOr<Engine> Engine::ForServer(int fd, const Context& context) {
  if (!context.is_server()) {
    return absl::InvalidArgumentError("tls: a client's context in a server");
  }
  absl::StatusOr<Engine> made = Make(fd, context);
  if (made.ok()) SSL_set_accept_state(made->state_->ssl.get());
  return made;
}

int Engine::Handshake() {
  State& s = *state_;
  if (s.write_over != 0) return s.write_over;
  if (!s.handshaken) {
    switch (s.Run(SSL_do_handshake, s.read_waits_for)) {
      case net::IoResult::Kind::kBytes:
        s.handshaken = true;
        s.Heard();
        break;
      case net::IoResult::Kind::kWouldBlock:
        // The peer has nothing to answer before it has all of what we said.
        if (s.transport.Flush() == EAGAIN) s.read_waits_for = POLLOUT;
        return EAGAIN;
      default:
        s.read_over = net::IoResult::Error(s.error_code);
        s.write_over = s.error_code;
        return s.error_code;
    }
  }
  const int error = s.transport.Flush();
  if (error == EAGAIN) s.read_waits_for = POLLOUT;
  return error;
}

net::IoResult Engine::ReadSome(ByteSpan into) {
  using Kind = net::IoResult::Kind;
  State& s = *state_;
  if (s.read_over) return *s.read_over;
  if (!s.handshaken) return net::IoResult::Error(ENOTCONN);
  s.read_blocked = false;
  std::size_t total = 0;
  while (total < into.size()) {
    const ByteSpan room = into.subspan(total);
    std::size_t n = 0;
    const auto read = [&](SSL* ssl) { return SSL_read_ex(ssl, room.data(), room.size(), &n); };
    switch (s.Run(read, s.read_waits_for)) {
      case Kind::kBytes:
        s.Heard();
        total += n;
        continue;
      case Kind::kWouldBlock:
        s.read_blocked = true;  // what OpenSSL holds is no whole record
        break;
      case Kind::kEnd:
        s.read_over = net::IoResult::End();
        break;
      case Kind::kCut:  // of the other direction nothing is said: what came whole may be answered
        s.read_over = net::IoResult::Cut();
        break;
      case Kind::kError:
        s.read_over = net::IoResult::Error(s.error_code);
        s.write_over = s.error_code;
        break;
    }
    break;
  }
  if (total > 0) return net::IoResult::Bytes(total);
  return s.read_over ? *s.read_over : net::IoResult::WouldBlock();
}

net::IoResult Engine::WriteSome(std::span<const ByteView> parts) {
  State& s = *state_;
  if (s.write_over != 0) return net::IoResult::Error(s.write_over);
  if (!s.handshaken) return net::IoResult::Error(ENOTCONN);
  if (s.shut) return net::IoResult::Error(EPIPE);
  if (s.transport.Flush() == EAGAIN) {
    s.write_waits_for = POLLOUT;
    return net::IoResult::WouldBlock();
  }
  std::array<std::byte, kRecord> room;
  const ByteView record = FirstRecord(parts, room);
  std::size_t n = 0;
  const auto write = [&](SSL* ssl) { return SSL_write_ex(ssl, record.data(), record.size(), &n); };
  const net::IoResult::Kind done = s.Run(write, s.write_waits_for);
  if (done == net::IoResult::Kind::kWouldBlock) return net::IoResult::WouldBlock();
  s.write_over = s.transport.write_error();
  if (done != net::IoResult::Kind::kBytes && s.write_over == 0) {
    s.write_over = s.error_code != 0 ? s.error_code : EPIPE;
  }
  return s.write_over != 0 ? net::IoResult::Error(s.write_over) : net::IoResult::Bytes(n);
}

int Engine::Flush() {
  State& s = *state_;
  const int error = s.transport.Flush();
  if (error == EAGAIN) s.write_waits_for = POLLOUT;
  if (error == 0 && s.shut && !s.fin_out) {
    s.fin_out = true;
    s.transport.ShutdownWrite();
  }
  return error;
}

int Engine::ShutdownWrite() {
  State& s = *state_;
  if (!s.handshaken) return ENOTCONN;
  if (s.shut) return 0;
  if (s.write_over != 0) return s.write_over;
  // A key update that SSL_key_update() asked for goes out first: OpenSSL does not end before it.
  if (SSL_in_init(s.ssl.get()) == 1) {
    const State::Kind updated = s.Run(SSL_do_handshake, s.write_waits_for);
    if (updated == State::Kind::kWouldBlock) return EAGAIN;
    if (updated != State::Kind::kBytes) s.write_over = s.error_code != 0 ? s.error_code : EPIPE;
    if (s.write_over != 0) return s.write_over;
  }
  ERR_clear_error();
  const int result = SSL_shutdown(s.ssl.get());
  ERR_clear_error();
  if (result < 0) return s.write_over = EPROTO;  // and no end of the transport without close_notify
  s.shut = true;
  return 0;
}

short Engine::read_waits_for() const { return state_->read_waits_for; }
short Engine::write_waits_for() const { return state_->write_waits_for; }
bool Engine::has_input() const {
  return state_->read_over || (!state_->read_blocked && SSL_has_pending(state_->ssl.get()) == 1);
}

absl::Status Engine::ErrorStatus(int error_code, std::string_view what) const {
  const absl::Status& why = state_->why;
  if (error_code != EPROTO || why.ok()) return net::StatusFromErrno(error_code, what);
  return {why.code(), std::string(what) + ": " + std::string(why.message())};
}

std::string Engine::version() const {
  return state_->handshaken ? SSL_get_version(state_->ssl.get()) : "";
}
std::string Engine::cipher() const {
  return state_->handshaken ? SSL_get_cipher_name(state_->ssl.get()) : "";
}
std::string Engine::peer_subject() const {
  if (!state_->handshaken) return "";
  return SubjectOf(SSL_get0_peer_certificate(state_->ssl.get()));
}
ssl_st* Engine::native_handle() const { return state_->ssl.get(); }

}  // namespace unstick::inline v0::tls
