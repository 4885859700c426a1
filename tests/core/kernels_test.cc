// Every table of kernels against the loop that says what it means.

#include "src/core/kernels/kernels.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/kernel_agreement.h"
#include "tests/support/seed.h"

namespace unstick::inline v0::detail {
namespace {

using testing::DisagreementOn;

TEST(KernelsTest, ThePortableOnesAreAlwaysThereAndNamesAreUnique) {
  const std::vector<const Kernels*> all = RunnableKernels();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front()->name, "portable");
  std::set<std::string_view> names;
  for (const Kernels* kernels : all) {
    std::printf("%.*s\n", static_cast<int>(kernels->name.size()), kernels->name.data());
    EXPECT_TRUE(names.insert(kernels->name).second) << kernels->name;
  }
}

TEST(KernelsTest, OnlyRunnableOnesCanBeChosen) {
  const Kernels& before = ChosenKernels();
  EXPECT_FALSE(ChooseKernels("VAX"));
  EXPECT_EQ(&ChosenKernels(), &before);
  for (const Kernels* kernels : RunnableKernels()) {
    EXPECT_TRUE(ChooseKernels(kernels->name));
    EXPECT_EQ(&ChosenKernels(), kernels);
  }
  EXPECT_TRUE(ChooseKernels(before.name));
}

// Each size up to some vectors, at each place in a word; the text ends where its memory ends, so
// that the address sanitizer sees a byte too many.
TEST(KernelsTest, SmallTextsOfEverySize) {
  std::mt19937_64 random(testing::TestSeed());
  for (std::size_t size = 0; size <= 330; ++size) {
    const auto memory = std::make_unique<std::byte[]>(size + 7);
    for (std::size_t shift = 0; shift <= 7; shift += 1 + size / 64) {
      const std::span<std::byte> text(memory.get() + 7 - shift, size + shift);
      for (std::byte& byte : text) byte = static_cast<std::byte>(random() % 4);
      for (const std::size_t distance : {1u, 2u, 11u, 64u, 200u}) {
        ASSERT_EQ(DisagreementOn(text, std::byte{1}, std::byte{2}, distance), "");
      }
    }
  }
}

// Bytes that differ in one bit, or by a carry, from those looked for.
TEST(KernelsTest, EveryByteBesideEveryOther) {
  std::vector<std::byte> text(256 + 13);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::byte>(i * 167 % 256);
  for (int wanted = 0; wanted < 256; ++wanted) {
    const auto a = static_cast<std::byte>(wanted);
    ASSERT_EQ(DisagreementOn(text, a, a ^ std::byte{0x80}, 1), "") << wanted;
    ASSERT_EQ(DisagreementOn(text, a, a ^ std::byte{1}, 3), "") << wanted;
  }
}

TEST(KernelsTest, AsMuchAsTheMasksHold) {
  std::mt19937_64 random(testing::TestSeed());
  for (const unsigned density : {1u, 20u, 300u, 5000u}) {
    std::vector<std::byte> text(kMarkedAtOnce + 70);
    for (std::byte& byte : text) byte = random() % density == 0 ? std::byte{'\n'} : std::byte{'x'};
    for (const std::size_t size : {kMarkedAtOnce - 1, kMarkedAtOnce}) {
      const ByteView part = ByteView(text).first(size);
      ASSERT_EQ(DisagreementOn(part, std::byte{'\n'}, std::byte{'x'}, 70), "");
    }
    ASSERT_EQ(DisagreementOn(text, std::byte{'\n'}, std::byte{'x'}, 70), "");
  }
}

}  // namespace
}  // namespace unstick::inline v0::detail
