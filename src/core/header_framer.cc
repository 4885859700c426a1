#include "unstick/core/header_framer.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "src/core/filters/window_sums.h"
#include "unstick/core/crc32c.h"

namespace unstick::inline v0 {
namespace {

constexpr std::size_t kChecksumSize = 4;
constexpr std::size_t kMaxSection = std::size_t{16} << 20;

// A note from Scan() to itself: constants and header checksum hold.
constexpr std::size_t kVerified = 1;

FrameError Unencodable(std::uint64_t found, std::uint64_t allowed) {
  return {.code = FrameErrorCode::kUnencodable, .found = found, .allowed = allowed};
}

// CRC-32C.
const detail::Checksum& SumOfHeaders() {
  static const detail::Checksum sum(
      detail::CrcParameters{32, 0x1edc6f41, 0xffffffff, true, true, 0xffffffff});
  return sum;
}

}  // namespace

HeaderFramer::HeaderFramer() : HeaderFramer(HeaderLayout::Native(), Options()) {}

absl::StatusOr<HeaderFramer> HeaderFramer::Create(const HeaderLayout& layout,
                                                  const Options& options) {
  if (options.max_payload == 0) {
    return absl::InvalidArgumentError("max is at least 1: a limit always exists");
  }
  if (options.max_section > kMaxSection) {
    return absl::InvalidArgumentError("max_section is at most 16 MiB");
  }
  HeaderFramer framer(layout, options);
  if (options.min_payload > framer.max_payload_) {
    return absl::InvalidArgumentError("min is above max, or above what the field can carry");
  }
  return framer;
}

HeaderFramer::HeaderFramer(const HeaderLayout& layout, const Options& options)
    : layout_(layout),
      options_(options),
      max_payload_(std::min(
          {options.max_payload, MaxUint(layout.lengths_.back().width), kMaxContiguousPayload})),
      provable_(layout.provable()) {
  max_frame_size_ = layout_.fixed_size() + static_cast<std::size_t>(max_payload_) + kChecksumSize;
  for (std::size_t i = 0; i + 1 < layout_.lengths_.size(); ++i) {
    max_frame_size_ += static_cast<std::size_t>(
        std::min<std::uint64_t>(options.max_section, MaxUint(layout_.lengths_[i].width)));
  }
}

FrameError HeaderFramer::Error(FrameErrorCode code, ByteView window) const {
  FrameError error{.code = code};
  if (provable_) {
    error.recovery = Recovery::kSeek;
    error.resume = 1;
  }
  return error.With(window);
}

// An answer if a constant is wrong, or may be once a version is there in full.
std::optional<ScanResult> HeaderFramer::CheckConstants(ByteView window) const {
  const auto* expected = reinterpret_cast<const std::byte*>(layout_.expected_.data());
  for (std::size_t i = 0; i < layout_.constants_.size(); ++i) {
    const auto& place = layout_.constants_[i];
    if (place.offset >= window.size()) return std::nullopt;
    const std::size_t seen = std::min(place.width, window.size() - place.offset);
    const std::byte* have = window.data() + place.offset;
    const std::byte* want = expected + place.offset;
    if (std::memcmp(have, want, seen) == 0) continue;
    if (layout_.is_version_[i]) {
      if (seen < place.width) return NeedMore{.min_window = place.offset + place.width};
      FrameError error =
          Error(FrameErrorCode::kBadVersion, window.first(place.offset + place.width));
      error.found = LoadUint(window, place.offset, place.width, place.order);
      error.allowed = LoadUint(AsBytes(layout_.expected_), place.offset, place.width, place.order);
      return error;
    }
    const auto wrong =
        static_cast<std::size_t>(std::mismatch(have, have + seen, want).first - have);
    FrameError error = Error(FrameErrorCode::kBadMagic, window.first(place.offset + wrong + 1));
    error.rule = place.offset == 0 ? FrameRule::kMagic : FrameRule::kSeparator;
    error.found = place.offset + wrong;
    error.allowed = std::to_integer<std::uint64_t>(want[wrong]);
    return error;
  }
  return std::nullopt;
}

// The least window that says more about a fixed part of which `seen` bytes are there and right: the
// next byte of a constant may be wrong.
std::size_t HeaderFramer::NextToJudge(std::size_t seen) const {
  for (std::size_t i = 0; i < layout_.constants_.size(); ++i) {
    const auto& place = layout_.constants_[i];
    if (seen >= place.offset + place.width) continue;
    return layout_.is_version_[i] ? place.offset + place.width : std::max(seen, place.offset) + 1;
  }
  return layout_.fixed_size();
}

bool HeaderFramer::IsOwnStart(ByteView head) const {
  if (layout_.constants_.empty() || layout_.is_version_[0]) return false;
  const HeaderLayout::Place& first = layout_.constants_[0];
  return first.offset == 0 && first.width >= 2 && head.size() >= first.width &&
         std::memcmp(head.data(), layout_.expected_.data(), first.width) == 0;
}

std::uint32_t HeaderFramer::HeaderCrc(ByteView header) const {
  const std::size_t at = layout_.checksum_ ? layout_.checksum_->offset : 0;
  return Crc32c(header.first(at)).Extended(header.subspan(at + kChecksumSize)).value();
}

// The same of a header that is one of many in a window.
std::uint32_t HeaderFramer::HeaderCrcIn(const detail::WindowSums& sums, ByteView header) const {
  const std::size_t at = layout_.checksum_ ? layout_.checksum_->offset : 0;
  const detail::Checksum& sum = SumOfHeaders();
  const std::uint64_t before = sum.Extend(sum.Begin(), header.first(at));
  return static_cast<std::uint32_t>(sum.End(sums.After(before, at + kChecksumSize, header.size())));
}

bool HeaderFramer::HasPayloadChecksum(ByteView header) const {
  const PayloadChecksum& checksum = layout_.payload_checksum();
  if (checksum.when != PayloadChecksum::When::kFlagged) {
    return checksum.when == PayloadChecksum::When::kAlways;
  }
  const auto& place = layout_.integers_[checksum.flag_integer];
  const std::uint64_t flags = LoadUint(header, place.offset, place.width, place.order);
  return (flags >> checksum.flag_bit & 1) != 0;
}

// An answer unless the whole header is there and proven; then `sizes` is filled in.
std::optional<ScanResult> HeaderFramer::CheckHeader(ByteView window, bool verified, Sizes& sizes,
                                                    const detail::WindowSums* sums) const {
  if (!verified) {
    if (std::optional<ScanResult> answer = CheckConstants(window)) return answer;
  }
  const std::size_t fixed = layout_.fixed_size();
  if (window.size() < fixed) return NeedMore{.min_window = NextToJudge(window.size())};
  sizes.before_payload = fixed;
  for (std::size_t i = 0; i + 1 < layout_.lengths_.size(); ++i) {
    const auto& place = layout_.lengths_[i];
    const std::uint64_t section = LoadUint(window, place.offset, place.width, place.order);
    if (section > options_.max_section) {
      FrameError error = Error(FrameErrorCode::kBadHeader, window.first(fixed));
      error.rule = FrameRule::kBlockTooLong;
      error.found = place.offset;
      error.allowed = options_.max_section;
      return error;
    }
    sizes.before_payload += static_cast<std::size_t>(section);
  }
  if (layout_.checksum_ && !verified) {
    if (window.size() < sizes.before_payload) return NeedMore{.min_window = sizes.before_payload};
    const auto& place = *layout_.checksum_;
    const std::uint64_t stored = LoadUint(window, place.offset, place.width, place.order);
    const ByteView header = window.first(sizes.before_payload);
    const std::uint32_t computed = sums != nullptr ? HeaderCrcIn(*sums, header) : HeaderCrc(header);
    if (stored != computed) {
      FrameError error = Error(FrameErrorCode::kBadChecksum, window.first(fixed));
      error.rule = FrameRule::kMismatch;
      error.found = stored;
      error.allowed = computed;
      return error;
    }
  }
  const auto& place = layout_.lengths_.back();
  sizes.payload = LoadUint(window, place.offset, place.width, place.order);
  sizes.trailer = HasPayloadChecksum(window) ? kChecksumSize : 0;
  return std::nullopt;
}

// The header is what its sender wrote. Is it one that this side can take?
std::optional<FrameError> HeaderFramer::CheckWhatItSays(ByteView window, const Sizes& sizes) const {
  const ByteView fixed = window.first(layout_.fixed_size());
  const PayloadChecksum& checksum = layout_.payload_checksum();
  if (checksum.reserved_bits != 0) {
    const auto& place = layout_.integers_[checksum.flag_integer];
    const std::uint64_t flags = LoadUint(window, place.offset, place.width, place.order);
    if ((flags & checksum.reserved_bits) != 0) {
      FrameError error = Error(FrameErrorCode::kBadHeader, fixed);
      error.rule = FrameRule::kReserved;
      error.found = place.offset;
      error.allowed = MaxUint(place.width) & ~checksum.reserved_bits;
      return error;
    }
  }
  if (sizes.payload >= options_.min_payload && sizes.payload <= max_payload_) return std::nullopt;
  const bool large = sizes.payload > max_payload_;
  constexpr std::uint64_t kTop = ~std::uint64_t{0};
  const std::uint64_t overhead = sizes.before_payload + sizes.trailer;
  FrameError error{
      .code = large ? FrameErrorCode::kPayloadTooLarge : FrameErrorCode::kPayloadTooSmall,
      .recovery = Recovery::kKnownEnd,
      .found = sizes.payload,
      .allowed = large ? max_payload_ : options_.min_payload,
      .resume = sizes.payload > kTop - overhead ? kTop : sizes.payload + overhead};
  return error.With(fixed);
}

ScanResult HeaderFramer::Scan(ByteView window, std::uint64_t resume) const {
  Sizes sizes;
  if (std::optional<ScanResult> answer = CheckHeader(window, resume == kVerified, sizes)) {
    return *answer;
  }
  if (std::optional<FrameError> error = CheckWhatItSays(window, sizes)) return *error;
  const auto payload_size = static_cast<std::size_t>(sizes.payload);
  const std::size_t payload_end = sizes.before_payload + payload_size;
  const std::size_t wire_size = payload_end + sizes.trailer;
  if (window.size() < wire_size) {
    return NeedMore{.min_window = wire_size, .resume = kVerified, .frame_size = wire_size};
  }
  if (sizes.trailer > 0) {
    const std::uint64_t stored = LoadUint(window, payload_end, kChecksumSize, std::endian::big);
    const std::uint32_t computed =
        Crc32c(window.subspan(sizes.before_payload, payload_size)).value();
    if (stored != computed) {
      return FrameError{.code = FrameErrorCode::kBadChecksum,
                        .recovery = Recovery::kKnownEnd,
                        .rule = FrameRule::kMismatch,
                        .found = stored,
                        .allowed = computed,
                        .resume = wire_size}
          .With(window.first(layout_.fixed_size()));
    }
  }
  return Extent{wire_size, sizes.before_payload, payload_size};
}

// The next place where constants and header checksum both hold. `resume` is the least window in
// which a header that starts right here can be judged.
SeekResult HeaderFramer::Seek(ByteView window, std::uint64_t resume, bool finished,
                              detail::NoState /*state*/, SeekMemory& memory) const {
  if (!finished && window.size() < resume) return {.resume = resume};
  const int first_byte = static_cast<unsigned char>(layout_.expected_.front());
  detail::WindowSums sums(SumOfHeaders(), window, memory);
  for (std::size_t at = 0; at < window.size(); ++at) {
    const void* hit = std::memchr(window.data() + at, first_byte, window.size() - at);
    if (hit == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - window.data());
    if (sums.Overdrawn(at)) continue;
    sums.StartAt(at);
    Sizes sizes;
    const std::optional<ScanResult> answer = CheckHeader(window.subspan(at), false, sizes, &sums);
    if (!answer) return {.drop = at, .found = true};
    const auto* more = std::get_if<NeedMore>(&*answer);
    if (more != nullptr && !finished) {
      sums.Drop(at);
      return {.drop = at, .resume = more->min_window};
    }
    const auto* error = std::get_if<FrameError>(&*answer);
    if (error != nullptr && error->code == FrameErrorCode::kBadChecksum) {
      memory.spent += std::min<std::uint64_t>(sizes.before_payload, sums.kMostForOne);
    }
  }
  sums.Drop(window.size());
  return {.drop = window.size()};
}

SeekResult HeaderFramer::Seek(ByteView window, std::uint64_t resume, bool finished) const {
  SeekMemory memory;
  return Seek(window, resume, finished, {}, memory);
}

bool HeaderFramer::SearchesCutOff(const NeedMore& more, detail::NoState /*state*/) const {
  return provable_ && more.frame_size == 0;
}

Overhead HeaderFramer::OverheadFor(std::size_t payload_size) const {
  const HeaderValues none;
  return With(none).OverheadFor(payload_size);
}

std::optional<FrameError> HeaderFramer::Wrap(ByteView payload, ByteSpan header,
                                             ByteSpan trailer) const {
  const HeaderValues none;
  return With(none).Wrap(payload, header, trailer);
}

HeaderValues HeaderFramer::HeaderOf(const FrameView& frame) const {
  HeaderValues values;
  const ByteView wire = frame.wire();
  for (std::size_t i = 0; i < layout_.integers_.size(); ++i) {
    const auto& place = layout_.integers_[i];
    values.integers[i] = LoadUint(wire, place.offset, place.width, place.order);
  }
  std::size_t at = layout_.fixed_size();
  for (std::size_t i = 0; i + 1 < layout_.lengths_.size(); ++i) {
    const auto& place = layout_.lengths_[i];
    const auto size =
        static_cast<std::size_t>(LoadUint(wire, place.offset, place.width, place.order));
    values.sections[i] = wire.subspan(at, size);
    at += size;
  }
  return values;
}

Overhead HeaderWriter::OverheadFor(std::size_t /*payload_size*/) const {
  const HeaderLayout& layout = framer_.layout_;
  Overhead overhead{.header = layout.fixed_size()};
  for (std::size_t i = 0; i + 1 < layout.sections(); ++i) {
    overhead.header += values_.sections[i].size();
  }
  const PayloadChecksum::When when = layout.payload_checksum().when;
  const bool checksum = when == PayloadChecksum::When::kAlways ||
                        (when == PayloadChecksum::When::kFlagged && framer_.options_.checksum);
  overhead.trailer = checksum ? kChecksumSize : 0;
  return overhead;
}

std::optional<FrameError> HeaderWriter::Wrap(ByteView payload, ByteSpan header,
                                             ByteSpan trailer) const {
  const HeaderLayout& layout = framer_.layout_;
  const PayloadChecksum& checksum = layout.payload_checksum();
  HeaderValues values = values_;
  if (checksum.when == PayloadChecksum::When::kFlagged) {
    const std::uint64_t flag = std::uint64_t{1} << checksum.flag_bit;
    std::uint64_t& flags = values.integers[checksum.flag_integer];
    flags = trailer.empty() ? flags & ~flag : flags | flag;
    if ((flags & checksum.reserved_bits) != 0) return Unencodable(flags, 0);
  }
  if (payload.size() < framer_.options_.min_payload || payload.size() > framer_.max_payload_) {
    return Unencodable(payload.size(), framer_.max_payload_);
  }
  for (std::size_t i = 0; i < layout.integers(); ++i) {
    if (values.integers[i] > MaxUint(layout.integers_[i].width)) {
      return Unencodable(values.integers[i], MaxUint(layout.integers_[i].width));
    }
  }
  for (std::size_t i = 0; i + 1 < layout.sections(); ++i) {
    const std::uint64_t most =
        std::min<std::uint64_t>(framer_.options_.max_section, MaxUint(layout.lengths_[i].width));
    if (values.sections[i].size() > most) return Unencodable(values.sections[i].size(), most);
  }

  const auto store = [header](const HeaderLayout::Place& place, std::uint64_t value) {
    StoreUint(header.subspan(place.offset), value, place.width, place.order);
  };
  std::ranges::copy(AsBytes(layout.expected_), header.begin());
  for (std::size_t i = 0; i < layout.integers(); ++i) {
    store(layout.integers_[i], values.integers[i]);
  }
  std::size_t at = layout.fixed_size();
  for (std::size_t i = 0; i + 1 < layout.sections(); ++i) {
    store(layout.lengths_[i], values.sections[i].size());
    std::ranges::copy(values.sections[i], header.subspan(at).begin());
    at += values.sections[i].size();
  }
  store(layout.lengths_.back(), payload.size());
  if (layout.checksum_) store(*layout.checksum_, framer_.HeaderCrc(header));
  if (!trailer.empty()) {
    StoreUint(trailer, Crc32c(payload).value(), kChecksumSize, std::endian::big);
  }
  return std::nullopt;
}

}  // namespace unstick::inline v0
