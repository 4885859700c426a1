// A description taken apart: the kind, and what each clause asks for, for one side of a connection.

#ifndef UNSTICK_SRC_CORE_DESCRIPTION_H_
#define UNSTICK_SRC_CORE_DESCRIPTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/filters/frame_check.h"
#include "src/core/filters/unescape.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/number_kind.h"
#include "unstick/core/trailer.h"

namespace unstick::inline v0::detail {

struct Preamble {
  // kBeforeLine: lines, up to the first that starts with a mark, if need be none; kThroughLine: up
  // to and including it.
  enum class Is : std::uint8_t { kNone, kSized, kConstant, kUntil, kBeforeLine, kThroughLine };
  Is is = Is::kNone;
  std::size_t size = 0;    // kSized
  Trailer parts = {};      // kSized: constants among them, if there are any
  std::string bytes = {};  // kConstant: these; kUntil: up to and including these
  static constexpr std::size_t kMostMarks = 16;
  std::vector<std::string> marks = {};  // kBeforeLine, kThroughLine
};

// Which frames are fragments, and which of them end a message.
struct JoinRule {
  enum class How : std::uint8_t { kNone, kLastBit, kLastCharacter, kMoreBit, kFull };
  How how = How::kNone;
  std::size_t byte = 0;
  std::size_t bit = 0;
  std::string characters = {};             // kLastCharacter: any of these
  std::uint64_t full = 0;                  // a payload of this size is continued
  std::optional<std::size_t> number = {};  // kFull: this byte counts a message's fragments
};

struct Description {
  std::shared_ptr<const FrameKind> kind = {};
  PayloadLimits limits = {};  // of messages; those of the kind may be wider (escapes, fragments)

  Preamble preamble = {};
  bool preamble_tells_order = false;
  std::shared_ptr<const FrameKind> first = {};  // frames the stream's first ones, if there is one
  std::uint32_t first_count = 0;
  std::string skip = {};  // bytes that are passed over in front of a frame
  bool once = false;

  std::string magic = {};
  std::size_t magic_at = 0;
  std::string end = {};
  FrameCheck check = {};
  JoinRule join = {};
  Escaping escape = {};
  bool sized = false;                           // a few bytes of a frame say how long it is
  std::optional<std::byte> stuffed_up_to = {};  // the frame is the payload, escaped, and this byte
  bool xor_key = false;  // with the last four header bytes, where the flag says they are a key
  bool xor_flagged = false;
  std::size_t xor_byte = 0, xor_bit = 0;

  std::string spec = {};
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DESCRIPTION_H_
