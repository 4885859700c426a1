// What a mutated copy of the sources calls in place of an operator. UNSTICK_MUTANT in the
// environment says which mutant is alive; 0, or nothing, and the program does what the sources say.
// UNSTICK_MUTANTS_REACHED names a file into which it writes at its end which mutants' places it
// came to. tests/mutants/mutate.py puts the calls in.

#ifndef UNSTICK_TESTS_MUTANTS_MUTANT_H_
#define UNSTICK_TESTS_MUTANTS_MUTANT_H_

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace unstick_mutant {

inline const int now = [] {
  const char* text = std::getenv("UNSTICK_MUTANT");
  return text == nullptr ? 0 : std::atoi(text);
}();

inline constexpr int kNumbers = 1 << 19;
inline std::atomic<unsigned char> reached[kNumbers];

struct Report {
  ~Report() {
    const char* name = std::getenv("UNSTICK_MUTANTS_REACHED");
    std::FILE* file = name == nullptr ? nullptr : std::fopen(name, "w");
    if (file == nullptr) return;
    for (int id = 1; id < kNumbers; ++id) {
      if (reached[id].load(std::memory_order_relaxed) != 0) std::fprintf(file, "%d\n", id);
    }
    std::fclose(file);
  }
};
inline const Report report;

// True if this mutant is the one that lives.
constexpr bool on(int id) {
  if (std::is_constant_evaluated()) return false;
  reached[id].store(1, std::memory_order_relaxed);
  return now == id;
}

// Each takes the number of its mutant and the operands of the operator that it stands for.
#define UNSTICK_MUTANT_OPERATOR(name, right, wrong)               \
  template <typename A, typename B>                               \
  constexpr auto name(int id, const A& a, const B& b) {           \
    if constexpr (requires { a wrong b; }) {                      \
      return on(id) ? decltype(a right b)(a wrong b) : a right b; \
    } else {                                                      \
      return a right b;                                           \
    }                                                             \
  }
UNSTICK_MUTANT_OPERATOR(lt, <, <=)
UNSTICK_MUTANT_OPERATOR(le, <=, <)
UNSTICK_MUTANT_OPERATOR(gt, >, >=)
UNSTICK_MUTANT_OPERATOR(ge, >=, >)
UNSTICK_MUTANT_OPERATOR(eq, ==, !=)
UNSTICK_MUTANT_OPERATOR(ne, !=, ==)
UNSTICK_MUTANT_OPERATOR(add, +, -)
UNSTICK_MUTANT_OPERATOR(sub, -, +)
#undef UNSTICK_MUTANT_OPERATOR

// A condition turned round; an operand of && that is true, and one of || that is false.
constexpr bool flip(int id, bool condition) { return on(id) != condition; }
constexpr bool yes(int id, bool operand) { return on(id) || operand; }
constexpr bool no(int id, bool operand) { return !on(id) && operand; }

template <typename T>
constexpr T min(int id, const T& a, const T& b) {
  return on(id) ? std::max(a, b) : std::min(a, b);
}
template <typename T>
constexpr T max(int id, const T& a, const T& b) {
  return on(id) ? std::min(a, b) : std::max(a, b);
}

}  // namespace unstick_mutant

#endif  // UNSTICK_TESTS_MUTANTS_MUTANT_H_
