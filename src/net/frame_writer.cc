#include "unstick/net/frame_writer.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::net::detail {

absl::Status FrameWriter::CheckOpen() const {
  if (closed_) return absl::FailedPreconditionError("send: this side has closed the stream");
  if (held_) {
    return absl::FailedPreconditionError(
        "torn write: the end of a frame still waits to go out; only ResumeSend() can go on");
  }
  if (torn()) {
    return absl::FailedPreconditionError(
        "torn write: " + std::to_string(torn_size_ - rest_.size()) + " of the " +
        std::to_string(torn_size_) + " bytes of a frame are out; only ResumeSend() can go on");
  }
  return absl::OkStatus();
}

std::size_t FrameWriter::NoteTorn(std::span<const ByteView> parts,
                                  std::span<const std::size_t> sizes, std::size_t bytes_sent) {
  std::size_t frames = 0;
  std::size_t start = 0;  // of frame `frames`
  while (frames < sizes.size() && start + sizes[frames] <= bytes_sent) start += sizes[frames++];
  if (start == bytes_sent) return frames;

  torn_size_ = sizes[frames];
  std::size_t skip = bytes_sent;
  std::size_t left = start + torn_size_ - bytes_sent;
  for (const ByteView part : parts) {
    const ByteView unsent = part.subspan(std::min(skip, part.size()));
    skip -= part.size() - unsent.size();
    rest_.Append(unsent.first(std::min(left, unsent.size())));
    left -= std::min(left, unsent.size());
  }
  return frames;
}

}  // namespace unstick::inline v0::net::detail
