#include "src/asio/connection.h"

#include <sys/socket.h>

#include <algorithm>
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

// What is read at a time from those that have nothing in memory yet, when memory is short.
constexpr std::size_t kLeanRoom = std::size_t{4} << 10;

}  // namespace

Connection::Connection(Worker& worker, const net::SocketAddress& peer, std::uint64_t id)
    : Session(id),
      worker_(worker),
      socket_(worker.executor()),
      read_since_(worker.now()),
      write_since_(worker.now()) {
  const std::size_t size = peer.family() == AF_UNIX ? sizeof(sa_family_t) : peer.size();
  std::memcpy(&peer_address_, peer.data(), std::min(size, sizeof(peer_address_)));
}

Connection::~Connection() = default;

net::Endpoint Connection::remote() const {
  const auto size = peer_address_.sin6_family == AF_INET6  ? sizeof(sockaddr_in6)
                    : peer_address_.sin6_family == AF_INET ? sizeof(sockaddr_in)
                                                           : sizeof(sa_family_t);
  const net::SocketAddress peer(address(), static_cast<socklen_t>(size));
  using Scheme = net::Endpoint::Scheme;
  const bool is_tls = transport_ && transport_->IsTls();
  return net::Endpoint::Of(is_tls ? Scheme::kTls : Scheme::kTcp, peer);
}

Connection::Rare& Connection::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

void Connection::Start(net::UniqueFd fd) {
  Turn([&] {
    std::error_code error;
    socket_.assign(fd.get(), error);
    if (error) return Die({.reason = CloseReason::kIoError, .io_error = error});
    (void)fd.Release();  // the socket's now
    const TransportFactory& make_transport = worker_.options().transport;
    transport_.reset(make_transport ? make_transport().release() : &SocketTransport::Instance());
    Shake();
  });
}

void Connection::Shake() {
  const TransportResult done = transport_->Handshake(socket_.native_handle());
  if (done.waits()) {
    output_wait_ = done.kind == TransportResult::Kind::kWaitRead ? Wait::kRead : Wait::kWrite;
    return;
  }
  state_ = State::kOpen;
  if (done.kind != TransportResult::Kind::kBytes) {
    worker_.counters().handshake_failures.Add(done.fault);
    return Finish({.reason = CloseReason::kHandshakeFailed,
                   .io_error = done.error,
                   .fault = done.fault,
                   .detail = transport_->Explain()});
  }
  read_since_ = worker_.now();
  if (!worker_.options().on_open) return;
  worker_.options().on_open(*this);
  registered_ = static_cast<std::uint16_t>(std::min<std::size_t>(Keepers(), 0xffff));
}

// ---- Turns -------------------------------------------------------------------------------------

void Connection::EndTurn() {
  if (!dead_) Flush();
  if (dead_) return CloseSocket();
  UpdateGate();
  FinishIfNobodyReplies();
  if (frame_offset_ >= gate_.end_offset && !busy_) Finish({.reason = CloseReason::kStopped});
  if (state_ == State::kFlushing && !out_) BeginLinger();
  if (state_ == State::kClosed) return;
  Park();
  Account();
  Arm();
}

// For what happens outside of a turn: replies from coroutines are written together by it.
void Connection::LaterTurn() {
  if (in_turn_ || turn_posted_) return;
  turn_posted_ = true;
  ::asio::post(executor(), [alive = self()] {
    Connection& c = *alive;
    c.turn_posted_ = false;
    c.Turn([&c] { c.Resume(); });
  });
}

// Goes on with what has arrived: frames in the decoder, then bytes in the transport.
void Connection::Resume() {
  if (backlog_ && !gate_.halted && !busy_) {
    Handle(peer().Resume());
  } else if (MayHoldInput()) {
    Read();
  }
}

void Connection::Arm() {
  const bool pausing = !WantsRead();
  if (!pausing && paused_) {
    read_since_ = worker_.now();
    last_read_ = static_cast<std::uint32_t>(read_since_);
  }
  paused_ = pausing;
  const Wait input = pausing ? Wait::kNothing : input_wait_;
  if (input == Wait::kRead || output_wait_ == Wait::kRead) AwaitReadable();
  if (input == Wait::kWrite || output_wait_ == Wait::kWrite) AwaitWritable();
  if (!busy_ && !gate_.halted && backlog_) LaterTurn();
  if (!pausing && MayHoldInput()) LaterTurn();
  const Due due = NextDue();
  if (due.at != kNever) worker_.WakeAt(*this, due.at);
}

struct Connection::OnReadable {
  using allocator_type = SlotAllocator<void>;

  allocator_type get_allocator() const { return allocator_type(connection->slot_); }
  void operator()(std::error_code error) const {
    Connection& c = *connection;
    c.reading_ = false;
    if (c.output_wait_ == Wait::kRead) c.output_wait_ = Wait::kNothing;
    if (error == ::asio::error::operation_aborted) return;
    c.Turn([&c] {
      if (c.state_ == State::kHandshaking) return c.Shake();
      if (c.input_wait_ == Wait::kRead) c.Read();
    });
  }

  std::shared_ptr<Connection> connection;
};

void Connection::AwaitReadable() {
  if (reading_) return;
  reading_ = true;
  socket_.async_wait(Descriptor::wait_read, OnReadable{self()});
}

void Connection::AwaitWritable() {
  if (writing_) return;
  writing_ = true;
  socket_.async_wait(Descriptor::wait_write, [alive = self()](std::error_code error) {
    Connection& c = *alive;
    c.writing_ = false;
    if (c.output_wait_ == Wait::kWrite) c.output_wait_ = Wait::kNothing;
    if (error == ::asio::error::operation_aborted) return;
    c.Turn([&c] {
      if (c.state_ == State::kHandshaking) return c.Shake();
      if (c.input_wait_ == Wait::kWrite) c.Read();
    });
  });
}

// ---- Input -------------------------------------------------------------------------------------

// While flushing and lingering, input is read and dropped: unread input would make the close a
// reset, and a peer that is still sending might not read.
bool Connection::WantsRead() const {
  if (input_ended_ || dead_ || state_ == State::kHandshaking) return false;
  return state_ != State::kOpen || (!gate_.halted && !backlog_ && !busy_ && !starved_ && !ended_);
}

// Of one that drains, that all which had arrived has been read is known from a read alone.
bool Connection::MayHoldInput() const {
  return transport_->HoldsInput() || (draining_ && !dry_ && state_ == State::kOpen);
}

void Connection::Read() {
  if (!WantsRead()) return;
  const bool open = state_ == State::kOpen;
  const ByteSpan own = open && peer_ ? peer_->OwnRoom() : ByteSpan();
  ByteSpan room = own;
  if (own.empty()) {
    room = worker_.Room();
    if (worker_.shared().budget.over() && input_memory_ == 0) room = room.first(kLeanRoom);
  }
  const TransportResult got = transport_->Read(socket_.native_handle(), room);
  input_wait_ = got.kind == TransportResult::Kind::kWaitWrite ? Wait::kWrite : Wait::kRead;
  dry_ = got.waits();
  if (got.kind != TransportResult::Kind::kBytes) return ReadEnd(got);
  worker_.counters().bytes_in.Add(got.bytes);
  if (!open) return worker_.counters().unread_bytes.Add(got.bytes);
  last_read_ = static_cast<std::uint32_t>(worker_.now());
  if (!mid_frame_) read_since_ = worker_.now();
  Handle(own.empty() ? peer().Take(room.first(got.bytes)) : peer_->Commit(got.bytes));
}

void Connection::ReadEnd(const TransportResult& result) {
  const bool open = state_ == State::kOpen;
  switch (result.kind) {
    case TransportResult::Kind::kEnd:
      input_ended_ = true;
      if (open) return Handle(peer().Finish());
      dead_ = state_ == State::kLingering;
      return;
    case TransportResult::Kind::kCut:
      // The decoder does not hear of it: what it would make of an end may be half a message.
      input_ended_ = true;
      if (open) return End({.reason = CloseReason::kTransportCut});
      dead_ = state_ == State::kLingering;
      return;
    case TransportResult::Kind::kError:
      return Die({.reason = CloseReason::kIoError,
                  .io_error = result.error,
                  .detail = transport_->Explain()});
    default:  // nothing now: all that had arrived has been read
      if (draining_ && open && !mid_frame_) Finish({.reason = CloseReason::kStopped});
  }
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
        return End({.reason = CloseReason::kEnd});
      case DecodeResult::Kind::kError:
        worker_.counters().frame_errors.Add(progress.error->code);
        return End({.reason = CloseReason::kFramingError, .frame_error = *progress.error});
      case DecodeResult::Kind::kGap:
        worker_.counters().gaps.Add(progress.gap->why.code);
        worker_.counters().skipped_bytes.Add(progress.gap->skipped);
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
  if (progress.fresh && progress.mid_frame) read_since_ = worker_.now();
  mid_frame_ = progress.mid_frame;
  forgettable_ = progress.forgettable;
  frame_offset_ = progress.offset;
  HoldInput(progress.memory);
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
  if (state_ == State::kClosed) {
    peer_.reset();
    return worker_.Unlink(*this);
  }
  Turn([&] {
    if (failed) return Finish({.reason = CloseReason::kHandlerFailed});
    if (backlog_ && !gate_.halted) Handle(peer_->Resume());
  });
}

// ---- The decoder -------------------------------------------------------------------------------

Peer& Connection::peer() {
  if (!peer_) {
    const bool own = rare_ && rare_->make_peer;
    Remaining from;
    from.stream_offset = frame_offset_;
    peer_ = (own ? rare_->make_peer : worker_.shared().make_peer)(*this, gate_, std::move(from));
  }
  return *peer_;
}

void Connection::Park() {
  if (!peer_ || !forgettable_ || backlog_ || busy_ || state_ != State::kOpen) return;
  peer_.reset();
}

void Connection::ChangePeer(PeerFactory make_peer) {
  if (state_ > State::kOpen || ended_) return;
  rare().next_peer = std::move(make_peer);
  gate_.halted = true;
  LaterTurn();
}

// Each new handler may ask for the next change.
void Connection::SwitchPeers() {
  while (changing() && !busy_ && state_ == State::kOpen && !dead_) {
    Remaining rest = peer().TakeRemaining();
    peer_.reset();  // before the handler that it calls
    rare_->make_peer = std::exchange(rare_->next_peer, nullptr);
    peer_ = rare_->make_peer(*this, gate_, std::move(rest));
    gate_.halted = false;
    UpdateGate();
    backlog_ = true;
    if (!gate_.halted) Handle(peer_->Resume());
  }
}

}  // namespace unstick::inline v0::aio::detail
