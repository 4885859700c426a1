// What carries the bytes of a server's connection: the socket itself, or something over it (TLS).

#ifndef UNSTICK_ASIO_TRANSPORT_H_
#define UNSTICK_ASIO_TRANSPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <system_error>

#include "unstick/asio/server_stats.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::aio {

// What one attempt to move bytes came to. kWaitRead and kWaitWrite: nothing could be moved now; try
// again, with the same bytes, when the socket is readable or writable.
struct [[nodiscard]] TransportResult {
  enum class Kind : std::uint8_t {
    kBytes,      // so many were moved; after Handshake() and CloseWrite(): done
    kEnd,        // reading: the peer will send no more
    kCut,        // reading: no more will come, but the transport was not ended in its own way
    kWaitRead,   // (TLS without close_notify)
    kWaitWrite,  //
    kError,      // `error` says why; the connection is lost
  };

  Kind kind = Kind::kBytes;
  std::size_t bytes = 0;
  std::error_code error = {};
  HandshakeFault fault = HandshakeFault::kLost;  // for kError: what kind of failure it was

  bool waits() const { return kind == Kind::kWaitRead || kind == Kind::kWaitWrite; }
};

// One connection's transport. The connection owns the non-blocking socket `fd` and closes it; a
// transport reads and writes it, never waits, never surfaces EINTR, never raises SIGPIPE. Errors
// are of std::system_category() or of the transport's own.
//
//     Handshake()* --done--> Read() and Write() in any order --> CloseWrite()* --> Read() to the
//          |                                                         ^             end
//          '--failed: what Read() then gives is dropped--------------'
//
// After a handshake that failed the peer has to read why before the connection goes, so it is ended
// like any other.
class Transport {
 public:
  virtual ~Transport() = default;

  // Goes on with what must be said before the first byte. No frame is decoded until it is done.
  virtual TransportResult Handshake(int fd) = 0;
  virtual TransportResult Read(int fd, ByteSpan into) = 0;    // `into` is not empty
  virtual TransportResult Write(int fd, ByteView bytes) = 0;  // nor is `bytes`
  // The peer will read the end behind what was written.
  virtual TransportResult CloseWrite(int fd) = 0;
  // True if Read() would give bytes, or the end, without the socket becoming readable.
  virtual bool HoldsInput() const { return false; }
  // Read() gives no more than this of what has come from the peer by now. Without a bound that is
  // known, a server that stops reads until Read() has to wait.
  virtual std::uint64_t Arrived(int) const { return std::numeric_limits<std::uint64_t>::max(); }
  // What it knows of the last kError in words; who the peer has proved to be. Mostly nothing.
  virtual std::string Explain() const { return {}; }
  virtual std::string PeerSubject() const { return {}; }
  // Whether endpoints over it are called tls:...
  virtual bool IsTls() const { return false; }
};

// Makes the transport of an accepted connection, on the connection's thread.
using TransportFactory = std::function<std::unique_ptr<Transport>()>;

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_TRANSPORT_H_
