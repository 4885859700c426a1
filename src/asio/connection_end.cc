// Output, deadlines and the end of a connection.

#include <sys/socket.h>

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "src/asio/connection.h"

namespace unstick::inline v0::aio::detail {
namespace {

// Most framings add less than this to a payload. One that adds more passes a mark by a frame.
constexpr std::size_t kUsualOverhead = 64;

// When memory is short, a pause in a frame may last so long, in milliseconds.
constexpr Tick kGrace = 250;

// When the server stops, one.
constexpr Tick kStopGrace = 1000;

// How often it is looked whether a session that gets no frames any more is still kept: it may be
// let go on any thread, which tells nobody.
constexpr Tick kKeptPause = 20;

// Never too early: the tick that `since` stands for had begun before.
Tick After(Tick since, std::chrono::milliseconds timeout) {
  return timeout.count() > 0 ? since + static_cast<Tick>(timeout.count()) + 1 : kNever;
}

}  // namespace

// ---- Output ------------------------------------------------------------------------------------

absl::Status Connection::Refuse(ReplyRefusal why, absl::Status status) {
  if (linked_) worker_.counters().replies_refused.Add(why);
  return status;
}

template <typename Encode>
absl::Status Connection::Queue(std::size_t payload_size, Encode encode) {
  if (state_ != State::kOpen || dead_) {
    return Refuse(ReplyRefusal::kClosed,
                  absl::FailedPreconditionError("the connection is closing"));
  }
  const ServerOptions& options = worker_.options();
  const auto unread = [this] {
    return Refuse(ReplyRefusal::kBytes,
                  absl::ResourceExhaustedError("the peer does not read its replies"));
  };
  if (payload_size > options.output_limit - std::min(options.output_limit, queued())) {
    return unread();
  }
  if (out_ && out_->frames() >= options.output_frame_limit) {
    return Refuse(ReplyRefusal::kFrames,
                  absl::ResourceExhaustedError("the peer does not read its many replies"));
  }
  if (!out_) {
    if (!in_turn_) worker_.LookAtClock();
    out_ = worker_.BorrowOutput();
    write_since_ = worker_.now();
  }
  if (const std::optional<Unqueued> refused = encode(out_->bytes(), options.output_limit)) {
    LaterTurn();  // gives an empty queue back
    if (refused->why == ReplyRefusal::kBytes) return unread();
    return Refuse(ReplyRefusal::kUnencodable, v0::ToStatus(refused->error));
  }
  out_->Added();
  worker_.counters().frames_out.Add(1);
  if (ended_) read_since_ = worker_.now();
  if (out_->size() >= options.output_high_water) gate_.halted = true;
  LaterTurn();
  return absl::OkStatus();
}

// Most replies go behind others of the same turn, far from every limit: they are just encoded.
// False for all others, which Queue() judges, also for those that the framing cannot carry.
bool Connection::QueueBehind(ByteView payload) {
  if (!in_turn_ || !out_ || !peer_ || state_ != State::kOpen || dead_) return false;
  const ServerOptions& options = worker_.options();
  OutputQueue& out = *out_;
  const std::size_t size_then = out.size() + payload.size() + kUsualOverhead;
  if (size_then >= options.output_high_water || size_then >= options.output_limit ||
      out.frames() >= options.output_frame_limit ||
      peer_->Encode(payload, out.bytes(), options.output_limit)) {
    return false;
  }
  out.Added();
  worker_.counters().frames_out.Add(1);
  return true;
}

absl::Status Connection::Reply(ByteView payload) {
  if (QueueBehind(payload)) return absl::OkStatus();
  return QueueJudged(payload);
}

absl::Status Connection::QueueJudged(ByteView payload) {
  return Queue(payload.size(), [&](StreamBuffer& out, std::size_t limit) {
    return peer().Encode(payload, out, limit);
  });
}

absl::Status Connection::ReplyWith(std::size_t payload_size, FillRef fill) {
  return Queue(payload_size, [&](StreamBuffer& out, std::size_t limit) {
    return peer().Encode(payload_size, fill, out, limit);
  });
}

absl::Status Connection::ReplyFrame(ByteView frame) {
  return Queue(frame.size(), [frame](StreamBuffer& out, std::size_t) {
    out.Append(frame);
    return std::optional<Unqueued>();
  });
}

// One write; what the transport does not take waits until it can.
void Connection::Flush() {
  if (!out_ || state_ == State::kHandshaking) return;
  if (!out_->empty() && output_wait_ == Wait::kNothing) {
    const TransportResult put = transport_->Write(socket_.native_handle(), out_->readable());
    if (put.kind == TransportResult::Kind::kError) {
      return Die({.reason = CloseReason::kIoError,
                  .io_error = put.error,
                  .detail = transport_->Explain()});
    }
    if (put.bytes > 0) {
      write_since_ = worker_.now();
      worker_.counters().bytes_out.Add(put.bytes);
      out_->Sent(put.bytes);
    }
    if (!out_->empty()) {
      output_wait_ = put.kind == TransportResult::Kind::kWaitRead ? Wait::kRead : Wait::kWrite;
    }
  }
  if (out_->empty()) {
    worker_.ReturnOutput(std::move(out_));
    if (!mid_frame_ || ended_) read_since_ = worker_.now();
  } else {
    out_->Trim();
  }
}

void Connection::UpdateGate() {
  const std::size_t mark = worker_.options().output_high_water / (gate_.halted ? 2 : 1);
  const bool unread = queued() > 0 && queued() >= mark;
  if (unread && !paused_ && state_ == State::kOpen) worker_.counters().read_pauses.Add(1);
  gate_.halted = state_ != State::kOpen || unread || changing();
}

// ---- The end -----------------------------------------------------------------------------------

void Connection::Note(const CloseInfo& why) {
  // Replies that were lost are worse news than whatever ended the connection in good order.
  const std::optional<CloseInfo>& noted = rare().why;
  const bool in_order =
      noted && (noted->reason == CloseReason::kEnd || noted->reason == CloseReason::kClosed ||
                noted->reason == CloseReason::kStopped);
  if (!noted || (in_order && state_ == State::kFlushing)) rare_->why = why;
}

void Connection::End(const CloseInfo& why) {
  if (state_ != State::kOpen || ended_) return;
  rare().last = why;
  rare_->itself = self();
  ended_ = true;
  backlog_ = false;
  read_since_ = worker_.now();
  LaterTurn();
  if (worker_.options().on_end) worker_.options().on_end(*this);
}

// The turn has one and whoever called it another; each thing that is under way has one more.
std::size_t Connection::Keepers() const {
  const auto all = static_cast<std::size_t>(weak_from_this().use_count());
  const bool itself = rare_ && rare_->itself;
  const std::size_t ours =
      2U + (itself ? 1 : 0) + (reading_ ? 1 : 0) + (writing_ ? 1 : 0) + (turn_posted_ ? 1 : 0);
  return all - std::min(all, ours);
}

void Connection::FinishIfNobodyReplies() {
  if (state_ != State::kOpen || (!ended_ && registered_ == 0)) return;
  const std::size_t keepers = Keepers();
  registered_ = static_cast<std::uint16_t>(std::min<std::size_t>(keepers, registered_));
  if (ended_ && !busy_ && (keepers <= registered_ || draining_)) Finish(rare_->last);
}

void Connection::Finish(const CloseInfo& why) {
  if (state_ > State::kOpen) return;
  if (state_ == State::kHandshaking) return Die(why);
  const std::shared_ptr<Connection> alive = rare_ ? std::move(rare_->itself) : nullptr;
  Note(why);
  state_ = State::kFlushing;
  write_since_ = worker_.now();
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
  if (state_ == State::kHandshaking) return Die({.reason = CloseReason::kStopped});
  if (state_ != State::kOpen) return;
  draining_ = true;
  dry_ = false;
  Turn([&] {
    last_read_ = static_cast<std::uint32_t>(worker_.now());
    const std::uint64_t taken = frame_offset_ + FrameBytes();
    const std::uint64_t arrived = transport_->Arrived(socket_.native_handle());
    gate_.end_offset = taken + std::min(arrived, gate_.end_offset - taken);
  });
}

void Connection::BeginLinger() {
  if (output_wait_ != Wait::kNothing) return;
  const TransportResult ended = transport_->CloseWrite(socket_.native_handle());
  if (ended.waits()) {
    output_wait_ = ended.kind == TransportResult::Kind::kWaitRead ? Wait::kRead : Wait::kWrite;
    return;
  }
  if (input_ended_ || ended.kind == TransportResult::Kind::kError) return CloseSocket();
  state_ = State::kLingering;
  write_since_ = worker_.now();
}

void Connection::CloseSocket() {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<Connection> alive = self();
  if (rare_) rare_->itself.reset();
  state_ = State::kClosed;
  gate_.halted = true;
  if (reset_) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  std::error_code ignored;
  socket_.close(ignored);
  worker_.counters().unsent_bytes.Add(queued());
  worker_.counters().unread_bytes.Add(FrameBytes());
  if (out_) {
    out_->Clear();
    worker_.ReturnOutput(std::move(out_));
  }
  if (!busy_ && !in_turn_) peer_.reset();
  HoldInput(0);
  Account();
  const auto& why = rare_->why;
  if (why) worker_.counters().closed.Add(why->reason);
  worker_.shared().admission.Leave(address());
  try {
    if (why && worker_.options().on_close) worker_.options().on_close(*this, *why);
  } catch (...) {  // NOLINT(bugprone-empty-catch): the connection is over already
  }
  if (!busy_) worker_.Unlink(*this);
}

// Pending operations hold it until the event loop is gone too; what they are then is not asked.
void Connection::Orphan() {
  linked_ = false;
  state_ = State::kClosed;
  gate_.halted = true;
  std::error_code ignored;
  socket_.close(ignored);
  // Not at once: the worker is looking through all of them.
  if (rare_ && rare_->itself) ::asio::post(executor(), [alive = std::move(rare_->itself)] {});
}

// ---- Memory ------------------------------------------------------------------------------------

void Connection::HoldInput(std::size_t memory) {
  const std::uint32_t before = std::exchange(input_memory_, static_cast<std::uint32_t>(memory));
  worker_.shared().budget.Change(before, memory);
  worker_.counters().buffered.Add(memory - before);
}

void Connection::Account() {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto output = static_cast<std::uint32_t>(out_ ? std::min(out_->capacity(), kMost) : 0);
  const std::uint32_t before = std::exchange(accounted_output_, output);
  worker_.counters().buffered.Add(std::uint64_t{output} - before);
  if (input_memory_ == 0 || state_ != State::kOpen) return worker_.EndPrivilege(*this);
  const bool hungry =
      mid_frame_ && !backlog_ && !busy_ && !gate_.halted && !input_ended_ && !ended_;
  if (hungry && !starved_ && worker_.shared().budget.over() && !worker_.MayExceedBudget(*this)) {
    starved_ = true;
    worker_.Starve(*this);
  }
}

// Its deadlines stood still; that nothing came is still so.
void Connection::EndStarvation() {
  starved_ = false;
  paused_ = false;
  read_since_ = worker_.now();
  Turn([] {});
}

std::uint64_t Connection::FrameBytes() const { return peer_ ? peer_->held() : 0; }

// Also when this side does not read: what has come then waits in the kernel.
bool Connection::FallenBehind() {
  if (state_ != State::kOpen || !mid_frame_) return false;
  ServerShared& shared = worker_.shared();
  const std::size_t share =
      shared.budget.limit() / std::max<std::size_t>(shared.admission.open(), 1);
  if (input_memory_ <= share) return false;
  if (paused_ && !starved_) return false;
  const Tick age = worker_.now() - read_since_;
  const bool slow = age >= kGrace && FrameBytes() < age * worker_.options().min_frame_rate / 1000;
  if (slow && !starved_) return true;
  const bool quiet = static_cast<std::uint32_t>(worker_.now()) - last_read_ >= kGrace;
  return quiet && SocketTransport::Instance().Arrived(socket_.native_handle()) == 0;
}

// ---- Deadlines ---------------------------------------------------------------------------------

Connection::Due Connection::NextDue() const {
  const ServerOptions& options = worker_.options();
  Due due;
  const auto consider = [&due](Tick when, CloseReason reason) {
    if (when < due.at) due = {when, reason};
  };
  switch (state_) {
    case State::kHandshaking:
      consider(After(read_since_, options.handshake_timeout), CloseReason::kHandshakeTimeout);
      break;
    case State::kOpen:
      if (out_) consider(After(write_since_, options.write_timeout), CloseReason::kWriteTimeout);
      if (ended_) {
        consider(worker_.now() + kKeptPause, rare_->last.reason);
        break;
      }
      if (paused_) break;
      if (mid_frame_) {
        Tick late = After(read_since_, options.frame_timeout);
        if (options.min_frame_rate > 0 && late != kNever && peer_) {
          late += peer_->progress() * 1000 / options.min_frame_rate;
        }
        consider(late, CloseReason::kFrameTimeout);
        const Tick quiet = static_cast<std::uint32_t>(worker_.now()) - last_read_;
        if (draining_) consider(worker_.now() - quiet + kStopGrace, CloseReason::kStopped);
      } else if (!out_) {
        consider(After(read_since_, options.idle_timeout), CloseReason::kIdleTimeout);
      }
      break;
    case State::kFlushing:
      consider(After(write_since_, options.write_timeout), CloseReason::kWriteTimeout);
      break;
    case State::kLingering:
      consider(After(write_since_, options.linger_timeout), CloseReason::kClosed);
      break;
    case State::kClosed:
      break;
  }
  return due;
}

void Connection::OnTimer() {
  if (state_ == State::kClosed) return;
  const Due due = NextDue();
  if (due.at > worker_.now() && state_ == State::kOpen && ended_) {
    return Turn([&] {
      const Tick late = After(read_since_, worker_.options().half_close_timeout);
      if (late <= worker_.now()) Finish(rare_->last);
    });
  }
  if (due.at > worker_.now()) {
    if (due.at != kNever) worker_.WakeAt(*this, due.at);
    return;
  }
  if (due.reason == CloseReason::kStopped) return Turn([&] { Finish({.reason = due.reason}); });
  // When it lingers, the reason was noted as that began.
  Die({.reason = due.reason}, due.reason == CloseReason::kWriteTimeout);
}

}  // namespace unstick::inline v0::aio::detail

namespace unstick::inline v0::aio {
namespace {

// Every session is a connection; only its type is hidden from the headers.
detail::Connection& Of(Session& session) { return static_cast<detail::Connection&>(session); }
const detail::Connection& Of(const Session& session) {
  return static_cast<const detail::Connection&>(session);
}

// Nothing of the connection is looked at, not even whether it is closed: that would be a race.
[[gnu::noinline, gnu::cold]] absl::Status OnAnotherThread() {
  return absl::FailedPreconditionError(
      "a session was used on another thread than its own: post to its get_executor()");
}

}  // namespace

absl::Status Session::Reply(ByteView payload) {
  return Of(*this).on_its_thread() ? Of(*this).Reply(payload) : OnAnotherThread();
}
absl::Status Session::ReplyFrame(ByteView frame) {
  return Of(*this).on_its_thread() ? Of(*this).ReplyFrame(frame) : OnAnotherThread();
}
absl::Status Session::ReplyWith(std::size_t payload_size, detail::FillRef fill) {
  return Of(*this).on_its_thread() ? Of(*this).ReplyWith(payload_size, fill) : OnAnotherThread();
}
Message Session::Keep(const FrameView& frame) {
  return Of(*this).on_its_thread() ? Of(*this).Keep(frame) : Message(frame);
}
void Session::ChangePeer(detail::PeerFactory make_peer) {
  if (Of(*this).on_its_thread()) Of(*this).ChangePeer(std::move(make_peer));
}
void Session::Close() {
  if (Of(*this).on_its_thread()) Of(*this).Finish({.reason = CloseReason::kClosed});
}
void Session::Abort() {
  if (Of(*this).on_its_thread()) Of(*this).Die({.reason = CloseReason::kAborted}, true);
}
net::Endpoint Session::remote() const { return Of(*this).remote(); }
std::string Session::peer_subject() const {
  return Of(*this).on_its_thread() ? Of(*this).peer_subject() : "";
}
std::size_t Session::queued() const { return Of(*this).on_its_thread() ? Of(*this).queued() : 0; }
bool Session::closed() const { return !Of(*this).on_its_thread() || Of(*this).closed(); }
OnError Session::on_error() const {
  return Of(*this).on_its_thread() ? Of(*this).on_error() : OnError::kFail;
}
::asio::any_io_executor Session::get_executor() const { return Of(*this).executor(); }

}  // namespace unstick::inline v0::aio
