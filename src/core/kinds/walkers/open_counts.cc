#include "src/core/kinds/walkers/open_counts.h"

#include <bit>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kLeastBits = 3;  // of a level

// Writes numbers behind one another, the first on top, behind a bit that marks where they begin.
class BitWriter {
 public:
  explicit BitWriter(unsigned bits) : left_(bits - 1) {}
  void Put(std::uint64_t value, unsigned width) {
    full_ = full_ || width > left_;
    if (full_) return;
    left_ -= width;
    bits_ = bits_ << width | value;
  }
  // Small numbers in few bits: 0 in 1, up to 4 in 4, up to 68 in 9, others in 8 and their own.
  void PutCount(std::uint64_t count) {
    if (count == 0) return Put(0, 1);
    if (count <= 4) return Put(0b10 << 2 | (count - 1), 4);
    if (count <= 68) return Put(0b110 << 6 | (count - 5), 9);
    const auto width = static_cast<unsigned>(std::bit_width(count)) - 1;
    Put(0b111, 3);
    Put(width, 5);
    Put(count ^ std::uint64_t{1} << width, width);
    full_ = full_ || width > 31;
  }
  std::optional<std::uint64_t> bits() const {
    if (full_) return std::nullopt;
    return bits_;
  }

 private:
  std::uint64_t bits_ = 1;
  unsigned left_;
  bool full_ = false;
};

class BitReader {
 public:
  explicit BitReader(std::uint64_t bits)
      : bits_(bits), left_(static_cast<unsigned>(std::bit_width(bits)) - 1) {}
  bool done() const { return left_ == 0; }
  std::uint64_t Take(unsigned width) {
    left_ -= width;
    return bits_ >> left_ & ((std::uint64_t{1} << width) - 1);
  }
  std::uint64_t TakeCount() {
    if (Take(1) == 0) return 0;
    if (Take(1) == 0) return Take(2) + 1;
    if (Take(1) == 0) return Take(6) + 5;
    const auto width = static_cast<unsigned>(Take(5));
    return std::uint64_t{1} << width | Take(width);
  }

 private:
  std::uint64_t bits_;
  unsigned left_;
};

}  // namespace

void OpenCounts::Take() {
  Level& level = levels_[innermost_];
  if (level.pending > 0) {
    --level.pending;
    --least_;
  } else if (level.part == Part::kMapAtKey) {
    level.part = Part::kMapAtValue;
    ++least_;
  } else if (level.part == Part::kMapAtValue) {
    level.part = Part::kMapAtKey;
    --least_;
  }
}

void OpenCounts::Expect(std::uint64_t n) {
  Level& level = levels_[innermost_];
  level.pending = SaturatingAdd(level.pending, n);
  least_ = SaturatingAdd(least_, n);
}

bool OpenCounts::Open(Part part) {
  if (innermost_ == kMaxOpen) return false;
  levels_[++innermost_] = {0, part};
  least_ = SaturatingAdd(least_, 1);
  return true;
}

void OpenCounts::Close() {
  --innermost_;
  --least_;
}

//     0 | pending                                      no level
//     1 | ...0 1 | pending, (part, pending), ...       some; a string, always the last, has none
std::optional<std::uint64_t> OpenCounts::Pack(unsigned bits) const {
  const std::uint64_t tag = std::uint64_t{1} << (bits - 1);
  if (!nested()) {
    if (levels_[0].pending >= tag) return std::nullopt;
    return levels_[0].pending;
  }
  if (innermost_ * kLeastBits > bits) return std::nullopt;
  BitWriter writer(bits - 1);
  writer.PutCount(levels_[0].pending);
  for (std::size_t i = 1; i <= innermost_; ++i) {
    const auto part = static_cast<std::uint64_t>(levels_[i].part);
    if (levels_[i].part == Part::kText || levels_[i].part == Part::kBytes) {
      writer.Put(0b11 << 1 | (part & 1), 3);
    } else {
      writer.Put(part, 2);
      writer.PutCount(levels_[i].pending);
    }
  }
  const std::optional<std::uint64_t> packed = writer.bits();
  if (!packed) return std::nullopt;
  return tag | *packed;
}

OpenCounts::OpenCounts(std::uint64_t packed, unsigned bits) {
  levels_[0] = {packed, Part::kList};
  least_ = packed;
  const std::uint64_t tag = std::uint64_t{1} << (bits - 1);
  if ((packed & tag) == 0) return;
  BitReader reader(packed ^ tag);
  levels_[0].pending = least_ = reader.TakeCount();
  while (!reader.done()) {
    Level& level = levels_[++innermost_];
    level = {0, static_cast<Part>(reader.Take(2))};
    if (level.part == Part::kText) {
      if (reader.Take(1) == 0) level.part = Part::kBytes;
    } else {
      level.pending = reader.TakeCount();
    }
    least_ += level.pending + 1 + (level.part == Part::kMapAtValue ? 1 : 0);
  }
}

}  // namespace unstick::inline v0::detail
