// kind `varint` beyond LEB128: big-endian groups, QUIC, MessagePack, and numbers before the length.

#ifndef UNSTICK_SRC_CORE_KINDS_VARINT_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_VARINT_KIND_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/trailer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::detail {

enum class VarintForm : std::uint8_t {
  kLeb128,   // seven bits a byte, least significant first
  kBig7,     // seven bits a byte, most significant first
  kQuic,     // RFC 9000 section 16: two bits say 1, 2, 4 or 8 bytes, network order
  kMsgpack,  // an unsigned integer as MessagePack writes it
};

//     | offset bytes | [number] | length | payload | trailer |
struct VarintOptions {
  VarintForm form = VarintForm::kLeb128;
  std::size_t offset = 0;
  std::size_t max_bytes = 5;
  Counts counts = Counts::kAfter;
  std::size_t header = 0;  // bytes behind the length that are no payload
  Trailer trailer = {};
  bool after_varint = false;  // a number of the same form stands before the length
  bool lenient = false;
  PayloadLimits limits = {};
};

class VarintKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const VarintKind>> Create(const VarintOptions& options);
  explicit VarintKind(const VarintOptions& checked) : o_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  bool Refit(std::endian order, std::size_t payload_size, std::string& header,
             std::string& trailer) const override;
  std::size_t max_frame_size() const override {
    return o_.offset + 20 + o_.header + o_.limits.most() + o_.trailer.size();
  }
  FramePicture Picture() const override;

 private:
  std::optional<ScanResult> ReadNumber(ByteView window, std::size_t& at,
                                       std::uint64_t& number) const;

  VarintOptions o_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_VARINT_KIND_H_
