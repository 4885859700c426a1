// The clauses `check` and `unescape` as texts.

#ifndef UNSTICK_SRC_CORE_CHECK_SPEC_H_
#define UNSTICK_SRC_CORE_CHECK_SPEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/core/filters/frame_check.h"
#include "src/core/filters/unescape.h"

namespace unstick::inline v0::detail {

// "crc16-modbus,over=1..,at=before-end", "crc(width=16,poly=1021,init=ffff)". Where it stands is
// still to be decided: by the kind.
absl::StatusOr<FrameCheck> ReadCheck(std::string_view value);
// In canonical form: a CRC of the catalogue by its name, defaults left out.
std::string PrintCheck(const FrameCheck& check);
// For people: "CRC-16/MODBUS".
std::string CheckTitle(const FrameCheck& check);

// "slip", "map(7d02>7e,7d01>7d)".
absl::StatusOr<Escaping> ReadEscaping(std::string_view value);
std::string PrintEscaping(const Escaping& escaping);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_CHECK_SPEC_H_
