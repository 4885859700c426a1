#include "src/core/filters/unescape.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace unstick::inline v0::detail {
namespace {

constexpr std::byte kSlipEnd{0xc0}, kSlipEsc{0xdb}, kSlipEscEnd{0xdc}, kSlipEscEsc{0xdd};
constexpr std::byte kHdlcFlag{0x7e}, kHdlcEsc{0x7d}, kHdlcFlip{0x20};
constexpr std::byte kDle{0x10};

std::optional<std::size_t> BadCobs(ByteView stuffed) {
  if (stuffed.empty()) return 0;  // not even the empty payload is empty: it is 01
  for (std::size_t at = 0; at < stuffed.size();) {
    const auto code = std::to_integer<std::size_t>(stuffed[at]);
    if (code == 0) return at;
    if (code > stuffed.size() - at) return at;
    const auto block = stuffed.subspan(at + 1, code - 1);
    const auto zero = std::find(block.begin(), block.end(), std::byte{0});
    if (zero != block.end()) return at + 1 + static_cast<std::size_t>(zero - block.begin());
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

// The dot block without its CRLF "." CRLF: each line's doubled leading dot.
std::size_t UnescapeDots(ByteSpan stuffed) {
  std::size_t to = 0;
  bool line_start = true;
  for (std::size_t at = 0; at < stuffed.size(); ++at) {
    if (line_start && stuffed[at] == std::byte{'.'} && at + 1 < stuffed.size()) ++at;
    line_start = stuffed[at] == std::byte{'\n'};
    stuffed[to++] = stuffed[at];
  }
  return to;
}

}  // namespace

std::optional<std::size_t> BadEscapeAt(Escape escape, ByteView stuffed) {
  for (std::size_t at = 0; at < stuffed.size(); ++at) {
    const bool last = at + 1 == stuffed.size();
    switch (escape) {
      case Escape::kNone:
      case Escape::kDot:
        return std::nullopt;
      case Escape::kCobs:
        return BadCobs(stuffed);
      case Escape::kSlip:
        if (stuffed[at] != kSlipEsc) continue;
        if (last || (stuffed[at + 1] != kSlipEscEnd && stuffed[at + 1] != kSlipEscEsc)) return at;
        break;
      case Escape::kHdlc:
        if (stuffed[at] != kHdlcEsc) continue;
        if (last) return at;
        break;
      case Escape::kDle:
        if (stuffed[at] != kDle) continue;
        if (last || stuffed[at + 1] != kDle) return at;
        break;
    }
    ++at;
  }
  return escape == Escape::kCobs && stuffed.empty() ? std::optional<std::size_t>(0) : std::nullopt;
}

std::size_t UnescapedSize(Escape escape, ByteView stuffed) {
  switch (escape) {
    case Escape::kNone:
      return stuffed.size();
    case Escape::kCobs: {
      std::size_t size = 0;
      for (std::size_t at = 0; at < stuffed.size();) {
        const auto code = std::to_integer<std::size_t>(stuffed[at]);
        at += code;
        size += code - (code < 0xff && at < stuffed.size() ? 0 : 1);
      }
      return size;
    }
    case Escape::kDot: {
      std::size_t dots = 0;
      bool line_start = true;
      for (std::size_t at = 0; at < stuffed.size(); ++at) {
        if (line_start && stuffed[at] == std::byte{'.'} && at + 1 < stuffed.size()) ++dots, ++at;
        line_start = stuffed[at] == std::byte{'\n'};
      }
      return stuffed.size() - dots;
    }
    case Escape::kSlip:
    case Escape::kHdlc:
    case Escape::kDle: {
      const std::byte mark = escape == Escape::kSlip   ? kSlipEsc
                             : escape == Escape::kHdlc ? kHdlcEsc
                                                       : kDle;
      std::size_t size = 0;
      for (std::size_t at = 0; at < stuffed.size(); ++at, ++size) {
        if (stuffed[at] == mark) ++at;
      }
      return size;
    }
  }
  return stuffed.size();
}

std::size_t Unescape(Escape escape, ByteSpan stuffed) {
  if (escape == Escape::kNone) return stuffed.size();
  if (escape == Escape::kCobs) return UnescapeCobs(stuffed);
  if (escape == Escape::kDot) return UnescapeDots(stuffed);
  std::size_t to = 0;
  for (std::size_t at = 0; at < stuffed.size(); ++at) {
    std::byte byte = stuffed[at];
    if (escape == Escape::kSlip && byte == kSlipEsc) {
      byte = stuffed[++at] == kSlipEscEnd ? kSlipEnd : kSlipEsc;
    } else if (escape == Escape::kHdlc && byte == kHdlcEsc) {
      byte = stuffed[++at] ^ kHdlcFlip;
    } else if (escape == Escape::kDle && byte == kDle) {
      ++at;
    }
    stuffed[to++] = byte;
  }
  return to;
}

std::string Escaped(Escape escape, ByteView plain) {
  if (escape == Escape::kCobs) return EscapedCobs(plain);
  std::string stuffed;
  bool line_start = true;
  const auto put = [&stuffed](std::byte byte) { stuffed += static_cast<char>(byte); };
  for (const std::byte byte : plain) {
    if (escape == Escape::kSlip && (byte == kSlipEnd || byte == kSlipEsc)) {
      put(kSlipEsc);
      put(byte == kSlipEnd ? kSlipEscEnd : kSlipEscEsc);
      continue;
    }
    if (escape == Escape::kHdlc && (byte == kHdlcFlag || byte == kHdlcEsc)) {
      put(kHdlcEsc);
      put(byte ^ kHdlcFlip);
      continue;
    }
    if (escape == Escape::kDle && byte == kDle) put(kDle);
    if (escape == Escape::kDot && line_start && byte == std::byte{'.'}) put(byte);
    line_start = byte == std::byte{'\n'};
    put(byte);
  }
  return stuffed;
}

}  // namespace unstick::inline v0::detail
