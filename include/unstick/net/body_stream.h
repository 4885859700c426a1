// Frames larger than memory: a head, then the payload in bounded pieces.

#ifndef UNSTICK_NET_BODY_STREAM_H_
#define UNSTICK_NET_BODY_STREAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/crc32c.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/head_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

struct BodyOptions {
  // From a head's first byte to the end of its frame. When it has passed, every call says so.
  Duration frame_timeout = kForever;
};

// A connection whose frames are received and sent in pieces of at most kPiece bytes, whatever they
// declare; to the peer they are the frames of MessageStream. One thread may receive while another
// sends. Memory: one piece in each direction.
//
//     while (head = ReceiveHead())         SendHead(size)
//       while (piece = ReceivePiece())     SendPiece(bytes) ... until all are out
template <typename F, ByteStream S = Socket>
class BodyStream {
 public:
  static constexpr std::size_t kPiece = std::size_t{64} << 10;

  BodyStream(S stream, HeadFramer<F> framer, const BodyOptions& options = {})
      : stream_(std::move(stream)), framer_(std::move(framer)), options_(options) {}

  // The next frame's head; none at a clean end. Finishes the frame before, when all of its payload
  // has been handed out: its padding, trailer and checksum are judged here if not yet by
  // ReceivePiece(), which tells its errors from those of the next head. Errors: those of the
  // framing (ToStatus()), kDataLoss for an end inside a frame, kDeadlineExceeded, those of
  // ErrorStatus(); all but the deadline stay. kFailedPrecondition, which does not, while payload is
  // still to come.
  absl::StatusOr<std::optional<FrameHead>> ReceiveHead(Deadline until = kNoDeadline);

  // The next bytes of the payload, at least one; none when it is complete, which the checksum has
  // confirmed if there is one. A payload whose checksum is wrong has been seen by then: kDataLoss,
  // and it stays. Other errors are those of ReceiveHead(). Valid until the next call.
  absl::StatusOr<ByteView> ReceivePiece(Deadline until = kNoDeadline) UNSTICK_LIFETIME_BOUND;

  // Begins a frame, and an empty one is sent in full. kInvalidArgument for a size that the framing
  // cannot carry. bytes_sent counts the frame's bytes; what of the head is not out goes in front of
  // the next piece (of an empty frame, an empty one: repeat that until it is OK).
  // REQUIRES: the frame before is out in full.
  SendResult SendHead(std::uint64_t payload_size, Deadline until = kNoDeadline);

  // Sends the next bytes of the payload; behind the last one, padding and checksum too. bytes_sent
  // counts those of `piece`: after an error, go on with the rest (an empty one, if all are out).
  // kInvalidArgument, with nothing sent, for more than the head has said, and for bytes that
  // contradict it: the rest of a header that `strip` leaves to the payload, the sync of a record.
  SendResult SendPiece(ByteView piece, Deadline until = kNoDeadline);

  std::uint64_t left_to_receive() const { return to_receive_; }  // of the payload
  std::uint64_t left_to_send() const { return to_send_; }
  std::uint64_t stream_offset() const { return offset_; }  // of the next byte to receive
  S& stream() UNSTICK_LIFETIME_BOUND { return stream_; }

 private:
  absl::Status ReadMore(bool mid_frame, Deadline until, bool& ended);
  absl::Status Flush(Deadline until);
  absl::Status FinishPayload(Deadline until);
  bool Passed(Deadline until) const { return until != kNoDeadline && Now(stream_) >= until; }
  absl::Status Sticky(absl::Status status) { return failed_ = std::move(status); }
  absl::Status Broken(FrameError error) {
    error.offset = frame_offset_;
    return Sticky(ToStatus(error));
  }
  void Consume(std::size_t n) {
    received_.Consume(n);
    offset_ += n;
  }

  S stream_;
  HeadFramer<F> framer_;
  BodyOptions options_;

  StreamBuffer received_;
  std::size_t lent_ = 0;  // bytes of the last piece, at the front of it
  FrameHead receiving_;
  std::uint64_t to_receive_ = 0;
  std::uint64_t behind_ = 0;  // bytes of padding and trailer still to come
  std::array<std::byte, 4> last_{};
  Crc32c received_crc_;
  std::uint64_t offset_ = 0;
  std::uint64_t frame_offset_ = 0;
  Deadline frame_ends_ = kNoDeadline;
  bool in_frame_ = false;  // a byte of it has arrived
  bool has_head_ = false;  // and it has been told
  absl::Status failed_;

  StreamBuffer pending_;  // head or trailer that is not out
  FrameHead sending_;
  std::uint64_t to_send_ = 0;
  bool trailer_due_ = false;
  Crc32c sent_crc_;
};

template <typename F, ByteStream S>
absl::StatusOr<std::optional<FrameHead>> BodyStream<F, S>::ReceiveHead(Deadline until) {
  if (!failed_.ok()) return failed_;
  if (to_receive_ > 0) {
    return absl::FailedPreconditionError("the payload before has not been received to its end");
  }
  if (absl::Status status = FinishPayload(until); !status.ok()) return status;
  for (bool again = false;; again = true) {
    if (!received_.empty()) {
      if (!in_frame_) {
        in_frame_ = true;
        frame_offset_ = offset_;
        frame_ends_ = DeadlineFrom(Now(stream_), options_.frame_timeout);
      }
      const auto result = framer_.Scan(received_.readable());
      if (const auto* error = std::get_if<FrameError>(&result)) return Broken(*error);
      if (const auto* head = std::get_if<FrameHead>(&result)) {
        receiving_ = *head;
        has_head_ = true;
        to_receive_ = head->payload_size;
        behind_ = head->behind();
        received_crc_ = Crc32c();
        Consume(head->payload_offset);
        return receiving_;
      }
    }
    bool ended = false;
    if (again && Passed(until)) return detail::WaitStatus(ETIMEDOUT, "receive");
    absl::Status status = ReadMore(in_frame_, until, ended);
    if (!status.ok()) return status;
    if (!ended) continue;
    if (received_.empty()) return std::optional<FrameHead>();
    return Broken({.code = FrameErrorCode::kTruncated, .found = received_.size()});
  }
}

template <typename F, ByteStream S>
absl::StatusOr<ByteView> BodyStream<F, S>::ReceivePiece(Deadline until) {
  if (!failed_.ok()) return failed_;
  if (to_receive_ == 0) {
    if (absl::Status status = FinishPayload(until); !status.ok()) return status;
    return ByteView();
  }
  Consume(std::exchange(lent_, 0));
  while (received_.empty()) {
    bool ended = false;
    absl::Status status = ReadMore(true, until, ended);
    if (!status.ok()) return status;
    if (ended) {
      return Broken({.code = FrameErrorCode::kTruncated,
                     .found = offset_ - frame_offset_,
                     .allowed = receiving_.wire_size});
    }
  }
  lent_ = static_cast<std::size_t>(std::min<std::uint64_t>(received_.size(), to_receive_));
  to_receive_ -= lent_;
  const ByteView piece = received_.readable().first(lent_);
  if (receiving_.checked) received_crc_ = received_crc_.Extended(piece);
  return piece;
}

// Behind the last piece: padding and trailer, of which the last four bytes may be a checksum.
template <typename F, ByteStream S>
absl::Status BodyStream<F, S>::FinishPayload(Deadline until) {
  if (!has_head_) return absl::OkStatus();
  Consume(std::exchange(lent_, 0));
  for (bool again = false; behind_ > 0; again = true) {
    bool ended = false;
    if (received_.empty()) {
      if (again && Passed(until)) return detail::WaitStatus(ETIMEDOUT, "receive");
      absl::Status status = ReadMore(true, until, ended);
      if (!status.ok()) return status;
    }
    if (ended) {
      return Broken({.code = FrameErrorCode::kTruncated,
                     .found = offset_ - frame_offset_,
                     .allowed = receiving_.wire_size});
    }
    while (behind_ > 0 && !received_.empty()) {
      std::rotate(last_.begin(), last_.begin() + 1, last_.end());
      last_.back() = received_.readable()[0];
      Consume(1);
      --behind_;
      if (behind_ == 0 && receiving_.checked) {
        const std::uint64_t stored = LoadUint(last_, 0, 4, std::endian::big);
        if (stored != received_crc_.value()) {
          return Broken({.code = FrameErrorCode::kBadChecksum,
                         .found = stored,
                         .allowed = received_crc_.value()});
        }
      }
    }
  }
  in_frame_ = has_head_ = false;
  return absl::OkStatus();
}

// Reads once, waiting if there is nothing.
template <typename F, ByteStream S>
absl::Status BodyStream<F, S>::ReadMore(bool mid_frame, Deadline until, bool& ended) {
  const Deadline limit = mid_frame ? std::min(until, frame_ends_) : until;
  if (mid_frame && frame_ends_ != kNoDeadline && Now(stream_) >= frame_ends_) {
    return detail::WaitStatus(ETIMEDOUT, "receive");  // also when bytes never cease to come
  }
  for (;;) {
    const IoResult io = stream_.ReadSome(received_.Prepare(kPiece).first(kPiece));
    switch (io.kind()) {
      case IoResult::Kind::kBytes:
        received_.Commit(io.bytes());
        return absl::OkStatus();
      case IoResult::Kind::kEnd:
        ended = true;
        return absl::OkStatus();
      case IoResult::Kind::kCut:
        return Sticky(detail::EndedEarly(io.kind(), 0, 0));
      case IoResult::Kind::kError:
        if (io.error_code() != EINTR) {
          return Sticky(ErrorStatus(stream_, io.error_code(), "receive"));
        }
        break;
      case IoResult::Kind::kWouldBlock: {
        absl::Status waited = detail::WaitStatus(stream_.WaitReadable(limit), "receive");
        if (!waited.ok()) return waited;
        break;
      }
    }
    if (limit != kNoDeadline && Now(stream_) >= limit) {
      return detail::WaitStatus(ETIMEDOUT, "receive");
    }
  }
}

template <typename F, ByteStream S>
SendResult BodyStream<F, S>::SendHead(std::uint64_t payload_size, Deadline until) {
  if (to_send_ > 0 || trailer_due_ || !pending_.empty()) {
    return {absl::FailedPreconditionError("the frame before is not out in full"), 0};
  }
  if (auto refused = framer_.Begin(payload_size, pending_, sending_))
    return {ToStatus(*refused), 0};
  to_send_ = payload_size;
  trailer_due_ = true;
  sent_crc_ = Crc32c();
  std::size_t begun = pending_.size();  // bytes that were to go out
  absl::Status status = payload_size > 0 ? Flush(until) : SendPiece({}, until).status;
  if (!trailer_due_) begun += static_cast<std::size_t>(sending_.behind());
  return {std::move(status), begun - pending_.size()};
}

template <typename F, ByteStream S>
SendResult BodyStream<F, S>::SendPiece(ByteView piece, Deadline until) {
  if (piece.size() > to_send_) {
    return {absl::InvalidArgumentError("more payload than the head has said"), 0};
  }
  if (!framer_.Agrees(sending_, sending_.payload_size - to_send_, piece)) {
    return {absl::InvalidArgumentError("the payload is not what the frame's head says"), 0};
  }
  if (absl::Status status = Flush(until); !status.ok()) return {std::move(status), 0};
  SendResult sent = WriteAll(stream_, piece, until);
  if (sending_.checked) sent_crc_ = sent_crc_.Extended(piece.first(sent.bytes_sent));
  to_send_ -= sent.bytes_sent;
  if (sent.ok() && to_send_ == 0 && std::exchange(trailer_due_, false)) {
    const auto behind = static_cast<std::size_t>(sending_.behind());
    const ByteSpan room = pending_.Prepare(behind + 1).first(behind);
    std::fill(room.begin(), room.end(), std::byte{});
    if (sending_.checked) StoreUint(room.last(4), sent_crc_.value(), 4, std::endian::big);
    pending_.Commit(behind);
  }
  if (sent.ok()) sent.status = Flush(until);
  return sent;
}

template <typename F, ByteStream S>
absl::Status BodyStream<F, S>::Flush(Deadline until) {
  if (pending_.empty()) return absl::OkStatus();
  SendResult sent = WriteAll(stream_, pending_.readable(), until);
  pending_.Consume(sent.bytes_sent);
  return std::move(sent.status);
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_BODY_STREAM_H_
