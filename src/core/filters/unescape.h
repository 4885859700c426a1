// Payload transforms after the boundary is known: byte stuffing and its kin, in place.

#ifndef UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
#define UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_rule.h"

namespace unstick::inline v0::detail {

enum class Escape : std::uint8_t {
  kNone,
  kSlip,  // RFC 1055: DB DC for C0, DB DD for DB
  kCobs,  // Cheshire and Baker 1999: no zero inside
  kHdlc,  // RFC 1662 section 4.2: 7D x for x ^ 20
  kDot,   // RFC 5321 section 4.5.2: a line's leading dot is doubled
  kDle,   // 10 10 for 10
  kMap,   // an EscapeMap's pairs
};

// Bytes that stand on the wire for one other byte each: 7d 02 for 7e, 7d 01 for 7d.
class EscapeMap {
 public:
  struct Pair {
    std::string wire;  // 2 to 8 bytes
    std::byte plain = {};
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  static constexpr std::size_t kMostPairs = 64;
  static constexpr std::size_t kLongest = 8;

  // What is wrong with these, or nullptr: the first bytes of the wire's parts are themselves
  // escaped, none of the parts starts another one, and each byte has one.
  static const char* Refuse(const std::vector<Pair>& pairs);
  explicit EscapeMap(std::vector<Pair> checked);

  const std::vector<Pair>& pairs() const { return pairs_; }
  std::size_t longest() const { return longest_; }
  // The one that escapes all others, if there is only one.
  std::optional<std::byte> only_lead() const { return only_lead_; }
  bool leads(std::byte byte) const { return lead_[std::to_integer<std::size_t>(byte)]; }
  // What stands for `plain`; nullptr: itself.
  const std::string* WireOf(std::byte plain) const;
  // The pair whose wire part starts `stuffed`, or nullptr.
  const Pair* At(ByteView stuffed) const;
  // True if a pair's wire part only starts here: the rest of it is missing.
  bool CutShort(ByteView rest) const;

 private:
  std::vector<Pair> pairs_;
  std::array<std::uint8_t, 256> of_plain_ = {};  // the pair's number and 1
  std::array<bool, 256> lead_ = {};
  std::optional<std::byte> only_lead_ = {};
  std::size_t longest_ = 2;
};

struct Escaping {
  Escaping() = default;
  Escaping(Escape way) : how(way) {}  // NOLINT: most ways need no more
  explicit Escaping(std::shared_ptr<const EscapeMap> pairs)
      : how(Escape::kMap), map(std::move(pairs)) {}

  Escape how = Escape::kNone;
  std::shared_ptr<const EscapeMap> map = {};
  friend bool operator==(const Escaping& escaping, Escape way) { return escaping.how == way; }
};

// What stuffed bytes stand for.
struct EscapedSize {
  std::size_t size = 0;                    // never more than there are
  std::optional<std::size_t> bad_at = {};  // the first byte that breaks the escaping, if one does
  FrameRule rule = FrameRule::kUnknownEscape;  // that one's
};
// `searched`: whoever found its end has seen no byte that escaping never writes.
EscapedSize MeasureEscaped(const Escaping& escape, ByteView stuffed, bool searched);

// Turns bytes that are well escaped into what they stand for, in place, and returns the size.
std::size_t Unescape(const Escaping& escape, ByteSpan stuffed);

void VisitPlainRuns(const Escaping& escape, ByteView stuffed, void (*use)(const void*, ByteView),
                    const void* context);

// The inverse: returns the size of what it writes to `to`, where there is room for EscapedRoom().
std::size_t EscapeTo(const Escaping& escape, ByteView plain, std::byte* to);
constexpr std::size_t EscapedRoom(std::size_t plain) { return 2 * plain + 1; }
inline std::size_t EscapedRoom(const Escaping& escape, std::size_t plain) {
  return escape == Escape::kMap ? escape.map->longest() * plain : EscapedRoom(plain);
}

// Calls use(ByteView) with what well escaped bytes stand for, piece by piece.
template <typename Use>
void VisitPlain(const Escaping& escape, ByteView stuffed, const Use& use) {
  using Call = void (*)(const void*, ByteView);
  const Call call = [](const void* to, ByteView run) { (*static_cast<const Use*>(to))(run); };
  VisitPlainRuns(escape, stuffed, call, &use);
}

// True if nothing that EscapeTo() writes holds `byte`.
bool NeverWrites(const Escaping& escape, std::byte byte);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
