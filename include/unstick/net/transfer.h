// The sendall and recv loops: all of the bytes, or how many of them.

#ifndef UNSTICK_NET_TRANSFER_H_
#define UNSTICK_NET_TRANSFER_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::net {

// OK means that every byte was handed to the kernel (or the layer below), not that it was
// delivered: only an answer of the peer's application proves that.
struct [[nodiscard]] SendResult {
  absl::Status status;
  std::size_t bytes_sent = 0;  // right also when status is an error
  bool ok() const { return status.ok(); }
};

struct [[nodiscard]] ReadResult {
  absl::Status status;
  std::size_t bytes_read = 0;
  bool ok() const { return status.ok(); }
};

namespace detail {

// OK for 0 and EINTR; kDeadlineExceeded for ETIMEDOUT, which a wait says of our own deadline.
UNSTICK_EXPORT absl::Status WaitStatus(int error, std::string_view what);
UNSTICK_EXPORT absl::Status EndedEarly(IoResult::Kind how, std::size_t read, std::size_t wanted);
UNSTICK_EXPORT absl::Status TooMuchInput(std::uint64_t limit);
// kInvalidArgument, "message 3: unencodable: ..."; `index` is left out when there was one message.
UNSTICK_EXPORT absl::Status RefusedMessage(const FrameError& error, std::size_t index,
                                           std::size_t count);

}  // namespace detail

// Writes all bytes of all parts, in order, waiting as often as needed. Any number of parts of any
// size, empty ones too. Errors: kDeadlineExceeded, or those of ErrorStatus(). Of a stream that
// holds output, an error with all bytes_sent means that it still holds the last of them.
template <ByteStream S>
SendResult WriteAll(S& stream, std::span<const ByteView> parts, Deadline until = kNoDeadline) {
  SendResult result;
  std::size_t out_of_front = 0;  // bytes of parts.front() that are out
  while (result.ok()) {
    while (!parts.empty() && out_of_front >= parts.front().size()) {
      out_of_front -= parts.front().size();
      parts = parts.subspan(1);
    }
    if (parts.empty()) {
      if constexpr (HoldsOutput<S>) {
        const int error = stream.Flush();
        if (error == EAGAIN) {
          result.status = detail::WaitStatus(stream.WaitWritable(until), "send");
          continue;
        }
        result.status = ErrorStatus(stream, error, "send");
      }
      break;
    }

    // A part that was cut goes on alone; the ones behind it are gathered again after it.
    const ByteView rest = parts.front().subspan(out_of_front);
    const IoResult io =
        stream.WriteSome(out_of_front == 0 ? parts : std::span<const ByteView>(&rest, 1));
    switch (io.kind()) {
      case IoResult::Kind::kBytes:
        out_of_front += io.bytes();
        result.bytes_sent += io.bytes();
        break;
      case IoResult::Kind::kWouldBlock:
        result.status = detail::WaitStatus(stream.WaitWritable(until), "send");
        break;
      case IoResult::Kind::kError:
        if (io.error_code() != EINTR) {
          result.status = ErrorStatus(stream, io.error_code(), "send");
        }
        break;
      case IoResult::Kind::kEnd:
      case IoResult::Kind::kCut:
        result.status = StatusFromErrno(EPIPE, "send");
        break;
    }
  }
  return result;
}

template <ByteStream S>
SendResult WriteAll(S& stream, ByteView bytes, Deadline until = kNoDeadline) {
  return WriteAll(stream, std::span<const ByteView>(&bytes, 1), until);
}

// Fills `into`. Bytes that were read before an error are at its front. An end before the first
// byte is kOutOfRange, an end after it kDataLoss; otherwise the errors of WriteAll().
template <ByteStream S>
ReadResult ReadExactly(S& stream, ByteSpan into, Deadline until = kNoDeadline) {
  ReadResult result;
  while (result.ok() && result.bytes_read < into.size()) {
    const IoResult io = stream.ReadSome(into.subspan(result.bytes_read));
    switch (io.kind()) {
      case IoResult::Kind::kBytes:
        result.bytes_read += io.bytes();
        break;
      case IoResult::Kind::kWouldBlock:
        result.status = detail::WaitStatus(stream.WaitReadable(until), "receive");
        break;
      case IoResult::Kind::kError:
        if (io.error_code() != EINTR) {
          result.status = ErrorStatus(stream, io.error_code(), "receive");
        }
        break;
      case IoResult::Kind::kEnd:
      case IoResult::Kind::kCut:
        result.status = detail::EndedEarly(io.kind(), result.bytes_read, into.size());
        break;
    }
  }
  return result;
}

// Reads and forgets up to the peer's end, `scratch` (not empty) at a time. OK when the end came;
// kResourceExhausted after more than `limit` bytes; otherwise the errors of WriteAll().
template <ByteStream S>
absl::Status DrainInput(S& stream, ByteSpan scratch, std::uint64_t limit, Deadline until) {
  std::uint64_t drained = 0;
  absl::Status status;
  while (status.ok()) {
    const IoResult io = stream.ReadSome(scratch);
    switch (io.kind()) {
      case IoResult::Kind::kBytes:
        drained += io.bytes();
        if (drained > limit) status = detail::TooMuchInput(limit);
        break;
      case IoResult::Kind::kWouldBlock:
        status = detail::WaitStatus(stream.WaitReadable(until), "wait for the peer's end");
        break;
      case IoResult::Kind::kError:
        if (io.error_code() != EINTR) status = ErrorStatus(stream, io.error_code(), "receive");
        break;
      case IoResult::Kind::kCut:
        return detail::EndedEarly(io.kind(), 0, 0);
      case IoResult::Kind::kEnd:
        return absl::OkStatus();
    }
  }
  return status;
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_TRANSFER_H_
