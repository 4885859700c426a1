// The reading half of a message stream. Users meet MessageStream.

#ifndef UNSTICK_NET_FRAME_READER_H_
#define UNSTICK_NET_FRAME_READER_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"
#include "unstick/net/receive_result.h"

namespace unstick::inline v0::net::detail {

// Decodes what a stream brings, and waits for more only when the decoder asks for it: so complete
// frames always come before an end, a reset or a timeout.
//
//        .---> decoder.Next() --frame, gap--> give it out
//        |          | needs more
//        |     read once ---------end-------> decoder.Finish()
//        |          | nothing there  '-error-> remember it
//        |     read again and again, for `spin_for`
//        |          | nothing came
//        '---- wait for the earliest limit ---passed--> kTimeout
template <FrameScanner F>
class FrameReader {
 public:
  using Kind = ReceiveResult::Kind;

  FrameReader(F framer, OnError on_error, Duration idle_timeout, Duration frame_timeout,
              Duration spin_for)
      : decoder_(std::move(framer), on_error),
        idle_timeout_(idle_timeout),
        frame_timeout_(frame_timeout),
        spin_for_(spin_for) {}

  // Bytes of the stream that were read elsewhere.
  void Take(ByteView bytes) {
    while (!bytes.empty()) {
      const ByteSpan room = decoder_.Prepare();
      const std::size_t n = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), n, room.begin());
      decoder_.Commit(n);
      bytes = bytes.subspan(n);
    }
  }

  template <ByteStream S>
  ReceiveResult Receive(S& stream, Deadline until) {
    for (bool has_read = false;; has_read = true) {
      if (const std::optional<ReceiveResult> decoded = Decode()) return *decoded;
      if (over_) return Plain(over_kind_, over_code_);
      const Deadline limit = Limit(stream, until);
      if (has_read && limit != kNoDeadline && Now(stream) >= limit) return TimedOut();
      if (!Read(stream, limit)) return TimedOut();
    }
  }

  template <ByteStream S>
  absl::Status status(const S& stream) const {
    if (last_ == Kind::kTruncated || last_ == Kind::kBroken) {
      return ReceiveResult::Broken(broken_).status();
    }
    return Explained(stream, last_, last_mid_frame_);
  }
  bool ended() const { return decoder_.finished(); }
  // OK unless reading has failed for good.
  template <ByteStream S>
  absl::Status failure(const S& stream) const {
    if (!over_) return absl::OkStatus();
    return Explained(stream, over_kind_, decoder_.mid_frame());
  }
  FrameDecoder<F>& decoder() { return decoder_; }
  const FrameDecoder<F>& decoder() const { return decoder_; }

 private:
  // What the bytes that are there amount to; nothing if more are needed.
  std::optional<ReceiveResult> Decode() {
    DecodeResult next = decoder_.Next();
    switch (next.kind()) {
      case DecodeResult::Kind::kFrame:
        waiting_for_ = WaitingFor::kUnset;
        last_ = Kind::kFrame;
        return ReceiveResult::Frame(*next);
      case DecodeResult::Kind::kGap:
        waiting_for_ = WaitingFor::kUnset;
        last_ = Kind::kGap;
        return ReceiveResult::OfGap(next.gap());
      case DecodeResult::Kind::kEnd:
        return Plain(Kind::kEnd, 0);
      case DecodeResult::Kind::kError: {
        broken_ = next.error();
        const ReceiveResult result = ReceiveResult::Broken(broken_);
        last_ = result.kind();
        return result;
      }
      case DecodeResult::Kind::kNeedMore:
        break;
    }
    return std::nullopt;
  }

  // Reads once; waits up to `limit` if there is nothing. False when that passed.
  template <ByteStream S>
  bool Read(S& stream, Deadline limit) {
    const IoResult io = ReadOrSpin(stream, decoder_.Prepare(), limit);
    switch (io.kind()) {
      case IoResult::Kind::kBytes:
        decoder_.Commit(io.bytes());
        break;
      case IoResult::Kind::kEnd:
        decoder_.Finish();
        break;
      case IoResult::Kind::kCut:
        EndWith(Kind::kCut, 0);
        break;
      case IoResult::Kind::kError:
        Fail(io.error_code());
        break;
      case IoResult::Kind::kWouldBlock: {
        decoder_.Trim();  // whoever waits holds no room for what may never come
        const int error = stream.WaitReadable(limit);
        if (error == ETIMEDOUT) return false;
        Fail(error);
        break;
      }
    }
    return true;
  }

  // Reads; while there is nothing, again for `spin_for_`, but not beyond `limit`.
  template <ByteStream S>
  IoResult ReadOrSpin(S& stream, ByteSpan room, Deadline limit) {
    const IoResult first = stream.ReadSome(room);
    if (spin_for_ <= Duration::zero() || !NothingYet(first)) return first;
    const Deadline stop = std::min(DeadlineFrom(Now(stream), spin_for_), limit);
    for (IoResult io = first;; io = stream.ReadSome(room)) {
      if (!NothingYet(io)) return io;
      if (Now(stream) >= stop) return IoResult::WouldBlock();
    }
  }
  static bool NothingYet(const IoResult& io) {
    return io.kind() == IoResult::Kind::kWouldBlock ||
           (io.kind() == IoResult::Kind::kError && io.error_code() == EINTR);
  }

  void Fail(int error) {
    if (error == 0 || error == EINTR) return;
    const bool reset = error == ECONNRESET || error == ECONNABORTED || error == EPIPE;
    EndWith(reset ? Kind::kReset : Kind::kError, error);
  }
  void EndWith(Kind kind, int code) {
    over_ = true;
    over_kind_ = kind;
    over_code_ = code;
  }

  // The earliest of the caller's deadline and the stream's own, whose clock starts when this side
  // first has to wait for that frame and then does not stop until the frame is there.
  template <ByteStream S>
  Deadline Limit(const S& stream, Deadline until) {
    const bool mid_frame = decoder_.mid_frame();
    const Duration timeout = mid_frame ? frame_timeout_ : idle_timeout_;
    const WaitingFor now_for = mid_frame ? WaitingFor::kRest : WaitingFor::kFirstByte;
    if (waiting_for_ != now_for) {
      waiting_for_ = now_for;
      wait_ends_ = timeout == kForever ? kNoDeadline : DeadlineFrom(Now(stream), timeout);
    }
    own_limit_ = wait_ends_ <= until;
    return std::min(wait_ends_, until);
  }

  template <ByteStream S>
  absl::Status Explained(const S& stream, Kind kind, bool mid_frame) const {
    if constexpr (ExplainsErrors<S>) {
      if (kind == Kind::kError) {
        return stream.ErrorStatus(over_code_, mid_frame ? "receive, inside a frame" : "receive");
      }
    }
    return ReceiveResult::Plain(kind, mid_frame, over_code_).status();
  }

  ReceiveResult TimedOut() {
    if (own_limit_) waiting_for_ = WaitingFor::kUnset;  // the next call starts anew
    return Plain(Kind::kTimeout, 0);
  }

  ReceiveResult Plain(Kind kind, int code) {
    last_ = kind;
    last_mid_frame_ = decoder_.mid_frame();
    return ReceiveResult::Plain(kind, last_mid_frame_, code);
  }

  enum class WaitingFor : std::uint8_t { kUnset, kFirstByte, kRest };

  FrameDecoder<F> decoder_;
  Duration idle_timeout_;
  Duration frame_timeout_;
  Duration spin_for_;
  Deadline wait_ends_ = kNoDeadline;
  WaitingFor waiting_for_ = WaitingFor::kUnset;
  bool own_limit_ = false;  // wait_ends_, not the caller's deadline, is the earlier one
  bool over_ = false;       // reading has failed for good, as the next two say
  Kind over_kind_ = Kind::kError;
  Kind last_ = Kind::kFrame;  // how the last Receive() ended, for status()
  bool last_mid_frame_ = false;
  int over_code_ = 0;
  FrameError broken_;
};

}  // namespace unstick::inline v0::net::detail

#endif  // UNSTICK_NET_FRAME_READER_H_
