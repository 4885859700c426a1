// Property: all kernels that can run here mark and find the same bytes, those of the definition.
//
// Input: the two bytes looked for, their distance, the text.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/bounds.h"
#include "tests/support/kernel_agreement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto a = static_cast<std::byte>(data[0]);
  const auto b = static_cast<std::byte>(data[1]);
  const std::size_t distance = std::size_t{1} + data[2];
  const unstick::ByteView text(reinterpret_cast<const std::byte*>(data) + 3, size - 3);
  const unstick::fuzz::Bounded bounded(2'000 * (size + 64), 16 * size + 4096);
  const std::string wrong = unstick::testing::DisagreementOn(text, a, b, distance);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
