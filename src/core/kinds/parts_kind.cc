#include "src/core/kinds/parts_kind.h"

#include <algorithm>

#include "absl/status/status.h"

namespace unstick::inline v0::detail {

absl::StatusOr<std::shared_ptr<const PartsKind>> PartsKind::Create(PartsOptions o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  const std::size_t least = o.count_offset + o.count_width;
  if (o.count_width < 1 || o.count_width > 8 || o.count_offset > 65535) {
    return refuse("count is OFFSET/WIDTH with 1 to 8 bytes");
  }
  if (o.count_adjust < -(std::int64_t{1} << 31) ||
      o.count_adjust > static_cast<std::int64_t>(kMaxParts)) {
    return refuse("count-adjust is -2^31 to 2^20, the most parts that there may be");
  }
  if (o.count_adjust < 0 && MaxUint(o.count_width) < static_cast<std::uint64_t>(-o.count_adjust)) {
    return refuse("count-adjust takes away more parts than there can be");
  }
  if (o.entry < 1 || o.entry > 8) return refuse("entry is 1 to 8 bytes");
  if (o.unit < 1 || o.unit > 65536) return refuse("unit is 1 to 65536");
  if (o.align < 1 || o.align > 65536) return refuse("align is 1 to 65536");
  if (o.header == 0) o.header = least;
  if (o.header < least || o.header > 65543)
    return refuse("header reaches behind the count, to 65543");
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return std::make_shared<const PartsKind>(o);
}

ScanResult PartsKind::Scan(ByteView window, std::uint64_t resume) const {
  if (window.size() < o_.header) return NeedMore{.min_window = o_.header};
  const std::uint64_t raw = LoadUint(window, o_.count_offset, o_.count_width, o_.order);
  const auto shrink = static_cast<std::uint64_t>(o_.count_adjust < 0 ? -o_.count_adjust : 0);
  const auto grow = static_cast<std::uint64_t>(o_.count_adjust > 0 ? o_.count_adjust : 0);
  if (raw < shrink || SaturatingAdd(raw, grow) - shrink > kMaxParts) {
    return FrameError{.code = FrameErrorCode::kMalformedLength,
                      .rule = raw < shrink ? FrameRule::kReserved : FrameRule::kTooManyFragments,
                      .found = o_.count_offset,
                      .allowed = kMaxParts}
        .With(window.first(o_.header));
  }
  const auto count = static_cast<std::size_t>(raw + grow - shrink);
  return o_.alternating ? ScanList(window, count, resume) : ScanTable(window, count, resume);
}

ScanResult PartsKind::ScanTable(ByteView window, std::size_t count,
                                std::uint64_t /*resume*/) const {
  const std::size_t table = o_.header + count * o_.entry;
  const std::size_t start = (table + o_.align - 1) / o_.align * o_.align;
  if (window.size() < start) return NeedMore{.min_window = start};
  std::uint64_t payload = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t size = LoadUint(window, o_.header + i * o_.entry, o_.entry, o_.order);
    payload = SaturatingAdd(payload, SaturatingMultiply(size, o_.unit));
  }
  const std::uint64_t wire_size = SaturatingAdd(payload, start);
  if (auto error = CheckLimits(o_.limits, payload, wire_size)) {
    return error->With(window.first(o_.header));
  }
  const auto wire = static_cast<std::size_t>(wire_size);
  if (window.size() < wire) return NeedMore{.min_window = wire, .frame_size = wire};
  return Extent{wire, start, static_cast<std::size_t>(payload)};
}

// The note for the next Scan(): which part comes next, and where its size stands.
ScanResult PartsKind::ScanList(ByteView window, std::size_t count, std::uint64_t resume) const {
  std::size_t part = resume >> 32;
  std::size_t at = resume == 0 ? o_.header : resume & 0xffffffff;
  for (; part < count; ++part) {
    const std::size_t note = part << 32 | at;
    if (window.size() < at + o_.entry) return NeedMore{.min_window = at + o_.entry, .resume = note};
    const std::uint64_t size =
        SaturatingMultiply(LoadUint(window, at, o_.entry, o_.order), o_.unit);
    const std::uint64_t end = SaturatingAdd(at + o_.entry, size);
    if (end - o_.header > o_.limits.most()) {
      return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                        .found = end - o_.header,
                        .allowed = o_.limits.most()}
          .With(window.first(o_.header));
    }
    if (window.size() < end) {
      return NeedMore{.min_window = static_cast<std::size_t>(end), .resume = note};
    }
    at = static_cast<std::size_t>(end);
  }
  if (auto error = CheckLimits(o_.limits, at - o_.header, at)) {
    return error->With(window.first(o_.header));
  }
  return Extent{at, o_.header, at - o_.header};
}

// The number of parts as the header has it, in the header of a frame that is otherwise zeros.
// False: it cannot be said.
bool PartsKind::StoreCount(std::uint64_t count, ByteSpan header) const {
  const std::int64_t raw = static_cast<std::int64_t>(count) - o_.count_adjust;
  if (raw < 0 || count > kMaxParts) return false;
  if (static_cast<std::uint64_t>(raw) > MaxUint(o_.count_width)) return false;
  StoreUint(header.subspan(o_.count_offset), static_cast<std::uint64_t>(raw), o_.count_width,
            o_.order);
  return true;
}

std::optional<FrameError> PartsKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  return o_.alternating ? EncodeList(payload, out) : EncodeTable(payload, out);
}

// The payload has its sizes in it already: the count is the number of parts that it takes to read
// all of it.
std::optional<FrameError> PartsKind::EncodeList(ByteView payload, StreamBuffer& out) const {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < payload.size(); ++count) {
    if (payload.size() - at < o_.entry) return Refused(payload.size(), Obstacle::kBytes);
    const std::uint64_t size =
        SaturatingMultiply(LoadUint(payload, at, o_.entry, o_.order), o_.unit);
    at += o_.entry;
    if (size > payload.size() - at) return Refused(payload.size(), Obstacle::kBytes);
    at += static_cast<std::size_t>(size);
  }
  const std::size_t wire = o_.header + payload.size();
  const ByteSpan frame = out.Prepare(wire).first(wire);
  std::fill_n(frame.begin(), o_.header, std::byte{0});
  if (!StoreCount(count, frame)) return Refused(payload.size(), Obstacle::kBytes);
  std::ranges::copy(payload, frame.subspan(o_.header).begin());
  out.Commit(wire);
  return std::nullopt;
}

// As few parts as can be, each but the last as large as its size can say.
std::optional<FrameError> PartsKind::EncodeTable(ByteView payload, StreamBuffer& out) const {
  if (payload.size() % o_.unit != 0) return Refused(payload.size(), 0);
  std::uint64_t left = payload.size() / o_.unit;
  const std::uint64_t largest = MaxUint(o_.entry);
  const auto least = static_cast<std::uint64_t>(std::max<std::int64_t>(o_.count_adjust, 0));
  const std::uint64_t count = std::max(left / largest + (left % largest != 0 ? 1 : 0), least);
  if (count > kMaxParts) return Refused(payload.size(), 0);
  const std::size_t table = o_.header + static_cast<std::size_t>(count) * o_.entry;
  const std::size_t start = (table + o_.align - 1) / o_.align * o_.align;
  const std::size_t wire = start + payload.size();
  const ByteSpan frame = out.Prepare(wire).first(wire);
  std::fill_n(frame.begin(), start, std::byte{0});
  if (!StoreCount(count, frame)) return Refused(payload.size(), 0);
  for (std::size_t at = o_.header; left > 0; at += o_.entry) {
    const std::uint64_t part = std::min(left, largest);
    StoreUint(frame.subspan(at), part, o_.entry, o_.order);
    left -= part;
  }
  std::ranges::copy(payload, frame.subspan(start).begin());
  out.Commit(wire);
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail
