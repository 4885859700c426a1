#include "src/cli/chaos_plan.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace unstick::inline v0::cli {
namespace {

constexpr std::uint64_t kWhole = std::uint64_t{64} << 10;  // a piece when nothing is cut

// SplitMix64's finalizer: every bit of the answer depends on every bit of the question.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

enum class ChaosPlan::Use : std::uint8_t {
  kKind,
  kSplit,
  kMerge,
  kDelay,
  kCut,
  kCutDirection,
  kCutWith,
  kHalfClose,
  kHalfCloseDirection,
  kStall,
  kStallDirection,
  kFlip,
  kBit,
  kDrop,
  kDuplicate,
  kReorder,
};

std::string_view NameOf(ChaosDirection direction) {
  return direction == ChaosDirection::kToTarget ? "to-target" : "to-client";
}

ChaosPlan::ChaosPlan(const ChaosFaults& faults, std::uint64_t seed, std::uint64_t connection,
                     ChaosDirection direction)
    : faults_(faults),
      spared_(faults.only && *faults.only != direction),
      shared_(Mix(Mix(seed) ^ connection)),
      own_(Mix(shared_ + 1 + static_cast<std::uint64_t>(direction))) {
  const auto which = static_cast<std::uint64_t>(direction);
  const bool fin = faults.cut_with == ChaosCut::kFin ||
                   (faults.cut_with == ChaosCut::kEither && Draw(Use::kCutWith, 0) % 2 == 0);
  EndAt(fin ? End::Kind::kFin : End::Kind::kRst, faults.cut, Use::kCut, which);
  EndAt(End::Kind::kHalfClose, faults.half_close, Use::kHalfClose, which);
  EndAt(End::Kind::kStall, faults.stall, Use::kStall, which);
}

// One direction of a connection meets its end: which one, both plans draw alike.
void ChaosPlan::EndAt(End::Kind kind, std::uint64_t about, Use use, std::uint64_t direction) {
  if (about == 0 || spared_) return;
  const auto choice = static_cast<std::uint64_t>(use) + 1;  // kCutDirection behind kCut, and so on
  const bool mine = faults_.only || Mix(shared_ ^ Mix(choice)) % 2 == direction;
  if (!mine) return;
  const std::uint64_t offset = About(about, use, 0);
  if (offset < end_.offset) end_ = {kind, offset};
}

std::uint64_t ChaosPlan::Draw(Use use, std::uint64_t at) const {
  return Mix(own_ ^ Mix(at) ^ Mix(static_cast<std::uint64_t>(use) << 56));
}

std::uint64_t ChaosPlan::About(std::uint64_t size, Use use, std::uint64_t at) const {
  return 1 + Draw(use, at) % (2 * size);
}

std::chrono::microseconds ChaosPlan::DelayAt(std::uint64_t at) const {
  const auto most = static_cast<std::uint64_t>(faults_.delay.count());
  if (most == 0) return {};
  return std::chrono::microseconds(Draw(Use::kDelay, at) % (most + 1));
}

ChaosPlan::Piece ChaosPlan::PieceAt(std::uint64_t offset) const {
  if (spared_) return {kWhole, false, {}};
  const bool both = faults_.split > 0 && faults_.merge > 0;
  const bool merged = both ? Draw(Use::kKind, offset) % 2 == 0 : faults_.merge > 0;
  const std::uint64_t most = merged ? faults_.merge : faults_.split;
  const Use use = merged ? Use::kMerge : Use::kSplit;
  const std::uint64_t size = most == 0 ? kWhole : 1 + Draw(use, offset) % most;
  return {size, merged, DelayAt(offset)};
}

ChaosPlan::Flip ChaosPlan::NextFlip(std::uint64_t after) const {
  if (faults_.flip == 0 || spared_) return {};
  const std::uint64_t offset = after + About(faults_.flip, Use::kFlip, after);
  return {offset, static_cast<int>(Draw(Use::kBit, offset) % 8)};
}

ChaosPlan::Fate ChaosPlan::FateOf(std::uint64_t index) const {
  if (spared_) return {};
  const auto happens = [&](Use use, std::uint64_t percent) {
    return Draw(use, index) % 100 < percent;
  };
  return {.dropped = happens(Use::kDrop, faults_.drop),
          .doubled = happens(Use::kDuplicate, faults_.duplicate),
          .held = happens(Use::kReorder, faults_.reorder),
          .delay = DelayAt(index)};
}

}  // namespace unstick::inline v0::cli
