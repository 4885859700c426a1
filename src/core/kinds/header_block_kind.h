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
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/trailer.h"

namespace unstick::inline v0::detail {

//     | blank lines | start line or field eol | Name: value eol | ... | eol | body | trailer |
//     '--- Skip ---'
//
// Strict, because laxness here is how requests are smuggled: a length given twice or beside a
// transfer encoding, a sign, a space inside, a bare CR or LF where CRLF was asked for, a folded or
// nameless line is kBadHeader.
struct HeaderBlockOptions {
  enum class Blank : std::uint8_t { kRefuse, kCrlf, kAny };
  std::vector<std::string> length = {"Content-Length"};  // any one of these, case-insensitive
  std::optional<std::uint64_t> if_missing = {};          // the body's size without such a field
  std::string chunked = {};  // a field that says "chunked" makes the body a list of chunks
  std::string until = {};    // without a length the body ends before this
  std::vector<std::string> bodiless = {};  // second words of start lines ("204", x is any digit)
                                           // that stand for a block without a body
  std::string eof = {};  // such a start line and no length: the body ends with the input
  Blank skip = Blank::kRefuse;
  bool lf = false;  // lines may end with LF alone
  Trailer trailer = {};
  std::size_t max_header = std::size_t{64} << 10;
  PayloadLimits limits = {};
};

class HeaderBlockKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const HeaderBlockKind>> Create(const HeaderBlockOptions& o);
  explicit HeaderBlockKind(const HeaderBlockOptions& checked);

  ScanResult Scan(ByteView window, std::size_t resume) const override;
  ScanResult ScanFinal(ByteView rest) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::size_t max_frame_size() const override;
  bool assembles() const override { return !o_.chunked.empty(); }
  Extent Assemble(ByteSpan wire, const Extent& found) const override;
  FramePicture Picture() const override;

 private:
  struct Body {
    enum class Is : std::uint8_t { kSized, kChunked, kUntil, kToEof } is = Is::kSized;
    std::uint64_t size = 0;
  };
  std::optional<std::size_t> BlankLine(std::string_view text) const;
  std::optional<ScanResult> FindEnd(ByteView window, std::size_t from, std::size_t& end) const;
  std::optional<FrameError> ReadFields(ByteView window, std::size_t end, Body& body) const;
  ScanResult ScanChunks(ByteView window, std::size_t header, std::size_t note) const;
  ScanResult ScanUntil(ByteView window, std::size_t header, std::size_t from) const;

  HeaderBlockOptions o_;
  ChunkWalk chunks_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_HEADER_BLOCK_KIND_H_
