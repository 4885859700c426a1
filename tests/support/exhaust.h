// Every string over a small alphabet, in every cut, against the laws and a reference decoder.

#ifndef UNSTICK_TESTS_SUPPORT_EXHAUST_H_
#define UNSTICK_TESTS_SUPPORT_EXHAUST_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/support/agreement.h"
#include "tests/support/slow_build.h"
#include "unstick/core/framer.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {

// How long the longest strings are: with four letters 21,845 strings up to 7, and each of those of
// 7 bytes cut in 64 ways. A sanitizer makes each of them some twenty times slower.
inline constexpr std::size_t kLongest = kSlowBuild ? 5 : 7;

struct Effort {
  std::uint64_t strings = 0;
  std::uint64_t chunkings = 0;
  std::uint64_t windows = 0;
  std::uint64_t comparisons = 0;  // with the reference
  std::uint64_t frames = 0;       // that were delivered: a test without any tests nothing

  Effort& operator+=(const Effort& more) {
    strings += more.strings;
    chunkings += more.chunkings;
    windows += more.windows;
    comparisons += more.comparisons;
    frames += more.frames;
    return *this;
  }
  void Print(const std::string& what) const {
    std::printf(
        "%s: %llu strings, %llu chunkings, %llu windows, %llu comparisons, %llu frames\n",
        what.c_str(), static_cast<unsigned long long>(strings),
        static_cast<unsigned long long>(chunkings), static_cast<unsigned long long>(windows),
        static_cast<unsigned long long>(comparisons), static_cast<unsigned long long>(frames));
  }
};

// All strings of up to `longest` letters of `alphabet`, shortest first. Stops at the first failure.
template <FrameScanner F, typename Spec>
Effort Exhaust(const std::string& name, const F& framer, const Spec& spec,
               const std::string& alphabet, std::size_t longest = kLongest) {
  LawReport report;
  Effort effort;
  for (std::size_t size = 0; size <= longest; ++size) {
    std::string stream(size, alphabet.front());
    std::vector<std::size_t> letters(size, 0);
    // Few strings: all ways to drive the decoder for each cut. Many: they take turns.
    const LawOptions options{.all_cuts_up_to = longest, .every_way = size <= 3};
    for (bool more = true; more;) {
      if (!CheckStream(framer, AsBytes(stream), options, report)) {
        ADD_FAILURE() << name << ": " << report.broken;
        return effort;
      }
      for (const OnError mode : {OnError::kFail, OnError::kSkip, OnError::kResync}) {
        const std::string difference = Disagreement(framer, spec, stream, mode);
        ++effort.comparisons;
        if (difference.empty()) continue;
        ADD_FAILURE() << name << ": " << difference;
        return effort;
      }
      effort.frames += EventsOf(framer, AsBytes(stream)).size() - 1;
      more = false;
      for (std::size_t i = 0; i < size && !more; ++i) {  // the next string: an odometer
        letters[i] = (letters[i] + 1) % alphabet.size();
        stream[i] = alphabet[letters[i]];
        more = letters[i] != 0;
      }
    }
  }
  effort.strings = report.streams;
  effort.chunkings = report.chunkings;
  effort.windows = report.windows;
  if (!kSlowBuild) {  // else the longest strings may be shorter than the shortest frame
    EXPECT_GT(effort.frames, 0) << name << " delivered no frame at all";
  }
  return effort;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_EXHAUST_H_
