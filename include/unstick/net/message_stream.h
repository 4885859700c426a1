// Messages over a byte stream: what goes in at one end comes out at the other, in the same pieces.

#ifndef UNSTICK_NET_MESSAGE_STREAM_H_
#define UNSTICK_NET_MESSAGE_STREAM_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/frame_parts.h"
#include "unstick/net/frame_reader.h"
#include "unstick/net/frame_writer.h"
#include "unstick/net/receive_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

// The timeouts become deadlines when they start to run: bytes that drip in do not extend them.
struct StreamOptions {
  OnError on_error = OnError::kFail;
  Duration idle_timeout = kForever;   // waiting for a frame's first byte
  Duration frame_timeout = kForever;  // from a frame's first byte to its last
  Duration send_timeout = kForever;   // of one Send() or SendMany() that is given no deadline
  std::uint64_t drain_limit = std::uint64_t{64} << 20;  // input that CloseGracefully() throws away
  // How long Receive() asks for the next bytes again and again before it sleeps: a core is busy
  // meanwhile, and holds the room of one read, but nobody has to be woken. No deadline moves. Worth
  // it where answers come within tens of microseconds and a core is to spare; 0 never spins.
  Duration spin_for = Duration::zero();
};

// A framed connection, blocking. `S` is a Socket or any other ByteStream.
//
// Threads: one may receive while any number send; sending locks, so that two frames never
// interleave. Closing, releasing and moving need the stream alone. Memory: while Receive() waits
// between two frames it holds none; a frame in progress costs at most twice what has arrived, and
// the room of one read. The destructor just closes: see CloseGracefully().
template <FrameScanner F, ByteStream S = Socket>
class MessageStream {
 public:
  // `already_read` are bytes of this stream that someone else has read; they come first.
  MessageStream(S stream, F framer, StreamOptions options = {}, ByteView already_read = {})
      : stream_(std::move(stream)),
        options_(options),
        reader_(std::move(framer), options.on_error, options.idle_timeout, options.frame_timeout,
                options.spin_for) {
    reader_.Take(already_read);
  }

  // Waits for the next frame, or says why there is none. Frames that arrived whole come before an
  // end, a reset or an error; those then repeat for ever. After kTimeout the next call goes on with
  // the same frame, and a timeout of StreamOptions that has passed starts anew. Invalidates earlier
  // frames.
  ReceiveResult Receive(Deadline until = kNoDeadline) UNSTICK_LIFETIME_BOUND {
    return reader_.Receive(stream_, until);
  }
  // ReceiveResult::status() of the last Receive(): OK after a frame, a gap or the end. Says more
  // of an error where the stream knows more.
  absl::Status status() const { return reader_.status(stream_); }

  // Sends one message: its whole frame, or an error and how many bytes of the frame are out.
  // kInvalidArgument for a payload that the framing cannot carry, kDeadlineExceeded when the time
  // is up, else StatusFromErrno(). After an error with bytes_sent == 0 nothing has happened; after
  // one with more the frame is torn, and until ResumeSend() has finished it any Send is
  // kFailedPrecondition.
  SendResult Send(ByteView payload)
    requires FrameEncoder<F>
  {
    return Send(payload, SendDeadline());
  }
  SendResult Send(ByteView payload, Deadline until)
    requires FrameEncoder<F>
  {
    SendManyResult sent = SendMany(std::span<const ByteView>(&payload, 1), until);
    return {std::move(sent.status), sent.bytes_sent};
  }

  // The same for a payload that is made in place: `fill(ByteSpan)` writes its `payload_size` bytes.
  // It runs under the lock and must not use this stream.
  template <std::invocable<ByteSpan> Fill>
    requires FrameEncoder<F>
  SendResult Send(std::size_t payload_size, Fill&& fill) {
    return Send(payload_size, std::forward<Fill>(fill), SendDeadline());
  }
  template <std::invocable<ByteSpan> Fill>
    requires FrameEncoder<F>
  SendResult Send(std::size_t payload_size, Fill&& fill, Deadline until);

  // Sends several messages in one gathered write, or as few as the kernel allows. If the framing
  // cannot carry one of them, none is sent. Payloads over 1 KiB are not copied.
  SendManyResult SendMany(std::span<const ByteView> payloads)
    requires FrameEncoder<F>
  {
    return SendMany(payloads, SendDeadline());
  }
  SendManyResult SendMany(std::span<const ByteView> payloads, Deadline until)
    requires FrameEncoder<F>;

  // Sends the rest of the torn frame (of SendMany(), of that one frame). bytes_sent is how much of
  // the frame is out by now. OK and 0 if nothing is torn.
  SendResult ResumeSend(Deadline until = kNoDeadline) {
    const std::lock_guard lock(writer_.mutex());
    return writer_.Resume(stream_, until);
  }
  bool torn() const {
    const std::lock_guard lock(writer_.mutex());
    return writer_.torn();
  }

  // Half close: behind what was sent the peer reads the end (a cut one, if a frame is torn), and
  // this side goes on receiving.
  absl::Status CloseWrite() {
    const std::lock_guard lock(writer_.mutex());
    return writer_.Shutdown(stream_, SendDeadline());
  }

  // Finishes a torn frame, half closes, throws the peer's input away up to its end, and closes. OK
  // means that the peer has closed too, without a reset, so what was accepted arrived; merely
  // closing with unread input makes TCP reset the connection and lose what the peer has not read.
  // Closes in any case, after kDeadlineExceeded or (more input than drain_limit)
  // kResourceExhausted too. Where the peer's last frames matter: CloseWrite(), Receive() up to the
  // end, then this.
  absl::Status CloseGracefully(Deadline until);

  // Drops the connection: the peer sees a reset, and what was sent may be lost.
  void Abort() {
    const std::lock_guard lock(writer_.mutex());
    writer_.Close();
    stream_.Abort();
  }

  // For whoever goes on with the connection: the stream itself, and the bytes that were read and
  // belong to no frame received so far. To another framing they are `already_read`; for TLS or any
  // other secret to start here, they must be empty.
  struct Released {
    S stream;
    std::vector<std::byte> unread;
  };
  Released Release() && {
    const ByteView bytes = unread();
    std::vector<std::byte> kept(bytes.begin(), bytes.end());
    return {std::move(stream_), std::move(kept)};
  }

  ByteView unread() const UNSTICK_LIFETIME_BOUND { return reader_.decoder().Unread(); }
  std::uint64_t stream_offset() const { return reader_.decoder().stream_offset(); }  // next frame's
  std::size_t read_memory() const { return reader_.decoder().memory(); }  // bytes held for reading
  const F& framer() const UNSTICK_LIFETIME_BOUND { return reader_.decoder().framer(); }
  S& stream() UNSTICK_LIFETIME_BOUND { return stream_; }  // to read or write it breaks the framing
  const S& stream() const UNSTICK_LIFETIME_BOUND { return stream_; }

 private:
  Deadline SendDeadline() const {
    if (options_.send_timeout == kForever) return kNoDeadline;
    return DeadlineFrom(Now(stream_), options_.send_timeout);
  }

  S stream_;
  StreamOptions options_;
  detail::FrameReader<F> reader_;
  detail::FrameWriter writer_;
  [[no_unique_address]] StreamState<F> sent_{};  // what went out so far, the torn frame included
};

template <FrameScanner F, ByteStream S>
template <std::invocable<ByteSpan> Fill>
  requires FrameEncoder<F>
SendResult MessageStream<F, S>::Send(std::size_t payload_size, Fill&& fill, Deadline until) {
  const std::lock_guard lock(writer_.mutex());
  if (absl::Status usable = writer_.CheckOpen(); !usable.ok()) return {std::move(usable), 0};
  StreamBuffer frame;
  StreamState<F> sent_then = sent_;
  const std::optional<FrameError> refused =
      AppendFrame(framer(), payload_size, std::forward<Fill>(fill), frame, sent_then);
  if (refused) return {ToStatus(*refused), 0};
  const ByteView bytes = frame.readable();
  const std::size_t size = bytes.size();
  SendManyResult sent = writer_.Write(stream_, std::span(&bytes, 1), std::span(&size, 1), until);
  if (sent.bytes_sent > 0) sent_ = sent_then;
  return {std::move(sent.status), sent.bytes_sent};
}

template <FrameScanner F, ByteStream S>
SendManyResult MessageStream<F, S>::SendMany(std::span<const ByteView> payloads, Deadline until)
  requires FrameEncoder<F>
{
  const std::lock_guard lock(writer_.mutex());
  if (absl::Status usable = writer_.CheckOpen(); !usable.ok()) return {std::move(usable), 0, 0};
  detail::FrameParts<F> frames(sent_);
  if (const std::optional<FrameError> refused = frames.Encode(framer(), payloads)) {
    return {detail::RefusedMessage(*refused, frames.refused_at(), payloads.size()), 0, 0};
  }
  SendManyResult result = writer_.Write(stream_, frames.parts(), frames.frame_sizes(), until);
  sent_ = frames.SentAfter(result.frames_sent + (writer_.torn() ? 1 : 0));
  return result;
}

template <FrameScanner F, ByteStream S>
absl::Status MessageStream<F, S>::CloseGracefully(Deadline until) {
  const std::lock_guard lock(writer_.mutex());
  absl::Status status = writer_.torn() ? writer_.Resume(stream_, until).status : absl::OkStatus();
  if (status.ok()) status = writer_.Shutdown(stream_, until);
  writer_.Close();
  if (status.ok()) status = reader_.failure(stream_);
  if (status.ok() && !reader_.ended()) {
    status = DrainInput(stream_, reader_.decoder().Prepare(), options_.drain_limit, until);
  }
  stream_.Close();
  return status;
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_MESSAGE_STREAM_H_
