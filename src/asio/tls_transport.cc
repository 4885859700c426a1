#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "src/asio/socket_transport.h"
#include "unstick/asio/tls.h"
#include "unstick/net/io_result.h"
#include "unstick/tls/engine.h"

namespace unstick::inline v0::aio {
namespace {

using Kind = TransportResult::Kind;

// What one Write() takes at most, so that no connection holds its thread for long.
constexpr std::size_t kMaxWrite = std::size_t{256} << 10;

// More than the engine can have taken from the socket and not given out: a record that is open and
// what was read ahead of it.
constexpr std::size_t kMaxTaken = std::size_t{64} << 10;

HandshakeFault FaultOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return HandshakeFault::kPeerRefused;
    case absl::StatusCode::kPermissionDenied:
      return HandshakeFault::kRefusedByPeer;
    case absl::StatusCode::kUnimplemented:
      return HandshakeFault::kNothingInCommon;
    case absl::StatusCode::kDataLoss:
      return HandshakeFault::kProtocol;
    default:
      return HandshakeFault::kLost;
  }
}

class Tls final : public Transport {
 public:
  // A server's, or the client's of `host`.
  explicit Tls(tls::Context context, std::string host = {})
      : context_(std::move(context)), host_(std::move(host)) {}

  TransportResult Handshake(int fd) override {
    if (!engine_) {
      absl::StatusOr<tls::Engine> made = context_.is_server()
                                             ? tls::Engine::ForServer(fd, context_)
                                             : tls::Engine::ForClient(fd, context_, host_);
      if (!made.ok()) {
        refused_ = true;
        return Failed(made.status().code() == absl::StatusCode::kInvalidArgument ? EINVAL : ENOMEM);
      }
      engine_ = std::make_unique<tls::Engine>(*std::move(made));
    }
    const int error = engine_->Handshake();
    if (error == 0) return {};
    if (error == EAGAIN) return Waits(engine_->read_waits_for());
    refused_ = true;
    return Failed(error);
  }

  TransportResult Read(int fd, ByteSpan into) override {
    if (refused_) return detail::SocketTransport::Instance().Read(fd, into);
    const net::IoResult got = engine_->ReadSome(into);
    switch (got.kind()) {
      case net::IoResult::Kind::kBytes:
        return {.bytes = got.bytes()};
      case net::IoResult::Kind::kEnd:
        return {.kind = Kind::kEnd};
      case net::IoResult::Kind::kCut:
        return {.kind = Kind::kCut};
      case net::IoResult::Kind::kWouldBlock:
        return Waits(engine_->read_waits_for());
      case net::IoResult::Kind::kError:
        break;
    }
    return Failed(got.error_code());
  }

  // What the engine took and still holds counts as written only when it is out. It is offered again
  // until then, as the first of `bytes`. Errors stay, so bytes that are out are told first.
  TransportResult Write(int, ByteView bytes) override {
    std::size_t out = 0;
    for (;;) {
      const int error = engine_->Flush();
      if (error == EAGAIN) break;
      if (error != 0) return out > 0 ? TransportResult{.bytes = out} : Failed(error);
      out += std::exchange(held_, 0);
      const ByteView rest = bytes.subspan(out);
      if (rest.empty() || out >= kMaxWrite) break;
      const net::IoResult put = engine_->WriteSome({&rest, 1});
      if (put.kind() == net::IoResult::Kind::kError && out == 0) return Failed(put.error_code());
      if (put.kind() != net::IoResult::Kind::kBytes) break;
      held_ = put.bytes();
    }
    if (out > 0) return {.bytes = out};
    return Waits(engine_->write_waits_for());
  }

  TransportResult CloseWrite(int fd) override {
    if (refused_) {
      if (engine_ && engine_->Flush() == EAGAIN) return Waits(POLLOUT);
      return detail::SocketTransport::Instance().CloseWrite(fd);
    }
    const int shut = engine_->ShutdownWrite();
    const int error = shut != 0 ? shut : engine_->Flush();
    if (error == 0) return {};
    return error == EAGAIN ? Waits(engine_->write_waits_for()) : Failed(error);
  }

  bool HoldsInput() const override { return engine_ && !refused_ && engine_->has_input(); }
  // Records are never smaller than what is in them.
  std::uint64_t Arrived(int fd) const override {
    return detail::SocketTransport::Instance().Arrived(fd) + kMaxTaken;
  }
  std::string Explain() const override {
    if (!engine_ || error_ != EPROTO) return {};
    const absl::Status why = engine_->ErrorStatus(error_, "tls");
    return std::string(why.message());
  }
  bool IsTls() const override { return true; }
  std::string PeerSubject() const override { return engine_ ? engine_->peer_subject() : ""; }

 private:
  static TransportResult Waits(short waits_for) {
    return {.kind = waits_for == POLLOUT ? Kind::kWaitWrite : Kind::kWaitRead};
  }
  TransportResult Failed(int error) {
    error_ = error;
    return {.kind = Kind::kError,
            .error = {error, std::system_category()},
            .fault = engine_ ? FaultOf(engine_->ErrorStatus(error, "")) : HandshakeFault::kLost};
  }

  tls::Context context_;
  std::string host_;
  std::unique_ptr<tls::Engine> engine_;  // made by the first Handshake()
  std::size_t held_ = 0;                 // bytes that the engine took and has not handed on
  int error_ = 0;
  bool refused_ = false;  // the handshake failed: only the goodbye is left
};

}  // namespace

TransportFactory TlsTransport(tls::Context context) {
  assert(context.is_server());
  return [context = std::move(context)] { return std::make_unique<Tls>(context); };
}

TransportFactory TlsTransport(tls::Context context, std::string host) {
  assert(!context.is_server());
  return [context = std::move(context), host = std::move(host)] {
    return std::make_unique<Tls>(context, host);
  };
}

}  // namespace unstick::inline v0::aio
