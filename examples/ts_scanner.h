// A framing that the library does not have, written by its user.

#ifndef UNSTICK_EXAMPLES_TS_SCANNER_H_
#define UNSTICK_EXAMPLES_TS_SCANNER_H_

#include "unstick/unstick.h"

// Packets of an MPEG transport stream (ISO/IEC 13818-1, 2.4.3.2), what they carry as the payload:
//
//     | 47 | flags, pid | .. | [length, adaptation field] | payload        |
//     |<------------------------- 188 bytes ------------------------------>|
struct TsScanner {
  unstick::ScanResult Scan(unstick::ByteView window, std::uint64_t /*resume*/) const {
    if (window.empty()) return unstick::NeedMore{.min_window = 1};
    if (window[0] != std::byte{0x47}) {
      return unstick::FrameError{.code = unstick::FrameErrorCode::kBadMagic, .allowed = 0x47};
    }
    if (window.size() < kSize) return unstick::NeedMore{.min_window = kSize};
    const auto flags = std::to_integer<unsigned>(window[3]);
    const std::size_t header =
        (flags & 0x20) != 0 ? 5 + std::to_integer<std::size_t>(window[4]) : 4;
    if (header > kSize) {
      return unstick::FrameError{.code = unstick::FrameErrorCode::kMalformedLength};
    }
    const std::size_t payload = (flags & 0x10) != 0 ? kSize - header : 0;
    return unstick::Extent{kSize, header, payload};
  }
  std::size_t max_frame_size() const { return kSize; }

 private:
  static constexpr std::size_t kSize = 188;
};
static_assert(unstick::FrameScanner<TsScanner>);

#endif  // UNSTICK_EXAMPLES_TS_SCANNER_H_
