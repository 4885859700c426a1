#include "tests/interop/driver/relay.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <span>
#include <utility>

#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::interop {
namespace {

constexpr std::size_t kRoom = std::size_t{64} << 10;
constexpr short kReady = POLLIN | POLLHUP | POLLERR;

// No interest: poll() passes over negative descriptors, hang-ups included.
pollfd Interest(const net::Socket& socket, bool read, bool write) {
  const int events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
  return {events == 0 ? -1 : socket.fd(), static_cast<short>(events), 0};
}

}  // namespace

absl::Status Direction::Read(net::Socket& from) {
  StreamBuffer raw;
  StreamBuffer& into = reframer_ ? raw : waiting_;
  const net::IoResult io = from.ReadSome(into.Prepare(kRoom));
  switch (io.kind()) {
    case net::IoResult::Kind::kBytes:
      into.Commit(io.bytes());
      return reframer_ ? reframer_->Take(raw.readable(), waiting_) : absl::OkStatus();
    case net::IoResult::Kind::kEnd:
    case net::IoResult::Kind::kCut:
      ended_ = true;
      return reframer_ ? reframer_->Finish(waiting_) : absl::OkStatus();
    case net::IoResult::Kind::kWouldBlock:
      return absl::OkStatus();
    case net::IoResult::Kind::kError:
      break;
  }
  return net::StatusFromErrno(io.error_code(), "relay: read");
}

absl::Status Direction::Write(net::Socket& to, RelayCounts& counts) {
  if (!waiting_.empty()) {
    const ByteView piece = waiting_.readable().first(cutter_.Next(waiting_.size()));
    const net::IoResult io = to.WriteSome({&piece, 1});
    if (io.kind() == net::IoResult::Kind::kError) {
      return net::StatusFromErrno(io.error_code(), "relay: write");
    }
    waiting_.Consume(io.bytes());
    counts.bytes += io.bytes();
    counts.pieces += io.bytes() > 0 ? 1 : 0;
  }
  if (waiting_.empty() && ended_ && !shut_) {
    shut_ = true;
    to.ShutdownWrite();  // it may have gone already, which is its right after the end
  }
  return absl::OkStatus();
}

absl::Status Relay::Run() {
  for (;;) {
    std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
    for (const Connection& c : connections_) {
      polled.push_back(Interest(c.client, c.up.wants_read(), c.down.wants_write()));
      polled.push_back(Interest(c.server, c.down.wants_read(), c.up.wants_write()));
    }
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return net::StatusFromErrno(errno, "relay: poll");
    }
    std::size_t at = 2;
    for (auto c = connections_.begin(); c != connections_.end(); at += 2) {
      const absl::Status moved = Move(*c, polled[at].revents, polled[at + 1].revents);
      if (!moved.ok() || c->done()) Retire(*c);
      if (!moved.ok()) return moved;
      c = c->done() ? connections_.erase(c) : std::next(c);
    }
    if (polled[1].revents != 0) {
      if (absl::Status accepted = Accept(); !accepted.ok()) return accepted;
    }
    if (polled[0].revents != 0) break;
  }
  for (const Connection& c : connections_) Retire(c);
  return absl::OkStatus();
}

absl::Status Relay::Accept() {
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  absl::StatusOr<net::Socket> client = listener_.Accept(soon);
  if (!client.ok()) return client.status();
  absl::StatusOr<net::Socket> server = net::Connect(target_, soon);
  if (!server.ok()) return server.status();
  const std::uint64_t up_seed = seed_++;
  const std::uint64_t down_seed = seed_++;
  connections_.push_back({*std::move(client), *std::move(server),
                          Direction(up_seed, MakeReframer(true, up_seed)),
                          Direction(down_seed, MakeReframer(false, down_seed))});
  return absl::OkStatus();
}

std::optional<Reframer> Relay::MakeReframer(bool up, std::uint64_t seed) const {
  if (!framing_) return std::nullopt;
  return Reframer(up ? framing_->up : framing_->down, framing_->own, ~seed);
}

absl::Status Relay::Move(Connection& c, short client_ready, short server_ready) {
  absl::Status status;
  if ((client_ready & kReady) != 0 && c.up.wants_read()) status.Update(c.up.Read(c.client));
  if ((server_ready & kReady) != 0 && c.down.wants_read()) status.Update(c.down.Read(c.server));
  if (status.ok() && c.up.wants_write()) status.Update(c.up.Write(c.server, counts_));
  if (status.ok() && c.down.wants_write()) status.Update(c.down.Write(c.client, counts_));
  return status;
}

void Relay::Retire(const Connection& connection) {
  if (!framing_) return;
  counts_.frames_up += connection.up.reframer()->frames();
  counts_.frames_down += connection.down.reframer()->frames();
  counts_.reads += connection.up.reframer()->pieces() + connection.down.reframer()->pieces();
}

}  // namespace unstick::inline v0::interop
