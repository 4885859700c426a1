// kind `headers`: lines up to an empty one, of which one says how long the body is (LSP, SIP,
// HTTP/1).

#ifndef UNSTICK_SRC_CORE_KINDS_HEADER_BLOCK_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_HEADER_BLOCK_KIND_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/kinds/chunk_walk.h"
#include "src/core/kinds/field_lines.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/trailer.h"

namespace unstick::inline v0::detail {

//     | blank lines | start line or field eol | Name: value eol | ... | eol | body | trailer |
//     '--- Skip ---'
//
// Strict, because laxness here is how requests are smuggled: a length given twice or beside a
// transfer encoding, a sign, a space inside, a bare CR or LF where CRLF was asked for, a line that
// is folded where the protocol has no folding, or nameless, is kBadHeader, and where it stands.
struct HeaderBlockOptions {
  enum class Blank : std::uint8_t { kRefuse, kCrlf, kAny };
  FieldRules fields = {.length = {"Content-Length"}};
  std::optional<std::uint64_t> if_missing = {};  // the body's size without such a field
  std::string until = {};                        // without a length the body ends before this
  Blank skip = Blank::kRefuse;
  Trailer trailer = {};
  std::size_t max_header = std::size_t{64} << 10;
  PayloadLimits limits = {};
};

class HeaderBlockKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const HeaderBlockKind>> Create(const HeaderBlockOptions& o);
  explicit HeaderBlockKind(const HeaderBlockOptions& checked);

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  ScanResult ScanFinal(ByteView rest) const override;
  bool seeks() const override { return !o_.until.empty(); }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  bool Refit(std::endian order, std::size_t payload_size, std::string& header,
             std::string& trailer) const override;
  void EncodeAround(std::endian order, ByteView payload, std::string header, std::string trailer,
                    StreamBuffer& out) const override;
  std::size_t max_frame_size() const override;
  bool assembles() const override { return !o_.fields.coding.empty(); }
  Assembled Assemble(ByteSpan wire, const Extent& found) const override;
  FramePicture Picture() const override;

 private:
  struct Body {
    enum class Is : std::uint8_t { kSized, kChunked, kUntil, kToEof } is = Is::kSized;
    std::uint64_t size = 0;  // kUntil: how far it was searched
    std::size_t judged = 0;  // bytes of the trailer
  };
  std::optional<std::size_t> BlankLine(std::string_view text) const;
  std::optional<ScanResult> ReadBlock(ByteView window, FieldState& state, Body& body) const;
  std::optional<FrameError> Judge(std::string_view text, const FieldState& state, Body& body) const;
  ScanResult ScanBody(ByteView window, std::size_t header, const Body& body) const;
  ScanResult ScanChunks(ByteView window, std::size_t header, std::size_t note) const;
  ScanResult ScanUntil(ByteView window, std::size_t header, const Body& body) const;
  std::optional<ScanResult> JudgeTrailer(ByteView window, std::size_t at, std::size_t judged,
                                         std::size_t note) const;

  HeaderBlockOptions o_;
  FieldLines fields_;
  ChunkWalk chunks_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_HEADER_BLOCK_KIND_H_
