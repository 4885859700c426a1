// The seed of a randomised test: fixed, unless the environment gives another, and always printed.

#ifndef UNSTICK_TESTS_SUPPORT_SEED_H_
#define UNSTICK_TESTS_SUPPORT_SEED_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace unstick::inline v0::testing {

// UNSTICK_TEST_SEED, or a constant: a test that passes must pass tomorrow.
inline std::uint64_t TestSeed() {
  const char* text = std::getenv("UNSTICK_TEST_SEED");
  const std::uint64_t seed = text == nullptr ? 20261121 : std::strtoull(text, nullptr, 10);
  std::printf("UNSTICK_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_SEED_H_
