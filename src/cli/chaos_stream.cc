#include "src/cli/chaos_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kRoom = std::size_t{64} << 10;
// Bytes that are held back go on after so long without new ones: their sender may be waiting.
constexpr auto kQuiet = std::chrono::milliseconds(20);
constexpr std::uint64_t kTurns = 20;  // a second, when there is a rate
// How long a connection that was cut with FIN reads on, so that its close is no reset.
constexpr auto kDrain = std::chrono::seconds(2);

using End = ChaosPlan::End;
using net::Clock;
using net::Deadline;
using net::IoResult;

// Whoever closes without a word more looks like one who only stopped sending, until he is asked.
void NoticeWhoLeaves(int fd) {
  const auto set = [fd](int level, int option, int value) {
    ::setsockopt(fd, level, option, &value, sizeof(value));  // a Unix socket tells by itself
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
}

// One direction.
//
//     kFlowing --source ended, all written--> kEnded
//        |---- planned end ---> cut: both directions; half close: kDiscarding; kStalled
//     kDiscarding --source ended--> kEnded
//     kStalled --receiver gone--> kEnded
class Pump {
 public:
  enum class State : std::uint8_t { kFlowing, kDiscarding, kStalled, kEnded };

  Pump(net::Socket& from, net::Socket& to, ChaosPlan plan, std::uint64_t connection,
       ChaosDirection direction, ChaosLog& log)
      : from_(from),
        to_(to),
        plan_(plan),
        flip_(plan.FirstFlip()),
        logged_(flip_),
        piece_(plan.PieceAt(0)),
        connection_(connection),
        direction_(direction),
        log_(log) {}

  State state() const { return state_; }
  bool source_failed() const { return source_failed_; }      // it has reset
  bool receiver_failed() const { return receiver_failed_; }  // it takes nothing any more
  End::Kind cut() const { return cut_; }     // kFin or kRst when the connection is to be cut
  bool stalled() const { return stalled_; }  // until the receiver left, if it has

  bool WantsToRead() const {
    if (state_ == State::kDiscarding) return true;
    return state_ == State::kFlowing && !source_ended_ && Room() > 0;
  }
  bool WantsToWrite() const { return blocked_; }
  Deadline wakes() const { return wakes_; }
  void Discard() {
    if (state_ != State::kEnded) state_ = State::kDiscarding;
  }
  void ReceiverGone() {
    if (state_ == State::kStalled) state_ = State::kEnded;
  }

  void Read() {
    if (state_ == State::kDiscarding) return ReadInVain();
    const std::size_t room = Room();
    const ByteSpan bytes = held_.Prepare(room).first(room);
    const IoResult io = from_.ReadSome(bytes);
    if (io.kind() == IoResult::Kind::kError) source_failed_ = true;
    if (io.kind() == IoResult::Kind::kEnd) source_ended_ = true;
    if (io.kind() != IoResult::Kind::kBytes) return;
    Flip(bytes.first(io.bytes()));
    held_.Commit(io.bytes());
    read_ += io.bytes();
    quiet_at_ = Clock::now() + kQuiet;
  }

  // Moves on as far as the plan and the receiver allow.
  void Write() {
    wakes_ = net::kNoDeadline;
    blocked_ = false;
    while (state_ == State::kFlowing) {
      if (written_ == plan_.end().offset) return Finish();
      if (held_.empty()) {
        if (source_ended_) PassEndOn();
        return;
      }
      const Deadline now = Clock::now();
      if (now < next_) return Wake(next_);
      const std::uint64_t left = piece_.size - in_piece_;
      if (piece_.merged && held_.size() < left && !source_ended_ && Room() > 0 && now < quiet_at_) {
        return Wake(quiet_at_);
      }
      std::uint64_t n = std::min<std::uint64_t>(held_.size(), left);
      if (rate_ > 0) n = std::min(n, std::max<std::uint64_t>(rate_ / kTurns, 1));
      const ByteView bytes = held_.readable().first(static_cast<std::size_t>(n));
      const IoResult io = to_.WriteSome({&bytes, 1});
      if (io.kind() == IoResult::Kind::kWouldBlock) {
        blocked_ = true;
        return;
      }
      if (io.kind() != IoResult::Kind::kBytes) {
        receiver_failed_ = io.kind() != IoResult::Kind::kError || io.error_code() != EINTR;
        return;
      }
      Wrote(io.bytes());
    }
  }

  void SetRate(std::uint64_t rate) { rate_ = rate; }
  void Summarize(ChaosTotals& totals) const {
    totals.bytes[static_cast<std::size_t>(direction_)] += written_;
    totals.pieces += pieces_;
    totals.flips += flips_;
  }

 private:
  // Never beyond the planned end: what a stall keeps away is not even read.
  std::size_t Room() const {
    const std::uint64_t to_end = plan_.end().offset - read_;
    return static_cast<std::size_t>(std::min<std::uint64_t>(kRoom - held_.size(), to_end));
  }

  void ReadInVain() {
    std::array<std::byte, 4096> room;
    const IoResult io = from_.ReadSome(room);
    if (io.kind() == IoResult::Kind::kEnd || io.kind() == IoResult::Kind::kError) {
      state_ = State::kEnded;
    }
  }

  void Flip(ByteSpan bytes) {
    for (; flip_.offset < read_ + bytes.size(); flip_ = plan_.NextFlip(flip_.offset)) {
      bytes[flip_.offset - read_] ^= static_cast<std::byte>(1 << flip_.bit);
    }
  }

  // Logged when they go out, so that the order does not depend on how the bytes came in.
  void LogFlips() {
    for (; logged_.offset < written_; logged_ = plan_.NextFlip(logged_.offset)) {
      ++flips_;
      log_.Write(connection_, direction_, "flip", logged_.offset,
                 ",\"bit\":" + std::to_string(logged_.bit));
    }
  }

  void Wrote(std::size_t n) {
    held_.Consume(n);
    written_ += n;
    in_piece_ += n;
    next_ = Clock::now();
    if (rate_ > 0) next_ += std::chrono::microseconds(n * 1'000'000 / rate_);
    if (in_piece_ < piece_.size) return;
    next_ += piece_.delay;
    LogPiece();
    piece_ = plan_.PieceAt(written_);
    in_piece_ = 0;
  }

  void LogPiece() {
    LogFlips();
    if (in_piece_ == 0) return;
    ++pieces_;
    log_.Write(connection_, direction_, piece_.merged ? "merge" : "piece", written_ - in_piece_,
               ",\"size\":" + std::to_string(in_piece_) +
                   ",\"delay_us\":" + std::to_string(piece_.delay.count()));
  }

  void Wake(Deadline at) { wakes_ = at; }

  void PassEndOn() {
    LogPiece();
    log_.Write(connection_, direction_, "end", written_);
    to_.ShutdownWrite();
    state_ = State::kEnded;
  }

  void Finish() {
    LogPiece();
    const End::Kind kind = plan_.end().kind;
    const char* const names[] = {"", "cut", "cut", "half-close", "stall"};
    const bool cut = kind == End::Kind::kFin || kind == End::Kind::kRst;
    log_.Write(connection_, direction_, names[static_cast<std::size_t>(kind)], written_,
               !cut                      ? ""
               : kind == End::Kind::kFin ? ",\"with\":\"fin\""
                                         : ",\"with\":\"rst\"");
    log_.Sum([&](ChaosTotals& totals) {
      totals.cuts += cut ? 1 : 0;
      totals.half_closes += kind == End::Kind::kHalfClose ? 1 : 0;
      totals.stalls += kind == End::Kind::kStall ? 1 : 0;
    });
    if (cut) cut_ = kind;
    state_ = kind == End::Kind::kStall ? State::kStalled : State::kDiscarding;
    stalled_ = kind == End::Kind::kStall;
    if (stalled_) NoticeWhoLeaves(to_.fd());
    if (kind == End::Kind::kHalfClose) to_.ShutdownWrite();
  }

  net::Socket& from_;
  net::Socket& to_;
  ChaosPlan plan_;
  ChaosPlan::Flip flip_;    // the next one to be made
  ChaosPlan::Flip logged_;  // and to be logged
  ChaosPlan::Piece piece_;
  std::uint64_t connection_;
  ChaosDirection direction_;
  ChaosLog& log_;
  State state_ = State::kFlowing;
  End::Kind cut_ = End::Kind::kNone;
  bool stalled_ = false;
  bool source_ended_ = false;
  bool source_failed_ = false;
  bool receiver_failed_ = false;
  bool blocked_ = false;
  StreamBuffer held_;  // read and not yet written
  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t in_piece_ = 0;  // of it
  std::uint64_t pieces_ = 0;
  std::uint64_t flips_ = 0;
  std::uint64_t rate_ = 0;
  Deadline next_ = Deadline::min();
  Deadline quiet_at_ = Deadline::min();
  Deadline wakes_ = net::kNoDeadline;
};

class Carrier {
 public:
  Carrier(net::Socket& client, net::Socket& target, Pump& there, Pump& back, int stop_fd)
      : client_(client), target_(target), there_(there), back_(back), stop_fd_(stop_fd) {}

  // How it ended, for the log.
  const char* Run() {
    for (;;) {
      there_.Write();
      back_.Write();
      if (Broken(there_, back_) || Broken(back_, there_)) return Reset("reset");
      const End::Kind cut = there_.cut() != End::Kind::kNone ? there_.cut() : back_.cut();
      if (cut == End::Kind::kRst) return Reset("cut");
      if (cut == End::Kind::kFin && !cut_at_) CutWithFin();
      if (Ended(there_) && Ended(back_)) return cut_at_ ? "cut" : HowDone();
      if (cut_at_ && Clock::now() >= *cut_at_) return Reset("cut");
      if (!Wait()) return Reset("stopped");
    }
  }

 private:
  static bool Ended(const Pump& pump) { return pump.state() == Pump::State::kEnded; }
  static bool Stalls(const Pump& pump) { return pump.state() == Pump::State::kStalled; }

  // Behind a stall its receiver must not hear that the source has reset: what goes to that one is
  // in vain from then on.
  static bool Broken(Pump& pump, const Pump& other) {
    const bool unheard = Stalls(other);
    if (pump.receiver_failed() && unheard) pump.Discard();
    return pump.source_failed() || (pump.receiver_failed() && !unheard);
  }

  const char* HowDone() const { return there_.stalled() || back_.stalled() ? "stall" : "done"; }

  const char* Reset(const char* how) {
    client_.Abort();
    target_.Abort();
    return how;
  }

  void CutWithFin() {
    cut_at_ = Clock::now() + kDrain;
    client_.ShutdownWrite();
    target_.ShutdownWrite();
    there_.Discard();
    back_.Discard();
  }

  static short EventsOf(const Pump& reads, const Pump& writes) {
    return static_cast<short>((reads.WantsToRead() ? POLLIN : 0) |
                              (writes.WantsToWrite() ? POLLOUT : 0));
  }

  // False when it is time to stop.
  bool Wait() {
    Deadline until = std::min(there_.wakes(), back_.wakes());
    if (cut_at_) until = std::min(until, *cut_at_);
    timespec left{};
    if (until != net::kNoDeadline) {
      const auto span = std::max(until - Clock::now(), net::Duration::zero());
      const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
      left.tv_sec = static_cast<std::time_t>(seconds.count());
      left.tv_nsec = static_cast<long>(std::chrono::nanoseconds(span - seconds).count());
    }
    pollfd entries[] = {
        {.fd = stop_fd_, .events = POLLIN, .revents = 0},
        {.fd = client_.fd(), .events = EventsOf(there_, back_), .revents = 0},
        {.fd = target_.fd(), .events = EventsOf(back_, there_), .revents = 0},
    };
    // Whoever has hung up and is not asked anything would wake us for ever.
    if (entries[1].events == 0 && !Stalls(back_)) entries[1].fd = -1;
    if (entries[2].events == 0 && !Stalls(there_)) entries[2].fd = -1;
    ::ppoll(entries, 3, until == net::kNoDeadline ? nullptr : &left, nullptr);
    if (entries[0].revents != 0) return false;
    Handle(entries[1].revents, there_, back_);
    Handle(entries[2].revents, back_, there_);
    return true;
  }

  static void Handle(short events, Pump& reads, Pump& writes) {
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && reads.WantsToRead()) reads.Read();
    if ((events & (POLLHUP | POLLERR)) != 0) writes.ReceiverGone();
  }

  net::Socket& client_;
  net::Socket& target_;
  Pump& there_;
  Pump& back_;
  int stop_fd_;
  std::optional<Deadline> cut_at_;
};

}  // namespace

void CarryStream(net::Socket client, net::Socket target, const ChaosFaults& faults,
                 std::uint64_t seed, std::uint64_t connection, int stop_fd, ChaosLog& log) {
  constexpr auto kThere = ChaosDirection::kToTarget;
  constexpr auto kBack = ChaosDirection::kToClient;
  Pump there(client, target, ChaosPlan(faults, seed, connection, kThere), connection, kThere, log);
  Pump back(target, client, ChaosPlan(faults, seed, connection, kBack), connection, kBack, log);
  if (faults.only != kBack) there.SetRate(faults.rate);
  if (faults.only != kThere) back.SetRate(faults.rate);
  log.Write(connection, "open");
  const char* const how = Carrier(client, target, there, back, stop_fd).Run();
  log.Write(connection, "close", std::string(",\"how\":\"") + how + "\"");
  log.Sum([&](ChaosTotals& totals) {
    there.Summarize(totals);
    back.Summarize(totals);
  });
}

}  // namespace unstick::inline v0::cli
