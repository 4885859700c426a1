// walk:cbor, a CBOR sequence (RFC 8742): data items one after another. What RFC 8949 calls
// well-formed is checked (section 3 and appendix C); lengths need not be in their shortest form.
//
// Items of known length nest without bound. Of those that go on until a break, a note holds about
// ten within each other. Deeper ones are walked again from the last place that a note could hold,
// and more than kMaxBehindNote items in such depths, never coming up for air, are malformed.

#include "src/core/kinds/walkers/open_counts.h"
#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

constexpr unsigned kOpenBits = 33;
constexpr std::size_t kMaxBehindNote = 256;

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr unsigned kIndefinite = 31;

using Part = OpenCounts::Part;
using MaybeResult = std::optional<ScanResult>;

class CborWalk {
 public:
  CborWalk(const ValueWalker& walker, ByteView window) : walker_(walker), window_(window) {}
  CborWalk(const ValueWalker& walker, ByteView window, std::size_t note)
      : walker_(walker),
        window_(window),
        here_(note >> kOpenBits),
        open_(note & ((std::size_t{1} << kOpenBits) - 1), kOpenBits),
        note_(note) {}

  ScanResult Run() {
    for (;;) {
      if (open_.done()) return walker_.Whole(window_, here_);
      if (SaturatingAdd(here_, open_.least()) > walker_.most())
        return walker_.TooLarge(window_, here_);
      if (const auto packed = open_.Pack(kOpenBits)) {
        note_ = here_ << kOpenBits | static_cast<std::size_t>(*packed);
        behind_note_ = 0;
      } else if (++behind_note_ > kMaxBehindNote) {
        return Malformed(here_ - 1, FrameRule::kTooDeep);
      }
      if (here_ == window_.size()) return More(here_ + 1);
      if (const MaybeResult result = Item(std::to_integer<unsigned>(window_[here_]))) {
        return *result;
      }
    }
  }

 private:
  ScanResult More(std::size_t min_window, std::size_t frame_size = 0) const {
    return NeedMore{.min_window = min_window, .resume = note_, .frame_size = frame_size};
  }
  ScanResult Malformed(std::size_t at, FrameRule rule) const {
    return walker_.Malformed(window_, at, rule);
  }

  MaybeResult Item(unsigned first) {
    const unsigned major = first >> 5, info = first & 31;
    if (info > 27 && info < kIndefinite) return Malformed(here_, FrameRule::kReserved);
    if (open_.in_string() && first != 0xff) {  // pieces of its own kind, of known length
      const unsigned whole = open_.part() == Part::kText ? kText : kBytes;
      if (major != whole || info == kIndefinite) return Malformed(here_, FrameRule::kBadString);
    }
    if (info == kIndefinite) return OpenOrBreak(major);
    const std::size_t width = info < 24 ? 0 : std::size_t{1} << (info - 24);
    const std::size_t behind = here_ + 1 + width;
    if (behind + open_.least() - 1 > walker_.most()) {
      const bool known = open_.least() == 1 && (major <= kNegative || major == kSimple);
      return known ? walker_.TooLarge(window_, here_ + 1, behind)
                   : walker_.TooLarge(window_, here_ + 1);
    }
    if (window_.size() < behind) return More(behind);
    const std::uint64_t number =
        width == 0 ? info : LoadUint(window_, here_ + 1, width, std::endian::big);
    if (major == kSimple && width == 1 && number < 32) {
      return Malformed(here_ + 1, FrameRule::kReserved);
    }
    open_.Take();
    if (major == kBytes || major == kText) return PassOver(behind, number);
    if (major == kArray || major == kMap) open_.Expect(number);
    if (major == kMap) open_.Expect(number);
    if (major == kTag) open_.Expect(1);
    here_ = behind;
    return std::nullopt;
  }

  MaybeResult OpenOrBreak(unsigned major) {
    FrameRule wrong = FrameRule::kNone;
    switch (major) {
      case kBytes:
      case kText:
      case kArray:
      case kMap:
        open_.Take();
        if (!open_.Open(major == kBytes  ? Part::kBytes
                        : major == kText ? Part::kText
                        : major == kMap  ? Part::kMapAtKey
                                         : Part::kList)) {
          wrong = FrameRule::kTooDeep;
        }
        break;
      case kSimple:
        if (!open_.may_close()) return Malformed(here_, FrameRule::kUnbalanced);
        open_.Close();
        break;
      default:
        wrong = FrameRule::kReserved;
    }
    if (wrong != FrameRule::kNone) return Malformed(here_, wrong);
    ++here_;
    return std::nullopt;
  }

  // A string, or a piece of one.
  MaybeResult PassOver(std::size_t from, std::uint64_t size) {
    const std::uint64_t end = SaturatingAdd(from, size);
    if (SaturatingAdd(end, open_.least()) > walker_.most()) {
      return open_.done() ? walker_.TooLarge(window_, from, end) : walker_.TooLarge(window_, from);
    }
    const auto next = static_cast<std::size_t>(end);
    if (next > window_.size()) return open_.done() ? More(next, next) : More(next + 1);
    here_ = next;
    return std::nullopt;
  }

  const ValueWalker& walker_;
  ByteView window_;
  std::size_t here_ = 0;
  OpenCounts open_;
  std::size_t note_ = 0;         // of the last place that fits into one
  std::size_t behind_note_ = 0;  // items between there and here
};

class CborWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return resume == 0 ? CborWalk(*this, window).Run() : CborWalk(*this, window, resume).Run();
  }

 private:
  std::string_view Grammar() const override {
    return "A first byte says type and size; arrays and maps are followed by as many values, or by "
           "values up to ff.";
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeCborWalker(const PayloadLimits& limits) {
  return std::make_unique<CborWalker>(limits);
}

}  // namespace unstick::inline v0::detail
