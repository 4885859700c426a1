// Does the library say about a stream what a reference decoder says?

#ifndef UNSTICK_TESTS_SUPPORT_AGREEMENT_H_
#define UNSTICK_TESTS_SUPPORT_AGREEMENT_H_

#include <string>
#include <vector>

#include "tests/support/reference_event.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0::testing {

// The same event in the reference's words.
inline reference::Event InReferenceWords(const StreamEvent& event) {
  reference::Event said{.kind = "end", .offset = event.offset, .size = event.wire_size};
  said.code = std::string(CodeName(event.error.code));
  said.payload = event.payload;
  switch (event.kind) {
    case DecodeResult::Kind::kFrame:
      said.kind = "frame";
      said.code.clear();
      break;
    case DecodeResult::Kind::kGap:
      said.kind = "gap";
      said.size = event.skipped;
      break;
    case DecodeResult::Kind::kError:
      said.kind = "error";
      if (event.error.code != FrameErrorCode::kTruncated) break;
      said.buffered = event.error.found;
      said.needed = event.error.allowed;
      break;
    case DecodeResult::Kind::kEnd:
    case DecodeResult::Kind::kNeedMore:
      said.code.clear();
      break;
  }
  return said;
}

inline std::string Describe(const reference::Events& events) {
  std::string text;
  for (const reference::Event& e : events) {
    text += "\n    " + e.kind + " at " + std::to_string(e.offset) + ", size " +
            std::to_string(e.size) + " " + e.code;
    if (e.kind == "frame") text += ", payload " + Hex(AsBytes(e.payload));
    if (e.code == "truncated") {
      text += ", buffered " + std::to_string(e.buffered) + ", needed " + std::to_string(e.needed);
    }
  }
  return text;
}

constexpr reference::Mode InReferenceWords(OnError mode) {
  switch (mode) {
    case OnError::kFail:
      return reference::Mode::kFail;
    case OnError::kSkip:
      return reference::Mode::kSkip;
    case OnError::kResync:
      break;
  }
  return reference::Mode::kResync;
}

// Empty if both say the same about `stream`; else what each says.
template <FrameScanner F, typename Spec>
std::string Disagreement(const F& framer, const Spec& spec, const std::string& stream,
                         OnError mode) {
  reference::Events said;
  for (const StreamEvent& event : EventsOf(framer, AsBytes(stream), mode)) {
    said.push_back(InReferenceWords(event));
  }
  const reference::Events due = Decode(spec, stream, InReferenceWords(mode));
  if (said == due) return {};
  constexpr const char* kNames[] = {"fail", "skip", "resync"};
  return "For " + Hex(AsBytes(stream), 4096) + " in mode " + kNames[static_cast<int>(mode)] +
         " the library says" + Describe(said) + "\n  the reference" + Describe(due);
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_AGREEMENT_H_
