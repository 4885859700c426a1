// A client's calls (ClientCalls) over a connection that a script drives, and what must hold in
// every order of events. The model knows what the other side may have seen; it shares no state with
// what it judges.

#ifndef UNSTICK_FUZZ_CLIENT_MODEL_H_
#define UNSTICK_FUZZ_CLIENT_MODEL_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/asio/client_calls.h"
#include "unstick/asio/framed_client.h"
#include "unstick/net/deadline.h"

namespace unstick::fuzz {

class ClientModel final : private aio::detail::ClientCalls::Host {
 public:
  using ClientCalls = aio::detail::ClientCalls;
  static constexpr std::size_t kCalls = 4;

  enum class Event : std::uint8_t {
    kAdmit,          // the next call
    kConnected,      //
    kConnectFailed,  // another attempt may come
    kNoConnection,   // none will
    kWrite,          // a write begins, with what is queued or is left
    kWroteAll,       // its handler runs
    kWrotePart,
    kWriteFailed,
    kReply,     // the server answers a request that it may have read: the oldest, or `which`
    kStrange,   // it sends what nobody asked for
    kDeadline,  // of `which`
    kCancel,    // `which`
    kEnd,       // of the server's output
    kReset,
    kTime,   // passes
    kClose,  // no new calls
    kGone,   // the client ends
    kEvents,
  };
  struct Step {
    Event event;
    std::size_t which = 0;
  };
  struct Setup {
    bool in_order = false;
    bool reconnect = false;
  };

  explicit ClientModel(const Setup& setup)
      : setup_(setup),
        calls_({.reconnect = setup.reconnect,
                .max_calls = kCalls,
                .max_queued_bytes = kCalls * kSize,
                .silence_timeout = std::chrono::seconds(2)},
               *this) {
    for (One& one : ones_) one.model = this;
  }

  // False, and nothing happened, if that cannot happen now.
  bool Take(const Step& step);
  // What is wrong; empty if all is well.
  const std::string& broken() const { return broken_; }

 private:
  static constexpr std::size_t kSize = 10;
  static constexpr std::size_t kBatch = 2;  // calls a write

  struct One : ClientCalls::Call {
    One() : Call(kSize) {}
    ClientModel* model = nullptr;
    bool admitted = false;
    ClientCalls::ConnectionId handed_to = 0;
    int handed = 0;
    int ended = 0;
    int replies = 0;    // that the server sent
    bool right = true;  // the reply that it got was its own
  };
  // A write whose handler has not run, of whatever connection.
  struct Write {
    ClientCalls::ConnectionId connection;
    std::size_t bytes;
  };

  void OnDone(ClientCalls::Call& call) override {
    auto& one = static_cast<One&>(call);
    Expect(++one.ended == 1, "a call ends twice");
  }
  void OnLost(aio::ConnectionEnd, const absl::Status& why) override {
    Expect(connection_ != 0, "a connection is lost that there is not");
    Expect(!why.ok(), "a connection is lost without a reason");
    connection_ = 0;
    ++lost_;
  }

  void Expect(bool holds, const char* what) {
    if (!holds && broken_.empty()) broken_ = what;
  }
  One* Admitted(std::size_t which) {
    One& one = ones_[which % kCalls];
    return one.admitted ? &one : nullptr;
  }
  net::Deadline now() const { return net::Deadline(std::chrono::seconds(seconds_)); }

  bool Begin();
  bool Wrote(std::size_t bytes);
  bool Answer(std::size_t which);
  bool GiveUp(std::size_t which, bool cancelled);
  bool Lose(aio::ConnectionEnd how);
  bool Happens(const Step& step);
  void Check();

  const Setup setup_;
  std::array<One, kCalls> ones_;
  std::size_t admitted_ = 0;
  ClientCalls calls_;

  ClientCalls::ConnectionId connection_ = 0;
  std::size_t left_ = 0;           // bytes that a write did not take
  std::vector<Write> writes_;      // under way; those of connections that were lost come first
  std::vector<One*> read_;         // by the server, on this connection: what it may have read
  std::size_t answered_ = 0;       // of them, in order
  std::uint64_t last_handed_ = 0;  // the id
  std::uint64_t lost_ = 0;
  bool over_ = false;  // there will be no connection
  int seconds_ = 1;
  std::string broken_;
};

inline bool ClientModel::Begin() {
  const bool writing = !writes_.empty() && writes_.back().connection == connection_;
  if (connection_ == 0 || writing) return false;
  std::size_t bytes = left_;
  for (std::size_t n = 0; left_ == 0 && n < kBatch; ++n) {
    auto* const one = static_cast<One*>(calls_.Next(connection_));
    if (one == nullptr) break;
    Expect(++one->handed == 1, "a request is handed over twice");
    Expect(one->ended == 0, "a request is handed over after its end");
    Expect(one->id() > last_handed_, "requests are not handed over in their order");
    last_handed_ = one->id();
    one->handed_to = connection_;
    calls_.HandOver(*one, kSize, now());
    read_.push_back(one);
    bytes += kSize;
  }
  if (bytes == 0) return false;
  left_ = 0;
  writes_.push_back({connection_, bytes});
  return true;
}

inline bool ClientModel::Wrote(std::size_t bytes) {
  if (writes_.empty()) return false;
  const Write write = writes_.front();
  writes_.erase(writes_.begin());
  if (bytes > write.bytes) bytes = write.bytes;
  if (write.connection == connection_) left_ = write.bytes - bytes;
  calls_.Wrote(write.connection, bytes);
  return true;
}

inline bool ClientModel::Answer(std::size_t which) {
  using Kind = aio::detail::Addressee::Kind;
  if (connection_ == 0) return false;
  const ClientCalls::ConnectionId here = connection_;
  One* from = nullptr;
  ClientCalls::Call* to = nullptr;
  if (setup_.in_order) {
    if (answered_ == read_.size()) return false;
    from = read_[answered_++];
    const bool waited = from->waits();
    to = calls_.Answer(connection_, {.kind = Kind::kOldest}, now());
    Expect(waited, "in order, the connection goes on although nobody waits for its next reply");
    Expect(to == from, "in order, a reply goes to another call than its own");
  } else {
    from = Admitted(which);
    if (from == nullptr || from->handed_to != connection_) return false;
    const bool waited = from->waits();
    to = calls_.Answer(connection_, {.kind = Kind::kCall, .id = from->id()}, now());
    Expect(to == (waited ? from : nullptr), "a reply by id goes to another call than its own");
  }
  ++from->replies;
  if (to != nullptr) Expect(to->done() && to->why().ok(), "a call with its reply is not done");
  Expect(connection_ == here, "a good reply loses the connection");
  return true;
}

inline bool ClientModel::GiveUp(std::size_t which, bool cancelled) {
  One* const one = Admitted(which);
  if (one == nullptr || !one->waits()) return false;
  const bool goes = setup_.in_order && one->handed > 0;
  const ClientCalls::ConnectionId here = connection_;
  calls_.GiveUp(*one, cancelled, now());
  Expect(one->done(), "a call that gave up is not done");
  Expect(one->why().code() ==
             (cancelled ? absl::StatusCode::kCancelled : absl::StatusCode::kDeadlineExceeded),
         "a call that gave up says something else");
  if (goes) Expect(connection_ == 0, "in order, a reply that nobody waits for may still come");
  if (one->handed == 0) Expect(connection_ == here, "a queued call takes the connection along");
  return true;
}

inline bool ClientModel::Lose(aio::ConnectionEnd how) {
  if (connection_ == 0) return false;
  const std::array<bool, kCalls> queued = [this] {
    std::array<bool, kCalls> waits{};
    for (std::size_t i = 0; i < kCalls; ++i) waits[i] = ones_[i].waits() && ones_[i].handed == 0;
    return waits;
  }();
  calls_.Lose(connection_, how, absl::UnavailableError("lost"));
  Expect(connection_ == 0, "a connection that is lost is not over");
  over_ = over_ || !setup_.reconnect;
  for (std::size_t i = 0; i < kCalls; ++i) {
    if (queued[i]) Expect(ones_[i].waits() == !over_, "what becomes of the queue is wrong");
  }
  return true;
}

inline bool ClientModel::Happens(const Step& step) {
  using Kind = aio::detail::Addressee::Kind;
  switch (step.event) {
    case Event::kAdmit:
      if (admitted_ == kCalls) return false;
      ones_[admitted_].admitted = true;
      calls_.Admit(ones_[admitted_++], false);
      return true;
    case Event::kConnected:
      if (!calls_.wants_connection()) return false;
      connection_ = calls_.Connected(setup_.in_order);
      read_.clear();
      answered_ = left_ = 0;
      return true;
    case Event::kConnectFailed:
    case Event::kNoConnection:
      if (!calls_.wants_connection()) return false;
      over_ = over_ || !setup_.reconnect || step.event == Event::kNoConnection;
      calls_.ConnectFailed(absl::UnavailableError("refused"), step.event == Event::kNoConnection);
      return true;
    case Event::kWrite:
      return Begin();
    case Event::kWroteAll:
      return Wrote(kCalls * kSize);
    case Event::kWrotePart:
      return Wrote(kSize / 2);
    case Event::kWriteFailed:
      if (writes_.empty()) return false;
      if (writes_.front().connection != connection_) return Wrote(0);
      Wrote(0);
      return Lose(aio::ConnectionEnd::kIoError);
    case Event::kReply:
      return Answer(step.which);
    case Event::kStrange: {
      const bool asked = setup_.in_order && answered_ < read_.size();
      if (connection_ == 0 || asked) return false;
      const Kind kind = setup_.in_order ? Kind::kOldest : Kind::kCall;
      Expect(calls_.Answer(connection_, {.kind = kind, .id = 99}, now()) == nullptr,
             "a frame that nobody asked for is a reply");
      if (setup_.in_order) {
        Expect(connection_ == 0, "in order, a frame that nobody asked for does no harm");
        over_ = over_ || !setup_.reconnect;
      }
      return true;
    }
    case Event::kDeadline:
    case Event::kCancel:
      return GiveUp(step.which, step.event == Event::kCancel);
    case Event::kEnd:
      return Lose(aio::ConnectionEnd::kEnd);
    case Event::kReset:
      return Lose(aio::ConnectionEnd::kIoError);
    case Event::kTime:
      return ++seconds_ < 100;
    case Event::kClose:
      if (calls_.closing()) return false;
      calls_.Close();
      return true;
    case Event::kGone:
      over_ = true;
      calls_.End(absl::CancelledError("gone"));
      for (const One& one : ones_) Expect(!one.waits(), "a call outlives the client");
      return true;
    case Event::kEvents:
      break;
  }
  return false;
}

// What always holds, whatever happened in whatever order.
inline void ClientModel::Check() {
  bool waiting = false;
  bool queued = false;
  std::size_t open = 0;
  for (const One& one : ones_) {
    if (!one.admitted) continue;
    Expect(one.waits() != one.done() && one.done() == (one.ended == 1), "a call is lost");
    waiting = waiting || one.waits();
    queued = queued || (one.waits() && one.handed == 0);
    open += one.waits() ? 1 : 0;
    if (one.waits() && one.handed > 0) {
      Expect(one.handed_to == connection_, "a call waits for a reply on a connection that is over");
    }
    if (one.waits() || one.why().ok()) {
      Expect(one.waits() || one.replies > 0, "a call succeeds without a reply");
      continue;
    }
    const bool not_sent = aio::NotSent(one.why());
    Expect(!not_sent || one.handed == 0, "NotSent() is true of a request that may be executed");
    Expect(not_sent || one.handed > 0, "NotSent() is false of a request that nobody can have seen");
  }
  // An in-order connection may have been given up by the machine itself.
  if (connection_ == 0 && lost_ > 0 && !setup_.reconnect) over_ = true;
  Expect(calls_.has_calls() == waiting, "has_calls() is wrong");
  Expect(calls_.over().ok() == !over_, "over() is wrong");
  Expect(calls_.wants_connection() == (connection_ == 0 && queued && !over_),
         "wants_connection() is wrong");
  const bool writing = !writes_.empty() && writes_.back().connection == connection_;
  const bool part = connection_ != 0 && (left_ > 0 || writing);
  Expect(calls_.quiet() == (!waiting && !part), "quiet() is wrong");
  const aio::ClientStats stats = calls_.stats();
  Expect(stats.open_calls == open && stats.calls == stats.open_calls + stats.ended.total(),
         "the counters do not add up");
  Expect(stats.connections_ended.total() == lost_, "connections are miscounted");
}

inline bool ClientModel::Take(const Step& step) {
  if (!Happens(step)) return false;
  Check();
  return true;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_CLIENT_MODEL_H_
