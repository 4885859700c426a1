// The law of the bytes around a payload: what a decoder tells of a stream, encoded again, is that
// stream, where its format leaves no freedom elsewhere.

#ifndef UNSTICK_TESTS_SUPPORT_ROUND_TRIP_H_
#define UNSTICK_TESTS_SUPPORT_ROUND_TRIP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::testing {

// All that is told of a stream, in the order of its bytes: what `decode --headers` writes.
struct Told {
  struct Frame {
    std::string filler;  // between the frame before and this one
    std::string header;
    std::string payload;
    std::string trailer;
    friend bool operator==(const Frame&, const Frame&) = default;
  };
  std::string preamble;
  std::vector<Frame> frames;
  std::string filler;    // behind the last frame
  std::string error;     // empty: it came to a clean end
  std::size_t size = 0;  // so many bytes of the stream this is: all in front of what is wrong
  friend bool operator==(const Told&, const Told&) = default;
};

// `cut(left)` says how many bytes come next.
template <typename Cut>
Told Tell(const AnyFramer& framer, std::string_view stream, Cut&& cut) {
  Told told;
  FrameDecoder<AnyFramer> decoder(framer);
  std::uint64_t at = 0;
  const auto up_to = [&](std::uint64_t offset) {
    std::string bytes(stream.substr(at, offset - at));
    if (at == 0 && decoder.preamble_size() > 0) {
      told.preamble = bytes.substr(0, decoder.preamble_size());
      bytes.erase(0, decoder.preamble_size());
    }
    at = offset;
    return bytes;
  };
  const auto sink = [&](const FrameView& frame) {
    const std::string filler = up_to(frame.stream_offset());
    at += frame.wire_size();
    told.frames.push_back({filler, std::string(AsText(frame.header())), frame.CopyPayload(),
                           std::string(AsText(frame.trailer()))});
  };
  bool ended = false;
  const auto came = [&](const DecodeResult& result) {
    ended =
        result.kind() == DecodeResult::Kind::kEnd || result.kind() == DecodeResult::Kind::kError;
    if (result.kind() == DecodeResult::Kind::kError) told.error = result.error().ToString();
  };
  for (ByteView left = AsBytes(stream); !left.empty() && !ended;) {
    const ByteView piece =
        left.first(std::min(left.size(), std::max<std::size_t>(cut(left.size()), 1)));
    came(decoder.Push(piece, sink));
    left = left.subspan(piece.size());
  }
  decoder.Finish();
  if (!ended) came(decoder.Drain(sink));
  told.filler = up_to(told.error.empty() ? decoder.stream_offset() : at);
  told.size = at;
  return told;
}
inline Told Tell(const AnyFramer& framer, std::string_view stream) {
  return Tell(framer, stream, [](std::size_t left) { return left; });
}

// The stream that `told` is of. Nothing, and `refusal` says why, if the framer refuses a part.
inline std::optional<std::string> TellBack(const AnyFramer& framer, const Told& told,
                                           std::string& refusal) {
  StreamBuffer out;
  AnyFramer::State sent;
  const auto taken = [&](const std::optional<FrameError>& refused) {
    if (refused) refusal = "at byte " + std::to_string(out.size()) + ": " + refused->ToString();
    return !refused;
  };
  const auto filler = [&](const std::string& bytes) {
    return bytes.empty() || taken(framer.FillerTo(AsBytes(bytes), out, sent));
  };
  if (!told.preamble.empty() && !taken(framer.PreambleTo(AsBytes(told.preamble), out, sent))) {
    return std::nullopt;
  }
  for (const Told::Frame& frame : told.frames) {
    const FrameEnds ends{AsBytes(frame.header), AsBytes(frame.trailer)};
    if (!filler(frame.filler)) return std::nullopt;
    if (!taken(framer.EncodeTo(AsBytes(frame.payload), ends, out, sent))) return std::nullopt;
  }
  if (!filler(told.filler)) return std::nullopt;
  return std::string(AsText(out.readable()));
}

// What is wrong with a stream that has no freedom: empty if it comes back. `differs` is what it is
// called then.
inline std::string WhyNotBack(const AnyFramer& framer, const Told& told, std::string_view stream) {
  std::string why;
  const std::optional<std::string> back = TellBack(framer, told, why);
  if (!back) return why;
  if (*back == stream) return "";
  const auto [was, is] = std::mismatch(stream.begin(), stream.end(), back->begin(), back->end());
  (void)is;
  return "other bytes than the stream, from byte " + std::to_string(was - stream.begin()) +
         " on, " + std::to_string(back->size()) + " of " + std::to_string(stream.size());
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_ROUND_TRIP_H_
