// Configurations of the length-prefix, varint and fixed framers, each with the same said to the
// reference decoder, and the letters that come near its edges.

#ifndef UNSTICK_TESTS_SUPPORT_LENGTH_CONFIGS_H_
#define UNSTICK_TESTS_SUPPORT_LENGTH_CONFIGS_H_

#include <bit>
#include <string>
#include <vector>

#include "tests/support/reference_length.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::testing {

template <typename Options, typename Spec>
struct Config {
  std::string name;
  Options options;
  Spec spec;
  std::string alphabet;
};

using LengthConfig = Config<LengthFieldFramer::Options, reference::Length>;
using VarintConfig = Config<VarintFramer::Options, reference::Varint>;
using FixedConfig = Config<FixedFramer::Options, reference::Fixed>;

// Said once for both sides, by hand: a converter would be a place for both to be wrong alike.
inline std::vector<LengthConfig> LengthConfigs() {
  using namespace std::string_literals;
  constexpr auto kLittle = std::endian::little;
  return {
      {"width=1", {.width = 1}, {.width = 1}, "\0\1\2\xff"s},
      {"width=1,max=2", {.width = 1, .max_payload = 2}, {.width = 1, .max = 2}, "\0\2\3\xff"s},
      {"width=2", {.width = 2}, {.width = 2}, "\0\1\2\x80"s},
      {"width=2,endian=little,max=2",
       {.width = 2, .order = kLittle, .max_payload = 2},
       {.width = 2, .little = true, .max = 2},
       "\0\1\2\3"s},
      {"width=3,max=1", {.width = 3, .max_payload = 1}, {.width = 3, .max = 1}, "\0\1\2\xff"s},
      {"width=3,endian=little",
       {.width = 3, .order = kLittle},
       {.width = 3, .little = true},
       "\0\1\2"s},
      {"width=4", {}, {}, "\0\1\xff"s},
      {"width=5,max=1", {.width = 5, .max_payload = 1}, {.width = 5, .max = 1}, "\0\1\2"s},
      {"width=6", {.width = 6}, {.width = 6}, "\0\1\xff"s},
      {"width=7,endian=little",
       {.width = 7, .order = kLittle},
       {.width = 7, .little = true},
       "\0\xff"s},
      {"width=8", {.width = 8}, {.width = 8}, "\0\xff"s},
      {"offset=1,width=1", {.offset = 1, .width = 1}, {.offset = 1, .width = 1}, "\0\1\2\3"s},
      {"width=1,counts=payload,header=3",
       {.width = 1, .counts = Counts::kPayload, .header = 3},
       {.width = 1, .counts = "payload", .header = 3},
       "\0\1\2\xff"s},
      {"width=1,counts=after,header=3",
       {.width = 1, .header = 3},
       {.width = 1, .header = 3},
       "\0\1\2\4"s},
      {"width=1,counts=frame",
       {.width = 1, .counts = Counts::kFrame},
       {.width = 1, .counts = "frame"},
       "\0\1\2\3"s},
      {"width=2,counts=frame,max=1",
       {.width = 2, .counts = Counts::kFrame, .max_payload = 1},
       {.width = 2, .counts = "frame", .max = 1},
       "\0\2\3\4"s},
      {"offset=1,width=1,counts=frame,header=3",
       {.offset = 1, .width = 1, .counts = Counts::kFrame, .header = 3},
       {.offset = 1, .width = 1, .counts = "frame", .header = 3},
       "\2\3\4\5"s},
      {"width=1,adjust=-2", {.width = 1, .adjust = -2}, {.width = 1, .adjust = -2}, "\1\2\3\xff"s},
      {"width=1,adjust=+2,max=3",
       {.width = 1, .adjust = 2, .max_payload = 3},
       {.width = 1, .adjust = 2, .max = 3},
       "\0\1\2\xff"s},
      {"width=8,adjust=+1", {.width = 8, .adjust = 1}, {.width = 8, .adjust = 1}, "\0\xff"s},
      {"width=1,align=3", {.width = 1, .align = 3}, {.width = 1, .align = 3}, "\0\1\2\3"s},
      {"width=1,align=4,trailer=1",
       {.width = 1, .align = 4, .trailer = 1},
       {.width = 1, .align = 4, .trailer = 1},
       "\0\2\3\xff"s},
      {"width=1,trailer=2,max=1",
       {.width = 1, .trailer = 2, .max_payload = 1},
       {.width = 1, .trailer = 2, .max = 1},
       "\0\1\2"s},
      {"width=1,strip=none", {.width = 1, .strip = 0}, {.width = 1, .strip = 0}, "\0\1\2\3"s},
      {"offset=1,width=1,strip=1",
       {.offset = 1, .width = 1, .strip = 1},
       {.offset = 1, .width = 1, .strip = 1},
       "\0\1\2\3"s},
      {"width=1,strip=3", {.width = 1, .strip = 3}, {.width = 1, .strip = 3}, "\0\1\2\3"s},
      {"width=1,header=2,strip=1,align=2",
       {.width = 1, .header = 2, .align = 2, .strip = 1},
       {.width = 1, .header = 2, .align = 2, .strip = 1},
       "\0\1\2\3"s},
      {"width=1,min=2,max=3",
       {.width = 1, .min_payload = 2, .max_payload = 3},
       {.width = 1, .min = 2, .max = 3},
       "\1\2\3\4"s},
      {"width=1,counts=frame,adjust=-1,align=2,trailer=1,strip=2,min=1,max=3",
       {.width = 1,
        .counts = Counts::kFrame,
        .adjust = -1,
        .align = 2,
        .trailer = 1,
        .strip = 2,
        .min_payload = 1,
        .max_payload = 3},
       {.width = 1,
        .counts = "frame",
        .adjust = -1,
        .align = 2,
        .trailer = 1,
        .strip = 2,
        .min = 1,
        .max = 3},
       "\2\3\4\5"s},
  };
}

inline std::vector<VarintConfig> VarintConfigs() {
  using namespace std::string_literals;
  return {
      {"varint", {}, {}, "\0\1\2\x80"s},
      {"varint:max=2", {.max_payload = 2}, {.max = 2}, "\0\2\3\x81"s},
      {"varint:max-bytes=1", {.max_bytes = 1}, {.max_bytes = 1}, "\0\1\2\x80"s},
      {"varint:max-bytes=2,lenient",
       {.max_bytes = 2, .lenient = true},
       {.max_bytes = 2, .lenient = true},
       "\0\1\x80\x81"s},
      {"varint:max-bytes=10,lenient",
       {.max_bytes = 10, .lenient = true},
       {.max_bytes = 10, .lenient = true},
       "\0\1\x80\xff"s},
      {"varint:offset=1,max-bytes=4",
       {.offset = 1, .max_bytes = 4},
       {.offset = 1, .max_bytes = 4},
       "\0\1\2\x80"s},
      {"varint:trailer=1,max=1",
       {.trailer = 1, .max_payload = 1},
       {.trailer = 1, .max = 1},
       "\0\1\2\x80"s},
      {"varint:min=1,max=2",
       {.min_payload = 1, .max_payload = 2},
       {.min = 1, .max = 2},
       "\0\1\2\3"s},
  };
}

inline std::vector<FixedConfig> FixedConfigs() {
  return {
      {"fixed:size=1", {.size = 1}, {.size = 1}, "ab"},
      {"fixed:size=3", {.size = 3}, {.size = 3}, "ab"},
      {"fixed:size=3,sync='a'", {.size = 3, .sync = "a"}, {.size = 3, .sync = "a"}, "abc"},
      {"fixed:size=4,sync='ab'", {.size = 4, .sync = "ab"}, {.size = 4, .sync = "ab"}, "abc"},
      {"fixed:size=2,sync='ab'", {.size = 2, .sync = "ab"}, {.size = 2, .sync = "ab"}, "abc"},
  };
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_LENGTH_CONFIGS_H_
