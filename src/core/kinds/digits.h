// Numbers written in digits, strictly: no sign, no space, no more than 64 bits.

#ifndef UNSTICK_SRC_CORE_KINDS_DIGITS_H_
#define UNSTICK_SRC_CORE_KINDS_DIGITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "unstick/core/frame_rule.h"

namespace unstick::inline v0::detail {

inline constexpr std::size_t kMaxDigits = 20;  // of 2^64 in decimal

inline std::optional<unsigned> DigitValue(char c, unsigned base) {
  unsigned value = 99;
  if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A' + 10);
  if (value >= base) return std::nullopt;
  return value;
}

// All of `text` as a number; nothing if it is empty, has another character, or is too large.
inline std::optional<std::uint64_t> ParseDigits(std::string_view text, unsigned base) {
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    const std::optional<unsigned> digit = DigitValue(c, base);
    if (!digit || number > (~std::uint64_t{0} - *digit) / base) return std::nullopt;
    number = number * base + *digit;
  }
  return number;
}

// Why ParseDigits() found no number, and where in `text`.
struct DigitFault {
  FrameRule rule = FrameRule::kNone;
  std::size_t at = 0;
};
inline DigitFault FaultInDigits(std::string_view text, unsigned base) {
  if (text.empty()) return {FrameRule::kNoDigits, 0};
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::optional<unsigned> digit = DigitValue(text[i], base);
    if (!digit) {
      const bool sign = i == 0 && (text[i] == '+' || text[i] == '-');
      return {sign ? FrameRule::kSign : FrameRule::kNotADigit, i};
    }
    if (number > (~std::uint64_t{0} - *digit) / base) return {FrameRule::kOverflow, i};
    number = number * base + *digit;
  }
  return {};
}

// Where a mark that is not whole yet may begin at or behind `from`: the first place from which all
// of `text` is the mark's beginning, or the end of the text.
inline std::size_t OpenMark(std::string_view text, std::size_t from, std::string_view mark) {
  const std::size_t least =
      text.size() - (text.size() < mark.size() ? text.size() : mark.size() - 1);
  for (std::size_t at = from > least ? from : least; at < text.size(); ++at) {
    if (mark.starts_with(text.substr(at))) return at;
  }
  return text.size();
}

// The number in lower-case digits, with zeros in front up to `width`.
inline std::string PrintDigits(std::uint64_t number, unsigned base, std::size_t width = 0) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[number % base]);
    number /= base;
  } while (number != 0);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_DIGITS_H_
