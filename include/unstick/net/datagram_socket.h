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
#include "unstick/net/datagram_batch.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

struct DatagramOptions {
  std::size_t receive_room = 65'536;  // a larger datagram is reported as truncated
  std::size_t batch = 32;  // the most that ReceiveMany() gives, 1..64; with GRO more are kept
  ChannelOptions channel = {};
};

// One message of a batch. `to` is not needed on a connected socket.
struct OutgoingMessage {
  ByteView payload;
  const SocketAddress* to = nullptr;
};

namespace detail {

// Memory for about as many of `messages` as go into one lot of GSO. REQUIRES: there is one.
UNSTICK_EXPORT std::size_t RoomForLot(std::span<const OutgoingMessage> messages);
// The datagrams' bytes have moved, and lie one behind the other from memory[0] on.
UNSTICK_EXPORT void PutAt(ByteView memory, std::span<OutgoingDatagram> datagrams);

}  // namespace detail

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

// A UDP or Unix datagram socket (or another: DatagramChannel::Adopt()) whose datagrams hold one or
// more whole frames each. Datagrams may be lost, doubled and reordered, as the network likes; none
// is ever merged, cut or delivered in part. One thread may receive while others send.
template <FrameScanner F>
class DatagramSocket {
 public:
  DatagramSocket(DatagramChannel channel, F framer, const DatagramOptions& options = {})
      : channel_(std::move(channel)),
        framer_(std::move(framer)),
        options_(options),
        batch_(options.receive_room) {
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

  // Sends each message as a datagram of its own, up to the first that fails: as many to a system
  // call as the kernel takes, neighbours of one size to one peer as one (GSO).
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
  // The datagrams that are there, up to `count`, if need be from the kernel.
  std::span<const IncomingDatagram> Take(std::size_t count, Deadline until, int& error_code);
  void MakeScratch();
  Datagram<F> Judge(const IncomingDatagram& datagram) const;
  Datagram<F> None(int error_code) const;
  bool Fits(const OutgoingDatagram& datagram) const {
    const std::size_t size = datagram.bytes.size();
    return size <= kMaxUdpIpv4 || size <= channel_.MaxSize(datagram.to);
  }
  absl::Status SendOut(std::span<const OutgoingDatagram> datagrams, Deadline until,
                       std::size_t& sent);

  DatagramChannel channel_;
  F framer_;
  DatagramOptions options_;
  DatagramBatch batch_;
  std::size_t taken_ = 0;                 // of the batch
  std::unique_ptr<std::byte[]> scratch_;  // as much again, for framings that assemble payloads
  std::size_t scratch_size_ = 0;
};

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::Receive(Deadline until) {
  int error_code = 0;
  const auto taken = Take(1, until, error_code);
  return taken.empty() ? None(error_code) : Judge(taken[0]);
}

template <FrameScanner F>
template <std::invocable<const Datagram<F>&> Sink>
ReceiveBatchResult DatagramSocket<F>::ReceiveMany(Sink&& sink, Deadline until) {
  int error_code = 0;
  const auto taken = Take(options_.batch, until, error_code);
  if (taken.empty()) return {None(error_code).status(), 0};
  for (const IncomingDatagram& datagram : taken) sink(Judge(datagram));
  return {absl::OkStatus(), taken.size()};
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
  StreamBuffer frames;
  std::vector<OutgoingDatagram> lot(std::min(messages.size(), DatagramChannel::kMaxSends));
  while (result.ok() && result.messages_sent < messages.size()) {
    const auto left = messages.subspan(result.messages_sent);
    absl::Status refused;
    std::size_t count = 0;
    frames.Consume(frames.size());
    const std::byte* const memory = frames.Prepare(detail::RoomForLot(left)).data();
    for (std::size_t start = 0; count < std::min(lot.size(), left.size()); ++count) {
      const OutgoingMessage& message = left[count];
      if (count > 0 && start + message.payload.size() > kMaxUdpIpv4) break;  // the next lot's
      StreamState<F> alone{};  // each datagram is a stream of its own
      if (const auto error = AppendFrame(framer_, message.payload, frames, alone)) {
        refused = detail::RefusedMessage(*error, result.messages_sent + count, messages.size());
        break;
      }
      const std::size_t end = frames.size();
      if (count > 0 && end > kMaxUdpIpv4) break;  // the same
      lot[count] = {frames.readable().subspan(start, end - start), message.to};
      start = end;
    }
    const std::span datagrams(lot.data(), count);
    if (frames.readable().data() != memory) detail::PutAt(frames.readable(), datagrams);
    result.status = SendOut(datagrams, until, result.messages_sent);
    if (result.ok()) result.status = std::move(refused);
  }
  return result;
}

template <FrameScanner F>
std::span<const IncomingDatagram> DatagramSocket<F>::Take(std::size_t count, Deadline until,
                                                          int& error_code) {
  while (taken_ == batch_.datagrams().size()) {
    taken_ = 0;
    // As many rooms as that takes if they are filled like the last ones: few are warm memory.
    const std::size_t filled = std::max<std::size_t>(batch_.rooms_filled(), 1);
    const std::size_t in_each = std::max<std::size_t>(batch_.datagrams().size() / filled, 1);
    const BatchResult result = channel_.ReceiveSome(batch_, (count + in_each - 1) / in_each);
    if (result.count > 0) {
      MakeScratch();
      break;
    }
    error_code = result.error_code == EAGAIN ? channel_.WaitReadable(until) : result.error_code;
    if (error_code != 0) return {};
  }
  const auto left = batch_.datagrams().subspan(taken_);
  const auto taken = left.first(std::min(count, left.size()));
  taken_ += taken.size();
  return taken;
}

template <FrameScanner F>
void DatagramSocket<F>::MakeScratch() {
  if constexpr (AssemblesFrames<F>) {
    const std::size_t size = batch_.memory().size();
    if (framer_.assembles() && (scratch_size_ < size || UNSTICK_ADDRESS_SANITIZER)) {
      scratch_size_ = size;
      scratch_ = std::make_unique_for_overwrite<std::byte[]>(size);
    }
  }
}

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::Judge(const IncomingDatagram& datagram) const {
  ByteSpan scratch;
  if (scratch_ != nullptr) {
    const auto at = static_cast<std::size_t>(datagram.bytes.data() - batch_.memory().data());
    scratch = {scratch_.get() + at, datagram.bytes.size()};
  }
  return Datagram<F>(framer_, datagram, scratch);
}

template <FrameScanner F>
Datagram<F> DatagramSocket<F>::None(int error_code) const {
  if (error_code == ETIMEDOUT) return Datagram<F>(framer_, DatagramKind::kTimeout, 0);
  return Datagram<F>(framer_, detail::KindOfErrno(error_code), error_code);
}

// Adds to `sent` how many are out, also when it fails. REQUIRES: if there are several, each Fits().
template <FrameScanner F>
absl::Status DatagramSocket<F>::SendOut(std::span<const OutgoingDatagram> datagrams, Deadline until,
                                        std::size_t& sent) {
  if (datagrams.size() == 1 && !Fits(datagrams[0])) {
    return detail::TooLargeToSend(datagrams[0].bytes.size(), channel_.MaxSize(datagrams[0].to));
  }
  unsigned in_vain = 0;  // waits in a row that led to nothing
  while (!datagrams.empty()) {
    const BatchResult result = channel_.SendSome(datagrams);
    sent += result.count;
    datagrams = datagrams.subspan(result.count);
    if (result.count > 0) in_vain = 0;
    if (result.error_code == EAGAIN) {
      absl::Status waited = detail::WaitStatus(channel_.WaitToSend(in_vain++, until), "send");
      if (!waited.ok()) return waited;
    } else if (result.error_code != 0) {
      return StatusFromErrno(result.error_code, "send");
    }
  }
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_SOCKET_H_
