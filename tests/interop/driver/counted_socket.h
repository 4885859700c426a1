// A socket that counts its reads: how torn the stream was when it got here.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_SOCKET_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_SOCKET_H_

#include <cstdint>

#include "unstick/net/byte_stream.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::interop {

class CountedSocket : public net::Socket {
 public:
  explicit CountedSocket(net::Socket socket) : net::Socket(std::move(socket)) {}

  net::IoResult ReadSome(ByteSpan into) {
    const net::IoResult io = net::Socket::ReadSome(into);
    if (io.kind() == net::IoResult::Kind::kBytes) ++reads_;
    return io;
  }
  std::uint64_t reads() const { return reads_; }

 private:
  std::uint64_t reads_ = 0;
};
static_assert(net::ByteStream<CountedSocket>);

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_SOCKET_H_
