// kind `line` with bodies: a text line says how many bytes follow it (NATS, memcached, IMAP).

#ifndef UNSTICK_SRC_CORE_KINDS_LINE_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_LINE_KIND_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/trailer.h"

namespace unstick::inline v0::detail {

// kCrlfOnly: CR LF, and neither of the two stands anywhere else in a line.
enum class LineEnd : std::uint8_t { kLf, kCrlf, kLfOnly, kCrlfOnly };

//     | line | eol |                        a line without a count, or whose verb is not listed
//     | line N | eol | N bytes | trailer |  a counted line; line, eol and body are the payload
//     | line {N} | eol | N bytes | more line {M} | eol | ... | line | eol |      with `literal`
struct LineOptions {
  struct Verb {
    std::string name = {};
    std::optional<int> token = {};  // where this verb has its count, if not where all have it
  };
  LineEnd eol = LineEnd::kLf;
  bool keep = false;
  bool nocase = false;           // verbs are the same in upper and lower case
  std::vector<Verb> verbs = {};  // none: every line with a number at `token` is counted
  std::optional<int> token = {};
  std::string literal_open = {}, literal_close = {};
  Trailer trailer = {};
  PayloadLimits limits = {};
};

class LineKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const LineKind>> Create(const LineOptions& options);
  explicit LineKind(const LineOptions& checked) : o_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override;
  bool seeks() const override { return true; }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::size_t max_frame_size() const override { return o_.limits.most() + o_.trailer.size() + 2; }
  bool delivers_payload() const override { return !o_.keep; }  // with it, the line's end too
  FramePicture Picture() const override;

 private:
  struct Line {
    std::size_t text_end = 0;
    std::size_t end = 0;  // behind the eol
  };
  struct Count {
    enum class Is : std::uint8_t { kNone, kNumber, kMalformed } is = Is::kNone;
    std::uint64_t number = 0;
    FrameRule rule = FrameRule::kNone;  // kMalformed: what is wrong, and where in the line
    std::size_t at = 0;
  };
  std::optional<Line> FindLine(std::string_view text, std::size_t start, std::size_t from) const;
  std::optional<FrameError> LoneEnd(std::string_view text, std::size_t start,
                                    std::size_t from) const;
  bool crlf() const { return o_.eol == LineEnd::kCrlf || o_.eol == LineEnd::kCrlfOnly; }
  const LineOptions::Verb* VerbOf(std::string_view line) const;
  static Count Judged(std::string_view line, std::string_view digits);
  Count CountOf(std::string_view line) const;
  Count LiteralOf(std::string_view line) const;
  FrameError TooLarge(ByteView window, std::size_t line_start) const;
  ScanResult ScanBody(ByteView window, std::size_t payload, std::size_t judged) const;

  LineOptions o_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_LINE_KIND_H_
