// Length prefix: a binary number in a fixed place says where the frame ends.

#ifndef UNSTICK_CORE_LENGTH_FIELD_FRAMER_H_
#define UNSTICK_CORE_LENGTH_FIELD_FRAMER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

// What the number on the wire counts, up to the payload's end; padding and trailer come on top.
enum class Counts : std::uint8_t {
  kAfter,    // the bytes after the length field
  kPayload,  // the bytes after the header
  kFrame,    // everything from the frame's first byte, header included
};

//     |<- offset ->|<- width ->|           |         |         |         |
//     | any bytes  |  length   | any bytes | payload | padding | trailer |
//     |<------------- header ------------->|
//     |<------------- a multiple of align ------------>|
//
// The number plus `adjust` is read as `counts` says. A frame whose length does not reach the end of
// its own header is kLengthBelowHeader. Thread-safe: immutable after construction.
class UNSTICK_EXPORT LengthFieldFramer {
 public:
  struct Options {
    std::size_t offset = 0;                // bytes before the field, 0..65535
    std::size_t width = 4;                 // bytes of the field, 1..8
    std::endian order = std::endian::big;  // big is network byte order
    Counts counts = Counts::kAfter;
    std::int64_t adjust = 0;                 // added to the number, |adjust| < 2^31
    std::optional<std::size_t> header = {};  // bytes before the payload; default offset + width
    std::size_t align = 1;                   // the frame is padded to a multiple of this, 1..65536
    std::size_t trailer = 0;                 // bytes after payload and padding, 0..65535
    std::optional<std::size_t> strip = {};   // bytes not delivered; default header
    std::uint64_t min_payload = 0;           // bytes, header and trailer not counted
    std::uint64_t max_payload = kDefaultMaxPayload;  // clamped to what the field can carry
    friend bool operator==(const Options&, const Options&) = default;
  };

  LengthFieldFramer() : LengthFieldFramer(Options(), true) {}
  // Refuses options that could never frame anything (kInvalidArgument, naming the option).
  static absl::StatusOr<LengthFieldFramer> Create(const Options& options);
  // For options known to be right. With those that Create() refuses it is not usable(), and refuses
  // every stream (kMalformedLength, kWrongOptions) and every payload (kUnencodable).
  explicit LengthFieldFramer(const Options& options);
  bool usable() const { return usable_; }

  ScanResult Scan(ByteView window, std::uint64_t /*resume*/) const {
    if (window.size() < field_end_) return NeedMore{.min_window = field_end_};
    const std::uint64_t raw = LoadUint(window, options_.offset, options_.width, options_.order);
    if (raw - lowest_ > span_) return Refuse(window, raw);
    const std::size_t payload_end = static_cast<std::size_t>(raw) + bias_;
    const std::size_t wire_size = Padded(payload_end) + options_.trailer;
    if (window.size() < wire_size)
      return NeedMore{.min_window = wire_size, .frame_size = wire_size};
    return Extent{wire_size, strip_, payload_end - strip_};
  }
  std::size_t max_frame_size() const { return max_frame_size_; }

  template <typename Sink>
  std::size_t ScanRun(ByteView window, Sink&& sink) const {
    const bool everyday = options_.width == 4 && options_.order == std::endian::big;
    return everyday ? RunOf<4>(window, sink) : RunOf<8>(window, sink);
  }

  Overhead OverheadFor(std::size_t payload_size) const {
    const std::size_t payload_end = strip_ + payload_size;
    return {strip_, Padded(payload_end) - payload_end + options_.trailer};
  }
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const {
    const std::uint64_t raw = strip_ + payload.size() - bias_;
    if (only_a_length_ == 0 || raw - lowest_ > span_)
      return WrapOther(payload, header, trailer, raw);
    StoreUint(header, raw, options_.width, options_.order);
    return std::nullopt;
  }

  Prefix PrefixFor(std::size_t payload_size) const {
    const std::uint64_t raw = strip_ + payload_size - bias_;
    if (raw - lowest_ > span_) return {};
    const bool big = options_.order == std::endian::big;
    return {big ? __builtin_bswap64(raw) >> unused_bits_ : raw, only_a_length_};
  }

  const Options& options() const { return options_; }

 private:
  LengthFieldFramer(const Options& checked, bool usable);
  std::size_t Padded(std::size_t size) const {
    return options_.align == 1 ? size
                               : (size + options_.align - 1) / options_.align * options_.align;
  }
  template <std::size_t kLoaded, typename Sink>
  std::size_t RunOf(ByteView window, Sink& sink) const;
  FrameError Refuse(ByteView window, std::uint64_t raw) const;
  std::optional<FrameError> WrapOther(ByteView payload, ByteSpan header, ByteSpan trailer,
                                      std::uint64_t raw) const;

  Options options_;
  std::size_t header_ = 0;
  std::size_t strip_ = 0;
  std::size_t field_end_ = 0;
  std::size_t bias_ = 0;      // raw + bias_ == end of the payload, modulo 2^64
  std::uint64_t lowest_ = 0;  // the raw value of the smallest payload allowed
  std::uint64_t span_ = 0;    // lowest_ + span_ is the raw value of the largest
  std::size_t max_frame_size_ = 0;
  unsigned unused_bits_ = 0;       // of a word that holds the field
  std::size_t only_a_length_ = 0;  // goes round a payload: its width; else 0
  bool usable_ = true;
};

// Where each frame starts hangs on the number in the one before: load, swap, add. Guessing that the
// number is the last one again takes the load out of that chain, and a prefetch keeps ahead of
// frames that lie beyond the caches (docs/performance.md: `contiguous`, `mix`).
//
// Loads kLoaded bytes at the field: four in network byte order, or eight of which `width` count.
template <std::size_t kLoaded, typename Sink>
std::size_t LengthFieldFramer::RunOf(ByteView window, Sink& sink) const {
  static_assert(kLoaded == 4 || kLoaded == 8);
  const std::size_t offset = options_.offset;
  const std::size_t needed = offset + kLoaded;
  const std::size_t strip = strip_;
  const std::size_t bias = bias_;
  const std::uint64_t lowest = lowest_;
  const std::uint64_t span = span_;
  const unsigned unused_bits = unused_bits_;
  const bool big = options_.order == std::endian::big;
  const auto load = [&](std::size_t frame) -> std::uint64_t {
    const std::byte* const field = window.data() + frame + offset;
    if constexpr (kLoaded == 4) {
      return detail::LoadBig32(field);
    } else {
      const std::uint64_t word = detail::LoadLittle64(field);
      return big ? __builtin_bswap64(word) >> unused_bits : word << unused_bits >> unused_bits;
    }
  };

  std::size_t at = 0;
  std::uint64_t last = 0;
  std::size_t payload_end = 0;
  std::size_t wire_size = 0;  // of a frame whose number is `last`
  while (window.size() - at >= needed) {
    const std::uint64_t raw = load(at);
    if (raw != last || wire_size == 0) {
      if (raw - lowest > span) break;
      last = raw;
      payload_end = static_cast<std::size_t>(raw) + bias;
      wire_size = Padded(payload_end) + options_.trailer;
    }
    if (window.size() - at < wire_size) break;
    detail::PrefetchAhead(window.data() + at);
    const std::size_t start = at;
    at += wire_size;
    if (!sink(start, Extent{wire_size, strip, payload_end - strip})) break;
  }
  return at;
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_LENGTH_FIELD_FRAMER_H_
