// A spec in its canonical form.

#ifndef UNSTICK_SRC_CORE_CANONICAL_SPEC_H_
#define UNSTICK_SRC_CORE_CANONICAL_SPEC_H_

#include <string>

#include "src/core/spec_text.h"

namespace unstick::inline v0::detail {

// Keys in the documented order, overridden and default values left out, other values and clauses
// as they were written.
std::string CanonicalText(const SpecText& spec);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_CANONICAL_SPEC_H_
