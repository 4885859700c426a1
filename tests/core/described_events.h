// What a described framing makes of a stream, in words short enough to compare.

#ifndef UNSTICK_TESTS_CORE_DESCRIBED_EVENTS_H_
#define UNSTICK_TESTS_CORE_DESCRIBED_EVENTS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0 {

inline std::string Show(const DecodeResult& result, const FrameDecoder<DescribedFramer>& decoder) {
  if (result.kind() == DecodeResult::Kind::kError) {
    return std::string(CodeName(result.error().code)) + "@" + std::to_string(result.error().offset);
  }
  if (result.kind() == DecodeResult::Kind::kEnd) {
    return "end@" + std::to_string(decoder.stream_offset());
  }
  return "?";
}

// "payload@offset ..." and how it ended, the same for every size of pieces.
inline std::string Decode(const DescribedFramer& framer, std::string_view stream,
                          OnError on_error = OnError::kFail) {
  std::string first;
  for (std::size_t piece = 1; piece <= stream.size() + 1; ++piece) {
    FrameDecoder decoder(framer, on_error);
    std::string events;
    const auto sink = [&](const FrameView& frame) {
      events += frame.CopyPayload() + "@" + std::to_string(frame.stream_offset()) + " ";
    };
    const auto past_gaps = [&](DecodeResult result) {
      for (; result.kind() == DecodeResult::Kind::kGap; result = decoder.Drain(sink)) {
        const Gap& gap = result.gap();
        events += "gap@" + std::to_string(gap.why.offset) + "+" + std::to_string(gap.skipped) + " ";
      }
      return result;
    };
    ByteView left = AsBytes(stream);
    bool broken = false;
    while (!left.empty() && !broken) {
      const std::size_t n = std::min(piece, left.size());
      const DecodeResult result = past_gaps(decoder.Push(left.first(n), sink));
      broken = result.kind() == DecodeResult::Kind::kError;
      left = left.subspan(n);
    }
    decoder.Finish();
    events += Show(past_gaps(decoder.Drain(sink)), decoder);
    if (piece == 1) first = events;
    EXPECT_EQ(events, first) << "in pieces of " << piece;
  }
  return first;
}

inline std::string Decode(std::string_view spec, std::string_view stream, Side side = Side::kEither,
                          OnError on_error = OnError::kFail) {
  const auto framer = DescribedFramer::FromSpec(spec, side);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  return framer.ok() ? Decode(*framer, stream, on_error) : "";
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_TESTS_CORE_DESCRIBED_EVENTS_H_
