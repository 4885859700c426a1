// Configurations of the delimiter framer, each with the same said to the reference decoder, and the
// letters that come near its edges.

#ifndef UNSTICK_TESTS_SUPPORT_DELIM_CONFIGS_H_
#define UNSTICK_TESTS_SUPPORT_DELIM_CONFIGS_H_

#include <string>
#include <vector>

#include "tests/support/length_configs.h"
#include "tests/support/reference_delim.h"
#include "unstick/core/delimiter_framer.h"

namespace unstick::inline v0::testing {

using DelimConfig = Config<DelimiterFramer::Options, reference::Delim>;

inline std::vector<DelimConfig> DelimConfigs() {
  const DelimiterFramer::Options lines = DelimiterFramer::Lines();
  DelimiterFramer::Options kept_lines = lines, short_lines = lines;
  kept_lines.keep = true;
  short_lines.max_payload = 2;
  return {
      {"line", lines, {}, "a\r\n"},
      {"line:keep", kept_lines, {.keep = true}, "a\r\n"},
      {"line:max=2", short_lines, {.max = 2}, "a\r\n"},
      {"line:eol=crlf", {.ends = {"\r\n"}}, {.ends = {"\r\n"}}, "a\r\n"},
      {"line:eol=lf-only", {.ends = {"\n"}}, {.ends = {"\n"}}, "a\r\n"},
      {"line:eol=crlf,max=1",
       {.ends = {"\r\n"}, .max_payload = 1},
       {.ends = {"\r\n"}, .max = 1},
       "a\r\n"},
      {"delim:end='aa',max=1",
       {.ends = {"aa"}, .max_payload = 1},
       {.ends = {"aa"}, .max = 1},
       "ab"},
      {"delim:end='aab'", {.ends = {"aab"}}, {.ends = {"aab"}}, "ab"},
      {"delim:end='abab',max=2",
       {.ends = {"abab"}, .max_payload = 2},
       {.ends = {"abab"}, .max = 2},
       "abc"},
      {"delim:end='abc',end='ab'", {.ends = {"abc", "ab"}}, {.ends = {"abc", "ab"}}, "abcx"},
      {"delim:end='ab',end='abc'", {.ends = {"ab", "abc"}}, {.ends = {"ab", "abc"}}, "abcx"},
      {"delim:end='abcd',end='bc',max=1",
       {.ends = {"abcd", "bc"}, .max_payload = 1},
       {.ends = {"abcd", "bc"}, .max = 1},
       "abcd"},
      {"delim:end='abbb',end='bb',end='b',max=2",
       {.ends = {"abbb", "bb", "b"}, .max_payload = 2},
       {.ends = {"abbb", "bb", "b"}, .max = 2},
       "abc"},
      {"delim:end='ab',trailer=2,max=1",
       {.ends = {"ab"}, .trailer = 2, .max_payload = 1},
       {.ends = {"ab"}, .trailer = 2, .max = 1},
       "abc"},
      {"delim:end='abb',end='b',trailer=1",  // cut off, yet decided: its size is known
       {.ends = {"abb", "b"}, .trailer = 1},
       {.ends = {"abb", "b"}, .trailer = 1},
       "abc"},
      {"delim:end='|',skip-empty",
       {.ends = {"|"}, .skip_empty = true},
       {.ends = {"|"}, .skip_empty = true},
       "a|"},
      {"delim:end='|',skip-empty,min=2,max=3",
       {.ends = {"|"}, .skip_empty = true, .min_payload = 2, .max_payload = 3},
       {.ends = {"|"}, .skip_empty = true, .min = 2, .max = 3},
       "a|"},
      {"delim:end='ab',tail=deliver,max=2",
       {.ends = {"ab"}, .tail = Tail::kDeliver, .max_payload = 2},
       {.ends = {"ab"}, .tail = "deliver", .max = 2},
       "abc"},
      {"delim:end='ab',tail=drop,max=2",
       {.ends = {"ab"}, .tail = Tail::kDrop, .max_payload = 2},
       {.ends = {"ab"}, .tail = "drop", .max = 2},
       "abc"},
      {"delim:end='aab',end='a',tail=deliver,keep,min=1,max=2",
       {.ends = {"aab", "a"},
        .keep = true,
        .tail = Tail::kDeliver,
        .min_payload = 1,
        .max_payload = 2},
       {.ends = {"aab", "a"}, .keep = true, .tail = "deliver", .min = 1, .max = 2},
       "abc"},
      {"delim:end='b',start='a'",
       {.ends = {"b"}, .starts = {"a"}},
       {.ends = {"b"}, .starts = {"a"}},
       "abc"},
      {"delim:end='bb',start='ab'|'ba',max=1",
       {.ends = {"bb"}, .starts = {"ab", "ba"}, .max_payload = 1},
       {.ends = {"bb"}, .starts = {"ab", "ba"}, .max = 1},
       "abc"},
      {"delim:end='b',start='aa',tail=deliver,skip-empty",
       {.ends = {"b"}, .starts = {"aa"}, .skip_empty = true, .tail = Tail::kDeliver},
       {.ends = {"b"}, .starts = {"aa"}, .skip_empty = true, .tail = "deliver"},
       "abc"},
      {"delim:end='b',start='aa',tail=drop,trailer=1",
       {.ends = {"b"}, .starts = {"aa"}, .trailer = 1, .tail = Tail::kDrop},
       {.ends = {"b"}, .starts = {"aa"}, .trailer = 1, .tail = "drop"},
       "abc"},
  };
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_DELIM_CONFIGS_H_
