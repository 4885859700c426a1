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
  Run& level = runs_[top_];
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
  Run& level = runs_[top_];
  level.pending = SaturatingAdd(level.pending, n);
  least_ = SaturatingAdd(least_, n);
}

bool OpenCounts::Open(Part part) {
  if (depth_ == kMaxOpen) return false;
  ++depth_;
  const bool again = top_ > 1 && runs_[top_ - 1].pending == runs_[top_].pending &&
                     runs_[top_ - 1].part == runs_[top_].part;
  if (again) {
    ++runs_[top_ - 1].times;
  } else {
    ++top_;
  }
  runs_[top_] = {0, part, 1};
  least_ = SaturatingAdd(least_, 1);
  return true;
}

void OpenCounts::Close() {
  --depth_;
  --least_;
  if (runs_[top_ - 1].times == 1) {
    --top_;
    return;
  }
  --runs_[top_ - 1].times;
  runs_[top_] = {runs_[top_ - 1].pending, runs_[top_ - 1].part, 1};
}

//     0 | pending                                      no level
//     1 | ...0 1 | pending, level, level, ...          some, where a level is
//     part in 2 bits, pending                          a list or a map
//     1 1 0 | 1 bit                                    a string, always the last
//     1 1 1 | times in 9 bits                          the level before, so often again
std::optional<std::uint64_t> OpenCounts::Pack(unsigned bits) const {
  const std::uint64_t tag = std::uint64_t{1} << (bits - 1);
  if (!nested()) {
    if (runs_[0].pending >= tag) return std::nullopt;
    return runs_[0].pending;
  }
  if (top_ * kLeastBits > bits) return std::nullopt;
  BitWriter writer(bits - 1);
  writer.PutCount(runs_[0].pending);
  for (std::size_t i = 1; i <= top_; ++i) {
    const auto part = static_cast<std::uint64_t>(runs_[i].part);
    if (runs_[i].part == Part::kText || runs_[i].part == Part::kBytes) {
      writer.Put(0b110 << 1 | (part & 1), 4);
    } else {
      writer.Put(part, 2);
      writer.PutCount(runs_[i].pending);
    }
    if (runs_[i].times > 1) {
      writer.Put(0b111, 3);
      writer.Put(static_cast<std::uint64_t>(runs_[i].times - 1), 9);
    }
  }
  const std::optional<std::uint64_t> packed = writer.bits();
  if (!packed) return std::nullopt;
  return tag | *packed;
}

OpenCounts::OpenCounts(std::uint64_t packed, unsigned bits) {
  runs_[0] = {packed, Part::kList, 1};
  least_ = packed;
  const std::uint64_t tag = std::uint64_t{1} << (bits - 1);
  if ((packed & tag) == 0) return;
  BitReader reader(packed ^ tag);
  runs_[0].pending = least_ = reader.TakeCount();
  while (!reader.done()) {
    const std::uint64_t part = reader.Take(2);
    std::uint64_t times = 1;
    if (part == 3 && reader.Take(1) == 1) {
      times = reader.Take(9);
      runs_[top_].times = static_cast<std::uint16_t>(runs_[top_].times + times);
    } else if (part == 3) {
      runs_[++top_] = {0, reader.Take(1) == 0 ? Part::kBytes : Part::kText, 1};
    } else {
      runs_[++top_] = {reader.TakeCount(), static_cast<Part>(part), 1};
    }
    depth_ += times;
    least_ += times * LeastOf(runs_[top_]);
  }
}

}  // namespace unstick::inline v0::detail
