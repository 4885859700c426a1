#include "src/asio/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <cstring>
#include <exception>
#include <utility>

#include "unstick/core/frame_error.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio::detail {
namespace {

bool WouldBlock(const std::error_code& error) {
  return error == ::asio::error::would_block || error == ::asio::error::try_again ||
         error == ::asio::error::interrupted;
}

// Asio's category for errno values does not compare equal to std::errc's.
std::error_code Standard(const std::error_code& error) {
  if (error.category() != ::asio::system_category()) return error;
  return {error.value(), std::system_category()};
}

bool Passed(net::Deadline since, std::chrono::milliseconds timeout, net::Deadline now) {
  return timeout.count() > 0 && now - since >= timeout;
}

}  // namespace

Connection::Connection(Worker& worker, StreamSocket socket, const net::SocketAddress& peer,
                       std::uint64_t id)
    : Session(id),
      worker_(worker),
      socket_(std::move(socket)),
      active_since_(net::Clock::now()),
      frame_since_(active_since_),
      write_since_(active_since_) {
  const std::size_t size = peer.family() == AF_UNIX ? sizeof(sa_family_t) : peer.size();
  std::memcpy(&peer_address_, peer.data(), std::min(size, sizeof(peer_address_)));
}

Connection::~Connection() = default;

net::Endpoint Connection::remote() const {
  const auto size = peer_address_.sin6_family == AF_INET6  ? sizeof(sockaddr_in6)
                    : peer_address_.sin6_family == AF_INET ? sizeof(sockaddr_in)
                                                           : sizeof(sa_family_t);
  const net::SocketAddress address(reinterpret_cast<const sockaddr*>(&peer_address_),
                                   static_cast<socklen_t>(size));
  const bool unix_peer = peer_address_.sin6_family == AF_UNIX;
  return net::Endpoint::Of(unix_peer ? net::Endpoint::Scheme::kUnix : net::Endpoint::Scheme::kTcp,
                           address);
}

void Connection::Start(std::error_code error) {
  Turn([&] {
    if (error) return Die({.reason = CloseReason::kIoError, .io_error = Standard(error)});
    peer_ = worker_.MakePeer(*this, gate_);
    if (worker_.options().on_open) worker_.options().on_open(*this);
  });
}

// ---- Turns -------------------------------------------------------------------------------------

template <typename Body>
void Connection::Turn(Body body) {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<Connection> alive = self();
  in_turn_ = true;
  worker_.LendOutput(out_);
  try {
    body();
  } catch (...) {  // the handler's, or no memory: this connection's affair alone
    Finish({.reason = CloseReason::kHandlerFailed});
  }
  in_turn_ = false;
  try {
    EndTurn();
  } catch (...) {
    Note({.reason = CloseReason::kHandlerFailed});
    CloseSocket();
  }
}

void Connection::EndTurn() {
  if (!dead_) Flush();
  if (dead_) return CloseSocket();
  UpdateGate();
  if (frame_offset_ >= gate_.end_offset && !busy_) Finish({.reason = CloseReason::kStopped});
  if (state_ == State::kFlushing && out_.empty()) BeginLinger();
  if (state_ == State::kClosed) return;
  worker_.TakeBackOutput(out_);
  Account();
  Arm();
}

// For what happens outside of a turn: replies from coroutines are written together by it.
void Connection::LaterTurn() {
  if (in_turn_ || std::exchange(turn_posted_, true)) return;
  ::asio::post(executor(), [alive = self()] {
    Connection& c = *alive;
    c.turn_posted_ = false;
    c.Turn([&c] {
      if (c.backlog_ && !c.gate_.halted && !c.busy_) c.Handle(c.peer_->Resume());
    });
  });
}

void Connection::Arm() {
  if (!out_.empty() && !std::exchange(writing_, true)) {
    socket_.async_wait(StreamSocket::wait_write, [alive = self()](std::error_code error) {
      alive->writing_ = false;
      if (error != ::asio::error::operation_aborted) alive->Turn([] {});
    });
  }
  const bool pausing = !WantsRead();
  if (!pausing && std::exchange(paused_, false)) {
    active_since_ = frame_since_ = net::Clock::now();
  }
  paused_ = pausing;
  if (!pausing && !std::exchange(reading_, true)) {
    socket_.async_wait(StreamSocket::wait_read, [alive = self()](std::error_code error) {
      Connection& c = *alive;
      c.reading_ = false;
      if (error != ::asio::error::operation_aborted) c.Turn([&c] { c.Read(); });
    });
  }
  if (backlog_ && !gate_.halted && !busy_) LaterTurn();
}

// ---- Input -------------------------------------------------------------------------------------

// While flushing and lingering, input is read and dropped: unread input would make the close a
// reset, and a peer that is still sending might not read.
bool Connection::WantsRead() const {
  if (input_ended_ || dead_) return false;
  return state_ != State::kOpen || (!gate_.halted && !backlog_ && !busy_);
}

void Connection::Read() {
  if (!WantsRead()) return;
  const bool open = state_ == State::kOpen;
  const ByteSpan own = open ? peer_->OwnRoom() : ByteSpan();
  const ByteSpan room = own.empty() ? worker_.Room() : own;
  std::error_code error;
  const std::size_t n = socket_.read_some(::asio::buffer(room.data(), room.size()), error);
  if (WouldBlock(error)) return;
  if (error == ::asio::error::eof) {
    input_ended_ = true;
    if (open) return Handle(peer_->Finish());
    dead_ = state_ == State::kLingering;
    return;
  }
  if (error) return Die({.reason = CloseReason::kIoError, .io_error = Standard(error)});
  worker_.counters().bytes_in.Add(n);
  active_since_ = net::Clock::now();
  if (open) Handle(own.empty() ? peer_->Take(room.first(n)) : peer_->Commit(n));
}

void Connection::Handle(Progress progress) {
  for (;;) {
    Track(progress);
    switch (progress.kind) {
      case DecodeResult::Kind::kNeedMore:
        return;
      case DecodeResult::Kind::kFrame:
        backlog_ = state_ == State::kOpen;
        if (progress.has_message && !busy_) Spawn();
        return;
      case DecodeResult::Kind::kEnd:
        return Finish({.reason = CloseReason::kEnd});
      case DecodeResult::Kind::kError:
        return Finish({.reason = CloseReason::kFramingError, .frame_error = *progress.error});
      case DecodeResult::Kind::kGap:
        worker_.counters().gaps.Add(1);
        if (worker_.options().on_gap) worker_.options().on_gap(*this, *progress.gap);
        if (gate_.halted) {
          backlog_ = state_ == State::kOpen;
          return;
        }
        progress = peer_->Resume();
    }
  }
}

void Connection::Track(const Progress& progress) {
  worker_.counters().frames_in.Add(progress.frames);
  const bool begun = !mid_frame_ || frame_offset_ != progress.offset;
  if (progress.mid_frame && begun) frame_since_ = active_since_;
  mid_frame_ = progress.mid_frame;
  frame_offset_ = progress.offset;
  received_ = progress.received;
  peer_memory_ = progress.memory;
  backlog_ = false;
}

void Connection::Spawn() {
  busy_ = true;
  ::asio::co_spawn(
      executor(), peer_->Drive(self(), &Connection::More),
      [alive = self()](const std::exception_ptr& failure) { alive->OnDriven(failure != nullptr); });
}

// Called by the coroutine between two messages.
void Connection::More(Session& session) {
  auto& c = static_cast<Connection&>(session);
  if (c.backlog_ && !c.gate_.halted) c.Handle(c.peer_->Resume());
}

void Connection::OnDriven(bool failed) {
  busy_ = false;
  if (state_ == State::kClosed) return worker_.Unlink(*this);
  Turn([&] {
    if (failed) return Finish({.reason = CloseReason::kHandlerFailed});
    if (backlog_ && !gate_.halted) Handle(peer_->Resume());
  });
}

// ---- Output ------------------------------------------------------------------------------------

template <typename Encode>
absl::Status Connection::Queue(std::size_t payload_size, Encode encode) {
  if (state_ != State::kOpen || dead_) {
    return absl::FailedPreconditionError("the connection is closing");
  }
  const ServerOptions& options = worker_.options();
  if (payload_size > options.output_limit - std::min(options.output_limit, out_.size())) {
    return absl::ResourceExhaustedError("the peer does not read its replies");
  }
  if (std::optional<FrameError> refused = encode(out_)) return v0::ToStatus(*refused);
  if (out_.size() >= options.output_high_water) gate_.halted = true;
  LaterTurn();
  return absl::OkStatus();
}

absl::Status Connection::Reply(ByteView payload) {
  return Queue(payload.size(), [&](StreamBuffer& out) { return peer_->Encode(payload, out); });
}

absl::Status Connection::ReplyWith(std::size_t payload_size, FillRef fill) {
  return Queue(payload_size,
               [&](StreamBuffer& out) { return peer_->Encode(payload_size, fill, out); });
}

// One write; what the kernel does not take waits for room.
void Connection::Flush() {
  if (out_.empty() || writing_) return;
  const ByteView bytes = out_.readable();
  std::error_code error;
  const std::size_t n = socket_.write_some(::asio::buffer(bytes.data(), bytes.size()), error);
  write_since_ = net::Clock::now();
  if (error && !WouldBlock(error)) {
    return Die({.reason = CloseReason::kIoError, .io_error = Standard(error)});
  }
  out_.Consume(n);
  worker_.counters().bytes_out.Add(n);
  if (out_.empty()) active_since_ = write_since_;
}

void Connection::UpdateGate() {
  const std::size_t mark = worker_.options().output_high_water / (gate_.halted ? 2 : 1);
  gate_.halted = state_ != State::kOpen || (!out_.empty() && out_.size() >= mark);
}

// ---- The end -----------------------------------------------------------------------------------

void Connection::Note(const CloseInfo& why) {
  // Replies that were lost are worse news than whatever ended the connection in good order.
  const bool in_order =
      why_ && (why_->reason == CloseReason::kEnd || why_->reason == CloseReason::kClosed ||
               why_->reason == CloseReason::kStopped);
  if (!why_ || (in_order && state_ == State::kFlushing)) why_ = std::make_unique<CloseInfo>(why);
}

void Connection::Finish(const CloseInfo& why) {
  if (state_ != State::kOpen) return;
  Note(why);
  state_ = State::kFlushing;
  gate_.halted = true;
  backlog_ = false;
  LaterTurn();
}

void Connection::Die(const CloseInfo& why, bool reset) {
  if (state_ == State::kClosed || dead_) return;
  Note(why);
  dead_ = true;
  gate_.halted = true;
  reset_ = reset;
  if (!in_turn_) CloseSocket();
}

void Connection::Drain() {
  if (state_ != State::kOpen) return;
  Turn([&] {
    StreamSocket::bytes_readable arrived;
    std::error_code error;
    socket_.io_control(arrived, error);
    gate_.end_offset = received_ + (error ? 0 : arrived.get());
  });
}

void Connection::BeginLinger() {
  std::error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  if (input_ended_) return CloseSocket();
  state_ = State::kLingering;
  write_since_ = net::Clock::now();
}

void Connection::CloseSocket() {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<Connection> alive = self();
  state_ = State::kClosed;
  gate_.halted = true;
  std::error_code ignored;
  if (reset_) socket_.set_option(StreamSocket::linger(true, 0), ignored);
  socket_.close(ignored);
  out_.Consume(out_.size());
  worker_.TakeBackOutput(out_);
  worker_.counters().buffered.Add(0 - std::exchange(accounted_, 0));
  worker_.CountClosed(why_->reason);
  try {
    if (worker_.options().on_close) worker_.options().on_close(*this, *why_);
  } catch (...) {  // NOLINT(bugprone-empty-catch): the connection is over already
  }
  if (!busy_) worker_.Unlink(*this);
}

void Connection::Account() {
  const std::size_t now = peer_memory_ + out_.capacity();
  worker_.counters().buffered.Add(now - std::exchange(accounted_, now));
}

// ---- Deadlines ---------------------------------------------------------------------------------

Connection::Late Connection::LateFor(net::Deadline now) const {
  const ServerOptions& options = worker_.options();
  if (state_ == State::kLingering) {
    return Passed(write_since_, options.linger_timeout, now) ? Late::kLinger : Late::kNo;
  }
  if (!out_.empty() && Passed(write_since_, options.write_timeout, now)) return Late::kWrite;
  if (state_ != State::kOpen || paused_) return Late::kNo;
  if (mid_frame_)
    return Passed(frame_since_, options.frame_timeout, now) ? Late::kFrame : Late::kNo;
  const bool idle = out_.empty() && Passed(active_since_, options.idle_timeout, now);
  return idle ? Late::kIdle : Late::kNo;
}

bool Connection::IsLate(net::Deadline now) const {
  return state_ != State::kClosed && LateFor(now) != Late::kNo;
}

void Connection::Expire(net::Deadline now) {
  if (state_ == State::kClosed) return;
  switch (LateFor(now)) {
    case Late::kNo:
      return;
    case Late::kIdle:
      return Die({.reason = CloseReason::kIdleTimeout});
    case Late::kFrame:
      return Die({.reason = CloseReason::kFrameTimeout});
    case Late::kWrite:
      return Die({.reason = CloseReason::kWriteTimeout}, true);
    case Late::kLinger:
      return Die({.reason = CloseReason::kClosed});  // the reason was noted when it began
  }
}

}  // namespace unstick::inline v0::aio::detail

namespace unstick::inline v0::aio {
namespace {

// Every session is a connection; only its type is hidden from the headers.
detail::Connection& Of(Session& session) { return static_cast<detail::Connection&>(session); }
const detail::Connection& Of(const Session& session) {
  return static_cast<const detail::Connection&>(session);
}

}  // namespace

absl::Status Session::Reply(ByteView payload) { return Of(*this).Reply(payload); }
absl::Status Session::ReplyWith(std::size_t payload_size, detail::FillRef fill) {
  return Of(*this).ReplyWith(payload_size, fill);
}
void Session::Close() { Of(*this).Finish({.reason = CloseReason::kClosed}); }
void Session::Abort() { Of(*this).Die({.reason = CloseReason::kAborted}, true); }
net::Endpoint Session::remote() const { return Of(*this).remote(); }
std::size_t Session::queued() const { return Of(*this).queued(); }
bool Session::closed() const { return Of(*this).closed(); }
::asio::any_io_executor Session::get_executor() const { return Of(*this).executor(); }

}  // namespace unstick::inline v0::aio
