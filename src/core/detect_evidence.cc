#include "src/core/detect_evidence.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace unstick::inline v0::detail {
namespace {

constexpr double kUnseen = 1.0 / 32;  // what each byte counts as in front of the stream
constexpr double kMixed = 1;          // how much of that goes into a pair's probability
constexpr double kMemory = 0.98;      // of how right an opinion has been
constexpr double kMostBits = 12;
constexpr double kDeviations = 3;
constexpr std::size_t kAround = 256;       // bytes before and behind that are taken to be alike
constexpr std::size_t kEnough = 12;        // of them behind the same byte to go by those alone
constexpr std::size_t kOthers = 8;         // bytes that are not there but might be
constexpr std::size_t kSizesKept = 64;     // different sizes that are looked for again
constexpr double kMagnitudeUnseen = 0.25;  // the same for an order of magnitude

constexpr std::size_t kHead = 48;   // bytes of a frame that are tried one by one, ...
constexpr std::size_t kTail = 8;    // ... at both ends
constexpr std::size_t kMiddle = 8;  // places between them that stand for the rest

// How often each byte has come behind each other one, at a distance.
class Pairs {
 public:
  double Probability(std::uint8_t before, std::uint8_t byte, double alone) const {
    return (together_[Index(before, byte)] + kMixed * alone) / (before_[before] + kMixed);
  }
  void Learn(std::uint8_t before, std::uint8_t byte) {
    ++together_[Index(before, byte)];
    ++before_[before];
  }

 private:
  static std::size_t Index(std::uint8_t before, std::uint8_t byte) {
    return std::size_t{256} * before + byte;
  }
  std::array<std::uint32_t, std::size_t{1} << 16> together_ = {};
  std::array<std::uint32_t, 256> before_ = {};
};

// What came behind some bytes the last times.
class Repeats {
 public:
  double Probability(std::uint64_t context, std::uint8_t byte) const {
    const Last& last = last_[Index(context)];
    const double trust = std::min(kMostTrust, last.times / (last.times + 0.5));
    return (last.byte == byte ? trust : 0) + (1 - trust) / 256;
  }
  void Learn(std::uint64_t context, std::uint8_t byte) {
    Last& last = last_[Index(context)];
    if (last.byte != byte) last = {.byte = byte};
    if (last.times < 255) ++last.times;
  }

 private:
  static constexpr double kMostTrust = 0.97;
  struct Last {
    std::uint8_t byte = 0;
    std::uint8_t times = 0;  // in a row
  };
  static std::size_t Index(std::uint64_t context) { return context * 0x9e3779b97f4a7c15 >> 48; }
  std::array<Last, std::size_t{1} << 16> last_ = {};
};

// Says how likely each next byte of a stream is, by several opinions: all bytes alike; as often as
// so far; as often as so far behind the last byte, and behind the second and the fourth last; what
// came behind the last three and six bytes. Each counts as much as it has been right lately.
class Guess {
 public:
  double Next(std::uint8_t byte) {
    const std::array<double, kOpinions> opinions = Opinions(byte);
    double probability = 0;
    double all = 0;
    for (std::size_t i = 0; i < kOpinions; ++i) {
      probability += weights_[i] * opinions[i];
      weights_[i] = std::pow(weights_[i], kMemory) * opinions[i];
      all += weights_[i];
    }
    double kept = 0;
    for (double& weight : weights_) kept += weight = std::max(weight / all, kLeastWeight);
    for (double& weight : weights_) weight /= kept;
    Learn(byte);
    return probability;
  }

 private:
  static constexpr std::size_t kOpinions = 7;
  static constexpr double kLeastWeight = 0.01;

  std::uint8_t Back(unsigned n) const { return context_ >> (8 * (n - 1)) & 0xff; }
  std::uint64_t Recent(unsigned n) const { return context_ & ((std::uint64_t{1} << (8 * n)) - 1); }

  std::array<double, kOpinions> Opinions(std::uint8_t byte) const {
    const double alone = (counts_[byte] + kUnseen) / (seen_ + 256 * kUnseen);
    return {1.0 / 256,
            alone,
            next_.Probability(Back(1), byte, alone),
            second_.Probability(Back(2), byte, alone),
            fourth_.Probability(Back(4), byte, alone),
            behind_three_.Probability(Recent(3), byte),
            behind_six_.Probability(Recent(6), byte)};
  }

  void Learn(std::uint8_t byte) {
    ++counts_[byte];
    ++seen_;
    next_.Learn(Back(1), byte);
    second_.Learn(Back(2), byte);
    fourth_.Learn(Back(4), byte);
    behind_three_.Learn(Recent(3), byte);
    behind_six_.Learn(Recent(6), byte);
    context_ = context_ << 8 | byte;
  }

  std::array<double, kOpinions> weights_ = {0.34, 0.2, 0.2, 0.08, 0.08, 0.05, 0.05};
  std::array<std::uint32_t, 256> counts_ = {};
  Pairs next_, second_, fourth_;
  Repeats behind_three_, behind_six_;
  std::uint64_t context_ = 0;
  double seen_ = 0;
};

// splitmix64: numbers that look random, the same for the same `i`.
std::uint64_t Mixed(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace

ByteModel::ByteModel(ByteView stream) : stream_(stream) {
  auto guess = std::make_unique<Guess>();
  sixteenths_.reserve(stream.size());
  double sum = 0;
  for (const std::byte b : stream) {
    const double bits = -std::log2(guess->Next(std::to_integer<std::uint8_t>(b)));
    sixteenths_.push_back(static_cast<std::uint8_t>(16 * std::min(bits, kMostBits)));
    sum += sixteenths_.back() / 16.0;
  }
  // Guessing must not do worse than eight bits a byte.
  scale_ = std::min(1.0, 8 * static_cast<double>(stream.size()) / std::max(sum, 1.0)) / 16;
}

std::vector<std::byte> ByteModel::LikeAt(std::size_t i) const {
  const std::size_t from = i < kAround ? 0 : i - kAround;
  const std::size_t to = std::min(stream_.size(), i + kAround);
  std::vector<std::byte> behind_the_same;
  for (std::size_t at = std::max<std::size_t>(from, 1); at < to && i > 0; ++at) {
    if (stream_[at - 1] == stream_[i - 1]) behind_the_same.push_back(stream_[at]);
  }
  if (behind_the_same.size() >= kEnough) return behind_the_same;
  const ByteView around = stream_.subspan(from, to - from);
  std::vector<std::byte> like(around.begin(), around.end());
  for (std::size_t any = 0; any < kOthers; ++any) {
    like.push_back(static_cast<std::byte>(Mixed(kOthers * i + any) >> 56));
  }
  return like;
}

double SizeCosts::ByItself(std::size_t size) const {
  const auto same =
      std::find_if(seen_.begin(), seen_.end(), [&](const auto& s) { return s.first == size; });
  const std::size_t magnitude = std::bit_width(size + 1) - 1;
  const double fresh = (magnitudes_[magnitude] + kMagnitudeUnseen) /
                       (all_ - repeated_ + kMagnitudeUnseen * possible_) *
                       std::exp2(-static_cast<double>(magnitude));
  const double again = (repeated_ + 0.5) / (all_ + 1);
  return (1 - again) * fresh + (same == seen_.end() ? 0 : again * same->second / all_);
}

double SizeCosts::Next(std::size_t size) {
  const double alone = ByItself(size);
  Last& last = last_[(before_[0] * 31 + before_[1]) % last_.size()];
  const double trust = last.times / (last.times + 1.0);
  const double behind = (last.size == size ? trust : 0) + (1 - trust) * alone;
  const double probability = (1 - by_those_before_) * alone + by_those_before_ * behind;
  const double right = std::pow(by_those_before_, kMemory) * behind;
  const double wrong = std::pow(1 - by_those_before_, kMemory) * alone;
  by_those_before_ = std::clamp(right / (right + wrong), 0.01, 0.99);

  if (last.size != size) last = {.size = size};
  ++last.times;
  before_ = {size, before_[0]};
  ++all_;
  const auto same =
      std::find_if(seen_.begin(), seen_.end(), [&](const auto& s) { return s.first == size; });
  if (same != seen_.end()) {
    ++same->second;
    ++repeated_;
  } else {
    ++magnitudes_[std::bit_width(size + 1) - 1];
    if (seen_.size() < kSizesKept) seen_.emplace_back(size, 1);
  }
  return -std::log2(probability);
}

double FrameTrial::BitsAt(std::size_t place, std::size_t draws) {
  if (std::find(free_.begin(), free_.end(), place) != free_.end()) return 0;
  const std::vector<std::byte> like = model_.LikeAt(offset_ + place);
  const std::byte right = tried_[place];
  std::size_t others = 0;
  std::size_t held = 0;
  std::array<std::optional<bool>, 256> known = {};  // a byte drawn again is not scanned again
  for (std::size_t i = 0; i < draws; ++i) {
    tried_[place] = like[Mixed(4096 * (offset_ + place) + i) % like.size()];
    if (tried_[place] == right) continue;
    ++others;
    std::optional<bool>& holds = known[std::to_integer<std::size_t>(tried_[place])];
    if (!holds) holds = holds_(tried_);
    if (*holds) ++held;
  }
  tried_[place] = right;
  if (others == 0) return 0;  // nothing else comes here
  const double as_it_is = model_.BitsAt(offset_ + place);
  if (held == 0) return as_it_is;
  const auto same = static_cast<double>(std::count(like.begin(), like.end(), right));
  const double itself = std::max(same, 0.5) / static_cast<double>(like.size());
  const double share = static_cast<double>(held) / static_cast<double>(others);
  return std::min(-std::log2(itself + (1 - itself) * share), as_it_is);
}

double FrameTrial::Bits(std::size_t size, std::size_t most) {
  const std::size_t tests = most / tried_.size();
  const std::size_t all = size * 32 <= tests ? size : std::min(size, kHead + kMiddle + kTail);
  const std::size_t draws = std::clamp<std::size_t>(tests / all, 1, 32);
  double bits = 0;
  const std::size_t head = all == size ? size : kHead;
  for (std::size_t i = 0; i < head; ++i) bits += BitsAt(i, draws);
  if (head == size) return bits;
  for (std::size_t i = size - kTail; i < size; ++i) bits += BitsAt(i, draws);
  const std::size_t between = size - kHead - kTail;
  Average middle;
  for (std::size_t i = 0; i < kMiddle; ++i) {
    middle.Add(BitsAt(kHead + (2 * i + 1) * between / (2 * kMiddle), draws));
  }
  return bits + static_cast<double>(between) * middle.AtLeast(static_cast<double>(between));
}

void Average::Add(double value) {
  ++n_;
  sum_ += value;
  squares_ += value * value;
}

double Average::AtLeast(double all) const {
  const double mean = sum_ / n_;
  const double variance = std::max(0.0, squares_ / n_ - mean * mean);
  const double error = std::sqrt(variance / n_ * std::max(0.0, 1 - n_ / all));
  return std::max(0.0, mean - kDeviations * error);
}

}  // namespace unstick::inline v0::detail
