// walk:ber, BER and DER values one after another (X.690 section 8.1): LDAP, SNMP over TCP, Erlang's
// {packet, asn1}.
//
//     | tag, one byte or more | length | contents          |     short 0..7f, or 80+n and n bytes
//     | tag, constructed      | 80     | values ... | 0 0 |     indefinite
//
// The contents of a value of known length are not looked into. Tag numbers of up to 63 bits.

#include <optional>

#include "src/core/kinds/walkers/open_brackets.h"
#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kMaxTagBytes = 9;  // behind the first one
constexpr unsigned kConstructed = 0x20;
constexpr unsigned kManyBytes = 0x1f;
constexpr unsigned kIndefinite = 0x80;
constexpr unsigned kReserved = 0xff;

using MaybeResult = std::optional<ScanResult>;

class BerWalk {
 public:
  // The note: where a value or an end mark starts, and how many values are open there.
  BerWalk(const ValueWalker& walker, ByteView window, std::size_t note)
      : walker_(walker), window_(window), here_(note >> 16), open_(note & 0xffff) {}

  ScanResult Run() {
    for (;;) {
      if (here_ > 0 && open_ == 0) return walker_.Whole(window_, here_);
      if (here_ + 2 * open_ > walker_.most()) return walker_.TooLarge(window_, here_);
      if (const MaybeResult result = Value()) return *result;
    }
  }

 private:
  ScanResult Malformed(std::size_t at, FrameRule rule) const {
    return walker_.Malformed(window_, at, rule);
  }
  // An answer if byte `i`, which belongs to a tag, a length or an end mark, is not there.
  MaybeResult Missing(std::size_t i) const {
    if (i >= walker_.most()) return walker_.TooLarge(window_, i);
    if (i == window_.size()) return NeedMore{.min_window = i + 1, .resume = here_ << 16 | open_};
    return std::nullopt;
  }
  unsigned At(std::size_t i) const { return std::to_integer<unsigned>(window_[i]); }

  MaybeResult Value() {
    std::size_t i = here_;
    if (MaybeResult result = Missing(i)) return result;
    const unsigned tag = At(i);
    if (tag == 0) return EndMark();
    if ((tag & kManyBytes) == kManyBytes) {
      do {
        if (MaybeResult result = Missing(++i)) return result;
        const std::size_t number = i - here_;
        if (number > kMaxTagBytes) return Malformed(i, FrameRule::kTooManyBytes);
        if (number == 1 && At(i) == 0x80) return Malformed(i, FrameRule::kOverlong);
      } while (At(i) >= 0x80);
    }
    if (MaybeResult result = Missing(++i)) return result;
    const unsigned first = At(i);
    if (first == kReserved) return Malformed(i, FrameRule::kReserved);
    if (first == kIndefinite) {
      if ((tag & kConstructed) == 0) return Malformed(i, FrameRule::kBadByte);
      if (open_ == kMaxOpen) return Malformed(i, FrameRule::kTooDeep);
      ++open_;
      here_ = i + 1;
      return std::nullopt;
    }
    std::uint64_t size = first;
    if (first > kIndefinite) {
      size = 0;
      for (const std::size_t last = i + first - kIndefinite; i < last;) {
        if (MaybeResult result = Missing(++i)) return result;
        if (size > ~std::uint64_t{0} >> 8) return walker_.Overflow(window_, i);
        size = size << 8 | At(i);
      }
    }
    return Contents(i + 1, size);
  }

  MaybeResult EndMark() {
    if (open_ == 0) return Malformed(here_, FrameRule::kUnbalanced);
    if (MaybeResult result = Missing(here_ + 1)) return result;
    if (At(here_ + 1) != 0) return Malformed(here_ + 1, FrameRule::kBadByte);
    --open_;
    here_ += 2;
    return std::nullopt;
  }

  MaybeResult Contents(std::size_t from, std::uint64_t size) {
    const std::uint64_t end = SaturatingAdd(from, size);
    if (SaturatingAdd(end, 2 * open_) > walker_.most()) {
      return open_ == 0 ? walker_.TooLarge(window_, from, end) : walker_.TooLarge(window_, from);
    }
    const auto next = static_cast<std::size_t>(end);
    if (next > window_.size()) {
      return NeedMore{.min_window = open_ > 0 ? next + 1 : next,
                      .resume = here_ << 16 | open_,
                      .frame_size = open_ > 0 ? 0 : next};
    }
    here_ = next;
    return std::nullopt;
  }

  const ValueWalker& walker_;
  ByteView window_;
  std::size_t here_;
  std::size_t open_;
};

class BerWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return BerWalk(*this, window, resume).Run();
  }

 private:
  std::string_view Grammar() const override {
    return "A tag, a length (one byte up to 7f; 80 + K and K bytes; 80 alone: up to two zero "
           "bytes), and so many bytes.";
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeBerWalker(const PayloadLimits& limits) {
  return std::make_unique<BerWalker>(limits);
}

}  // namespace unstick::inline v0::detail
