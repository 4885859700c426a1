// Is this a build in which everything takes many times as long?

#ifndef UNSTICK_TESTS_SUPPORT_SLOW_BUILD_H_
#define UNSTICK_TESTS_SUPPORT_SLOW_BUILD_H_

#include "unstick/core/attributes.h"

namespace unstick::inline v0::testing {

// True under the address and thread sanitizers, and where lines are counted. Tests that count on
// numbers try fewer then.
#if UNSTICK_ADDRESS_SANITIZER || defined(UNSTICK_SLOW_BUILD) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSlowBuild = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kSlowBuild = true;
#else
inline constexpr bool kSlowBuild = false;
#endif
#else
inline constexpr bool kSlowBuild = false;
#endif

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_SLOW_BUILD_H_
