// Bytes from the fuzzer, taken piece by piece: first the choices, a fixed number of bytes each,
// then the stream. An input that is too short reads as zeros, so every input means something.

#ifndef UNSTICK_FUZZ_FUZZ_INPUT_H_
#define UNSTICK_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace unstick::fuzz {

class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::size_t Byte() { return at_ < size_ ? data_[at_++] : 0; }
  bool Flag() { return Byte() % 2 == 1; }
  std::size_t Below(std::size_t bound) { return Byte() % bound; }
  template <typename T, std::size_t kSize>
  const T& OneOf(const T (&choices)[kSize]) {
    return choices[Byte() % kSize];
  }
  // A size byte, then so many bytes, or as many as there are.
  std::string Text() {
    const std::size_t size = std::min(Byte(), size_ - std::min(at_, size_));
    std::string text;
    while (text.size() < size) text += static_cast<char>(Byte());
    return text;
  }
  bool empty() const { return at_ >= size_; }
  std::string Rest(std::size_t most) {
    std::string rest;
    while (!empty() && rest.size() < most) rest += static_cast<char>(Byte());
    return rest;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

// Sixteen bytes say how a stream of `size` bytes is cut: the pieces' sizes in turn, over and over.
inline std::vector<std::size_t> TakeCuts(FuzzInput& input, std::size_t size) {
  std::vector<std::size_t> pieces;
  for (int i = 0; i < 16; ++i) pieces.push_back(1 + input.Byte());
  std::vector<std::size_t> cuts;
  std::size_t turn = 0;
  for (std::size_t at = pieces[0]; at < size; at += pieces[++turn % pieces.size()]) {
    cuts.push_back(at);
  }
  return cuts;
}

// A broken property: says how and stops, so that the fuzzer keeps the input.
[[noreturn]] inline void Fail(const std::string& how) {
  std::fprintf(stderr, "%s\n", how.c_str());
  std::abort();
}
inline void Require(const std::string& broken) {
  if (!broken.empty()) Fail(broken);
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_FUZZ_INPUT_H_
