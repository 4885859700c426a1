// What a decoder said about a whole stream, kept for comparison. For tests.

#ifndef UNSTICK_TESTING_STREAM_EVENTS_H_
#define UNSTICK_TESTING_STREAM_EVENTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0::testing {

// Lower-case hex, as messages show bytes. Long byte strings are cut, and say how long they are.
inline std::string Hex(ByteView bytes, std::size_t limit = 64) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::byte b : bytes.first(std::min(bytes.size(), limit))) {
    hex += kDigits[std::to_integer<std::size_t>(b) >> 4];
    hex += kDigits[std::to_integer<std::size_t>(b) & 15];
  }
  if (bytes.size() > limit) hex += "...(" + std::to_string(bytes.size()) + " bytes)";
  return hex.empty() ? "(nothing)" : hex;
}

// One outcome, owning its bytes. Two are equal iff everything is equal: promise D1 is that.
struct StreamEvent {
  DecodeResult::Kind kind = DecodeResult::Kind::kEnd;  // never kNeedMore
  std::uint64_t offset = 0;   // in the stream: of a frame's first wire byte; else where it broke
  std::string wire = {};      // kFrame: the whole frame; empty if its payload was assembled
  std::string payload = {};   // kFrame
  std::size_t wire_size = 0;  // kFrame
  std::size_t payload_offset = 0;  // kFrame: from wire[0]
  FrameError error{};              // kError; kGap: why
  std::uint64_t skipped = 0;       // kGap

  friend bool operator==(const StreamEvent&, const StreamEvent&) = default;

  static StreamEvent OfFrame(const FrameView& frame) {
    return {.kind = DecodeResult::Kind::kFrame,
            .offset = frame.stream_offset(),
            .wire = std::string(AsText(frame.wire())),
            .payload = frame.CopyPayload(),
            .wire_size = frame.wire_size(),
            .payload_offset = frame.payload_offset()};
  }
  // REQUIRES: `result` is not kNeedMore. `end` is the decoder's stream_offset().
  static StreamEvent Of(const DecodeResult& result, std::uint64_t end) {
    if (result) return OfFrame(*result);
    StreamEvent event{.kind = result.kind(), .offset = end};
    if (event.kind == DecodeResult::Kind::kError) event.error = result.error();
    if (event.kind == DecodeResult::Kind::kGap) {
      event.error = result.gap().why;
      event.skipped = result.gap().skipped;
    }
    if (event.kind != DecodeResult::Kind::kEnd) event.offset = event.error.offset;
    return event;
  }

  // The same comparison as ==, without copying the frame.
  bool Is(const FrameView& frame) const {
    return kind == DecodeResult::Kind::kFrame && offset == frame.stream_offset() &&
           payload_offset == frame.payload_offset() && payload == frame.text() &&
           wire_size == frame.wire_size() && wire == AsText(frame.wire());
  }

  // "frame at 0: 00000002abcd, payload abcd", for messages.
  std::string ToString() const {
    const std::string at = " at " + std::to_string(offset);
    switch (kind) {
      case DecodeResult::Kind::kFrame:
        return "frame" + at + ": " + Hex(AsBytes(wire)) + ", payload " + Hex(AsBytes(payload));
      case DecodeResult::Kind::kGap:
        return "gap" + at + " of " + std::to_string(skipped) + " bytes: " + error.ToString();
      case DecodeResult::Kind::kError:
        return "error" + at + ": " + error.ToString();
      case DecodeResult::Kind::kEnd:
        return "end" + at;
      case DecodeResult::Kind::kNeedMore:
        break;
    }
    return "more bytes needed";
  }
};

// All events of a stream that is there as a whole; the last one is kEnd or kError. What every other
// way of decoding the same bytes has to say too.
template <FrameScanner F>
std::vector<StreamEvent> EventsOf(const F& framer, ByteView stream,
                                  OnError on_error = OnError::kFail) {
  std::vector<StreamEvent> events;
  std::vector<std::byte> scratch;
  FrameCursor<F> cursor = [&] {
    if constexpr (AssemblesFrames<F>) {
      scratch.resize(framer.assembles() ? stream.size() : 0);
      return FrameCursor<F>(framer, stream, scratch, on_error);
    } else {
      return FrameCursor<F>(framer, stream, on_error);
    }
  }();
  for (;;) {
    const DecodeResult result = cursor.Next();
    events.push_back(StreamEvent::Of(result, cursor.stream_offset()));
    const DecodeResult::Kind kind = result.kind();
    if (kind == DecodeResult::Kind::kEnd || kind == DecodeResult::Kind::kError) return events;
  }
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTING_STREAM_EVENTS_H_
