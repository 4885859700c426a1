// How each framing that knows the length first reads and writes its heads. For head_framer.h alone.

#ifndef UNSTICK_CORE_DETAIL_HEAD_RULES_H_
#define UNSTICK_CORE_DETAIL_HEAD_RULES_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/bytes.h"
#include "unstick/core/crc32c.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/header_layout.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0 {

namespace detail {

using HeadResult = std::variant<NeedMore, FrameHead, FrameError>;

// A framer with a low limit refuses nearly every frame as too large and says how large: so a head
// is judged by the framer itself. `header_size(error)` is asked about those.
template <typename F, typename HeaderSize>
HeadResult JudgedBy(const F& low_limit, ByteView window, const HeaderSize& header_size) {
  const ScanResult scan = low_limit.Scan(window, 0);
  if (const auto* more = std::get_if<NeedMore>(&scan)) return *more;
  if (const auto* extent = std::get_if<Extent>(&scan)) {
    return FrameHead{.wire_size = extent->wire_size,
                     .payload_offset = extent->payload_offset,
                     .payload_size = extent->payload_size};
  }
  const auto* error = std::get_if<FrameError>(&scan);
  if (error == nullptr) return FrameError{.code = FrameErrorCode::kMalformedLength};
  const bool larger =
      error->code == FrameErrorCode::kPayloadTooLarge && error->recovery == Recovery::kKnownEnd;
  if (!larger) return *error;
  // Sizes near 2^64 saturate, and are over any limit.
  const std::uint64_t payload = error->found;
  return FrameHead{.wire_size = error->resume,
                   .payload_offset = payload > error->resume ? 0 : header_size(*error),
                   .payload_size = payload};
}

// For a framer F:
//   Create()    from the framer, or why a body cannot be told
//   Scan()      the head at the front of `window`, whatever the limits
//   Looked()    how many bytes it took to say so
//   Counted()   the payload that limits count
//   For()       the head of a frame with this payload; none if the framing has no such frame
//   Write()     its first payload_offset bytes
//   Agrees()    is what stands so far into the payload what the head says there?
template <typename F>
class HeadRules;

inline absl::Status NotUsableHeads() {
  return absl::InvalidArgumentError("the framer was made with options that are wrong");
}

template <>
class HeadRules<LengthFieldFramer> {
 public:
  static absl::StatusOr<HeadRules> Create(const LengthFieldFramer& framer) {
    if (!framer.usable()) return NotUsableHeads();
    // The lowest limit under which there is a frame at all: an `adjust` may make all of them long.
    LengthFieldFramer::Options low = framer.options();
    low.strip.reset();
    low.min_payload = 0;
    for (low.max_payload = 1;; low.max_payload *= 2) {
      absl::StatusOr<LengthFieldFramer> low_limit = LengthFieldFramer::Create(low);
      if (low_limit.ok()) return HeadRules(framer.options(), *std::move(low_limit));
      if (low.max_payload > std::uint64_t{32} << 10) return low_limit.status();
    }
  }

  std::uint64_t min_payload() const { return options_.min_payload; }
  std::uint64_t max_payload() const { return ~std::uint64_t{0}; }

  HeadResult Scan(ByteView window) const {
    HeadResult result = JudgedBy(low_limit_, window, [this](const FrameError&) { return header_; });
    auto* head = std::get_if<FrameHead>(&result);
    if (head == nullptr || strip_ == header_) return result;
    const std::uint64_t counted = head->payload_size;
    if (header_ + counted < strip_) {  // saturated sizes are far from here
      const bool small = counted < options_.min_payload;
      return FrameError{
          .code = small ? FrameErrorCode::kPayloadTooSmall : FrameErrorCode::kMalformedLength,
          .found = counted,
          .allowed = small ? options_.min_payload : strip_ - header_}
          .With(window.first(Looked(*head)));
    }
    head->payload_offset = strip_;
    head->payload_size = counted + header_ - strip_;
    return result;
  }
  std::size_t Looked(const FrameHead&) const { return options_.offset + options_.width; }
  std::uint64_t Counted(const FrameHead& head) const {
    return head.payload_size + strip_ - header_;
  }
  std::optional<FrameHead> For(std::uint64_t payload_size) const {
    const std::uint64_t end = strip_ + payload_size;
    if (end < header_ || !Number(end)) return std::nullopt;
    const std::uint64_t padded = (end + options_.align - 1) / options_.align * options_.align;
    return FrameHead{.wire_size = padded + options_.trailer,
                     .payload_offset = strip_,
                     .payload_size = payload_size};
  }
  void Write(const FrameHead& head, ByteSpan header) const {
    std::fill(header.begin(), header.end(), std::byte{0});
    const std::array<std::byte, 8> field = Field(head);
    for (std::size_t i = 0; i < options_.width && options_.offset + i < header.size(); ++i) {
      header[options_.offset + i] = field[i];
    }
  }
  bool Agrees(const FrameHead& head, std::uint64_t at, ByteView piece) const {
    if (strip_ >= options_.offset + options_.width) return true;
    const std::array<std::byte, 8> field = Field(head);
    for (std::size_t i = 0; i < options_.width; ++i) {
      const std::uint64_t place = strip_ + at;  // of the piece in the frame
      const std::uint64_t digit = options_.offset + i;
      if (digit < place || digit - place >= piece.size()) continue;
      if (piece[static_cast<std::size_t>(digit - place)] != field[i]) return false;
    }
    return true;
  }

 private:
  HeadRules(const LengthFieldFramer::Options& options, LengthFieldFramer low_limit)
      : options_(options),
        low_limit_(std::move(low_limit)),
        header_(options.header.value_or(options.offset + options.width)),
        strip_(options.strip.value_or(header_)) {}

  // What the field says of a payload that ends there; none if it cannot.
  std::optional<std::uint64_t> Number(std::uint64_t end) const {
    std::int64_t number = static_cast<std::int64_t>(end) - options_.adjust;
    if (options_.counts == Counts::kAfter) {
      number -= static_cast<std::int64_t>(options_.offset + options_.width);
    }
    if (options_.counts == Counts::kPayload) number -= static_cast<std::int64_t>(header_);
    if (number < 0 || static_cast<std::uint64_t>(number) > MaxUint(options_.width)) return {};
    return static_cast<std::uint64_t>(number);
  }
  std::array<std::byte, 8> Field(const FrameHead& head) const {
    std::array<std::byte, 8> field{};
    StoreUint(field, Number(head.payload_offset + head.payload_size).value_or(0), options_.width,
              options_.order);
    return field;
  }

  LengthFieldFramer::Options options_;
  LengthFieldFramer low_limit_;
  std::size_t header_;
  std::size_t strip_;
};

template <>
class HeadRules<VarintFramer> {
 public:
  static absl::StatusOr<HeadRules> Create(const VarintFramer& framer) {
    if (!framer.usable()) return NotUsableHeads();
    VarintFramer::Options low = framer.options();
    low.min_payload = 0;
    low.max_payload = 1;
    absl::StatusOr<VarintFramer> low_limit = VarintFramer::Create(low);
    if (!low_limit.ok()) return low_limit.status();
    return HeadRules(framer.options(), *std::move(low_limit));
  }

  std::uint64_t min_payload() const { return options_.min_payload; }
  std::uint64_t max_payload() const { return ~std::uint64_t{0}; }

  HeadResult Scan(ByteView window) const {
    return JudgedBy(low_limit_, window, [this](const FrameError& error) {
      return static_cast<std::size_t>(error.resume - error.found) - options_.trailer;
    });
  }
  std::size_t Looked(const FrameHead& head) const { return head.payload_offset; }
  std::uint64_t Counted(const FrameHead& head) const { return head.payload_size; }
  std::optional<FrameHead> For(std::uint64_t payload_size) const {
    const auto bits = static_cast<std::size_t>(std::bit_width(payload_size | 1));
    const std::size_t digits = (bits + 6) / 7;
    if (digits > options_.max_bytes) return std::nullopt;
    const std::size_t header = options_.offset + digits;
    return FrameHead{.wire_size = header + payload_size + options_.trailer,
                     .payload_offset = header,
                     .payload_size = payload_size};
  }
  void Write(const FrameHead& head, ByteSpan header) const {
    std::fill(header.begin(), header.end(), std::byte{0});
    std::uint64_t rest = head.payload_size;
    for (std::byte& digit : header.subspan(options_.offset)) {
      digit = static_cast<std::byte>(rest | 0x80);
      rest >>= 7;
    }
    header.back() &= std::byte{0x7f};
  }
  bool Agrees(const FrameHead&, std::uint64_t, ByteView) const { return true; }

 private:
  HeadRules(const VarintFramer::Options& options, VarintFramer low_limit)
      : options_(options), low_limit_(std::move(low_limit)) {}

  VarintFramer::Options options_;
  VarintFramer low_limit_;
};

// A record is its own payload: there is no header, and the sync comes with the first piece.
template <>
class HeadRules<FixedFramer> {
 public:
  static absl::StatusOr<HeadRules> Create(const FixedFramer& framer) { return HeadRules(framer); }

  std::uint64_t min_payload() const { return framer_.options().size; }
  std::uint64_t max_payload() const { return framer_.options().size; }

  HeadResult Scan(ByteView window) const {
    const ScanResult scan = framer_.Scan(window, 0);
    if (const auto* error = std::get_if<FrameError>(&scan)) return *error;
    const auto* more = std::get_if<NeedMore>(&scan);
    if (more != nullptr && window.size() < framer_.options().sync.size()) return *more;
    return *For(min_payload());
  }
  std::size_t Looked(const FrameHead&) const { return framer_.options().sync.size(); }
  std::uint64_t Counted(const FrameHead& head) const { return head.payload_size; }
  std::optional<FrameHead> For(std::uint64_t payload_size) const {
    if (payload_size != min_payload()) return std::nullopt;
    return FrameHead{.wire_size = payload_size, .payload_offset = 0, .payload_size = payload_size};
  }
  void Write(const FrameHead&, ByteSpan) const {}
  bool Agrees(const FrameHead&, std::uint64_t at, ByteView piece) const {
    const std::string_view sync = framer_.options().sync;
    if (at >= sync.size()) return true;
    const std::string_view due = sync.substr(static_cast<std::size_t>(at), piece.size());
    return AsText(piece).starts_with(due);
  }

 private:
  explicit HeadRules(FixedFramer framer) : framer_(std::move(framer)) {}

  FixedFramer framer_;
};

template <>
class HeadRules<HeaderFramer> {
 public:
  static absl::StatusOr<HeadRules> Create(const HeaderFramer& framer) {
    HeaderFramer::Options low = framer.options();
    low.min_payload = 0;
    low.max_payload = 1;
    absl::StatusOr<HeaderFramer> low_limit = HeaderFramer::Create(framer.layout(), low);
    if (!low_limit.ok()) return low_limit.status();
    return HeadRules(framer.options(), *std::move(low_limit));
  }

  std::uint64_t min_payload() const { return options_.min_payload; }
  std::uint64_t max_payload() const { return ~std::uint64_t{0}; }

  HeadResult Scan(ByteView window) const {
    HeadResult result = JudgedBy(low_limit_, window, [this, window](const FrameError& error) {
      const std::size_t trailer = HasChecksum(window) ? kChecksum : 0;
      return static_cast<std::size_t>(error.resume - error.found) - trailer;  // with its sections
    });
    if (auto* head = std::get_if<FrameHead>(&result)) head->checked = HasChecksum(window);
    return result;
  }
  std::size_t Looked(const FrameHead&) const { return low_limit_.layout().fixed_size(); }
  std::uint64_t Counted(const FrameHead& head) const { return head.payload_size; }
  std::optional<FrameHead> For(std::uint64_t payload_size) const {
    if (payload_size > MaxUint(length_.width)) return std::nullopt;
    const Overhead around = low_limit_.OverheadFor(payload_size == 0 ? 0 : 1);
    return FrameHead{.wire_size = around.header + payload_size + around.trailer,
                     .payload_offset = around.header,
                     .payload_size = payload_size,
                     .checked = around.trailer > 0};
  }
  // The header of a small payload, with the size and the checksum of this one.
  void Write(const FrameHead& head, ByteSpan header) const {
    constexpr std::byte kOne{};
    std::array<std::byte, kChecksum> behind{};
    const std::size_t small = head.payload_size == 0 ? 0 : 1;
    const auto trailer = static_cast<std::size_t>(head.behind());
    if (low_limit_.Wrap({&kOne, small}, header, ByteSpan(behind).first(trailer))) return;
    StoreUint(header.subspan(length_.offset), head.payload_size, length_.width, length_.order);
    if (!checksum_) return;
    const Crc32c before(header.first(checksum_->offset));
    StoreUint(header.subspan(checksum_->offset),
              before.Extended(header.subspan(checksum_->offset + kChecksum)).value(), kChecksum,
              checksum_->order);
  }
  bool Agrees(const FrameHead&, std::uint64_t, ByteView) const { return true; }

 private:
  static constexpr std::size_t kChecksum = 4;

  struct Place {
    std::size_t offset = 0;
    std::size_t width = 0;
    std::endian order = std::endian::big;
  };

  HeadRules(const HeaderFramer::Options& options, HeaderFramer low_limit)
      : options_(options), low_limit_(std::move(low_limit)) {
    const PayloadChecksum& payload = low_limit_.layout().payload_checksum();
    Place next;
    std::size_t integers = 0;
    for (const HeaderField& field : low_limit_.layout().fields()) {
      next.width = field.kind == HeaderField::Kind::kConstant ? field.constant.size() : field.width;
      next.order = field.order;
      if (field.kind == HeaderField::Kind::kLength) length_ = next;  // the last one stays
      if (field.kind == HeaderField::Kind::kChecksum) checksum_ = next;
      if (field.kind == HeaderField::Kind::kInteger && integers++ == payload.flag_integer) {
        flags_ = next;
      }
      next.offset += next.width;
    }
  }
  // REQUIRES: the fixed part is there.
  bool HasChecksum(ByteView header) const {
    const PayloadChecksum& payload = low_limit_.layout().payload_checksum();
    if (payload.when != PayloadChecksum::When::kFlagged) {
      return payload.when == PayloadChecksum::When::kAlways;
    }
    const std::uint64_t flags = LoadUint(header, flags_.offset, flags_.width, flags_.order);
    return (flags >> payload.flag_bit & 1) != 0;
  }

  HeaderFramer::Options options_;
  HeaderFramer low_limit_;
  Place length_;  // of the payload
  Place flags_;
  std::optional<Place> checksum_;
};

}  // namespace detail

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_DETAIL_HEAD_RULES_H_
