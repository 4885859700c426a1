// A framing chosen by the fuzzer, said to the library and to the reference decoder.

#ifndef UNSTICK_FUZZ_FUZZ_CONFIG_H_
#define UNSTICK_FUZZ_FUZZ_CONFIG_H_

#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/fuzz_input.h"
#include "tests/support/agreement.h"
#include "tests/support/reference_delim.h"
#include "tests/support/reference_length.h"
#include "tests/support/reference_native.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/header_layout.h"

namespace unstick::fuzz {

struct FuzzConfig {
  AnyFramer framer;
  std::variant<reference::Length, reference::Varint, reference::Delim, reference::Fixed,
               reference::Native>
      spec;
};

// The reference decoders copy the rest of a stream at each frame: they want short ones.
inline constexpr std::size_t kLongestStream = 2048;

inline constexpr std::size_t kConfigBytes = 16;  // what TakeConfig() takes, whatever it makes of it
inline constexpr std::uint64_t kLimits[] = {8 << 20, 1, 2, 5, 100, 1000};

template <typename F, typename Spec>
std::optional<FuzzConfig> Made(const absl::StatusOr<F>& framer, const Spec& spec) {
  if (!framer.ok()) return std::nullopt;  // a configuration that is refused
  return FuzzConfig{*framer, spec};
}

inline std::optional<FuzzConfig> TakeLength(FuzzInput& input) {
  LengthFieldFramer::Options o;
  o.offset = input.Below(5);
  o.width = 1 + input.Below(8);
  o.order = input.Flag() ? std::endian::little : std::endian::big;
  o.counts = static_cast<Counts>(input.Below(3));
  o.adjust = static_cast<std::int8_t>(input.Byte()) / 8;
  if (const std::size_t more = input.Below(8); more < 4) o.header = o.offset + o.width + more;
  constexpr std::size_t kAligns[] = {1, 1, 2, 3, 4, 8};
  o.align = input.OneOf(kAligns);
  o.trailer = input.Below(8) / 2;
  if (const std::size_t strip = input.Byte(); strip % 2 == 1) o.strip = strip % 16 / 2;
  o.min_payload = input.Below(16) / 4;
  o.max_payload = input.OneOf(kLimits);
  constexpr const char* kCounts[] = {"after", "payload", "frame"};
  const reference::Length spec{.offset = static_cast<int>(o.offset),
                               .width = static_cast<int>(o.width),
                               .little = o.order == std::endian::little,
                               .counts = kCounts[static_cast<std::size_t>(o.counts)],
                               .adjust = static_cast<long>(o.adjust),
                               .header = o.header ? static_cast<int>(*o.header) : -1,
                               .align = static_cast<int>(o.align),
                               .trailer = static_cast<int>(o.trailer),
                               .strip = o.strip ? static_cast<int>(*o.strip) : -1,
                               .min = o.min_payload,
                               .max = o.max_payload};
  return Made(LengthFieldFramer::Create(o), spec);
}

inline std::optional<FuzzConfig> TakeVarint(FuzzInput& input) {
  VarintFramer::Options o;
  o.offset = input.Below(3);
  o.max_bytes = 1 + input.Below(10);
  o.lenient = input.Flag();
  o.trailer = input.Below(3);
  o.min_payload = input.Below(16) / 4;
  o.max_payload = input.OneOf(kLimits);
  return Made(VarintFramer::Create(o), reference::Varint{.offset = static_cast<int>(o.offset),
                                                         .max_bytes = static_cast<int>(o.max_bytes),
                                                         .lenient = o.lenient,
                                                         .trailer = static_cast<int>(o.trailer),
                                                         .min = o.min_payload,
                                                         .max = o.max_payload});
}

inline std::optional<FuzzConfig> TakeDelim(FuzzInput& input) {
  static const std::string kMarks[] = {"\n",   "\r\n",    "\r", "||",  "a",    "ab",   "aab",
                                       "abab", "aaa",     "b",  "abc", "bc",   "abbb", "bb",
                                       "ba",   "caabcab", "aa", "c",   "abcd", "aaaab"};
  DelimiterFramer::Options o;
  o.ends = {input.OneOf(kMarks)};
  for (int i = 0; i < 2; ++i) {
    const std::string& mark = input.OneOf(kMarks);
    if (input.Flag()) o.ends.push_back(mark);
  }
  const std::string& start = input.OneOf(kMarks);
  if (input.Below(4) == 1) o.starts = {start};
  o.keep = input.Below(4) == 1;
  o.skip_empty = input.Below(4) == 1;
  o.trailer = input.Below(6) / 3;
  o.tail = static_cast<Tail>(input.Below(3));
  o.min_payload = input.Below(16) / 5;
  o.max_payload = input.OneOf(kLimits);
  constexpr const char* kTails[] = {"error", "deliver", "drop"};
  return Made(DelimiterFramer::Create(o),
              reference::Delim{.ends = o.ends,
                               .starts = o.starts,
                               .keep = o.keep,
                               .skip_empty = o.skip_empty,
                               .trailer = o.trailer.size(),
                               .tail = kTails[static_cast<std::size_t>(o.tail)],
                               .min = o.min_payload,
                               .max = o.max_payload});
}

inline std::optional<FuzzConfig> TakeFixed(FuzzInput& input) {
  FixedFramer::Options o;
  o.size = 1 + input.Byte() % 40;
  o.sync = std::string("abc").substr(0, input.Below(4));
  return Made(FixedFramer::Create(o), reference::Fixed{.size = o.size, .sync = o.sync});
}

inline std::optional<FuzzConfig> TakeNative(FuzzInput& input) {
  HeaderFramer::Options o;
  o.checksum = input.Flag();
  o.min_payload = input.Below(16) / 5;
  o.max_payload = input.OneOf(kLimits);
  return Made(HeaderFramer::Create(HeaderLayout::Native(), o),
              reference::Native{.min = o.min_payload, .max = o.max_payload});
}

// Nothing if the library refuses what was chosen.
inline std::optional<FuzzConfig> TakeConfig(FuzzInput& input) {
  std::string bytes;
  while (bytes.size() < kConfigBytes) bytes += static_cast<char>(input.Byte());
  FuzzInput choices(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  switch (choices.Below(5)) {
    case 0:
      return TakeLength(choices);
    case 1:
      return TakeVarint(choices);
    case 2:
      return TakeDelim(choices);
    case 3:
      return TakeFixed(choices);
    default:
      return TakeNative(choices);
  }
}

inline OnError TakeMode(FuzzInput& input) { return static_cast<OnError>(input.Below(3)); }

// Empty if library and reference say the same.
inline std::string Disagreement(const FuzzConfig& config, const std::string& stream, OnError mode) {
  const std::string difference = std::visit(
      [&](const auto& spec) { return testing::Disagreement(config.framer, spec, stream, mode); },
      config.spec);
  return difference.empty() ? difference : config.framer.spec() + ": " + difference;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_FUZZ_CONFIG_H_
