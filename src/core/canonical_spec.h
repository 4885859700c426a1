// A spec in its canonical form.

#ifndef UNSTICK_SRC_CORE_CANONICAL_SPEC_H_
#define UNSTICK_SRC_CORE_CANONICAL_SPEC_H_

#include <string>

#include "src/core/spec_text.h"

namespace unstick::inline v0::detail {

// The one text for this framing: keys and clauses in the documented order, overridden and default
// values left out, numbers in decimal, masks in hexadecimal, bytes in hex pairs (quoted only where
// a number could stand), nested kinds alike.
std::string CanonicalText(const SpecText& spec);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_CANONICAL_SPEC_H_
