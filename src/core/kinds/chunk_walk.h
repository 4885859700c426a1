// Size and chunk, size and chunk, up to an end mark: one message in pieces.

#ifndef UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_
#define UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/kinds/field_lines.h"
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
  std::size_t max_trailers = std::size_t{64} << 10;  // bytes of trailer fields
  std::vector<std::string> refused = {"Content-Length", "Transfer-Encoding"};  // as their names
};

// The pieces from `start` on. The payload is the chunks joined, in place.
class ChunkWalk {
 public:
  static absl::Status Check(const ChunkOptions& options);
  explicit ChunkWalk(const ChunkOptions& checked);

  // As FrameKind::Scan() for a frame whose chunks start at `start`; `resume` is 0 or what a
  // NeedMore of this function had, below 2^63, and `start` does not matter then. Of the Extent only
  // the wire size counts: Sum() has the rest.
  ScanResult Scan(ByteView window, std::size_t start, std::uint64_t resume) const;
  // A complete frame whose chunks start at `start`: the Extent, or what is wrong with its size.
  ScanResult Sum(ByteView frame, std::size_t start) const;
  // Moves the chunks of a complete frame together; the joined payload starts at `start`, and the
  // last chunk is its trailer.
  Assembled Join(ByteSpan wire, std::size_t start) const;
  // `last`: the last chunk, if not a plain one.
  void Encode(ByteView payload, ByteView last, StreamBuffer& out) const;
  // Bounds what sizes and extensions may add to the payload; a note has 31 bits for a place.
  std::size_t max_frame_size() const {
    return std::min(max_chunks() + o_.max_trailers, (std::size_t{1} << 31) - 1);
  }

 private:
  struct Size {
    std::uint64_t number = 0;
    std::size_t end = 0;  // where the chunk starts
  };
  // Where Scan() is.
  struct Place {
    std::size_t at = 0;
    std::size_t payload = 0;
    bool in_extension = false;
  };
  std::size_t max_chunks() const {
    return std::min(o_.in_front + 8 * o_.limits.most() + (std::size_t{64} << 10),
                    (std::size_t{1} << 31) - 1 - o_.max_trailers);
  }
  static std::size_t Note(const Place& place);
  static Place FromNote(std::size_t note);
  std::optional<ScanResult> ReadSize(ByteView window, Place& place, Size& size) const;
  std::optional<ScanResult> ReadDigits(std::string_view text, Place& place, Size& size) const;
  std::optional<ScanResult> ReadExtension(std::string_view text, Place& place, Size& size) const;
  std::optional<ScanResult> ReadTrailer(ByteView window, const Size& size, Place& place) const;
  ScanResult ReadFields(ByteView window, std::size_t start, FieldState state) const;
  Size Skim(std::string_view text, std::size_t at) const;
  Size SkimSize(ByteView frame, std::size_t at) const;

  ChunkOptions o_;
  bool lines_ = false;  // sizes stand in lines, which the byte in front of them shows
  FieldLines fields_;
};

class ChunksKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const ChunksKind>> Create(const ChunkOptions& options);
  explicit ChunksKind(const ChunkOptions& checked) : o_(checked), walk_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  void EncodeAround(std::endian /*order*/, ByteView payload, std::string header,
                    std::string trailer, StreamBuffer& out) const override {
    out.Append(AsBytes(header));  // it has none
    walk_.Encode(payload, AsBytes(trailer), out);
  }
  std::size_t max_frame_size() const override { return walk_.max_frame_size(); }
  bool assembles() const override { return true; }
  Assembled Assemble(ByteSpan wire, const Extent& /*found*/) const override {
    return walk_.Join(wire, 0);
  }
  FramePicture Picture() const override;

 private:
  ChunkOptions o_;
  ChunkWalk walk_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_CHUNK_WALK_H_
