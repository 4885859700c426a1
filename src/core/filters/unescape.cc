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
  if (stuffed.empty())
    return {.bad_at = 0,
            .rule = FrameRule::kCutEscape};  // not even the empty payload is empty: it is 01
  const std::size_t zero = searched ? stuffed.size() : Find(stuffed, 0, std::byte{0});
  std::size_t size = 0;
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    if (code == 0) return {.bad_at = at, .rule = FrameRule::kUnescapedByte};
    if (code > stuffed.size() - at) return {.bad_at = at, .rule = FrameRule::kCutEscape};
    at += code;
    if (zero < at) return {.bad_at = zero, .rule = FrameRule::kUnescapedByte};
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
    const bool cut = at + 1 == stuffed.size();
    if (cut) found.rule = FrameRule::kCutEscape;
    if (cut || !way.allows(stuffed[at + 1])) found.bad_at = at;
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

// ---- The dot block without its CRLF "." CRLF: a line's leading dot was doubled. A line begins at
// the front and after a CRLF: after a bare LF it does not (RFC 5321 4.5.2), or two servers would
// read two messages in the same bytes.

// Where the line after the one at `from` begins, or the size.
std::size_t NextLine(ByteView bytes, std::size_t from) {
  for (std::size_t lf = Find(bytes, from, std::byte{'\n'}); lf < bytes.size();
       lf = Find(bytes, lf + 1, std::byte{'\n'})) {
    if (lf > from && bytes[lf - 1] == std::byte{'\r'}) return lf + 1;
  }
  return bytes.size();
}

// The place of each dot to leave out.
template <typename Use>
void ForEachExtraDot(ByteView stuffed, const Use& use) {
  for (std::size_t line = 0; line + 1 < stuffed.size();) {
    if (stuffed[line] == std::byte{'.'}) use(line++);
    line = NextLine(stuffed, line);
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
    const std::size_t end = NextLine(plain, line);
    std::memcpy(to, plain.data() + line, end - line);
    to += end - line;
    line = end;
  }
  return static_cast<std::size_t>(to - start);
}

// ---- Pairs of one's own -------------------------------------------------------------------------

// The next byte that starts an escape, or the size.
std::size_t FindLead(const EscapeMap& map, ByteView stuffed, std::size_t from) {
  if (const auto lead = map.only_lead()) return Find(stuffed, from, *lead);
  while (from < stuffed.size() && !map.leads(stuffed[from])) ++from;
  return std::min(from, stuffed.size());
}

EscapedSize MeasureMapped(const EscapeMap& map, ByteView stuffed) {
  EscapedSize found = {.size = stuffed.size()};
  for (std::size_t at = FindLead(map, stuffed, 0); at < stuffed.size();
       at = FindLead(map, stuffed, at)) {
    const EscapeMap::Pair* pair = map.At(stuffed.subspan(at));
    if (pair == nullptr) {
      found.bad_at = at;
      if (map.CutShort(stuffed.subspan(at))) found.rule = FrameRule::kCutEscape;
      return found;
    }
    found.size -= pair->wire.size() - 1;
    at += pair->wire.size();
  }
  return found;
}

// Calls use(run) for what stands for itself and use(one byte) for what is escaped. The stuffed
// bytes up to there may have been overwritten by then.
template <typename Use>
void VisitMapped(const EscapeMap& map, ByteView stuffed, const Use& use) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = FindLead(map, stuffed, from);
    const EscapeMap::Pair* pair = map.At(stuffed.subspan(at));
    if (at > from) use(stuffed.subspan(from, at - from));
    if (pair == nullptr) return;
    use(ByteView(&pair->plain, 1));
    from = at + pair->wire.size();
  }
}

std::size_t EscapeMapped(const EscapeMap& map, ByteView plain, std::byte* const start) {
  std::byte* to = start;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= plain.size(); ++at) {
    const std::string* wire = at < plain.size() ? map.WireOf(plain[at]) : nullptr;
    if (wire == nullptr && at < plain.size()) continue;
    if (at > from) std::memcpy(to, plain.data() + from, at - from);
    to += at - from;
    from = at + 1;
    if (wire == nullptr) break;
    std::memcpy(to, wire->data(), wire->size());
    to += wire->size();
  }
  return static_cast<std::size_t>(to - start);
}

// ---- What bytes stand for, piece by piece -------------------------------------------------------

template <typename Use>
void VisitMarked(const Marked& way, ByteView stuffed, const Use& use) {
  std::size_t from = 0;
  ForEach(stuffed, way.mark, [&](std::size_t at) {
    if (at < from) return true;
    if (at > from) use(stuffed.subspan(from, at - from));
    const std::byte plain = way.plain(stuffed[at + 1]);
    use(ByteView(&plain, 1));
    from = at + 2;
    return true;
  });
  if (from < stuffed.size()) use(stuffed.subspan(from));
}

template <typename Use>
void VisitCobs(ByteView stuffed, const Use& use) {
  constexpr std::byte kZero{0};
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    use(stuffed.subspan(at + 1, code - 1));
    at += code;
    if (code < kFullBlock && at < stuffed.size()) use(ByteView(&kZero, 1));
  }
}

template <typename Use>
void VisitDots(ByteView stuffed, const Use& use) {
  std::size_t from = 0;
  ForEachExtraDot(stuffed, [&](std::size_t dot) {
    use(stuffed.subspan(from, dot - from));
    from = dot + 1;
  });
  use(stuffed.subspan(from));
}

}  // namespace

const char* EscapeMap::Refuse(const std::vector<Pair>& pairs) {
  if (pairs.empty() || pairs.size() > kMostPairs) return "must have 1 to 64 pairs WIRE>BYTE";
  for (const Pair& pair : pairs) {
    if (pair.wire.size() < 2 || pair.wire.size() > kLongest) {
      return "must have 2 to 8 bytes on the wire for each one that is escaped";
    }
    const auto lead = static_cast<std::byte>(pair.wire[0]);
    if (std::ranges::none_of(pairs, [&](const Pair& other) { return other.plain == lead; })) {
      return "must have a pair for the first byte of each escape: itself could not be sent";
    }
    for (const Pair& other : pairs) {
      if (&other == &pair) continue;
      if (other.plain == pair.plain) return "must have one pair for a byte";
      if (other.wire.starts_with(pair.wire)) return "must not have one escape start another";
    }
  }
  return nullptr;
}

EscapeMap::EscapeMap(std::vector<Pair> checked) : pairs_(std::move(checked)) {
  // One order for one map: the order of the pairs says nothing.
  std::ranges::sort(pairs_, {}, &Pair::wire);
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    of_plain_[std::to_integer<std::size_t>(pairs_[i].plain)] = static_cast<std::uint8_t>(i + 1);
    lead_[static_cast<unsigned char>(pairs_[i].wire[0])] = true;
    longest_ = std::max(longest_, pairs_[i].wire.size());
  }
  if (std::ranges::count(lead_, true) == 1) only_lead_ = static_cast<std::byte>(pairs_[0].wire[0]);
}

const std::string* EscapeMap::WireOf(std::byte plain) const {
  const std::size_t number = of_plain_[std::to_integer<std::size_t>(plain)];
  return number == 0 ? nullptr : &pairs_[number - 1].wire;
}

const EscapeMap::Pair* EscapeMap::At(ByteView stuffed) const {
  for (const Pair& pair : pairs_) {
    if (AsText(stuffed).starts_with(pair.wire)) return &pair;
  }
  return nullptr;
}

bool EscapeMap::CutShort(ByteView rest) const {
  return std::ranges::any_of(pairs_,
                             [&](const Pair& pair) { return pair.wire.starts_with(AsText(rest)); });
}

EscapedSize MeasureEscaped(const Escaping& escape, ByteView stuffed, bool searched) {
  switch (escape.how) {
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
    case Escape::kMap:
      return MeasureMapped(*escape.map, stuffed);
  }
  return MeasureMarked(MarksOf(escape.how), stuffed);
}

std::size_t Unescape(const Escaping& escape, ByteSpan stuffed) {
  switch (escape.how) {
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
    case Escape::kMap: {
      std::size_t to = 0;
      VisitMapped(*escape.map, stuffed, [&](ByteView run) {
        std::memmove(stuffed.data() + to, run.data(), run.size());
        to += run.size();
      });
      return to;
    }
  }
  return UnescapeMarked(MarksOf(escape.how), stuffed);
}

std::size_t EscapeTo(const Escaping& escape, ByteView plain, std::byte* to) {
  switch (escape.how) {
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
    case Escape::kMap:
      return EscapeMapped(*escape.map, plain, to);
  }
  return EscapeMarked(MarksOf(escape.how), plain, to);
}

void VisitPlainRuns(const Escaping& escape, ByteView stuffed, void (*use)(const void*, ByteView),
                    const void* context) {
  const auto call = [&](ByteView run) { use(context, run); };
  switch (escape.how) {
    case Escape::kNone:
      return call(stuffed);
    case Escape::kCobs:
      return VisitCobs(stuffed, call);
    case Escape::kDot:
      return VisitDots(stuffed, call);
    case Escape::kSlip:
    case Escape::kHdlc:
    case Escape::kDle:
      break;
    case Escape::kMap:
      return VisitMapped(*escape.map, stuffed, call);
  }
  VisitMarked(MarksOf(escape.how), stuffed, call);
}

bool NeverWrites(const Escaping& escape, std::byte byte) {
  if (escape == Escape::kMap) {
    return escape.map->WireOf(byte) != nullptr &&
           std::ranges::none_of(escape.map->pairs(), [&](const EscapeMap::Pair& pair) {
             return pair.wire.find(static_cast<char>(byte)) != std::string::npos;
           });
  }
  return (escape == Escape::kCobs && byte == std::byte{0}) ||
         (escape == Escape::kSlip && byte == kSlipEnd) ||
         (escape == Escape::kHdlc && byte == kHdlcFlag);
}

}  // namespace unstick::inline v0::detail
