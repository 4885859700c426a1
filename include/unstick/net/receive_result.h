// How a Receive() can end.

#ifndef UNSTICK_NET_RECEIVE_RESULT_H_
#define UNSTICK_NET_RECEIVE_RESULT_H_

#include <cassert>
#include <cstdint>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"

namespace unstick::inline v0::net {

// A frame, or why there is none. True in a condition iff it is a frame. Borrows from its stream:
// valid until the next call that receives.
class [[nodiscard]] UNSTICK_VIEW ReceiveResult {
 public:
  enum class Kind : std::uint8_t {
    kFrame,
    kGap,        // a recovering stream dropped bytes; gap() says which. Go on receiving
    kTimeout,    // a deadline passed. Nothing is lost: go on receiving, or give up
    kEnd,        // the peer closed between two frames
    kTruncated,  // the peer closed inside a frame; error() says how far it got
    kCut,        // the transport ended without its own goodbye (TLS close_notify)
    kReset,      // the peer, or something on the way, reset the connection
    kBroken,     // the bytes broke the framing; error() says how
    kError,      // anything else that the system reports; error_code() is the errno
  };

  static ReceiveResult Frame(const FrameView& frame) {
    ReceiveResult result(Kind::kFrame);
    result.frame_ = frame;
    return result;
  }
  static ReceiveResult OfGap(const Gap& gap UNSTICK_LIFETIME_BOUND) {
    ReceiveResult result(Kind::kGap);
    result.gap_ = &gap;
    return result;
  }
  static ReceiveResult Broken(const FrameError& error UNSTICK_LIFETIME_BOUND) {
    const bool truncated = error.code == FrameErrorCode::kTruncated;
    ReceiveResult result(truncated ? Kind::kTruncated : Kind::kBroken);
    result.error_ = &error;
    return result;
  }
  // kEnd, kCut, kTimeout (mid_frame: inside a frame), or kReset and kError with an errno.
  static ReceiveResult Plain(Kind kind, bool mid_frame, int error_code = 0) {
    ReceiveResult result(kind);
    result.mid_frame_ = mid_frame;
    result.error_code_ = error_code;
    return result;
  }

  Kind kind() const { return kind_; }
  explicit operator bool() const { return kind_ == Kind::kFrame; }

  const FrameView& operator*() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: kFrame
    assert(kind_ == Kind::kFrame);
    return frame_;
  }
  const FrameView* operator->() const UNSTICK_LIFETIME_BOUND { return &**this; }
  const Gap& gap() const {  // REQUIRES: kGap
    assert(kind_ == Kind::kGap);
    return *gap_;
  }
  const FrameError& error() const {  // REQUIRES: kTruncated or kBroken
    assert(kind_ == Kind::kTruncated || kind_ == Kind::kBroken);
    return *error_;
  }
  int error_code() const { return error_code_; }  // an errno for kReset and kError, else 0
  // True for kTimeout, kCut, kReset and kError when part of a frame had arrived.
  bool mid_frame() const { return mid_frame_; }

  // OK for kFrame, kGap and kEnd. kDeadlineExceeded for kTimeout, kDataLoss for kTruncated and
  // kCut, what ToStatus() says for kBroken, what StatusFromErrno() says for the rest.
  UNSTICK_EXPORT absl::Status status() const;

 private:
  explicit ReceiveResult(Kind kind) : kind_(kind) {}

  Kind kind_;
  bool mid_frame_ = false;
  int error_code_ = 0;
  FrameView frame_;
  union {
    const FrameError* error_ = nullptr;
    const Gap* gap_;
  };
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_RECEIVE_RESULT_H_
