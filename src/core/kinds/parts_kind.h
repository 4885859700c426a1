// kinds `table` and `list`: a count, and then as many sizes and parts (Cap'n Proto, Ogg, Avro).

#ifndef UNSTICK_SRC_CORE_KINDS_PARTS_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_PARTS_KIND_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

//     table:  | header | size size size | padding | part | part | part |    payload: the parts
//     list:   | header | size part | size part | ...                   |    payload: all of it
struct PartsOptions {
  bool alternating = false;      // list
  std::size_t count_offset = 0;  // the number of parts stands in the header
  std::size_t count_width = 4;
  std::int64_t count_adjust = 0;
  std::size_t entry = 4;  // bytes of one size
  std::uint64_t unit = 1;
  std::size_t align = 1;   // table: header and sizes are padded to a multiple
  std::size_t header = 0;  // default: up to the count's end
  std::endian order = std::endian::big;
  PayloadLimits limits = {};
};

class PartsKind final : public FrameKind {
 public:
  static constexpr std::uint64_t kMaxParts = std::uint64_t{1} << 20;

  static absl::StatusOr<std::shared_ptr<const PartsKind>> Create(PartsOptions options);
  explicit PartsKind(const PartsOptions& checked) : o_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::size_t max_frame_size() const override {
    return o_.header + o_.entry * kMaxParts + o_.align + o_.limits.most();
  }
  FramePicture Picture() const override;

 private:
  bool StoreCount(std::uint64_t count, ByteSpan header) const;
  std::optional<FrameError> EncodeList(ByteView payload, StreamBuffer& out) const;
  std::optional<FrameError> EncodeTable(ByteView payload, StreamBuffer& out) const;
  ScanResult ScanTable(ByteView window, std::size_t count, std::uint64_t resume) const;
  ScanResult ScanList(ByteView window, std::size_t count, std::uint64_t resume) const;

  PartsOptions o_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_PARTS_KIND_H_
