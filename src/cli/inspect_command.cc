#include "src/cli/inspect_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/cli/exit_code.h"
#include "src/cli/framing_option.h"
#include "src/cli/input.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "src/cli/wire_picture.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::cli {
namespace {

using Part = WirePart::Kind;

bool UsesColour(InspectOptions::Colour colour) {
  if (colour != InspectOptions::Colour::kAuto) return colour == InspectOptions::Colour::kAlways;
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !dumb && std::getenv("NO_COLOR") == nullptr;
}

// Draws what a decoder says about the bytes that the picture holds.
class Inspector {
 public:
  Inspector(WirePicture& picture, Output& out) : picture_(picture), out_(out) {}

  void Preamble(std::uint64_t size) {
    if (size == 0 || preamble_told_) return;
    preamble_told_ = true;
    picture_.Draw("preamble at 0: " + Count(size, "byte"), {{Part::kOther, size}});
  }

  bool Frame(const FrameView& frame) {
    Between(frame.stream_offset());
    const std::string what = "frame " + std::to_string(frames_++) + " at " +
                             std::to_string(frame.stream_offset()) + ": " +
                             Count(frame.wire_size(), "byte");
    const std::uint64_t payload = frame.payload().size();
    if (frame.assembled()) {  // its bytes have been moved: only what they came to is known
      return picture_.Draw(what + ", put together to a payload of " + std::to_string(payload),
                           {{Part::kPayload, frame.wire_size()}});
    }
    const std::uint64_t header = frame.payload_offset();
    const std::uint64_t trailer = frame.wire_size() - header - payload;
    std::string parts = header > 0 ? "header " + std::to_string(header) + ", " : "";
    parts += "payload " + std::to_string(payload);
    if (trailer > 0) parts += ", trailer " + std::to_string(trailer);
    return picture_.Draw(
        what + ": " + parts,
        {{Part::kHeader, header}, {Part::kPayload, payload}, {Part::kTrailer, trailer}});
  }

  void OnGap(const Gap& gap) {
    Between(gap.why.offset);
    picture_.Draw("gap at " + std::to_string(gap.why.offset) + ": " + Count(gap.skipped, "byte") +
                      " skipped: " + gap.why.ToString(),
                  {{Part::kBad, gap.skipped}});
    ++gaps_;
  }

  // The bytes that broke it, as far as they have come.
  void Error(const FrameError& error) {
    Between(error.offset);
    const std::uint64_t known = picture_.known_to() - std::min(picture_.known_to(), error.offset);
    picture_.Draw("error: " + error.ToString(), {{Part::kBad, known}});
    if (out_.Flush()) Say(error.ToString());
  }

  void End(std::uint64_t offset) {
    Between(offset);
    std::string end = "end at " + std::to_string(offset) + ": " + Count(frames_, "frame");
    if (gaps_ > 0) end += ", " + Count(gaps_, "gap");
    out_.Append(end + "\n");
  }

 private:
  // What no frame begins with: blank lines, keep-alive bytes.
  void Between(std::uint64_t offset) {
    if (offset <= picture_.drawn_to()) return;
    const std::uint64_t size = offset - picture_.drawn_to();
    picture_.Draw(
        "between frames at " + std::to_string(picture_.drawn_to()) + ": " + Count(size, "byte"),
        {{Part::kOther, size}});
  }

  WirePicture& picture_;
  Output& out_;
  bool preamble_told_ = false;
  std::uint64_t frames_ = 0;
  std::uint64_t gaps_ = 0;
};

// Draws until the decoder wants more bytes. Answers the exit code once there will be nothing more.
std::optional<int> Report(FrameDecoder<AnyFramer>& decoder, Inspector& inspector) {
  for (;;) {
    const DecodeResult next = decoder.Next();
    inspector.Preamble(decoder.preamble_size());
    switch (next.kind()) {
      case DecodeResult::Kind::kNeedMore:
        return std::nullopt;
      case DecodeResult::Kind::kFrame:
        if (!inspector.Frame(*next)) return kDone;
        break;
      case DecodeResult::Kind::kGap:
        inspector.OnGap(next.gap());
        break;
      case DecodeResult::Kind::kError:
        inspector.Error(next.error());
        return kFraming;
      case DecodeResult::Kind::kEnd:
        inspector.End(decoder.stream_offset());
        return kDone;
    }
  }
}

int Inspect(const AnyFramer& framer, const InspectOptions& options, Input& input, Output& out) {
  FrameDecoder<AnyFramer> decoder(framer, options.on_error);
  WirePicture picture(out, UsesColour(options.colour), options.whole);
  Inspector inspector(picture, out);
  const auto room = std::make_unique<std::byte[]>(kReadRoom);
  while (out.ok()) {
    if (input.WouldWait() && !out.Flush()) break;
    const absl::StatusOr<std::size_t> n = input.Read({room.get(), kReadRoom});
    if (!n.ok()) {
      if (out.Flush()) Say(MessageOf(n.status()));
      return kIo;
    }
    const ByteView bytes(room.get(), *n);
    // Beyond what a frame in progress can have, the bytes are being skipped.
    picture.Add(bytes, decoder.Unread().size() + kReadRoom);
    if (bytes.empty()) decoder.Finish();
    for (std::size_t fed = 0;;) {
      fed += decoder.Feed(bytes.subspan(fed));
      const std::optional<int> done = Report(decoder, inspector);
      if (done) return *done;
      if (fed == bytes.size()) break;
    }
  }
  return kDone;
}

}  // namespace

int Run(const InspectOptions& options) {
  // Fragments are drawn as they stand on the wire.
  const absl::StatusOr<AnyFramer> framer =
      FramerFor({.spec = options.spec,
                 .side = options.side,
                 .max = options.max,
                 .join = false,
                 .resync = options.on_error == OnError::kResync});
  if (!framer.ok()) return Fail(framer.status(), kUsage);
  absl::StatusOr<Input> input = Input::Open(options.file);
  if (!input.ok()) return Fail(input.status(), kIo);
  Output out(STDOUT_FILENO);
  return out.Finish(Inspect(*framer, options, *input, out));
}

}  // namespace unstick::inline v0::cli
