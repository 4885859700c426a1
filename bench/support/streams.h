// The bytes that are decoded: about 512 KiB of equal frames (16 MiB of large ones), looped; or 4
// MiB of frames whose payload sizes are log-uniform between 8 and 1023 bytes, called `mix`.

#ifndef UNSTICK_BENCH_SUPPORT_STREAMS_H_
#define UNSTICK_BENCH_SUPPORT_STREAMS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "unstick/core/append_frame.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::bench {

using PayloadSize = std::size_t;
inline constexpr PayloadSize kMix = 0;

inline std::string NameOf(PayloadSize size) { return size == kMix ? "mix" : std::to_string(size); }

// The payload sizes of a stream, one after another; the driver computes the same for foreign peers.
class Sizes {
 public:
  explicit Sizes(PayloadSize size) : size_(size) {}
  std::size_t Next() {
    if (size_ != kMix) return size_;
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(8 *
                                    std::pow(128.0, static_cast<double>(state_ >> 33) / 0x1p31));
  }

 private:
  PayloadSize size_;
  std::uint64_t state_ = 1;
};

inline std::size_t StreamSize(PayloadSize size) {
  return std::size_t{1} << (size == kMix ? 22 : size >= 1048576 ? 24 : 19);
}

// Frames around payloads of 'x', for stuffed framings with a byte to escape in each 256.
template <typename F>
StreamBuffer StreamOf(const F& framer, PayloadSize size, char escaped = 'x') {
  StreamBuffer stream;
  StreamState<F> sent{};
  Sizes sizes(size);
  std::string payload(std::max<std::size_t>(size, 1024), 'x');
  for (std::size_t at = 255; at < payload.size(); at += 256) payload[at] = escaped;
  while (stream.size() < StreamSize(size)) {
    if (AppendFrame(framer, AsBytes(payload).first(sizes.Next()), stream, sent)) std::abort();
  }
  return stream;
}

// Hands out `bytes` in the pieces in which they arrive.
template <typename Read>
void InChunks(ByteView bytes, std::size_t chunk, Read&& read) {
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    read(bytes.subspan(at, std::min(chunk, bytes.size() - at)));
  }
}

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SUPPORT_STREAMS_H_
