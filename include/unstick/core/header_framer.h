// Structured header: a declared layout of constants, numbers, lengths and checksums.

#ifndef UNSTICK_CORE_HEADER_FRAMER_H_
#define UNSTICK_CORE_HEADER_FRAMER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_layout.h"

namespace unstick::inline v0 {

namespace detail {
class WindowSums;
}

// What a header says beside its lengths: the Integer fields in order, and the sections before the
// payload (the native header: integer 0 is the flags, section 0 the metadata). Sections are
// borrowed.
struct HeaderValues {
  std::array<std::uint64_t, HeaderLayout::kMaxIntegers> integers = {};
  std::array<ByteView, HeaderLayout::kMaxSections - 1> sections = {};
};

class HeaderFramer;

// Encodes frames whose header says something: `framer.With(values)`. Borrows both. A flag that the
// layout keeps for the payload checksum is set by the framer, whatever `values` has there.
class UNSTICK_VIEW UNSTICK_EXPORT HeaderWriter {
 public:
  Overhead OverheadFor(std::size_t payload_size) const;
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;

 private:
  friend class HeaderFramer;
  HeaderWriter(const HeaderFramer& framer, const HeaderValues& values)
      : framer_(framer), values_(values) {}
  const HeaderFramer& framer_;
  const HeaderValues& values_;
};

// Frames with a structured header. Fields are judged in wire order, each as soon as its bytes are
// there: constants (kBadMagic), version (kBadVersion), then the header checksum (kBadChecksum),
// then what the header says: a reserved flag (kBadHeader), sizes (kPayloadTooLarge,
// kPayloadTooSmall), and last the payload's checksum (kBadChecksum; the frame's end is known). In a
// layout with a header checksum every other error can be recovered from by searching for the next
// place where constants and header checksum both hold. Thread-safe: immutable after construction.
class UNSTICK_EXPORT HeaderFramer {
 public:
  struct Options {
    bool checksum = true;  // write a payload checksum where the layout leaves the choice (kFlagged)
    std::uint64_t min_payload = 0;
    std::uint64_t max_payload = kDefaultMaxPayload;  // clamped to what the field can carry
    std::size_t max_section = 65535;  // bytes of each section before the payload, at most 16 MiB
    friend bool operator==(const Options&, const Options&) = default;
  };

  HeaderFramer();  // the native header with its defaults
  static absl::StatusOr<HeaderFramer> Create(const HeaderLayout& layout, const Options& options);

  ScanResult Scan(ByteView window, std::uint64_t resume) const;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished, detail::NoState state,
                  SeekMemory& memory) const;
  // While its header is not proven.
  bool SearchesCutOff(const NeedMore& more, detail::NoState state) const;
  // True for the constant that the layout starts with, if it does.
  bool IsOwnStart(ByteView head) const;
  std::size_t max_frame_size() const { return max_frame_size_; }

  // All integers 0, all sections empty; With() for more. The result borrows both.
  Overhead OverheadFor(std::size_t payload_size) const;
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;
  HeaderWriter With(const HeaderValues& values UNSTICK_LIFETIME_BOUND) const
      UNSTICK_LIFETIME_BOUND {
    return {*this, values};
  }
  HeaderWriter With(HeaderValues&&) const = delete;

  // What the header of `frame`, which this framer's decoder gave, says. Sections borrow like it.
  HeaderValues HeaderOf(const FrameView& frame) const;

  const HeaderLayout& layout() const { return layout_; }
  const Options& options() const { return options_; }

 private:
  friend class HeaderWriter;
  struct Sizes {
    std::size_t before_payload = 0;  // fixed part and sections
    std::uint64_t payload = 0;
    std::size_t trailer = 0;
  };

  HeaderFramer(const HeaderLayout& layout, const Options& options);
  std::optional<ScanResult> CheckConstants(ByteView window) const;
  std::size_t NextToJudge(std::size_t seen) const;
  std::optional<ScanResult> CheckHeader(ByteView window, bool verified, Sizes& sizes,
                                        const detail::WindowSums* sums = nullptr) const;
  std::uint32_t HeaderCrcIn(const detail::WindowSums& sums, ByteView header) const;
  std::optional<FrameError> CheckWhatItSays(ByteView window, const Sizes& sizes) const;
  std::uint32_t HeaderCrc(ByteView header) const;
  bool HasPayloadChecksum(ByteView header) const;
  FrameError Error(FrameErrorCode code, ByteView window) const;

  HeaderLayout layout_;
  Options options_;
  std::uint64_t max_payload_ = 0;
  std::size_t max_frame_size_ = 0;
  bool provable_ = false;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_HEADER_FRAMER_H_
