// Varint prefix: the payload's size as LEB128, as protobuf and MQTT write it.

#ifndef UNSTICK_CORE_VARINT_FRAMER_H_
#define UNSTICK_CORE_VARINT_FRAMER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

//     |<- offset ->|<- 1..max_bytes ->|         |         |
//     | any bytes  | size, LEB128     | payload | trailer |
//
// LEB128: seven bits a byte, least significant first, bit 7 set on all bytes but the last
// (https://protobuf.dev/programming-guides/encoding/#varints; MQTT 5.0 section 2.1.4 has the same
// with at most four bytes). A number in more bytes than it needs is kMalformedLength, so that two
// readers cannot disagree; so is one that goes on behind max_bytes or does not fit 64 bits.
// Thread-safe: immutable after construction.
class UNSTICK_EXPORT VarintFramer {
 public:
  struct Options {
    std::size_t offset = 0;     // bytes before the number, 0..65535
    std::size_t max_bytes = 5;  // of the number, 1..10
    bool lenient = false;       // take a number in more bytes than it needs
    std::size_t trailer = 0;    // bytes after the payload, 0..65535
    std::uint64_t min_payload = 0;
    std::uint64_t max_payload = kDefaultMaxPayload;  // clamped to what the number can carry
    friend bool operator==(const Options&, const Options&) = default;
  };

  VarintFramer() : VarintFramer(Options(), true) {}
  // Refuses options that could never frame anything (kInvalidArgument, naming the option).
  static absl::StatusOr<VarintFramer> Create(const Options& options);
  // For options known to be right. With those that Create() refuses it is not usable(), and refuses
  // every stream (kMalformedLength, kWrongOptions) and every payload (kUnencodable).
  explicit VarintFramer(const Options& options);
  bool usable() const { return usable_; }

  ScanResult Scan(ByteView window, std::uint64_t /*resume*/) const {
    const std::size_t at = options_.offset;
    if (window.size() <= at) return NeedMore{.min_window = at + 1};
    const auto first = std::to_integer<std::uint64_t>(window[at]);
    if (first >= 0x80) return ScanLong(window);
    return Frame(window, first, 1);
  }
  std::size_t max_frame_size() const { return max_frame_size_; }

  template <typename Sink>
  std::size_t ScanRun(ByteView window, Sink&& sink) const;

  Overhead OverheadFor(std::size_t payload_size) const;
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;

  Prefix PrefixFor(std::size_t payload_size) const {
    const bool short_one = payload_size < 0x80 && options_.offset == 0 && options_.trailer == 0;
    if (!short_one || payload_size - options_.min_payload > span_) return {};
    return {payload_size, 1};
  }

  const Options& options() const { return options_; }

 private:
  VarintFramer(const Options& checked, bool usable);
  ScanResult ScanLong(ByteView window) const;
  FrameError Refuse(ByteView window, std::uint64_t payload, std::size_t digits) const;

  ScanResult Frame(ByteView window, std::uint64_t payload, std::size_t digits) const {
    if (payload - options_.min_payload > span_) return Refuse(window, payload, digits);
    const std::size_t header = options_.offset + digits;
    const std::size_t wire_size = header + static_cast<std::size_t>(payload) + options_.trailer;
    if (window.size() < wire_size)
      return NeedMore{.min_window = wire_size, .frame_size = wire_size};
    return Extent{wire_size, header, static_cast<std::size_t>(payload)};
  }

  Options options_;
  std::uint64_t span_ = 0;  // min_payload + span_ is the largest payload
  std::size_t max_frame_size_ = 0;
  bool usable_ = true;
};

// Numbers of up to four digits, without a loop: the first byte below 0x80 is the last digit. As for
// a LengthFieldFramer, the guess is that the number is the last one again.
//
//     word, little-endian:  | 1aaaaaaa | 1bbbbbbb | 0ccccccc | ...       c b a, seven bits each
template <typename Sink>
std::size_t VarintFramer::ScanRun(ByteView window, Sink&& sink) const {
  constexpr std::uint64_t kMore = 0x80808080;
  const std::size_t needed = options_.offset + sizeof(std::uint64_t);
  std::size_t at = 0;
  std::uint64_t digits_mask = 0;
  std::uint64_t last = 0;
  Extent extent;  // of a frame whose number is `last` in the bits of `digits_mask`
  while (window.size() - at >= needed) {
    const std::uint64_t word = detail::LoadLittle64(window.data() + at + options_.offset);
    if ((word & digits_mask) != last || digits_mask == 0) {
      const std::uint64_t ends = ~word & kMore;
      if (ends == 0) break;
      const auto digits = static_cast<std::size_t>(std::countr_zero(ends)) / 8 + 1;
      digits_mask = ~std::uint64_t{0} >> (64 - 8 * digits);
      last = word & digits_mask;
      const std::uint64_t payload =
          (last & 0x7f) | (last >> 1 & 0x3f80) | (last >> 2 & 0x1fc000) | (last >> 3 & 0xfe00000);
      const bool overlong = digits > 1 && last >> (8 * digits - 8) == 0;
      if (digits > options_.max_bytes || (overlong && !options_.lenient)) break;
      if (payload - options_.min_payload > span_) break;
      const std::size_t header = options_.offset + digits;
      extent = {header + static_cast<std::size_t>(payload) + options_.trailer, header,
                static_cast<std::size_t>(payload)};
    }
    if (window.size() - at < extent.wire_size) break;
    detail::PrefetchAhead(window.data() + at);
    const std::size_t start = at;
    at += extent.wire_size;
    if (!sink(start, extent)) break;
  }
  return at;
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_VARINT_FRAMER_H_
