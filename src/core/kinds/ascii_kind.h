// kind `ascii`: the length in decimal or hexadecimal digits (netstring, pkt-line, FIX, syslog).

#ifndef UNSTICK_SRC_CORE_KINDS_ASCII_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_ASCII_KIND_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/trailer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::detail {

//     | start | anything | after | digits | until | payload | trailer |
//             '-- only with `after` --'
struct AsciiOptions {
  unsigned base = 10;      // or 16
  std::size_t width = 0;   // so many digits, 1..16; 0: up to `until`
  std::string until = {};  // what ends the digits
  Counts counts = Counts::kAfter;
  std::int64_t adjust = 0;
  Trailer trailer = {};
  std::string start = {};  // the frame's first bytes
  std::string after = {};  // what comes before the digits, searched from the frame's start; after a
                           // start its first byte must not stand anywhere before it
  std::vector<std::uint64_t> bare = {};  // numbers that are a whole frame by themselves
  PayloadLimits limits = {};
};

class AsciiKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const AsciiKind>> Create(const AsciiOptions& options);
  explicit AsciiKind(const AsciiOptions& checked) : o_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  bool Refit(std::endian order, std::size_t payload_size, std::string& header,
             std::string& trailer) const override;
  std::size_t max_frame_size() const override;
  FramePicture Picture() const override;

 private:
  std::optional<ScanResult> FindDigits(ByteView window, std::size_t& hit,
                                       std::size_t& digits_at) const;
  std::optional<ScanResult> ReadDigits(ByteView window, std::size_t& at,
                                       std::uint64_t& number) const;

  AsciiOptions o_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_ASCII_KIND_H_
