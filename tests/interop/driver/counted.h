// A stream that counts its reads: how torn the stream was when it got here.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_H_

#include <cstdint>
#include <utility>

#include "unstick/net/byte_stream.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::interop {

template <net::ByteStream S>
class Counted : public S {
 public:
  explicit Counted(S stream) : S(std::move(stream)) {}

  net::IoResult ReadSome(ByteSpan into) {
    const net::IoResult io = S::ReadSome(into);
    if (io.kind() == net::IoResult::Kind::kBytes) ++reads_;
    return io;
  }
  std::uint64_t reads() const { return reads_; }

 private:
  std::uint64_t reads_ = 0;
};

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_COUNTED_H_
