// kind `length` in full: a number in the header, and everything that real formats do to it.

#ifndef UNSTICK_SRC_CORE_KINDS_NUMBER_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_NUMBER_KIND_H_

#include <bit>
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

// Where a stream says which byte order its numbers have.
struct ToldOrder {
  enum class How : std::uint8_t {
    kFixed,      // it does not
    kBit,        // bit `bit` of byte `at` of each frame set: little
    kCharacter,  // byte `at` of each frame is `mark`: little
    kMagic,      // a frame with `mark` at `at` tells for itself and those after it
    kPreamble,   // the preamble starts with `mark`, or its mirror image: little
  };
  How how = How::kFixed;
  std::size_t at = 0;
  std::size_t bit = 0;
  std::string mark = {};
  friend bool operator==(const ToldOrder&, const ToldOrder&) = default;
};

// A value of the field that stands for a longer field, or a flag that makes the field itself wider.
struct ExtendedLength {
  std::optional<std::uint64_t> value = {};  // this value in the field: read on behind it
  std::size_t flag_byte = 0, flag_bit = 0;  // else this bit: the field is `width` wide
  bool in_field = false;                    // flag_bit is the field's own; `width` counts bits
  std::size_t width = 0;
  std::uint64_t bias = 0;
  std::optional<std::size_t> at = {};  // the longer field stands here instead of behind the field
  friend bool operator==(const ExtendedLength&, const ExtendedLength&) = default;
};

// A second number that adds to the frame.
struct AddedLength {
  std::size_t offset = 0;
  std::size_t width = 1;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t unit = 1;
  friend bool operator==(const AddedLength&, const AddedLength&) = default;
};

// Order of evaluation: raw, shift, mask, ext, unit, counts and adjust, align, plus, trailer,
// limits.
struct NumberOptions {
  std::size_t offset = 0;
  std::size_t width = 4;
  std::endian order = std::endian::big;
  ToldOrder told = {};
  Counts counts = Counts::kAfter;
  std::int64_t adjust = 0;
  std::optional<std::size_t> header = {};  // fixed; default: up to the field's (extended) end ...
  std::size_t header_behind = 0;           // ... plus this
  std::size_t shift = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t unit = 1;
  std::size_t align = 1;
  std::vector<AddedLength> plus = {};
  std::vector<ExtendedLength> ext = {};
  std::size_t if_byte = 0, if_bit = 0, if_adds = 0;  // a flag that makes the header longer
  bool zero_is_rest = false;                         // 0: the frame reaches to the end of the input
  Trailer trailer = {};
  std::optional<std::size_t> strip = {};
  PayloadLimits limits = {};
};

class NumberKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const NumberKind>> Create(const NumberOptions& options);
  explicit NumberKind(const NumberOptions& checked) : o_(checked) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return ScanIn(o_.order, window, resume);
  }
  ScanResult ScanIn(std::endian order, ByteView window, std::uint64_t resume) const override;
  std::endian OrderAfter(ByteView frame, std::endian before) const override;
  ScanResult ScanFinal(ByteView rest) const override { return ScanFinalIn(o_.order, rest); }
  ScanResult ScanFinalIn(std::endian order, ByteView rest) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::optional<FrameError> EncodeIn(std::endian order, ByteView payload,
                                     StreamBuffer& out) const override;
  bool Refit(std::endian order, std::size_t payload_size, std::string& header,
             std::string& trailer) const override;
  std::size_t max_frame_size() const override;
  Extent Delivered(ByteView frame, const Extent& payload) const override;
  bool delivers_payload() const override { return !o_.strip; }
  FramePicture Picture() const override;

  const NumberOptions& options() const { return o_; }

 private:
  struct Reading;
  // Whoever reads a frame knows the byte order from what came before it.
  bool TellsLater() const {
    return o_.told.how == ToldOrder::How::kMagic || o_.told.how == ToldOrder::How::kPreamble;
  }
  std::optional<ScanResult> Read(std::endian order, ByteView window, Reading& reading) const;
  std::size_t FieldWidth(const ExtendedLength* form) const;
  std::size_t FieldEnd(const ExtendedLength* form) const;
  bool EncodeForm(const ExtendedLength* form, std::endian order, std::uint64_t payload,
                  std::uint64_t added, ByteView delivered, StreamBuffer& out) const;
  bool StoreNumber(const ExtendedLength* form, std::endian order, std::uint64_t value,
                   ByteSpan head) const;
  bool RefitForm(const ExtendedLength* form, std::endian order, const Reading& old,
                 std::size_t payload_size, std::string& header, std::string& trailer) const;

  NumberOptions o_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_NUMBER_KIND_H_
