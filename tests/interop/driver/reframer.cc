#include "tests/interop/driver/reframer.h"

#include <optional>

#include "unstick/core/frame_error.h"

namespace unstick::inline v0::interop {

absl::Status Reframer::Take(ByteView chunk, StreamBuffer& out) {
  while (!chunk.empty()) {
    const std::size_t piece = cutter_.Next(chunk.size());
    ++pieces_;
    if (!started_) start_.append(AsText(chunk.first(piece)));
    if (decoder_.Feed(chunk.first(piece)) != piece) return absl::InternalError("bytes not taken");
    if (absl::Status taken = TakeFrames(out); !taken.ok()) return taken;
    chunk = chunk.subspan(piece);
  }
  return absl::OkStatus();
}

absl::Status Reframer::Finish(StreamBuffer& out) {
  decoder_.Finish();
  return TakeFrames(out);
}

absl::Status Reframer::TakeFrames(StreamBuffer& out) {
  for (;;) {
    const DecodeResult next = decoder_.Next();
    PassPreamble(out);
    if (next.kind() == DecodeResult::Kind::kError) return ToStatus(next.error());
    if (!next) return absl::OkStatus();
    started_ = true;
    ++frames_;
    const std::string wire(AsText(next->wire()));
    const std::size_t before = out.size();
    if (const auto refused = encoder_.Append(AsBytes(MessageIn(*next, own_)), out)) {
      return absl::InvalidArgumentError("frame " + std::to_string(frames_) + ": " + *refused);
    }
    if (!next->assembled() && AsText(out.readable().subspan(before)) != wire) {
      return absl::DataLossError("frame " + std::to_string(frames_) + " was encoded differently");
    }
  }
}

void Reframer::PassPreamble(StreamBuffer& out) {
  if (started_ || decoder_.preamble_size() == 0) return;
  started_ = true;
  out.Append(AsBytes(start_).first(static_cast<std::size_t>(decoder_.preamble_size())));
  encoder_.PreambleSent();
}

}  // namespace unstick::inline v0::interop
