// The shape of a structured header, declared once and checked when it is built.

#ifndef UNSTICK_CORE_HEADER_LAYOUT_H_
#define UNSTICK_CORE_HEADER_LAYOUT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0 {

// One field of the fixed part of a header. Fields stand back to back, in the order of declaration.
struct UNSTICK_EXPORT HeaderField {
  enum class Kind : std::uint8_t { kConstant, kVersion, kInteger, kLength, kChecksum };

  // Bytes that must be there; else kBadMagic.
  static HeaderField Constant(std::string_view bytes);
  // A number that must be there; else kBadVersion.
  static HeaderField Version(std::size_t width, std::uint64_t value,
                             std::endian order = std::endian::big);
  // A number of the application's: flags, an id, a type. Width 1..8.
  static HeaderField Integer(std::size_t width, std::endian order = std::endian::big);
  // The size of a section: the last length is the payload's, earlier ones are of sections between
  // the fixed part and the payload, in order. Width 1..8.
  static HeaderField Length(std::size_t width, std::endian order = std::endian::big);
  // CRC-32C of the fixed part (but for these four bytes) and of the sections before the payload. No
  // length is believed before it is checked.
  static HeaderField Checksum(std::endian order = std::endian::big);

  Kind kind = Kind::kInteger;
  std::size_t width = 0;
  std::endian order = std::endian::big;
  std::uint64_t value = 0;    // kVersion
  std::string constant = {};  // kConstant

  friend bool operator==(const HeaderField&, const HeaderField&) = default;
};

// Whether a CRC-32C of the payload, as four bytes in network order, follows the payload. With
// kFlagged, bit `flag_bit` of Integer field number `flag_integer` (from 0) says so in each frame,
// and a frame with one of `reserved_bits` set in that field is kBadHeader.
struct PayloadChecksum {
  enum class When : std::uint8_t { kNever, kAlways, kFlagged };
  When when = When::kNever;
  std::size_t flag_integer = 0;
  std::size_t flag_bit = 0;
  std::uint64_t reserved_bits = 0;
  friend bool operator==(const PayloadChecksum&, const PayloadChecksum&) = default;
};

//     | constant | integer | length | length | checksum | section ... | payload | [checksum] |
//     |<------------- fixed part, <= 64 bytes --------->|
//
// Create() is the only way in, so a layout that exists can frame. Immutable, cheap to copy.
class UNSTICK_EXPORT HeaderLayout {
 public:
  static constexpr std::size_t kMaxFixedSize = 64;
  static constexpr std::size_t kMaxSections = 4;  // payload included
  static constexpr std::size_t kMaxIntegers = 16;

  // Refuses a layout without a length, with a field of no legal width, over one of the maxima
  // above, or with more than one header checksum (kInvalidArgument, naming the field).
  static absl::StatusOr<HeaderLayout> Create(std::vector<HeaderField> fields,
                                             PayloadChecksum payload_checksum = {});
  // The native header, docs/wire-format.md:
  //
  //     0             4     5      6          8             12           16
  //     | B7 55 53 4B | 01  | flags| meta_len | payload_len | header_crc | metadata | payload | crc
  //       magic         ver   u8     u16 BE     u32 BE        u32 BE                  flag bit 0 ^
  static const HeaderLayout& Native();

  const std::vector<HeaderField>& fields() const { return fields_; }
  const PayloadChecksum& payload_checksum() const { return payload_checksum_; }
  std::size_t fixed_size() const { return fixed_size_; }
  std::size_t sections() const { return lengths_.size(); }  // payload included
  std::size_t integers() const { return integers_.size(); }
  // True if a frame start can be proven in the middle of a stream: constants of two bytes or more
  // in front and a header checksum.
  bool provable() const;

  friend bool operator==(const HeaderLayout& a, const HeaderLayout& b) {
    return a.fields_ == b.fields_ && a.payload_checksum_ == b.payload_checksum_;
  }

 private:
  friend class HeaderFramer;
  friend class HeaderWriter;
  struct Place {
    std::size_t offset = 0;
    std::size_t width = 0;
    std::endian order = std::endian::big;
  };

  HeaderLayout() = default;

  std::vector<HeaderField> fields_;
  PayloadChecksum payload_checksum_;
  std::string expected_;          // the fixed part with constants and versions filled in
  std::vector<Place> constants_;  // where they stand, in wire order
  std::vector<bool> is_version_;  // which of them are versions
  std::vector<Place> integers_;
  std::vector<Place> lengths_;
  std::optional<Place> checksum_;
  std::size_t fixed_size_ = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_HEADER_LAYOUT_H_
