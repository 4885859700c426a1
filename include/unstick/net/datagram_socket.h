// Messages in datagrams: the same framers, where the network already keeps the boundaries.

#ifndef UNSTICK_NET_DATAGRAM_SOCKET_H_
#define UNSTICK_NET_DATAGRAM_SOCKET_H_

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/datagram.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

struct DatagramOptions {
  std::size_t receive_room = 65'536;  // a larger datagram is reported as truncated
  std::size_t batch = 32;             // the most that ReceiveMany() takes, 1..64
  ChannelOptions channel = {};
};

// One message of a batch. `to` is not needed on a connected socket.
struct OutgoingMessage {
  ByteView payload;
  const SocketAddress* to = nullptr;
};

struct [[nodiscard]] SendBatchResult {
  absl::Status status;            // of message [messages_sent], if not OK
  std::size_t messages_sent = 0;  // from the first one on
  bool ok() const { return status.ok(); }
};

struct [[nodiscard]] ReceiveBatchResult {
  absl::Status status;       // OK if any came; else what Datagram::status() would have said
  std::size_t received = 0;  // datagrams that the sink was given, the bad ones included
  bool ok() const { return status.ok(); }
};

// A UDP or Unix datagram socket whose datagrams hold one or more whole frames each. Datagrams may
// be lost, doubled and reordered, as the network likes; none is ever merged, cut or delivered in
// part. One thread may receive while others send.
template <FrameScanner F>
class DatagramSocket {
 public:
  DatagramSocket(DatagramChannel channel, F framer, const DatagramOptions& options = {})
      : channel_(std::move(channel)), framer_(std::move(framer)), options_(options) {
    options_.batch = std::clamp<std::size_t>(options_.batch, 1, DatagramChannel::kMaxBatch);
  }
  static absl::StatusOr<DatagramSocket> Bind(const Endpoint& at, F framer,
                                             const DatagramOptions& options = {}) {
    return Make(DatagramChannel::Bind(at, options.channel), std::move(framer), options);
  }
  static absl::StatusOr<DatagramSocket> Connect(const Endpoint& to, F framer,
                                                const DatagramOptions& options = {}) {
    return Make(DatagramChannel::Connect(to, options.channel), std::move(framer), options);
  }

  // The next datagram, good or bad, or why there is none. Invalidates earlier ones.
  Datagram<F> Receive(Deadline until = kNoDeadline) UNSTICK_LIFETIME_BOUND;

  // Waits for one datagram and gives sink(const Datagram<F>&) all that are there, up to
  // DatagramOptions::batch, read in one call.
  template <std::invocable<const Datagram<F>&> Sink>
  ReceiveBatchResult ReceiveMany(Sink&& sink, Deadline until = kNoDeadline);

  // Sends one message as one datagram, to the connected peer or to `to`. bytes_sent is 0 or all.
  // kInvalidArgument, before anything is sent, for a payload that the framing cannot carry and for
  // a frame over MaxSize(); kDeadlineExceeded; else StatusFromErrno(), which may be about an
  // earlier datagram (ICMP): this one was not sent then, and can be sent again.
  SendResult Send(ByteView payload, Deadline until = kNoDeadline)
    requires FrameEncoder<F>
  {
    return SendPacked(nullptr, {&payload, 1}, until);
  }
  SendResult SendTo(const SocketAddress& to, ByteView payload, Deadline until = kNoDeadline)
    requires FrameEncoder<F>
  {
    return SendPacked(&to, {&payload, 1}, until);
  }
  // The same for a payload made in place: `fill(ByteSpan)` writes its `payload_size` bytes.
  template <std::invocable<ByteSpan> Fill>
    requires FrameEncoder<F>
  SendResult SendTo(const SocketAddress* to, std::size_t payload_size, Fill&& fill,
                    Deadline until = kNoDeadline);

  // Sends several messages as one datagram; none at all as an empty one.
  SendResult SendPacked(const SocketAddress* to, std::span<const ByteView> payloads,
                        Deadline until = kNoDeadline)
    requires FrameEncoder<F>;

  // Sends each message as a datagram of its own, 64 to a system call, up to the first that fails.
  SendBatchResult SendMany(std::span<const OutgoingMessage> messages, Deadline until = kNoDeadline)
    requires FrameEncoder<F>;

  const Endpoint& local_endpoint() const { return channel_.local_endpoint(); }
  std::uint64_t dropped() const { return channel_.dropped(); }  // see DatagramChannel
  const F& framer() const UNSTICK_LIFETIME_BOUND { return framer_; }
  DatagramChannel& channel() UNSTICK_LIFETIME_BOUND { return channel_; }

 private:
  static absl::StatusOr<DatagramSocket> Make(absl::StatusOr<DatagramChannel> channel, F framer,
                                             const DatagramOptions& options) {
    if (!channel.ok()) return channel.status();
    return DatagramSocket(*std::move(channel), std::move(framer), options);
  }
  std::span<IncomingDatagram> Room(std::size_t count);
  BatchResult WaitAndReceive(std::size_t count, Deadline until);
  Datagram<F> Judge(std::size_t index);  // what came into that room
  Datagram<F> None(int error_code) const;
  absl::Status SendOut(std::span<const OutgoingDatagram> datagrams, Deadline until,
                       std::size_t& sent);

  DatagramChannel channel_;
  F framer_;
  DatagramOptions options_;
  std::vector<IncomingDatagram> incoming_;
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<std::byte[]> scratch_;  // as much again, for framings that assemble payloads
};

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::Receive(Deadline until) {
  const BatchResult result = WaitAndReceive(1, until);
  if (result.count == 0) return None(result.error_code);
  return Judge(0);
}

template <FrameScanner F>
template <std::invocable<const Datagram<F>&> Sink>
ReceiveBatchResult DatagramSocket<F>::ReceiveMany(Sink&& sink, Deadline until) {
  const BatchResult result = WaitAndReceive(options_.batch, until);
  if (result.count == 0) return {None(result.error_code).status(), 0};
  for (std::size_t i = 0; i < result.count; ++i) sink(Judge(i));
  return {absl::OkStatus(), result.count};
}

template <FrameScanner F>
template <std::invocable<ByteSpan> Fill>
  requires FrameEncoder<F>
SendResult DatagramSocket<F>::SendTo(const SocketAddress* to, std::size_t payload_size, Fill&& fill,
                                     Deadline until) {
  StreamBuffer frame;
  StreamState<F> sent_before{};  // each datagram is a stream of its own
  const auto refused =
      AppendFrame(framer_, payload_size, std::forward<Fill>(fill), frame, sent_before);
  if (refused) return {ToStatus(*refused), 0};
  std::size_t sent = 0;
  const OutgoingDatagram datagram{frame.readable(), to};
  absl::Status status = SendOut({&datagram, 1}, until, sent);
  return {std::move(status), sent == 1 ? frame.size() : 0};
}

template <FrameScanner F>
SendResult DatagramSocket<F>::SendPacked(const SocketAddress* to,
                                         std::span<const ByteView> payloads, Deadline until)
  requires FrameEncoder<F>
{
  StreamBuffer frames;
  StreamState<F> packed{};
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (const auto refused = AppendFrame(framer_, payloads[i], frames, packed)) {
      return {detail::RefusedMessage(*refused, i, payloads.size()), 0};
    }
  }
  std::size_t sent = 0;
  const OutgoingDatagram datagram{frames.readable(), to};
  absl::Status status = SendOut({&datagram, 1}, until, sent);
  return {std::move(status), sent == 1 ? frames.size() : 0};
}

template <FrameScanner F>
SendBatchResult DatagramSocket<F>::SendMany(std::span<const OutgoingMessage> messages,
                                            Deadline until)
  requires FrameEncoder<F>
{
  SendBatchResult result;
  while (result.ok() && result.messages_sent < messages.size()) {
    const std::size_t at = result.messages_sent;
    const auto batch =
        messages.subspan(at, std::min(messages.size() - at, DatagramChannel::kMaxBatch));
    StreamBuffer frames;
    std::vector<std::size_t> ends;
    absl::Status refused;
    for (const OutgoingMessage& message : batch) {
      StreamState<F> alone{};
      if (const auto error = AppendFrame(framer_, message.payload, frames, alone)) {
        refused = detail::RefusedMessage(*error, at + ends.size(), messages.size());
        break;
      }
      ends.push_back(frames.size());
    }
    std::vector<OutgoingDatagram> datagrams;
    for (std::size_t i = 0, start = 0; i < ends.size(); start = ends[i++]) {
      datagrams.push_back({frames.readable().subspan(start, ends[i] - start), batch[i].to});
    }
    result.status = SendOut(datagrams, until, result.messages_sent);
    if (result.ok()) result.status = std::move(refused);
  }
  return result;
}

// Room for `count` datagrams. Under the address sanitizer it moves each time, so that a view kept
// too long is a report.
template <FrameScanner F>
std::span<IncomingDatagram> DatagramSocket<F>::Room(std::size_t count) {
  if (count > incoming_.size() || UNSTICK_ADDRESS_SANITIZER) {
    incoming_.assign(std::max(count, incoming_.size()), IncomingDatagram());
    const std::size_t size = incoming_.size() * options_.receive_room;
    memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
    if constexpr (AssemblesFrames<F>) {
      if (framer_.assembles()) scratch_ = std::make_unique_for_overwrite<std::byte[]>(size);
    }
    for (std::size_t i = 0; i < incoming_.size(); ++i) {
      incoming_[i].room = {memory_.get() + i * options_.receive_room, options_.receive_room};
    }
  }
  return std::span(incoming_).first(count);
}

template <FrameScanner F>
BatchResult DatagramSocket<F>::WaitAndReceive(std::size_t count, Deadline until) {
  const std::span<IncomingDatagram> room = Room(count);
  for (;;) {
    const BatchResult result = channel_.ReceiveSome(room);
    if (result.count > 0 || result.error_code != EAGAIN) return result;
    const int error = channel_.WaitReadable(until);
    if (error != 0) return {0, error};
  }
}

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::Judge(std::size_t index) {
  ByteSpan scratch;
  if (scratch_ != nullptr) {
    scratch = {scratch_.get() + index * options_.receive_room, options_.receive_room};
  }
  return Datagram<F>(framer_, incoming_[index], scratch);
}

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::None(int error_code) const {
  if (error_code == ETIMEDOUT) return Datagram<F>(framer_, DatagramKind::kTimeout, 0);
  return Datagram<F>(framer_, detail::KindOfErrno(error_code), error_code);
}

// Adds to `sent` how many are out, also when it fails.
template <FrameScanner F>
absl::Status DatagramSocket<F>::SendOut(std::span<const OutgoingDatagram> datagrams, Deadline until,
                                        std::size_t& sent) {
  while (!datagrams.empty()) {
    // One that is too large is refused here, when those before it are out.
    std::size_t fitting = 0;
    while (fitting < datagrams.size() &&
           datagrams[fitting].bytes.size() <= channel_.MaxSize(datagrams[fitting].to)) {
      ++fitting;
    }
    if (fitting == 0) {
      return detail::TooLargeToSend(datagrams[0].bytes.size(), channel_.MaxSize(datagrams[0].to));
    }
    const BatchResult result = channel_.SendSome(datagrams.first(fitting));
    sent += result.count;
    datagrams = datagrams.subspan(result.count);
    if (result.error_code == EAGAIN) {
      absl::Status waited = detail::WaitStatus(channel_.WaitWritable(until), "send");
      if (!waited.ok()) return waited;
    } else if (result.error_code != 0) {
      return StatusFromErrno(result.error_code, "send");
    }
  }
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_SOCKET_H_
