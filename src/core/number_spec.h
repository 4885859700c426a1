// The options of kind `length`, read.

#ifndef UNSTICK_SRC_CORE_NUMBER_SPEC_H_
#define UNSTICK_SRC_CORE_NUMBER_SPEC_H_

#include "absl/status/statusor.h"
#include "src/core/kinds/number_kind.h"
#include "src/core/spec_text.h"

namespace unstick::inline v0::detail {

absl::StatusOr<NumberOptions> ReadLength(const SpecText& spec);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_NUMBER_SPEC_H_
