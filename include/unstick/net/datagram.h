// One received datagram: the frames in it, or what was wrong.

#ifndef UNSTICK_NET_DATAGRAM_H_
#define UNSTICK_NET_DATAGRAM_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"
#include "unstick/net/datagram_batch.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

enum class DatagramKind : std::uint8_t {
  kFrames,       // a whole datagram of whole frames; an empty datagram has none of them
  kTruncated,    // it was larger than the room for it; true_size() says how large
  kMalformed,    // its bytes are not whole frames; error() says why
  kUnreachable,  // no datagram: an earlier one of ours could not be delivered (ICMP), says
                 // error_code(). Reported once
  kTimeout,      // no datagram: the deadline passed
  kError,        // no datagram: error_code() says why
};

namespace detail {

// kInvalidArgument.
UNSTICK_EXPORT absl::Status TooLargeToSend(std::size_t size, std::size_t allowed);
// kUnreachable or kError.
UNSTICK_EXPORT DatagramKind KindOfErrno(int error_code);
UNSTICK_EXPORT absl::Status DatagramStatus(DatagramKind kind, const IncomingDatagram* datagram,
                                           const FrameError& error, int error_code);

}  // namespace detail

// True in a condition iff it is kFrames: a truncated or malformed datagram gives no frame at all,
// and costs nothing but itself. Borrows from its socket: valid until that receives again.
template <FrameScanner F>
class [[nodiscard]] UNSTICK_VIEW Datagram {
 public:
  using Kind = DatagramKind;

  // Judges all of `datagram`. Payloads that do not lie in one piece are put together in `scratch`,
  // which is as large as the datagram then.
  Datagram(const F& framer UNSTICK_LIFETIME_BOUND,
           const IncomingDatagram& datagram UNSTICK_LIFETIME_BOUND,
           ByteSpan scratch UNSTICK_LIFETIME_BOUND = {})
      : framer_(&framer), datagram_(&datagram), scratch_(scratch), kind_(Kind::kFrames) {
    if (datagram.truncated()) {
      kind_ = Kind::kTruncated;
      return;
    }
    if (IsOneFrame() || AllWhole()) return;
    frame_count_ = 0;
    FrameCursor<F> cursor = frames();
    for (;;) {
      DecodeResult next = cursor.Next();
      if (next.kind() == DecodeResult::Kind::kEnd) return;
      if (next.kind() == DecodeResult::Kind::kError) {
        kind_ = Kind::kMalformed;
        error_ = next.error();
        return;
      }
      if (frame_count_++ == 0) first_ = *next;
    }
  }
  // None came.
  Datagram(const F& framer UNSTICK_LIFETIME_BOUND, Kind kind, int error_code)
      : framer_(&framer), kind_(kind), error_code_(error_code) {}

  Kind kind() const { return kind_; }
  explicit operator bool() const { return kind_ == Kind::kFrames; }

  // The frames, by `while (auto frame = cursor.Next())`. REQUIRES: kFrames.
  FrameCursor<F> frames() const UNSTICK_LIFETIME_BOUND {
    assert(kind_ == Kind::kFrames);
    if constexpr (AssemblesFrames<F>) {
      return FrameCursor<F>(*framer_, bytes(), scratch_);
    } else {
      return FrameCursor<F>(*framer_, bytes());
    }
  }
  std::size_t frame_count() const { return kind_ == Kind::kFrames ? frame_count_ : 0; }
  const FrameView& first() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: frame_count() > 0
    assert(frame_count() > 0);
    return first_;
  }

  // What came, as it came. Empty if none did.
  ByteView bytes() const { return datagram_ == nullptr ? ByteView() : datagram_->bytes; }
  std::size_t true_size() const { return datagram_ == nullptr ? 0 : datagram_->true_size; }
  // Who sent it; an answer to it, or to a copy of it, leaves from where the datagram was sent to.
  const SocketAddress& from() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: a datagram came
    assert(datagram_ != nullptr);
    return *datagram_->from;
  }

  const FrameError& error() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: kMalformed
    assert(kind_ == Kind::kMalformed);
    return error_;
  }
  int error_code() const { return error_code_; }  // an errno for kUnreachable and kError, else 0

  // OK for kFrames; kDataLoss or kResourceExhausted for a bad datagram, kDeadlineExceeded for
  // kTimeout, what StatusFromErrno() says for the rest.
  absl::Status status() const {
    return detail::DatagramStatus(kind_, datagram_, error_, error_code_);
  }

 private:
  // The usual cases at full speed; false says nothing yet.
  bool IsOneFrame() {
    if constexpr (StatelessScanner<F>) {
      const ScanResult found = framer_->Scan(bytes(), 0);
      const Extent* extent = std::get_if<Extent>(&found);
      if (extent == nullptr || extent->wire_size != bytes().size()) return false;
      first_ = FrameView(bytes().data(), *extent, 0);
      frame_count_ = 1;
      return true;
    }
    return false;
  }
  bool AllWhole() {
    if constexpr (AssemblesFrames<F>) {
      if (framer_->assembles()) return false;
    }
    bool stopped = false;
    const auto count = [this](const FrameView& frame) {
      if (frame_count_++ == 0) first_ = frame;
    };
    unstick::detail::ScanEngine<F> engine(OnError::kFail);
    return engine.Frames(*framer_, bytes(), stopped, count) == bytes().size();
  }

  const F* framer_;
  const IncomingDatagram* datagram_ = nullptr;
  ByteSpan scratch_;
  std::size_t frame_count_ = 0;
  FrameView first_;
  FrameError error_;
  Kind kind_;
  int error_code_ = 0;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_H_
