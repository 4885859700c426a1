#include "src/cli/printable.h"

#include <array>
#include <cstdint>

namespace unstick::inline v0::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII: what moves the cursor, breaks the line or hides what is there.
constexpr std::array kUnprintable = {
    Range{0x80, 0x9f},     Range{0xad, 0xad},       Range{0x61c, 0x61c},   Range{0x180e, 0x180e},
    Range{0x200b, 0x200f}, Range{0x2028, 0x202e},   Range{0x2060, 0x206f}, Range{0xfeff, 0xfeff},
    Range{0xfff9, 0xfffb}, Range{0xe0000, 0xe0fff},
};

bool IsPrintable(char32_t c) {
  for (const Range& range : kUnprintable) {
    if (c >= range.first && c <= range.last) return false;
  }
  return true;
}

std::uint8_t At(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

char32_t CodePoint(std::string_view sequence) {
  const std::size_t n = sequence.size();
  char32_t c = At(sequence, 0) & (0xffU >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) c = c << 6 | (At(sequence, i) & 0x3fU);
  return c;
}

void AppendEscaped(char c, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\0':
      out += "\\0";
      return;
    default:
      const auto byte = static_cast<std::uint8_t>(c);
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
  }
}

}  // namespace

std::size_t Utf8Length(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::uint8_t lead = At(bytes, 0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  std::uint8_t low = 0x80;  // what the second byte may be
  std::uint8_t high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;   // overlong
    if (lead == 0xed) high = 0x9f;  // surrogates
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;  // beyond U+10FFFF
  }
  if (length == 0 || bytes.size() < length) return 0;
  if (At(bytes, 1) < low || At(bytes, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((At(bytes, i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

void AppendPrintable(std::string_view bytes, std::string& out, Backslash backslash) {
  while (!bytes.empty()) {
    const std::size_t length = Utf8Length(bytes);
    const std::string_view sequence = bytes.substr(0, length == 0 ? 1 : length);
    const char c = bytes.front();
    bytes.remove_prefix(sequence.size());
    if (length == 1 && c == '\\' && backslash == Backslash::kDoubled) {
      out += "\\\\";
    } else if (length == 1 ? c >= ' ' && c != '\x7f'
                           : length > 1 && IsPrintable(CodePoint(sequence))) {
      out += sequence;
    } else {
      for (const char byte : sequence) AppendEscaped(byte, out);
    }
  }
}

}  // namespace unstick::inline v0::cli
