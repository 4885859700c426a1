#include "unstick/core/header_layout.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "src/core/absl_compat.h"

namespace unstick::inline v0 {
namespace {

constexpr std::size_t kChecksumSize = 4;

}  // namespace

HeaderField HeaderField::Constant(std::string_view bytes) {
  return {.kind = Kind::kConstant, .width = bytes.size(), .constant = std::string(bytes)};
}

HeaderField HeaderField::Version(std::size_t width, std::uint64_t value, std::endian order) {
  return {.kind = Kind::kVersion, .width = width, .order = order, .value = value};
}

HeaderField HeaderField::Integer(std::size_t width, std::endian order) {
  return {.kind = Kind::kInteger, .width = width, .order = order};
}

HeaderField HeaderField::Length(std::size_t width, std::endian order) {
  return {.kind = Kind::kLength, .width = width, .order = order};
}

HeaderField HeaderField::Checksum(std::endian order) {
  return {.kind = Kind::kChecksum, .width = kChecksumSize, .order = order};
}

absl::StatusOr<HeaderLayout> HeaderLayout::Create(std::vector<HeaderField> fields,
                                                  PayloadChecksum payload_checksum) {
  HeaderLayout layout;
  const auto refuse = [](const std::string& why) {
    return absl::InvalidArgumentError(ToAbsl("header layout: " + why));
  };
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const HeaderField& field = fields[i];
    const std::string name = "field " + std::to_string(i);
    const Place place{layout.fixed_size_, field.width, field.order};
    const bool number = field.kind != HeaderField::Kind::kConstant;
    if (field.width < 1 || (number && field.width > 8)) return refuse(name + " has no legal width");
    if (field.width > kMaxFixedSize - layout.fixed_size_) {
      return refuse(name + " reaches beyond the 64 bytes that a fixed part may have");
    }
    layout.fixed_size_ += field.width;
    layout.expected_.resize(layout.fixed_size_);
    switch (field.kind) {
      case HeaderField::Kind::kConstant:
        layout.expected_.replace(place.offset, place.width, field.constant);
        break;
      case HeaderField::Kind::kVersion:
        if (field.value > MaxUint(field.width)) return refuse(name + " does not fit its width");
        StoreUint(std::as_writable_bytes(std::span(layout.expected_)).subspan(place.offset),
                  field.value, place.width, place.order);
        break;
      case HeaderField::Kind::kInteger:
        layout.integers_.push_back(place);
        break;
      case HeaderField::Kind::kLength:
        layout.lengths_.push_back(place);
        break;
      case HeaderField::Kind::kChecksum:
        if (layout.checksum_) return refuse(name + " is a second checksum");
        layout.checksum_ = place;
        break;
    }
    if (field.kind == HeaderField::Kind::kConstant || field.kind == HeaderField::Kind::kVersion) {
      layout.constants_.push_back(place);
      layout.is_version_.push_back(field.kind == HeaderField::Kind::kVersion);
    }
  }
  if (layout.lengths_.empty()) return refuse("one field must be the payload's length");
  if (layout.lengths_.size() > kMaxSections) return refuse("at most 4 lengths");
  if (layout.integers_.size() > kMaxIntegers) return refuse("at most 16 integers");
  if (payload_checksum.when == PayloadChecksum::When::kFlagged) {
    if (payload_checksum.flag_integer >= layout.integers_.size()) {
      return refuse("the payload checksum's flag is in no field");
    }
    if (payload_checksum.flag_bit >= 8 * layout.integers_[payload_checksum.flag_integer].width) {
      return refuse("the payload checksum's flag is beyond its field");
    }
    if ((payload_checksum.reserved_bits >> payload_checksum.flag_bit & 1) != 0) {
      return refuse("the payload checksum's flag is reserved");
    }
  }
  layout.fields_ = std::move(fields);
  layout.payload_checksum_ = payload_checksum;
  return layout;
}

const HeaderLayout& HeaderLayout::Native() {
  static const HeaderLayout layout =
      Create({HeaderField::Constant("\xb7USK"), HeaderField::Version(1, 1), HeaderField::Integer(1),
              HeaderField::Length(2), HeaderField::Length(4), HeaderField::Checksum()},
             {.when = PayloadChecksum::When::kFlagged, .reserved_bits = 0xfe})
          .value();
  return layout;
}

bool HeaderLayout::provable() const {
  return checksum_ && fields_.front().kind == HeaderField::Kind::kConstant &&
         fields_.front().width >= 2;
}

}  // namespace unstick::inline v0
