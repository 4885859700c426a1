// What stands after a payload: constant bytes, and bytes that may have any value.

#ifndef UNSTICK_CORE_TRAILER_H_
#define UNSTICK_CORE_TRAILER_H_

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "unstick/core/attributes.h"

namespace unstick::inline v0 {

// Constant bytes are checked when a frame is read and written when one is made. A number stands for
// that many bytes of any value; zeros are written there.
//
//     | payload | "10=" | 3 | "\x01" |     Trailer{"10=", 3, "\x01"}, a FIX message's
//
// Converts from a number, from bytes and from a list of both, so that options can say
// `.trailer = 2`, `.trailer = "\r\n"` and `.trailer = {"10=", 3, "\x01"}`.
class UNSTICK_EXPORT Trailer {
 public:
  // Bytes of any value, or these bytes.
  class Part {
   public:
    template <std::integral Number>
    Part(Number any) : is_(static_cast<std::size_t>(any)) {}  // NOLINT(google-explicit-constructor)
    template <std::size_t kSize>                              // "\0" has one byte
    Part(const char (&literal)[kSize])                        // NOLINT(google-explicit-constructor)
        : is_(std::string(literal, kSize - 1)) {}
    template <typename Text>
      requires(std::convertible_to<Text, std::string_view> && !std::integral<Text>)
    Part(const Text& bytes)  // NOLINT(google-explicit-constructor)
        : is_(std::string(std::string_view(bytes))) {}

    std::size_t size() const { return constant() != nullptr ? constant()->size() : *any(); }
    const std::string* constant() const { return std::get_if<std::string>(&is_); }
    const std::size_t* any() const { return std::get_if<std::size_t>(&is_); }
    friend bool operator==(const Part&, const Part&) = default;

   private:
    friend class Trailer;
    std::variant<std::size_t, std::string> is_;
  };

  Trailer() = default;
  template <typename One>
    requires(std::integral<One> || std::convertible_to<One, std::string_view>)
  Trailer(const One& part) {  // NOLINT(google-explicit-constructor)
    Add(Part(part));
  }
  Trailer(std::initializer_list<Part> parts) {
    for (const Part& part : parts) Add(part);
  }

  // Neighbours of one sort become one part, and parts without bytes none: equal trailers have equal
  // parts.
  void Add(Part part) {
    if (part.size() == 0) return;
    size_ = Sum(size_, part.size());
    constants_ += part.constant() != nullptr ? part.size() : 0;
    Part* const last = parts_.empty() ? nullptr : &parts_.back();
    if (last == nullptr || last->is_.index() != part.is_.index()) {
      parts_.push_back(std::move(part));
    } else if (part.constant() != nullptr) {
      std::get<std::string>(last->is_) += *part.constant();
    } else {
      std::get<std::size_t>(last->is_) = Sum(last->size(), part.size());
    }
  }

  const std::vector<Part>& parts() const { return parts_; }
  std::size_t size() const { return size_; }            // bytes
  std::size_t constants() const { return constants_; }  // of those, the constant ones
  bool empty() const { return size_ == 0; }
  friend bool operator==(const Trailer&, const Trailer&) = default;

 private:
  static std::size_t Sum(std::size_t a, std::size_t b) {
    return a > ~std::size_t{0} - b ? ~std::size_t{0} : a + b;
  }

  std::vector<Part> parts_;
  std::size_t size_ = 0;
  std::size_t constants_ = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_TRAILER_H_
