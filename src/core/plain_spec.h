// The kinds that a plain type may be: their options, read from a spec and printed as one.

#ifndef UNSTICK_SRC_CORE_PLAIN_SPEC_H_
#define UNSTICK_SRC_CORE_PLAIN_SPEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/spec_text.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::detail {

// Of these kinds, what the plain type has options for; described ones know more keys.
absl::StatusOr<LengthFieldFramer::Options> ReadPlainLengthOptions(const SpecText& spec);
absl::StatusOr<VarintFramer::Options> ReadPlainVarintOptions(const SpecText& spec);
absl::StatusOr<DelimiterFramer::Options> ReadPlainLineOptions(const SpecText& spec);
// Of these, all there is.
absl::StatusOr<DelimiterFramer::Options> ReadDelimiterOptions(const SpecText& spec);
absl::StatusOr<FixedFramer::Options> ReadFixedOptions(const SpecText& spec, PayloadLimits limits);
absl::StatusOr<HeaderFramer::Options> ReadNativeOptions(const SpecText& spec);

// The canonical text, without what is the default.
std::string Print(const LengthFieldFramer::Options& o);
std::string Print(const VarintFramer::Options& o);
std::string Print(const DelimiterFramer::Options& o);
std::string Print(const FixedFramer::Options& o);
std::string Print(const HeaderFramer::Options& o);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_PLAIN_SPEC_H_
