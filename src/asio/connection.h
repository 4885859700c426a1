// One connection of a server: input, output, deadlines and the end.

#ifndef UNSTICK_SRC_ASIO_CONNECTION_H_
#define UNSTICK_SRC_ASIO_CONNECTION_H_

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

#include "src/asio/worker.h"
#include "unstick/asio/detail/peer.h"
#include "unstick/asio/server_options.h"
#include "unstick/asio/session.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::aio::detail {

//     kOpen ---Finish()---> kFlushing ---all written: SHUT_WR---> kLingering
//       |                       |                                     | the peer's end, or too long
//       '------- Die() ---------'------------> kClosed <--------------'
//
// Work is done in turns: a turn lets handlers run, then writes what they queued, then says what to
// wait for. Pending waits, posted turns and running coroutines keep the object alive.
class Connection final : public Session {
 public:
  Connection(Worker& worker, StreamSocket socket, const net::SocketAddress& peer, std::uint64_t id);
  ~Connection();

  void Start(std::error_code error);
  // Answers what has arrived by now, then ends.
  void Drain();
  // Ends the connection at once; Finish() writes what is queued first.
  void Die(const CloseInfo& why, bool reset = false);
  void Finish(const CloseInfo& why);

  bool IsLate(net::Deadline now) const;
  void Expire(net::Deadline now);

  absl::Status Reply(ByteView payload);
  absl::Status ReplyWith(std::size_t payload_size, FillRef fill);
  std::size_t queued() const { return out_.size(); }
  bool closed() const { return state_ != State::kOpen; }
  Executor executor() const { return worker_.executor(); }
  net::Endpoint remote() const;

  std::shared_ptr<Connection> self() {
    return std::static_pointer_cast<Connection>(shared_from_this());
  }

 private:
  friend class Worker;  // the list
  enum class State : std::uint8_t { kOpen, kFlushing, kLingering, kClosed };
  enum class Late : std::uint8_t { kNo, kIdle, kFrame, kWrite, kLinger };

  template <typename Body>
  void Turn(Body body);
  void EndTurn();
  void LaterTurn();
  void Arm();

  bool WantsRead() const;
  void Read();
  void Handle(Progress progress);
  void Track(const Progress& progress);
  void Spawn();
  static void More(Session& session);
  void OnDriven(bool failed);

  template <typename Encode>
  absl::Status Queue(std::size_t payload_size, Encode encode);
  void Flush();
  void UpdateGate();
  void BeginLinger();
  void CloseSocket();
  void Note(const CloseInfo& why);
  void Account();
  Late LateFor(net::Deadline now) const;

  Worker& worker_;
  StreamSocket socket_;
  std::unique_ptr<Peer> peer_;
  StreamBuffer out_;  // replies, encoded
  std::unique_ptr<CloseInfo> why_;

  Connection* next_ = nullptr;
  Connection* previous_ = nullptr;

  net::Deadline active_since_;  // bytes came, or the last reply went out
  net::Deadline frame_since_;   // the frame in progress began
  net::Deadline write_since_;   // the peer took some output, or there was none; then: lingering
  std::uint64_t frame_offset_ = 0;
  std::uint64_t received_ = 0;
  std::size_t peer_memory_ = 0;
  std::size_t accounted_ = 0;

  sockaddr_in6 peer_address_{};  // room for IPv4 too; Unix peers keep their family alone
  State state_ = State::kOpen;
  bool linked_ = false;
  bool in_turn_ = false;
  bool turn_posted_ = false;
  bool reading_ = false;  // waits for input
  bool writing_ = false;  // waits for room to write
  bool busy_ = false;     // a coroutine runs
  bool backlog_ = false;  // complete frames may wait in the decoder
  bool mid_frame_ = false;
  bool paused_ = false;  // did not want to read: its deadlines stood still
  bool input_ended_ = false;
  bool dead_ = false;   // Die() in a turn, which ends it
  bool reset_ = false;  // close with a reset
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_CONNECTION_H_
