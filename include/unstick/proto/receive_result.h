// How receiving a typed message can end.

#ifndef UNSTICK_PROTO_RECEIVE_RESULT_H_
#define UNSTICK_PROTO_RECEIVE_RESULT_H_

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_view.h"
#include "unstick/net/receive_result.h"

namespace unstick::inline v0::proto {

// A message, or why there is none. True in a condition iff it is a message. Borrows from its stream
// as net::ReceiveResult does.
class [[nodiscard]] UNSTICK_VIEW ReceiveResult {
 public:
  enum class Kind : std::uint8_t {
    kMessage,
    kBadMessage,  // a whole frame whose payload does not parse; the stream goes on behind it
    kGap,         // a recovering stream dropped bytes; go on receiving
    kTimeout,     // a deadline passed; nothing is lost, go on receiving or give up
    kEnd,         // the peer closed between two frames
    kError,       // the stream or its framing broke, for good; stream().kind() says which
  };

  // `parsed` says what became of the payload, if `stream` is a frame.
  ReceiveResult(const net::ReceiveResult& stream, absl::Status parsed)
      : stream_(stream), parsed_(std::move(parsed)) {}

  Kind kind() const {
    switch (stream_.kind()) {
      case net::ReceiveResult::Kind::kFrame:
        return parsed_.ok() ? Kind::kMessage : Kind::kBadMessage;
      case net::ReceiveResult::Kind::kGap:
        return Kind::kGap;
      case net::ReceiveResult::Kind::kTimeout:
        return Kind::kTimeout;
      case net::ReceiveResult::Kind::kEnd:
        return Kind::kEnd;
      case net::ReceiveResult::Kind::kTruncated:
      case net::ReceiveResult::Kind::kCut:
      case net::ReceiveResult::Kind::kReset:
      case net::ReceiveResult::Kind::kBroken:
      case net::ReceiveResult::Kind::kError:
        break;
    }
    return Kind::kError;
  }
  explicit operator bool() const { return kind() == Kind::kMessage; }

  // The frame: its metadata (ReadMetadata()), its offset. REQUIRES: kMessage or kBadMessage.
  const FrameView& frame() const UNSTICK_LIFETIME_BOUND { return *stream_; }
  const net::ReceiveResult& stream() const UNSTICK_LIFETIME_BOUND { return stream_; }

  // OK for kMessage, kGap and kEnd; kDataLoss for kBadMessage; else what the stream says.
  absl::Status status() const { return parsed_.ok() ? stream_.status() : parsed_; }

 private:
  net::ReceiveResult stream_;
  absl::Status parsed_;
};

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_RECEIVE_RESULT_H_
