// The seam between framing and whatever moves the bytes: a socket, TLS, a script in a test.

#ifndef UNSTICK_NET_BYTE_STREAM_H_
#define UNSTICK_NET_BYTE_STREAM_H_

#include <concepts>
#include <span>

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
