// Typed messages over a byte stream.

#ifndef UNSTICK_PROTO_PROTO_STREAM_H_
#define UNSTICK_PROTO_PROTO_STREAM_H_

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/varint_framer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/receive_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/transfer.h"
#include "unstick/proto/message.h"
#include "unstick/proto/receive_result.h"

namespace unstick::inline v0::proto {

// A framed connection on which `In` messages come and `Out` messages go, one in each frame.
//
//     proto::ProtoStream<EchoReply, EchoRequest> stream(std::move(socket));
//     if (net::SendResult sent = stream.Send(request); !sent.ok()) return sent.status;
//     if (proto::ReceiveResult got = stream.Receive(reply); !got) return got.status();
//
// With the VarintFramer this is what protobuf's own writeDelimitedTo() and parseDelimitedFrom()
// speak. Threads, timeouts and closing are MessageStream's.
template <Message In, Message Out, Framer F = VarintFramer, net::ByteStream S = net::Socket>
class ProtoStream {
 public:
  explicit ProtoStream(S stream, F framer = F(), const net::StreamOptions& options = {})
      : frames_(std::move(stream), std::move(framer), options) {}
  explicit ProtoStream(net::MessageStream<F, S> frames) : frames_(std::move(frames)) {}

  // Waits for the next message and parses it straight from the frame into `message`, whose memory
  // is used again. Without a message, `message` is empty after a bad one and untouched otherwise.
  ReceiveResult Receive(In& message,
                        net::Deadline until = net::kNoDeadline) UNSTICK_LIFETIME_BOUND {
    const net::ReceiveResult frame = frames_.Receive(until);
    return {frame, frame ? ParseMessage(frame->payload(), message) : absl::OkStatus()};
  }

  // Sends one message, serialised straight into its frame. kInvalidArgument, and nothing written,
  // for a message that MeasureMessage() or the framing refuses; else as MessageStream::Send().
  net::SendResult Send(const Out& message) {
    return SendMeasured(message,
                        [this](std::size_t size, auto fill) { return frames_.Send(size, fill); });
  }
  net::SendResult Send(const Out& message, net::Deadline until) {
    return SendMeasured(message, [this, until](std::size_t size, auto fill) {
      return frames_.Send(size, fill, until);
    });
  }

  // The stream below, for everything else: ResumeSend(), CloseWrite(), CloseGracefully(), ...
  net::MessageStream<F, S>& frames() UNSTICK_LIFETIME_BOUND { return frames_; }
  const net::MessageStream<F, S>& frames() const UNSTICK_LIFETIME_BOUND { return frames_; }

 private:
  template <typename SendFrame>
  static net::SendResult SendMeasured(const Out& message, SendFrame send_frame) {
    const absl::StatusOr<std::size_t> size = MeasureMessage(message);
    if (!size.ok()) return {size.status(), 0};
    return send_frame(*size, [&message](ByteSpan place) { WriteMessage(message, place); });
  }

  net::MessageStream<F, S> frames_;
};

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_PROTO_STREAM_H_
