#include "unstick/proto/status.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace unstick::inline v0::proto {
namespace {

// Well-formed UTF-8 as RFC 3629 section 4 has it: no overlong form, no surrogate, up to U+10FFFF.
bool IsUtf8(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() - i < size) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    if (size > 2) {
      const unsigned second = byte(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
          (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
        return false;
      }
    }
    i += size;
  }
  return true;
}

}  // namespace

v1::Status ToProto(const absl::Status& status) {
  std::string message(status.message());
  if (!IsUtf8(message)) {
    std::ranges::replace_if(
        message, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  v1::Status proto;
  proto.set_code(status.raw_code());
  proto.set_message(std::move(message));
  return proto;
}

absl::Status FromProto(const v1::Status& status) {
  const absl::Status as_sent(static_cast<absl::StatusCode>(status.code()), "");
  return absl::Status(as_sent.code(), status.message());  // code() knows only what absl knows
}

}  // namespace unstick::inline v0::proto
