// What a client decides, without its input and output: which request is written next, whose a reply
// is, and what becomes of every call when a connection is lost.

#ifndef UNSTICK_SRC_ASIO_CLIENT_CALLS_H_
#define UNSTICK_SRC_ASIO_CLIENT_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "unstick/asio/client_options.h"
#include "unstick/asio/detail/addressee.h"
#include "unstick/net/deadline.h"

namespace unstick::inline v0::aio::detail {

// What NotSent() is true of.
absl::Status MarkNotSent(absl::Status status);

// A state machine: its host tells it what happens, and does what it says. It knows no socket, no
// clock and no coroutine, so that tests can show it every order of events.
//
//     Admit() --> queued --HandOver()--> handed over --Answer()--> done
//      |            |                        |
//      '--refused---'--deadline, cancelled,--'--> done
//                      no connection       connection lost: never handed over again
//
// Bytes that were handed to a write may be on their way before anybody hears that the write is
// done. So a call whose request was handed over, be it one byte, may have been executed, whatever
// happens first afterwards. Only one that was never handed over is NotSent(), and only such a one
// goes out on the next connection.
class ClientCalls {
 public:
  // One call; it lives with its caller, who gives up before it goes.
  class Call {
   public:
    explicit Call(std::size_t the_size) : size(the_size) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    bool waits() const { return place_ == Place::kQueued || place_ == Place::kHandedOver; }
    bool done() const { return place_ == Place::kDone; }
    std::uint64_t id() const { return id_; }
    // Once it is done: OK if a reply came.
    const absl::Status& why() const { return why_; }

    const std::size_t size;  // of the request, in bytes

   protected:
    ~Call() = default;

   private:
    friend class ClientCalls;
    enum class Place : std::uint8_t { kNowhere, kQueued, kHandedOver, kDone };

    Place place_ = Place::kNowhere;
    std::uint64_t id_ = 0;
    std::uint64_t end_ = 0;  // its frame's end in what was handed over to the connection
    absl::Status why_;
  };

  // What the machine asks for. Neither may call it back before it returns.
  class Host {
   public:
    virtual void OnDone(Call& call) = 0;
    // The connection is over: nothing more may be written to it.
    virtual void OnLost(ConnectionEnd how, const absl::Status& why) = 0;

   protected:
    ~Host() = default;
  };

  struct Rules {
    bool reconnect = false;
    std::size_t max_calls = 0;
    std::size_t max_queued_bytes = 0;
    net::Duration silence_timeout = {};
  };

  // A connection; none has the number 0, and each its own.
  using ConnectionId = std::uint64_t;

  ClientCalls(const Rules& rules, Host& host) : rules_(rules), host_(host) {}

  // ---- Calls
  // A new one. It is queued, or done.
  void Admit(Call& call, bool too_late);
  // Its deadline has passed, or nobody waits for it any more. REQUIRES: it waits.
  void GiveUp(Call& call, bool cancelled, net::Deadline now);
  // No new ones.
  void Close() { closing_ = true; }
  // No more calls and no more connection: `why`, which is not OK.
  void End(const absl::Status& why);

  // ---- The connection, one at a time. What is said of an earlier one is ignored.
  bool wants_connection() const { return connection_ == 0 && !queued_.empty() && over_.ok(); }
  ConnectionId Connected(bool in_order);
  // There is none: `for_good`, or until the next attempt.
  void ConnectFailed(const absl::Status& why, bool for_good);
  void Lose(ConnectionId connection, ConnectionEnd how, const absl::Status& why);

  // ---- Requests. For each write: Next() and HandOver() in turn, the write, Wrote().
  // The next call in the queue.
  Call* Next(ConnectionId connection);
  // A frame of `bytes` bytes is about to be written: from here on the call may have been executed.
  void HandOver(Call& call, std::size_t bytes, net::Deadline now);
  // The framing cannot carry it.
  void Refuse(Call& call, const absl::Status& why);
  // The connection took so many of the bytes that were handed over.
  void Wrote(ConnectionId connection, std::size_t bytes);

  // ---- Replies
  // The call that a frame answers, which is done with that; null if it answers none.
  Call* Answer(ConnectionId connection, const Addressee& to, net::Deadline now);

  // ---- What is
  bool has_calls() const { return !queued_.empty() || !handed_over_.empty(); }
  // No call is left, and no part of a frame.
  bool quiet() const { return !has_calls() && (connection_ == 0 || written_ == handed_bytes_); }
  bool closing() const { return closing_; }
  const absl::Status& over() const { return over_; }  // not OK: there will be no connection
  ClientStats stats() const;

 private:
  void Leave(Call& call);
  void Finish(Call& call, CallEnd how, absl::Status why);
  void FinishUnsent(Call& call, CallEnd how, const absl::Status& why);
  void FinishSent(Call& call, CallEnd how, const absl::Status& why);
  void FailQueued(CallEnd how, const absl::Status& why);
  absl::Status Judge(const Call& call, bool too_late, CallEnd& how) const;

  const Rules rules_;
  Host& host_;

  std::map<std::uint64_t, Call*> queued_;  // by id, that is in the order of the calls
  std::map<std::uint64_t, Call*> handed_over_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t last_id_ = 0;

  ConnectionId connection_ = 0;  // 0: none now
  ConnectionId last_connection_ = 0;
  bool in_order_ = false;
  std::uint64_t handed_bytes_ = 0;  // to this connection
  std::uint64_t written_ = 0;       // of them, as far as is known
  // Since when nothing has come although replies are due.
  std::optional<net::Deadline> silent_since_;

  absl::Status last_failure_;  // of connecting
  absl::Status over_;
  bool closing_ = false;
  ClientStats stats_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_CLIENT_CALLS_H_
