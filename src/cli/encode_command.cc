#include "src/cli/encode_command.h"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "src/cli/exit_code.h"
#include "src/cli/hex.h"
#include "src/cli/input.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"

namespace unstick::inline v0::cli {
namespace {

MessageFormat FormatFor(const EncodeOptions& options) {
  if (options.input) return *options.input;
  const bool typed = options.file == "-" && ::isatty(STDIN_FILENO) == 1;
  return typed ? MessageFormat::kLines : MessageFormat::kJsonl;
}

std::string Refusal(std::uint64_t number, std::uint64_t line, const FrameError& error) {
  const bool preamble = error.obstacle == Obstacle::kNoPreamble;
  std::string text = preamble ? "the preamble" : "message " + std::to_string(number);
  if (error.obstacle == Obstacle::kNoFiller) text = "the filler before " + text;
  if (line > 0) text += " (line " + std::to_string(line) + ")";
  return text + ": " + error.ToString();
}

// Frames each message behind the ones before. A message that cannot be framed stops it, with
// nothing of that frame written.
class FrameSink {
 public:
  FrameSink(const AnyFramer& framer, Output& out) : framer_(framer), out_(out) {}

  bool Message(ByteView payload, const FrameEnds* ends) {
    refused_ = ends != nullptr ? framer_.EncodeTo(payload, *ends, out_.buffer(), sent_)
                               : framer_.EncodeTo(payload, out_.buffer(), sent_);
    if (refused_) return false;
    ++number_;
    return out_.Appended();
  }

  bool Preamble(ByteView bytes) {
    refused_ = framer_.PreambleTo(bytes, out_.buffer(), sent_);
    return !refused_ && out_.Appended();
  }

  bool Filler(ByteView bytes) {
    refused_ = framer_.FillerTo(bytes, out_.buffer(), sent_);
    return !refused_ && out_.Appended();
  }

  const std::optional<FrameError>& refused() const { return refused_; }
  std::uint64_t number() const { return number_; }  // of the next message

 private:
  const AnyFramer& framer_;
  Output& out_;
  AnyFramer::State sent_;
  std::optional<FrameError> refused_;
  std::uint64_t number_ = 0;
};

// Reads to the end; frames that are known are out before it waits for more input.
absl::Status ReadAll(Input& input, MessageReader& messages, Output& out) {
  std::array<std::byte, std::size_t{64} << 10> room;
  for (;;) {
    if (input.WouldWait() && !out.Flush()) return absl::CancelledError("");
    const absl::StatusOr<std::size_t> n = input.Read(room);
    if (!n.ok()) return n.status();
    absl::Status taken = *n == 0 ? messages.Finish() : messages.Take(ByteView(room).first(*n));
    if (!taken.ok() || *n == 0) return taken;
  }
}

}  // namespace

int Run(const EncodeOptions& options) {
  const absl::StatusOr<AnyFramer> framer =
      FramerFor({.spec = options.spec, .side = options.side, .join = options.join});
  if (!framer.ok()) return Fail(framer.status(), kUsage);
  std::string preamble;
  if (options.preamble) {
    std::optional<std::string> bytes = ParseHex(*options.preamble);
    if (!bytes || bytes->empty()) {
      return Fail(absl::InvalidArgumentError("--preamble \"" + *options.preamble +
                                             "\" is no pairs of hex digits, as in 0d0a"),
                  kUsage);
    }
    preamble = *std::move(bytes);
  }
  absl::StatusOr<Input> input = Input::Open(options.file);
  if (!input.ok()) return Fail(input.status(), kIo);
  Output out(STDOUT_FILENO);
  FrameSink frames(*framer, out);
  MessageReader messages(
      FormatFor(options),
      {.message = [&](ByteView payload,
                      const FrameEnds* ends) { return frames.Message(payload, ends); },
       .preamble = [&](ByteView bytes) { return frames.Preamble(bytes); },
       .filler = [&](ByteView bytes) { return frames.Filler(bytes); }});
  const bool begun = preamble.empty() || frames.Preamble(AsBytes(preamble));
  const absl::Status status = begun ? ReadAll(*input, messages, out) : absl::CancelledError("");
  int code = kDone;
  if (const std::optional<FrameError>& refused = frames.refused()) {
    code = kFraming;
    if (out.Flush()) Say(Refusal(frames.number(), messages.line(), *refused));
  } else if (!status.ok() && !absl::IsCancelled(status)) {
    code = absl::IsDataLoss(status) ? kFraming : kIo;
    if (out.Flush()) Say(MessageOf(status));
  }
  return out.Finish(code);
}

}  // namespace unstick::inline v0::cli
