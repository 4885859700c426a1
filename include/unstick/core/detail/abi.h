// Ties a program to a library that was compiled with the same abseil.
//
// absl::Status and StatusOr are returned by value, in the layout of the abseil that each side saw;
// return types are no part of a symbol's name, so that nothing else would stop the linker. So
// whatever includes this refers to a symbol whose name says the version, and the library defines
// the one that it was compiled with:
//
//     undefined reference to `unstick::v0::library_not_built_with::abseil_20220623'

#ifndef UNSTICK_CORE_DETAIL_ABI_H_
#define UNSTICK_CORE_DETAIL_ABI_H_

#include "absl/base/config.h"
#include "unstick/core/attributes.h"

#ifdef ABSL_LTS_RELEASE_VERSION
#define UNSTICK_CORE_ABI_ABSEIL ABSL_LTS_RELEASE_VERSION
#else
#define UNSTICK_CORE_ABI_ABSEIL head
#endif
#define UNSTICK_CORE_ABI_JOIN(version) abseil_##version
#define UNSTICK_CORE_ABI_EXPAND(version) UNSTICK_CORE_ABI_JOIN(version)
#define UNSTICK_CORE_ABI_SYMBOL UNSTICK_CORE_ABI_EXPAND(UNSTICK_CORE_ABI_ABSEIL)

namespace unstick::inline v0::library_not_built_with {

UNSTICK_EXPORT extern const char UNSTICK_CORE_ABI_SYMBOL;

// Kept in every object file, however little of the library it uses.
[[gnu::used]] static const char* const kTie = &UNSTICK_CORE_ABI_SYMBOL;

}  // namespace unstick::inline v0::library_not_built_with

#endif  // UNSTICK_CORE_DETAIL_ABI_H_
