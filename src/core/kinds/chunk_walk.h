// Size and chunk, size and chunk, up to an end mark: one message in pieces.

#ifndef UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_
#define UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

//     | size | chunk | trailer | size | chunk | trailer | ... | 0 |
//     size: `width` bytes, or digits up to `until` (RFC 9112 section 7.1: "1a;name=value CRLF"; the
//     last chunk is then followed by trailer fields and an empty line)
struct ChunkOptions {
  std::size_t width = 0;  // 1..8; 0: digits
  std::endian order = std::endian::big;
  unsigned base = 16;
  std::string until = {};
  std::string trailer = {};
  PayloadLimits limits = {};
  std::size_t in_front = 0;  // so many bytes may stand in front of the first size
};

// The pieces from `start` on. The payload is the chunks joined, in place.
class ChunkWalk {
 public:
  static absl::Status Check(const ChunkOptions& options);
  explicit ChunkWalk(const ChunkOptions& checked) : o_(checked) {}

  // As FrameKind::Scan() for a frame whose chunks start at `start`; `resume` is 0 or what a
  // NeedMore of this function had, below 2^63. The Extent's payload_size is the sum of the chunks.
  ScanResult Scan(ByteView window, std::size_t start, std::size_t resume) const;
  // Moves the chunks of a complete frame together; the joined payload starts at `start`.
  Extent Join(ByteSpan wire, std::size_t start) const;
  void Encode(ByteView payload, StreamBuffer& out) const;
  // Bounds what sizes and extensions may add to the payload; a note has 32 bits for a place.
  std::size_t max_frame_size() const {
    const std::size_t most = o_.in_front + 8 * o_.limits.most() + (std::size_t{64} << 10);
    return std::min(most, std::size_t{0xffffffff});
  }

 private:
  struct Size {
    std::uint64_t number = 0;
    std::size_t end = 0;  // where the chunk starts
  };
  std::optional<ScanResult> ReadSize(ByteView window, std::size_t at, Size& size) const;
  std::optional<ScanResult> ReadEnd(ByteView window, std::size_t at, std::size_t& end) const;

  ChunkOptions o_;
};

class ChunksKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const ChunksKind>> Create(const ChunkOptions& options);
  explicit ChunksKind(const ChunkOptions& checked) : o_(checked), walk_(checked) {}

  ScanResult Scan(ByteView window, std::size_t resume) const override {
    return walk_.Scan(window, 0, resume);
  }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::size_t max_frame_size() const override { return walk_.max_frame_size(); }
  bool assembles() const override { return true; }
  Extent Assemble(ByteSpan wire, const Extent& /*found*/) const override {
    return walk_.Join(wire, 0);
  }
  FramePicture Picture() const override;

 private:
  ChunkOptions o_;
  ChunkWalk walk_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_
