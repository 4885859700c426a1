#include "src/core/filters/unescape.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "src/core/kernels/kernels.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::byte kSlipEnd{0xc0}, kSlipEsc{0xdb}, kSlipEscEnd{0xdc}, kSlipEscEsc{0xdd};
constexpr std::byte kHdlcFlag{0x7e}, kHdlcEsc{0x7d}, kHdlcFlip{0x20};
constexpr std::byte kDle{0x10};

// The first `byte` from `from` on, or the size.
std::size_t Find(ByteView bytes, std::size_t from, std::byte byte) {
  if (from >= bytes.size()) return bytes.size();
  const void* hit =
      std::memchr(bytes.data() + from, std::to_integer<int>(byte), bytes.size() - from);
  if (hit == nullptr) return bytes.size();
  return static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes.data());
}

// The byte that makes the next one mean something else, where one does.
std::byte MarkOf(Escape escape) {
  return escape == Escape::kSlip ? kSlipEsc : escape == Escape::kHdlc ? kHdlcEsc : kDle;
}

std::optional<std::size_t> BadCobs(ByteView stuffed) {
  if (stuffed.empty()) return 0;  // not even the empty payload is empty: it is 01
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    if (code == 0) return at;
    if (code > stuffed.size() - at) return at;
    const std::size_t zero = Find(stuffed.first(at + code), at + 1, std::byte{0});
    if (zero < at + code) return zero;
    at += code;
  }
  return std::nullopt;
}

std::size_t UnescapeCobs(ByteSpan stuffed) {
  std::size_t to = 0;
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    std::memmove(stuffed.data() + to, stuffed.data() + at + 1, code - 1);
    to += code - 1;
    at += code;
    if (code < 0xff && at < stuffed.size()) stuffed[to++] = std::byte{0};
  }
  return to;
}

std::string EscapedCobs(ByteView plain) {
  std::string stuffed;
  stuffed.reserve(plain.size() + plain.size() / 254 + 2);
  for (std::size_t at = 0;;) {
    const std::size_t most = std::min<std::size_t>(plain.size() - at, 254);
    const auto* zero = static_cast<const std::byte*>(
        most == 0 ? nullptr : std::memchr(plain.data() + at, 0, most));
    const std::size_t run =
        zero == nullptr ? most : static_cast<std::size_t>(zero - plain.data()) - at;
    stuffed += static_cast<char>(run + 1);
    stuffed += AsText(plain.subspan(at, run));
    at += run;
    if (zero != nullptr) {
      ++at;  // the zero is implied; there is always a block behind it
    } else if (at == plain.size()) {
      return stuffed;
    }
  }
}

// The dot block without its CRLF "." CRLF. A line's leading dot was doubled; gives the place of
// each dot to leave out.
template <typename Use>
void ForEachExtraDot(ByteView stuffed, const Use& use) {
  for (std::size_t line = 0; line + 1 < stuffed.size();) {
    if (stuffed[line] == std::byte{'.'}) use(line++);
    line = Find(stuffed, line, std::byte{'\n'}) + 1;
  }
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

}  // namespace

std::optional<std::size_t> BadEscapeAt(Escape escape, ByteView stuffed) {
  if (escape == Escape::kNone || escape == Escape::kDot) return std::nullopt;
  if (escape == Escape::kCobs) return BadCobs(stuffed);
  const std::byte mark = MarkOf(escape);
  for (std::size_t at = 0; (at = Find(stuffed, at, mark)) < stuffed.size(); at += 2) {
    if (at + 1 == stuffed.size()) return at;
    const std::byte next = stuffed[at + 1];
    const bool slip = escape != Escape::kSlip || next == kSlipEscEnd || next == kSlipEscEsc;
    const bool dle = escape != Escape::kDle || next == kDle;
    if (!slip || !dle) return at;
  }
  return std::nullopt;
}

std::size_t UnescapedSize(Escape escape, ByteView stuffed) {
  if (escape == Escape::kNone) return stuffed.size();
  std::size_t size = 0;
  if (escape == Escape::kCobs) {
    for (std::size_t at = 0; at < stuffed.size();) {
      const auto code = std::to_integer<std::size_t>(stuffed[at]);
      at += code;
      size += code - (code < 0xff && at < stuffed.size() ? 0 : 1);
    }
    return size;
  }
  size = stuffed.size();
  if (escape == Escape::kDot) {
    ForEachExtraDot(stuffed, [&size](std::size_t) { --size; });
    return size;
  }
  const std::byte mark = MarkOf(escape);
  for (std::size_t at = 0; (at = Find(stuffed, at, mark)) < stuffed.size(); at += 2) --size;
  return size;
}

// Run by run between escapes.
std::size_t Unescape(Escape escape, ByteSpan stuffed) {
  if (escape == Escape::kNone) return stuffed.size();
  if (escape == Escape::kCobs) return UnescapeCobs(stuffed);
  if (escape == Escape::kDot) return UnescapeDots(stuffed);
  const std::byte mark = MarkOf(escape);
  std::size_t to = 0;
  for (std::size_t at = 0; at < stuffed.size();) {
    const std::size_t run = Find(stuffed, at, mark) - at;
    if (to != at) std::memmove(stuffed.data() + to, stuffed.data() + at, run);
    to += run;
    at += run;
    if (at == stuffed.size()) break;
    const std::byte next = stuffed[at + 1];
    stuffed[to++] = escape == Escape::kHdlc  ? next ^ kHdlcFlip
                    : escape == Escape::kDle ? next
                    : next == kSlipEscEnd    ? kSlipEnd
                                             : kSlipEsc;
    at += 2;
  }
  return to;
}

namespace {

std::string EscapedDots(ByteView plain) {
  std::string stuffed;
  stuffed.reserve(plain.size() + plain.size() / 16);
  for (std::size_t line = 0; line < plain.size();) {
    if (plain[line] == std::byte{'.'}) stuffed += '.';
    const std::size_t end = std::min(Find(plain, line, std::byte{'\n'}) + 1, plain.size());
    stuffed += AsText(plain.subspan(line, end - line));
    line = end;
  }
  return stuffed;
}

}  // namespace

std::string Escaped(Escape escape, ByteView plain) {
  if (escape == Escape::kNone) return std::string(AsText(plain));
  if (escape == Escape::kCobs) return EscapedCobs(plain);
  if (escape == Escape::kDot) return EscapedDots(plain);
  const std::byte mark = MarkOf(escape);
  const std::byte other = escape == Escape::kSlip   ? kSlipEnd
                          : escape == Escape::kHdlc ? kHdlcFlag
                                                    : kDle;
  std::string stuffed;
  stuffed.reserve(plain.size() + plain.size() / 16 + 2);
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t run = FindEither(plain.subspan(at), mark, other);
    stuffed += AsText(plain.subspan(at, run));
    at += run;
    if (at == plain.size()) break;
    const std::byte byte = plain[at++];
    const std::byte second = escape == Escape::kSlip
                                 ? (byte == kSlipEnd ? kSlipEscEnd : kSlipEscEsc)
                             : escape == Escape::kHdlc ? byte ^ kHdlcFlip
                                                       : kDle;
    stuffed += static_cast<char>(mark);
    stuffed += static_cast<char>(second);
  }
  return stuffed;
}

}  // namespace unstick::inline v0::detail
