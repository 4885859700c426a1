// What a decoder comes to, written down: the output of `decode`.

#ifndef UNSTICK_SRC_CLI_EVENT_WRITER_H_
#define UNSTICK_SRC_CLI_EVENT_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "src/cli/output.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"

namespace unstick::inline v0::cli {

enum class EventFormat : std::uint8_t {
  kJsonl,  // every event, an object a line
  kText,   // frames only, one a line, what is not printable escaped
  kHex,    // frames only, one a line
  kRaw,    // frames only, their payloads one after another
  kNone,   // nothing
};

// Writes events as they come. Where the format has no place for a gap or an error, standard error
// gets it; errors are said there in any case.
class EventWriter {
 public:
  // `headers`: with the bytes around each payload, and those of the preamble (kJsonl).
  EventWriter(EventFormat format, bool headers, Output& out)
      : format_(format), headers_(headers), out_(out) {}

  // False when there is no use in going on: the output is closed or broken.
  bool Frame(const FrameView& frame);
  // The bytes in front of the first frame.
  void Preamble(std::uint64_t size, ByteView bytes);
  // Bytes between two frames (kJsonl).
  void Filler(std::uint64_t offset, ByteView bytes);
  void OnGap(const Gap& gap);
  void Error(const FrameError& error);
  // Behind `offset` bytes nothing could be read.
  void ReadError(std::uint64_t offset, const absl::Status& why);
  void End(std::uint64_t offset);
  // Says how many gaps there were, if any.
  void SayGaps() const;

 private:
  bool JsonFrame(const FrameView& frame);
  void ErrorLine(std::string_view code, std::uint64_t offset, const std::string& more,
                 const std::string& message);
  void Line(const std::string& line);

  EventFormat format_;
  bool headers_;
  Output& out_;
  std::uint64_t frames_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t skipped_ = 0;
  std::string text_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_EVENT_WRITER_H_
