#include "src/cli/hex.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace unstick::inline v0::cli {
namespace {

constexpr auto kPairs = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < 256; ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return pairs;
}();

// 0..15, or 0xff for what is no hex digit.
constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(0xff);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values['a' + i] = values['A' + i] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}();

}  // namespace

void WriteHex(ByteView bytes, char* out) {
  for (const std::byte b : bytes) {
    std::memcpy(out, kPairs[std::to_integer<std::size_t>(b)].data(), 2);
    out += 2;
  }
}

std::optional<std::string> ParseHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t high = kValues[static_cast<std::uint8_t>(text[2 * i])];
    const std::uint8_t low = kValues[static_cast<std::uint8_t>(text[2 * i + 1])];
    if ((high | low) > 15) return std::nullopt;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace unstick::inline v0::cli
