#include "src/core/filters/unescape.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "src/core/kernels/kernels.h"

namespace unstick::inline v0::detail {
namespace {

// The first `byte` from `from` on, or the size.
std::size_t Find(ByteView bytes, std::size_t from, std::byte byte) {
  if (from >= bytes.size()) return bytes.size();
  const void* hit =
      std::memchr(bytes.data() + from, std::to_integer<int>(byte), bytes.size() - from);
  if (hit == nullptr) return bytes.size();
  return static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes.data());
}

// Calls use(place) for each `wanted`, in order, until that says stop. What `use` changes must lie
// before its place.
template <typename Use>
void ForEach(ByteView bytes, std::byte wanted, const Use& use) {
  ByteMasks masks;
  for (std::size_t from = 0; from < bytes.size(); from += kMarkedAtOnce) {
    MarkBytes(bytes.subspan(from, std::min(kMarkedAtOnce, bytes.size() - from)), wanted, masks);
    for (std::uint64_t words = masks.not_zero; words != 0; words &= words - 1) {
      const auto word = static_cast<std::size_t>(std::countr_zero(words));
      for (std::uint64_t bits = masks.bits[word]; bits != 0; bits &= bits - 1) {
        if (!use(from + word * kMaskBits + static_cast<std::size_t>(std::countr_zero(bits)))) {
          return;
        }
      }
    }
  }
}

// ---- COBS: | code | code - 1 bytes that are not zero | code | ...
//
// Behind a block stands a zero that is not written; but not behind a full one, nor the last.

constexpr std::size_t kFullBlock = 0xff;

EscapedSize MeasureCobs(ByteView stuffed, bool searched) {
  if (stuffed.empty()) return {.bad_at = 0};  // not even the empty payload is empty: it is 01
  const std::size_t zero = searched ? stuffed.size() : Find(stuffed, 0, std::byte{0});
  std::size_t size = 0;
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    if (code == 0 || code > stuffed.size() - at) return {.bad_at = at};
    at += code;
    if (zero < at) return {.bad_at = zero};
    size += code - (code < kFullBlock && at < stuffed.size() ? 0 : 1);
  }
  return {.size = size};
}

std::size_t UnescapeCobs(ByteSpan stuffed) {
  std::size_t to = 0;
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    std::memmove(stuffed.data() + to, stuffed.data() + at + 1, code - 1);
    to += code - 1;
    at += code;
    if (code < kFullBlock && at < stuffed.size()) stuffed[to++] = std::byte{0};
  }
  return to;
}

std::size_t EscapeCobs(ByteView plain, std::byte* const start) {
  std::byte* to = start;
  std::size_t from = 0;
  const auto block = [&](std::size_t run) {
    *to++ = static_cast<std::byte>(run + 1);
    if (run > 0) std::memcpy(to, plain.data() + from, run);
    to += run;
    from += run;
  };
  ForEach(plain, std::byte{0}, [&](std::size_t zero) {
    while (zero - from >= kFullBlock - 1) block(kFullBlock - 1);
    block(zero - from);
    ++from;
    return true;
  });
  do {
    block(std::min(plain.size() - from, kFullBlock - 1));
  } while (from < plain.size());
  return static_cast<std::size_t>(to - start);
}

// ---- A mark and a second byte for what must not stand there itself: | mark | second |

struct Marked {
  std::byte mark;
  std::byte other;  // what is escaped too; `mark` again if nothing is

  // Between a byte and the second one that stands for it. SLIP names the two, the others compute.
  std::byte (*second)(std::byte plain);
  std::byte (*plain)(std::byte second);
  bool (*allows)(std::byte second);
};

constexpr std::byte Same(std::byte byte) { return byte; }
constexpr std::byte Flipped(std::byte byte) { return byte ^ std::byte{0x20}; }
constexpr bool Any(std::byte) { return true; }

constexpr std::byte kSlipEnd{0xc0}, kSlipEsc{0xdb}, kSlipEscEnd{0xdc}, kSlipEscEsc{0xdd};
constexpr std::byte kHdlcFlag{0x7e}, kHdlcEsc{0x7d};
constexpr std::byte kDle{0x10};

constexpr Marked kSlip = {
    .mark = kSlipEsc,
    .other = kSlipEnd,
    .second = [](std::byte plain) { return plain == kSlipEnd ? kSlipEscEnd : kSlipEscEsc; },
    .plain = [](std::byte second) { return second == kSlipEscEnd ? kSlipEnd : kSlipEsc; },
    .allows = [](std::byte second) { return second == kSlipEscEnd || second == kSlipEscEsc; }};
constexpr Marked kHdlc = {kHdlcEsc, kHdlcFlag, Flipped, Flipped, Any};
constexpr Marked kDoubled = {kDle, kDle, Same, Same,
                             [](std::byte second) { return second == kDle; }};

const Marked& MarksOf(Escape escape) {
  return escape == Escape::kSlip ? kSlip : escape == Escape::kHdlc ? kHdlc : kDoubled;
}

EscapedSize MeasureMarked(const Marked& way, ByteView stuffed) {
  EscapedSize found = {.size = stuffed.size()};
  std::size_t next = 0;  // a byte behind a mark is none itself
  ForEach(stuffed, way.mark, [&](std::size_t at) {
    if (at < next) return true;
    if (at + 1 == stuffed.size() || !way.allows(stuffed[at + 1])) found.bad_at = at;
    --found.size;
    next = at + 2;
    return !found.bad_at;
  });
  return found;
}

std::size_t UnescapeMarked(const Marked& way, ByteSpan stuffed) {
  std::size_t from = 0;
  std::size_t to = 0;
  const auto keep = [&](std::size_t end) {
    if (to != from) std::memmove(stuffed.data() + to, stuffed.data() + from, end - from);
    to += end - from;
  };
  ForEach(stuffed, way.mark, [&](std::size_t at) {
    if (at < from) return true;
    keep(at);
    stuffed[to++] = way.plain(stuffed[at + 1]);
    from = at + 2;
    return true;
  });
  keep(stuffed.size());
  return to;
}

std::size_t EscapeMarked(const Marked& way, ByteView plain, std::byte* const start) {
  std::byte* to = start;
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t run = FindEither(plain.subspan(at), way.mark, way.other);
    std::memcpy(to, plain.data() + at, run);
    to += run;
    at += run;
    if (at == plain.size()) break;
    *to++ = way.mark;
    *to++ = way.second(plain[at++]);
  }
  return static_cast<std::size_t>(to - start);
}

// ---- The dot block without its CRLF "." CRLF: a line's leading dot was doubled.

// The place of each dot to leave out.
template <typename Use>
void ForEachExtraDot(ByteView stuffed, const Use& use) {
  for (std::size_t line = 0; line + 1 < stuffed.size();) {
    if (stuffed[line] == std::byte{'.'}) use(line++);
    line = Find(stuffed, line, std::byte{'\n'}) + 1;
  }
}

EscapedSize MeasureDots(ByteView stuffed) {
  EscapedSize found = {.size = stuffed.size()};
  ForEachExtraDot(stuffed, [&found](std::size_t) { --found.size; });
  return found;
}

std::size_t UnescapeDots(ByteSpan stuffed) {
  std::size_t from = 0;
  std::size_t to = 0;
  const auto keep = [&](std::size_t end) {
    std::memmove(stuffed.data() + to, stuffed.data() + from, end - from);
    to += end - from;
    from = end + 1;
  };
  ForEachExtraDot(stuffed, keep);
  if (from < stuffed.size()) keep(stuffed.size());
  return to;
}

std::size_t EscapeDots(ByteView plain, std::byte* const start) {
  std::byte* to = start;
  for (std::size_t line = 0; line < plain.size();) {
    if (plain[line] == std::byte{'.'}) *to++ = std::byte{'.'};
    const std::size_t end = std::min(Find(plain, line, std::byte{'\n'}) + 1, plain.size());
    std::memcpy(to, plain.data() + line, end - line);
    to += end - line;
    line = end;
  }
  return static_cast<std::size_t>(to - start);
}

}  // namespace

EscapedSize MeasureEscaped(Escape escape, ByteView stuffed, bool searched) {
  switch (escape) {
    case Escape::kNone:
      return {.size = stuffed.size()};
    case Escape::kCobs:
      return MeasureCobs(stuffed, searched);
    case Escape::kDot:
      return MeasureDots(stuffed);
    case Escape::kSlip:
    case Escape::kHdlc:
    case Escape::kDle:
      break;
  }
  return MeasureMarked(MarksOf(escape), stuffed);
}

std::size_t Unescape(Escape escape, ByteSpan stuffed) {
  switch (escape) {
    case Escape::kNone:
      return stuffed.size();
    case Escape::kCobs:
      return UnescapeCobs(stuffed);
    case Escape::kDot:
      return UnescapeDots(stuffed);
    case Escape::kSlip:
    case Escape::kHdlc:
    case Escape::kDle:
      break;
  }
  return UnescapeMarked(MarksOf(escape), stuffed);
}

std::size_t EscapeTo(Escape escape, ByteView plain, std::byte* to) {
  switch (escape) {
    case Escape::kNone:
      if (!plain.empty()) std::memcpy(to, plain.data(), plain.size());
      return plain.size();
    case Escape::kCobs:
      return EscapeCobs(plain, to);
    case Escape::kDot:
      return EscapeDots(plain, to);
    case Escape::kSlip:
    case Escape::kHdlc:
    case Escape::kDle:
      break;
  }
  return EscapeMarked(MarksOf(escape), plain, to);
}

bool NeverWrites(Escape escape, std::byte byte) {
  return (escape == Escape::kCobs && byte == std::byte{0}) ||
         (escape == Escape::kSlip && byte == kSlipEnd) ||
         (escape == Escape::kHdlc && byte == kHdlcFlag);
}

}  // namespace unstick::inline v0::detail
