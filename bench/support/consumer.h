// What a consumer does with a frame at the least: look at its size and its first byte.

#ifndef UNSTICK_BENCH_SUPPORT_CONSUMER_H_
#define UNSTICK_BENCH_SUPPORT_CONSUMER_H_

#include <cstdint>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"

namespace unstick::bench {

struct Consumer {
  std::uint64_t total = 0;
  std::int64_t frames = 0;

  void operator()(ByteView payload) {
    total += payload.size() + (payload.empty() ? 0 : std::to_integer<std::uint64_t>(payload[0]));
    ++frames;
  }
  void operator()(const FrameView& frame) { (*this)(frame.payload()); }
};

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SUPPORT_CONSUMER_H_
