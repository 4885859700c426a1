#include "tests/interop/driver/reframer.h"

#include <algorithm>
#include <optional>

#include "unstick/core/frame_error.h"

namespace unstick::inline v0::interop {

absl::Status Reframer::Take(ByteView chunk, StreamBuffer& out) {
  while (!chunk.empty()) {
    const std::size_t piece = in_preamble_ ? 1 : NextPiece(chunk.size());
    ++pieces_;
    if (in_preamble_) out.Append(chunk.first(piece));
    if (decoder_.Feed(chunk.first(piece)) != piece) return absl::InternalError("bytes not taken");
    if (absl::Status taken = TakeFrames(out); !taken.ok()) return taken;
    chunk = chunk.subspan(piece);
  }
  return absl::OkStatus();
}

// Inside a large frame it need not be small.
std::size_t Reframer::NextPiece(std::size_t available) {
  return std::min(cutter_.Next(std::max(available, decoder_.bytes_needed())), available);
}

absl::Status Reframer::Finish(StreamBuffer& out) {
  decoder_.Finish();
  return TakeFrames(out);
}

absl::Status Reframer::TakeFrames(StreamBuffer& out) {
  for (;;) {
    const DecodeResult next = decoder_.Next();
    if (in_preamble_ && decoder_.preamble_size() > 0) {
      in_preamble_ = false;
      encoder_.PreambleSent();
    }
    if (next.kind() == DecodeResult::Kind::kError) return ToStatus(next.error());
    if (!next) return absl::OkStatus();
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

}  // namespace unstick::inline v0::interop
