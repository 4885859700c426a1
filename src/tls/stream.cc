#include "unstick/tls/stream.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/net/transfer.h"
#include "unstick/tls/engine.h"
#include "unstick/tls/upgrade.h"

namespace unstick::inline v0::tls {

using net::Deadline;
using net::IoResult;

namespace {

// A peer that was refused reads why before the connection goes: closing with unread input would
// reset it. It has this long, and may say this much more.
constexpr auto kGoodbyeTime = std::chrono::seconds(1);
constexpr std::uint64_t kGoodbyeBytes = std::uint64_t{1} << 20;

// How long a writer waits for input at most. A reader may take what it waits for.
constexpr auto kWriterLooksEvery = std::chrono::milliseconds(10);

void SayGoodbye(net::Socket& socket, Engine& engine, Deadline until) {
  const Deadline limit = std::min(until, net::DeadlineIn(kGoodbyeTime));
  if (engine.Flush() != 0 || socket.ShutdownWrite() != 0) return;
  std::array<std::byte, 4096> scratch;
  net::DrainInput(socket, scratch, kGoodbyeBytes, limit).IgnoreError();
}

}  // namespace

struct Stream::State {
  State(net::Socket connected, Engine made)
      : socket(std::move(connected)), engine(std::move(made)) {}

  net::Socket socket;
  std::mutex mutex;
  Engine engine;  // on socket's descriptor; guarded by mutex
};

Stream::Stream() = default;
Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    Close();
    state_ = std::move(other.state_);
  }
  return *this;
}
Stream::~Stream() { Close(); }

absl::StatusOr<Stream> Stream::Connect(net::Socket socket, const Context& context,
                                       std::string_view host, Deadline until) {
  absl::StatusOr<Engine> engine = Engine::ForClient(socket.fd(), context, host);
  if (!engine.ok()) return engine.status();
  return ShakeHands(std::make_unique<State>(std::move(socket), *std::move(engine)),
                    "tls handshake with " + std::string(host), until);
}

absl::StatusOr<Stream> Stream::Accept(net::Socket socket, const Context& context, Deadline until) {
  absl::StatusOr<Engine> engine = Engine::ForServer(socket.fd(), context);
  if (!engine.ok()) return engine.status();
  return ShakeHands(std::make_unique<State>(std::move(socket), *std::move(engine)), "tls handshake",
                    until);
}

absl::StatusOr<Stream> Stream::ShakeHands(std::unique_ptr<State> state, std::string_view what,
                                          Deadline until) {
  Engine& engine = state->engine;
  for (;;) {
    int error = engine.Handshake();
    if (error == 0) return Stream(std::move(state));
    if (error != EAGAIN) {
      absl::Status why = engine.ErrorStatus(error, what);
      SayGoodbye(state->socket, engine, until);
      return why;
    }
    error = engine.read_waits_for() == POLLOUT ? state->socket.WaitWritable(until)
                                               : state->socket.WaitReadable(until);
    if (absl::Status waited = net::detail::WaitStatus(error, what); !waited.ok()) return waited;
  }
}

IoResult Stream::ReadSome(ByteSpan into) {
  if (!is_open()) return IoResult::Error(EBADF);
  const std::lock_guard lock(state_->mutex);
  return state_->engine.ReadSome(into);
}

IoResult Stream::WriteSome(std::span<const ByteView> parts) {
  if (!is_open()) return IoResult::Error(EBADF);
  const std::lock_guard lock(state_->mutex);
  return state_->engine.WriteSome(parts);
}

int Stream::WaitReadable(Deadline until) {
  if (!is_open()) return EBADF;
  short waits_for = POLLIN;
  {
    const std::lock_guard lock(state_->mutex);
    waits_for = state_->engine.read_waits_for();
  }
  return waits_for == POLLOUT ? state_->socket.WaitWritable(until)
                              : state_->socket.WaitReadable(until);
}

int Stream::WaitWritable(Deadline until) {
  if (!is_open()) return EBADF;
  short waits_for = POLLOUT;
  {
    const std::lock_guard lock(state_->mutex);
    waits_for = state_->engine.write_waits_for();
  }
  if (waits_for == POLLOUT) return state_->socket.WaitWritable(until);
  const Deadline soon = net::DeadlineIn(kWriterLooksEvery);
  const int error = state_->socket.WaitReadable(std::min(until, soon));
  return error == ETIMEDOUT && soon < until ? 0 : error;
}

int Stream::Flush() {
  if (!is_open()) return EBADF;
  const std::lock_guard lock(state_->mutex);
  return state_->engine.Flush();
}

int Stream::ShutdownWrite() {
  if (!is_open()) return EBADF;
  const std::lock_guard lock(state_->mutex);
  return state_->engine.ShutdownWrite();
}

void Stream::Abort() {
  if (is_open()) state_->socket.Abort();
}

void Stream::Close() {
  if (!is_open()) return;
  if (state_->engine.ShutdownWrite() == 0) static_cast<void>(state_->engine.Flush());
  state_->socket.Close();
}

absl::Status Stream::ErrorStatus(int error_code, std::string_view what) const {
  if (state_ == nullptr) return net::StatusFromErrno(error_code, what);
  const std::lock_guard lock(state_->mutex);
  return state_->engine.ErrorStatus(error_code, what);
}

std::string Stream::version() const { return state_ ? state_->engine.version() : ""; }
std::string Stream::cipher() const { return state_ ? state_->engine.cipher() : ""; }
std::string Stream::peer_subject() const { return state_ ? state_->engine.peer_subject() : ""; }
net::SocketAddress Stream::local_address() const {
  return state_ ? state_->socket.local_address() : net::SocketAddress();
}
net::SocketAddress Stream::peer_address() const {
  return state_ ? state_->socket.peer_address() : net::SocketAddress();
}
bool Stream::is_open() const { return state_ != nullptr && state_->socket.is_open(); }

absl::StatusOr<Stream> Connect(const net::Endpoint& endpoint, const Context& context,
                               Deadline until) {
  if (endpoint.scheme != net::Endpoint::Scheme::kTls) {
    return absl::InvalidArgumentError("connect to " + endpoint.ToString() + ": not tls");
  }
  absl::StatusOr<net::Socket> socket = net::detail::ConnectBelow(endpoint, until);
  if (!socket.ok()) return socket.status();
  return Stream::Connect(*std::move(socket), context,
                         endpoint.host.empty() ? "localhost" : endpoint.host, until);
}

namespace detail {

absl::Status CheckUpgrade(std::size_t unread, bool torn) {
  if (torn) return absl::FailedPreconditionError("upgrade to TLS: a frame was sent in part");
  if (unread > 0) {
    return absl::DataLossError("upgrade to TLS: " + std::to_string(unread) +
                               " bytes in the clear came before it, which must not be believed");
  }
  return absl::OkStatus();
}

}  // namespace detail
}  // namespace unstick::inline v0::tls
