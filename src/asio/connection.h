// One connection of a server: input, output, deadlines and the end.

#ifndef UNSTICK_SRC_ASIO_CONNECTION_H_
#define UNSTICK_SRC_ASIO_CONNECTION_H_

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "src/asio/operation_slot.h"
#include "src/asio/output_queue.h"
#include "src/asio/socket_transport.h"
#include "src/asio/timer_wheel.h"
#include "src/asio/worker.h"
#include "unstick/asio/detail/peer.h"
#include "unstick/asio/server_options.h"
#include "unstick/asio/session.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::aio::detail {

//     kHandshaking --> kOpen ---Finish()--> kFlushing ---written, CloseWrite()---> kLingering
//          |             |                      |                the peer's end, or too long |
//          '-------------'--- Die() ------------'--------> kClosed <------------------------'
//
// After its last frame (the peer's end, a cut, a framing error: End()) it stays open for replies as
// long as somebody outside keeps the session, and no longer than half_close_timeout.
//
// Work is done in turns: a turn lets handlers run, then writes what they queued, then says what to
// wait for. Pending waits, posted turns and running coroutines keep the object alive.
//
// An idle connection is this object, and nothing else of ours: its decoder, its output queue and
// the rare things are made when they are needed. Its wait for input lies in `slot_`.
class Connection final : public Session, public TimerNode {
 public:
  Connection(Worker& worker, const net::SocketAddress& peer, std::uint64_t id);
  ~Connection();

  void Start(net::UniqueFd fd);
  // Answers what has arrived by now, then ends.
  void Drain();
  // Ends the connection at once; Finish() writes what is queued first.
  void Die(const CloseInfo& why, bool reset = false);
  void Finish(const CloseInfo& why);
  // No frame comes any more: Finish(), once nobody can reply to those that came.
  void End(const CloseInfo& why);
  // The server goes while something of it is still kept or runs.
  void Orphan();
  // A deadline may have passed.
  void OnTimer();

  // Holds more than its share of the memory, for a frame of which nothing came for a while, or too
  // little for its age.
  bool FallenBehind();
  std::size_t input_memory() const { return input_memory_; }
  void EndStarvation();

  absl::Status Reply(ByteView payload);
  absl::Status ReplyFrame(ByteView frame);
  absl::Status ReplyWith(std::size_t payload_size, FillRef fill);
  Message Keep(const FrameView& frame) { return peer_ ? peer_->Keep(frame) : Message(frame); }
  void ChangePeer(PeerFactory make_peer);
  std::size_t queued() const { return out_ ? out_->size() : 0; }
  // Of all that is here, this and what never changes may be asked on another thread.
  bool on_its_thread() const { return thread_ == std::this_thread::get_id(); }
  bool closed() const { return state_ != State::kOpen || dead_; }
  // The socket keeps it; Asio has no way to ask that of a const one.
  Executor executor() const { return const_cast<Descriptor&>(socket_).get_executor(); }
  OnError on_error() const { return linked_ ? worker_.options().on_error : OnError::kFail; }
  net::Endpoint remote() const;
  std::string peer_subject() const { return transport_ ? transport_->PeerSubject() : ""; }

  std::shared_ptr<Connection> self() {
    return std::static_pointer_cast<Connection>(shared_from_this());
  }

 private:
  friend class Worker;  // linked_
  enum class State : std::uint8_t { kHandshaking, kOpen, kFlushing, kLingering, kClosed };
  enum class Wait : std::uint8_t { kNothing, kRead, kWrite };

  struct Due {
    Tick at = kNever;
    CloseReason reason = CloseReason::kEnd;
  };
  struct Rare {
    std::optional<CloseInfo> why;  // it ends
    CloseInfo last;                // where `ended_`: why no frame comes any more
    // While it is open for late replies nothing may be under way that keeps it: it keeps itself.
    std::shared_ptr<Connection> itself;
    PeerFactory make_peer;  // this connection's own, after ChangePeer()
    PeerFactory next_peer;  // to be used when the handler is done
  };
  struct TransportDeleter {
    void operator()(Transport* transport) const {
      if (transport != &SocketTransport::Instance()) delete transport;
    }
  };
  struct OnReadable;

  template <typename Body>
  void Turn(Body body);
  void EndTurn();
  void LaterTurn();
  void Arm();
  void AwaitReadable();
  void AwaitWritable();
  void Resume();

  void Shake();
  bool WantsRead() const;
  bool MayHoldInput() const;
  void Read();
  void ReadEnd(const TransportResult& result);
  void Handle(Progress progress);
  void Track(const Progress& progress);
  void Spawn();
  static void More(Session& session);
  void OnDriven(bool failed);

  Peer& peer();
  bool changing() const { return rare_ && rare_->next_peer; }
  void SwitchPeers();
  void Park();

  template <typename Encode>
  absl::Status Queue(std::size_t payload_size, Encode encode);
  bool QueueBehind(ByteView payload);
  [[gnu::noinline]] absl::Status QueueJudged(ByteView payload);
  absl::Status Refuse(ReplyRefusal why, absl::Status status);
  void Flush();
  void UpdateGate();
  std::size_t Keepers() const;  // in a turn: references to this session that are not ours
  void FinishIfNobodyReplies();
  void BeginLinger();
  void CloseSocket();
  void Note(const CloseInfo& why);
  void HoldInput(std::size_t memory);
  void Account();

  Due NextDue() const;
  std::uint64_t FrameBytes() const;  // of the frame in progress that are held

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&peer_address_); }
  Rare& rare();

  const std::thread::id thread_ = std::this_thread::get_id();  // the worker makes it
  Worker& worker_;
  Descriptor socket_;
  std::unique_ptr<Transport, TransportDeleter> transport_;
  std::unique_ptr<Peer> peer_;
  std::unique_ptr<OutputQueue> out_;
  std::unique_ptr<Rare> rare_;

  Tick read_since_;   // the frame in progress began, or bytes came, or the last reply went out
  Tick write_since_;  // the peer took some output, or there was none; then: lingering
  std::uint64_t frame_offset_ = 0;
  std::uint32_t input_memory_ = 0;  // a frame in one piece is at most 1 GiB
  std::uint32_t accounted_output_ = 0;
  std::uint32_t last_read_ = 0;  // of a tick, what tells how long ago
  // References that on_open left: registries of all sessions, which owe no reply.
  std::uint16_t registered_ = 0;

  sockaddr_in6 peer_address_{};  // room for IPv4 too; Unix peers keep their family alone
  State state_ = State::kHandshaking;
  Wait input_wait_ = Wait::kRead;      // what Read() waits for when it waits
  Wait output_wait_ = Wait::kNothing;  // what stands in the way of handshake, output and its end

  bool linked_ : 1 = false;  // to the worker, which is there as long as it is
  bool in_turn_ : 1 = false;
  bool turn_posted_ : 1 = false;
  bool reading_ : 1 = false;  // a wait for input is under way
  bool writing_ : 1 = false;  // a wait for room to write is
  bool busy_ : 1 = false;     // a coroutine runs
  bool backlog_ : 1 = false;  // complete frames may wait in the decoder
  bool mid_frame_ : 1 = false;
  bool forgettable_ : 1 = true;  // nothing is lost with the peer
  bool paused_ : 1 = false;      // did not want to read: its deadlines stood still
  bool starved_ : 1 = false;     // waits for memory
  bool input_ended_ : 1 = false;
  bool ended_ : 1 = false;  // End() was called
  bool draining_ : 1 = false;
  bool dry_ : 1 = false;    // the last read found nothing
  bool dead_ : 1 = false;   // Die() in a turn, which ends it
  bool reset_ : 1 = false;  // close with a reset

  OperationSlot slot_;
};

template <typename Body>
void Connection::Turn(Body body) {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<Connection> alive = self();
  worker_.LookAtClock();
  in_turn_ = true;
  try {
    body();
    SwitchPeers();
  } catch (...) {  // the handler's, or no memory: this connection's affair alone
    if (rare_) rare_->next_peer = nullptr;
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

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_CONNECTION_H_
