// What is open at a place inside a value whose parts are closed by marks: JSON, bencode.

#ifndef UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_BRACKETS_H_
#define UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_BRACKETS_H_

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace unstick::inline v0::detail {

// Values nest this deep; one more level is malformed. Where nothing but counts nests (MessagePack,
// RESP and CBOR without open-ended parts) there is no stack, and no such bound.
inline constexpr std::size_t kMaxOpen = 512;

enum class Bracket : std::uint8_t { kList, kMap, kForgotten };

// The brackets that are open, in 29 bits, so that they fit into a scanner's note:
//
//     0 | 1 | one bit for each of up to 27 levels            everything is known
//     1 | depth in 10 bits | 1 | the innermost 17 levels     a deeper value, once and for all
//
// Of a deeper value the outer levels are forgotten, and it comes to their ends as kForgotten. How
// deep it is, and so where the value ends, is always known. Whoever has forgotten() must look at
// the whole value once more, with AllBrackets.
class RecentBrackets {
 public:
  static constexpr unsigned kBits = 29;

  RecentBrackets() = default;
  explicit RecentBrackets(std::uint64_t packed) : forgot_((packed >> 28 & 1) != 0) {
    depth_ = forgot_ ? packed >> 18 & 0x3ff : 0;
    const std::uint64_t marked = packed & (forgot_ ? 0x3ffff : 0xfffffff);
    for (known_ = 0; marked >> known_ > 1; ++known_) {
    }
    levels_ = static_cast<std::uint32_t>(marked ^ std::uint64_t{1} << known_);
    if (!forgot_) depth_ = known_;
  }
  std::uint64_t packed() const {
    const std::uint64_t marked = std::uint64_t{1} << known_ | levels_;
    return forgot_ ? std::uint64_t{1} << 28 | std::uint64_t{depth_} << 18 | marked : marked;
  }

  std::size_t depth() const { return depth_; }
  bool forgotten() const { return forgot_; }
  Bracket innermost() const {
    if (known_ == 0) return Bracket::kForgotten;
    return (levels_ & 1) != 0 ? Bracket::kMap : Bracket::kList;
  }
  void Open(Bracket bracket) {
    if (depth_ == kAll) forgot_ = true;
    ++depth_;
    known_ = std::min(known_ + 1, forgot_ ? kRecent : kAll);
    levels_ = levels_ << 1 | (bracket == Bracket::kMap ? 1 : 0);
    levels_ &= (std::uint32_t{1} << known_) - 1;
  }
  void Close() {
    --depth_;
    if (known_ == 0) return;
    --known_;
    levels_ >>= 1;
  }

 private:
  static constexpr std::size_t kAll = 27;
  static constexpr std::size_t kRecent = 17;

  std::size_t depth_ = 0;
  std::size_t known_ = 0;  // of them, the innermost ones
  std::uint32_t levels_ = 0;
  bool forgot_ = false;
};

class AllBrackets {
 public:
  std::size_t depth() const { return depth_; }
  Bracket innermost() const { return is_map_[depth_ - 1] ? Bracket::kMap : Bracket::kList; }
  void Open(Bracket bracket) { is_map_[depth_++] = bracket == Bracket::kMap; }
  void Close() { --depth_; }

 private:
  std::size_t depth_ = 0;
  std::bitset<kMaxOpen> is_map_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_BRACKETS_H_
