// The seam between framing and whatever moves the bytes: a socket, TLS, a script in a test.

#ifndef UNSTICK_NET_BYTE_STREAM_H_
#define UNSTICK_NET_BYTE_STREAM_H_

#include <concepts>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::net {

// A connection, without any idea of messages.
//
//   ReadSome(into)        moves what is there, never waits. `into` is not empty.
//   WriteSome(parts)      moves a first piece of the parts' bytes, in order, as if they lay in one
//                         piece; how many is its own affair. Never waits. There is a byte to move.
//   WaitReadable(until)   returns 0 when ReadSome() may have something new to say, ETIMEDOUT when
//   WaitWritable(until)   the deadline passed before (at once if it already has), else an errno.
//   ShutdownWrite()       the peer will read the end behind what was written. 0 or an errno.
//   Abort()               drops the connection so that the peer sees an error, not an end.
//   Close()               ends it and frees it. Both may be repeated.
//
// One thread may read while another writes. EINTR is a permitted answer to ReadSome and WriteSome.
template <typename S>
concept ByteStream = std::movable<S> && requires(S& stream, ByteSpan into,
                                                 std::span<const ByteView> parts, Deadline until) {
  { stream.ReadSome(into) } -> std::same_as<IoResult>;
  { stream.WriteSome(parts) } -> std::same_as<IoResult>;
  { stream.WaitReadable(until) } -> std::same_as<int>;
  { stream.WaitWritable(until) } -> std::same_as<int>;
  { stream.ShutdownWrite() } -> std::same_as<int>;
  stream.Abort();
  stream.Close();
};

// A stream that may keep some of what WriteSome() took, as TLS keeps the end of a record that the
// kernel did not take whole. Flush() hands it on without waiting: 0 when nothing is held any more,
// EAGAIN when the rest has to wait until the stream is writable, else an errno. Whoever writes is
// done when Flush() says 0; ShutdownWrite() may have to be followed by it too.
template <typename S>
concept HoldsOutput = requires(S& stream) {
  { stream.Flush() } -> std::same_as<int>;
};

// A stream that knows more about an error than its number says.
template <typename S>
concept ExplainsErrors = requires(const S& stream, int error_code, std::string_view what) {
  { stream.ErrorStatus(error_code, what) } -> std::same_as<absl::Status>;
};

// StatusFromErrno(), or what the stream says of its error.
template <ByteStream S>
absl::Status ErrorStatus(const S& stream, int error_code, std::string_view what) {
  if constexpr (ExplainsErrors<S>) {
    return stream.ErrorStatus(error_code, what);
  } else {
    return StatusFromErrno(error_code, what);
  }
}

// A stream that has a clock of its own, for tests that do not wait.
template <typename S>
concept TellsTime = requires(const S& stream) {
  { stream.Now() } -> std::same_as<Deadline>;
};

template <ByteStream S>
Deadline Now(const S& stream) {
  if constexpr (TellsTime<S>) {
    return stream.Now();
  } else {
    return Clock::now();
  }
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_BYTE_STREAM_H_
