// The small languages inside option values: pairs, bits, lists.

#ifndef UNSTICK_SRC_CORE_SPEC_VALUES_H_
#define UNSTICK_SRC_CORE_SPEC_VALUES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "src/core/absl_compat.h"
#include "src/core/kinds/digits.h"
#include "src/core/spec_text.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::detail {

using Take = std::function<absl::Status(const SpecOption&)>;

inline absl::Status Invalid(const std::string& why) {
  return absl::InvalidArgumentError(ToAbsl(why));
}

inline std::optional<std::uint64_t> Number(std::string_view text) { return ParseNumber(text); }

// "A/B" (or another character between them): the two numbers, the second 1 if it is not there.
inline std::optional<std::pair<std::size_t, std::size_t>> Pair(std::string_view text,
                                                               char between) {
  const std::size_t split = text.find(between);
  const auto first = Number(text.substr(0, split));
  const auto second = split == std::string_view::npos ? std::optional<std::uint64_t>(1)
                                                      : Number(text.substr(split + 1));
  if (!first || !second) return std::nullopt;
  return std::pair<std::size_t, std::size_t>(*first, *second);
}

// "BYTE.BIT".
inline bool TakeBit(std::string_view text, std::size_t& byte, std::size_t& bit) {
  const auto pair = text.find('.') == std::string_view::npos ? std::nullopt : Pair(text, '.');
  if (!pair || pair->first > 65535 || pair->second > 7) return false;
  byte = pair->first;
  bit = pair->second;
  return true;
}

// The parts between characters of `at`, quotes and parentheses respected.
inline std::vector<std::string_view> Split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = EndOfPart(text, begin, at);
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

inline Take TakeCounts(Counts& to) {
  return TakeWord<Counts>(
      {{"after", Counts::kAfter}, {"payload", Counts::kPayload}, {"frame", Counts::kFrame}}, to);
}

inline Take TakeEndian(std::endian& to) {
  return TakeWord<std::endian>(
      {{"big", std::endian::big}, {"little", std::endian::little}, {"native", std::endian::native}},
      to);
}

inline Take TakeTail(Tail& to) {
  return TakeWord<Tail>(
      {{"error", Tail::kError}, {"deliver", Tail::kDeliver}, {"drop", Tail::kDrop}}, to);
}

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_SPEC_VALUES_H_
