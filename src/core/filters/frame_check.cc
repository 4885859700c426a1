#include "src/core/filters/frame_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint64_t kNoNumber = ~std::uint64_t{0};

std::uint64_t Stored(const FrameCheck& check, ByteView place) {
  switch (check.form) {
    case FrameCheck::Form::kNone:
      break;
    case FrameCheck::Form::kBinary:
      return LoadUint(place, 0, check.size(), check.order);
    case FrameCheck::Form::kStarHex:
      if (place[0] != std::byte{'*'}) return kNoNumber;
      place = place.subspan(1);
      [[fallthrough]];
    case FrameCheck::Form::kHex:
      return ParseDigits(AsText(place), 16).value_or(kNoNumber);
  }
  return kNoNumber;
}

struct Range {
  std::size_t from = 0;
  std::size_t to = 0;
};

// What is covered in a frame of `size` bytes (once unescaped) whose checksum starts at `at`.
Range Covered(const FrameCheck& check, std::size_t size, std::size_t at) {
  const auto place = [size](std::int64_t said) {
    if (said >= 0) return static_cast<std::size_t>(said);
    const auto back = static_cast<std::size_t>(-said);
    return back > size ? 0 : size - back;
  };
  const std::size_t to = std::min(check.to ? place(*check.to) : at, at);
  return {std::min(place(check.from), to), to};
}

// Adds up bytes of which the last `kept` are none of it: the checksum itself.
class SumBeforeTail {
 public:
  SumBeforeTail(const FrameCheck& check, std::size_t from)
      : sum_(*check.sum), kept_(check.size()), from_(from), state_(sum_.Begin()) {}

  void Add(ByteView run) {
    if (run.size() > kept_) {
      Take(ByteView(tail_).first(held_));
      Take(run.first(run.size() - kept_));
      std::ranges::copy(run.last(kept_), tail_.begin());
      held_ = kept_;
      return;
    }
    const std::size_t over = std::max(held_ + run.size(), kept_) - kept_;
    Take(ByteView(tail_).first(over));
    std::copy(tail_.begin() + static_cast<std::ptrdiff_t>(over),
              tail_.begin() + static_cast<std::ptrdiff_t>(held_), tail_.begin());
    held_ -= over;
    std::ranges::copy(run, tail_.begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += run.size();
  }
  ByteView tail() const { return ByteView(tail_).first(held_); }
  std::uint64_t value() const { return sum_.End(state_); }

 private:
  void Take(ByteView bytes) {
    const std::size_t before = std::min(from_ - std::min(from_, at_), bytes.size());
    state_ = sum_.Extend(state_, bytes.subspan(before));
    at_ += bytes.size();
  }

  const Checksum& sum_;
  const std::size_t kept_;
  const std::size_t from_;
  std::uint64_t state_;
  std::size_t at_ = 0;  // of the next byte, unescaped
  std::array<std::byte, 8> tail_ = {};
  std::size_t held_ = 0;
};

// The checksum is inside the escaped payload, and over what that stands for.
Checked JudgeEscaped(const FrameCheck& check, const Escaping& escape, ByteView frame,
                     const Extent& extent) {
  const std::size_t from = check.over_payload ? 0 : static_cast<std::size_t>(check.from);
  SumBeforeTail sum(check, from);
  if (!check.over_payload) sum.Add(frame.first(extent.payload_offset));
  std::size_t plain = 0;
  VisitPlain(escape, frame.subspan(extent.payload_offset, extent.payload_size), [&](ByteView run) {
    plain += run.size();
    sum.Add(run);
  });
  if (plain < check.size()) return {.rule = FrameRule::kNoRoom};
  Checked checked{.found = Stored(check, sum.tail()), .computed = sum.value()};
  checked.holds = checked.found == checked.computed;
  return checked;
}

// Where it stands in a frame that is not escaped; nothing if there is no room.
std::optional<std::size_t> PlaceOf(const FrameCheck& check, std::size_t frame,
                                   const Extent& extent) {
  const std::size_t size = check.size();
  if (check.place == FrameCheck::Place::kTrailer) {
    if (frame < size + check.behind) return std::nullopt;
    return frame - check.behind - size;
  }
  if (extent.payload_size < size) return std::nullopt;
  return extent.payload_offset + extent.payload_size - size;
}

Range CoveredBy(const FrameCheck& check, std::size_t frame, std::size_t at, const Extent& extent) {
  if (!check.over_payload) return Covered(check, frame, at);
  const std::size_t end = extent.payload_offset + extent.payload_size;
  const std::size_t to = check.place == FrameCheck::Place::kTrailer ? std::min(end, at) : at;
  return {std::min(extent.payload_offset, to), to};
}

}  // namespace

std::size_t FrameCheck::size() const {
  switch (form) {
    case Form::kNone:
      return 0;
    case Form::kBinary:
      return sum->bytes();
    case Form::kHex:
      return 2;
    case Form::kStarHex:
      return 3;
  }
  return 0;
}

Checked JudgeCheck(const FrameCheck& check, const Escaping& escape, ByteView frame,
                   const Extent& extent, const PrefixSums* sums) {
  if (!check) return {.holds = true};
  if (check.room() > 0 && escape != Escape::kNone) {
    return JudgeEscaped(check, escape, frame, extent);
  }
  const std::optional<std::size_t> at = PlaceOf(check, frame.size(), extent);
  if (!at) return {.rule = FrameRule::kNoRoom};
  const Range range = CoveredBy(check, frame.size(), *at, extent);
  Checked checked{.found = Stored(check, frame.subspan(*at, check.size()))};
  checked.computed = sums != nullptr && range.to > range.from
                         ? sums->Of(range.from, range.to)
                         : check.sum->Of(frame.subspan(range.from, range.to - range.from));
  checked.holds = checked.found == checked.computed;
  return checked;
}

void PutCheck(const FrameCheck& check, std::uint64_t value, ByteSpan place) {
  if (check.form == FrameCheck::Form::kBinary) {
    StoreUint(place, value, check.size(), check.order);
    return;
  }
  const std::string digits = PrintDigits(value, 16, 2);
  std::memcpy(place.data(), digits.data(), 2);
}

bool WriteCheck(const FrameCheck& check, ByteSpan frame, const Extent& extent) {
  // What is delivered comes with the payload.
  if (!check || check.form == FrameCheck::Form::kStarHex) return true;
  const std::optional<std::size_t> at = PlaceOf(check, frame.size(), extent);
  if (!at) return false;
  const Range range = CoveredBy(check, frame.size(), *at, extent);
  PutCheck(check, check.sum->Of(frame.subspan(range.from, range.to - range.from)),
           frame.subspan(*at, check.size()));
  return true;
}

}  // namespace unstick::inline v0::detail
