// The writing half of a message stream. Users meet MessageStream.

#ifndef UNSTICK_NET_FRAME_WRITER_H_
#define UNSTICK_NET_FRAME_WRITER_H_

#include <cstddef>
#include <mutex>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {

// What became of several messages. When status is an error, messages [0, frames_sent) are wholly
// out; the next one may be out in part (then finish it with ResumeSend()), those behind it are not
// out at all.
struct [[nodiscard]] SendManyResult {
  absl::Status status;
  std::size_t bytes_sent = 0;  // of all frames, headers and trailers included
  std::size_t frames_sent = 0;
  bool ok() const { return status.ok(); }
};

namespace detail {

// A mutex that stays behind when its owner is moved (which must not happen while it is held).
struct StationaryMutex {
  StationaryMutex() = default;
  StationaryMutex(StationaryMutex&&) noexcept {}
  StationaryMutex& operator=(StationaryMutex&&) noexcept { return *this; }
  mutable std::mutex mutex;
};

// Hands frames to a stream and remembers the one that a failed write tore:
//
//               frame out, or none of it
//                 +-----+
//                 v     |     part of a frame out         all of the rest out
//              kOpen --------------------------> kTorn --------------------> kOpen
//                 |                                |
//                 '---------> kClosed <------------'
//
// The caller holds the lock.
class FrameWriter {
 public:
  std::mutex& mutex() const { return mutex_.mutex; }
  bool torn() const { return held_ || !rest_.empty(); }

  // OK when a frame may be written; else kFailedPrecondition, torn or closed.
  UNSTICK_EXPORT absl::Status CheckOpen() const;

  // Writes the frames that lie in `parts`, whose sizes are `sizes`. REQUIRES: CheckOpen() is OK.
  template <ByteStream S>
  SendManyResult Write(S& stream, std::span<const ByteView> parts,
                       std::span<const std::size_t> sizes, Deadline until) {
    SendResult sent = WriteAll(stream, parts, until);
    SendManyResult result{std::move(sent.status), sent.bytes_sent, sizes.size()};
    if (!result.ok()) result.frames_sent = NoteTorn(parts, sizes, result.bytes_sent);
    if (!result.ok() && !sizes.empty() && result.frames_sent == sizes.size()) {
      held_ = true;
      torn_size_ = sizes.back();
      --result.frames_sent;
    }
    return result;
  }

  // Writes the rest of a torn frame. bytes_sent counts that frame's bytes over all attempts.
  template <ByteStream S>
  SendResult Resume(S& stream, Deadline until) {
    if (closed_) return {CheckOpen(), 0};
    if (!torn()) return {};
    SendResult sent = WriteAll(stream, rest_.readable(), until);
    rest_.Consume(sent.bytes_sent);
    if (rest_.empty()) rest_.Trim();
    held_ = !sent.ok() && rest_.empty();
    return {std::move(sent.status), torn_size_ - rest_.size()};
  }

  // Nothing can be written any more; the rest of a torn frame is forgotten.
  void Close() {
    closed_ = true;
    rest_ = {};
    held_ = false;
  }
  // Closes, and lets the peer read the end. Once: behind both ends the kernel has no connection.
  template <ByteStream S>
  absl::Status Shutdown(S& stream, Deadline until) {
    if (closed_) return absl::OkStatus();
    Close();
    if (const int error = stream.ShutdownWrite(); error != 0) {
      return ErrorStatus(stream, error, "shutdown");
    }
    return WriteAll(stream, std::span<const ByteView>(), until).status;  // what it still holds
  }

 private:
  // Returns how many frames are wholly out, and keeps the rest of one that is out in part.
  UNSTICK_EXPORT std::size_t NoteTorn(std::span<const ByteView> parts,
                                      std::span<const std::size_t> sizes, std::size_t bytes_sent);

  StationaryMutex mutex_;
  StreamBuffer rest_;          // of the torn frame
  std::size_t torn_size_ = 0;  // all of it
  bool held_ = false;          // the stream took all of it, and still holds some
  bool closed_ = false;
};

}  // namespace detail
}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_FRAME_WRITER_H_
