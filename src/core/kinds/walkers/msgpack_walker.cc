// walk:msgpack, MessagePack values one after another (the specification at msgpack.org; the streams
// of MessagePack-RPC and Fluentd). Of all first bytes only c1 means nothing.

#include <cstdint>

#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

// What a first byte says: `width` bytes of a number behind it, then `body` bytes; the number is how
// many bytes or how many values (each `values` times) follow those.
struct Head {
  std::size_t width = 0;
  std::size_t body = 0;
  enum class Counts : std::uint8_t { kNothing, kBytes, kValues, kPairs } counts = Counts::kNothing;
  std::uint64_t number = 0;  // where the first byte holds it
};

constexpr unsigned kUnused = 0xc1;

Head HeadOf(unsigned byte) {
  using Counts = Head::Counts;
  if (byte <= 0x7f || byte >= 0xe0) return {};
  if (byte <= 0x8f) return {.counts = Counts::kPairs, .number = byte & 15};
  if (byte <= 0x9f) return {.counts = Counts::kValues, .number = byte & 15};
  if (byte <= 0xbf) return {.counts = Counts::kBytes, .number = byte & 31};
  if (byte <= 0xc3) return {};  // nil, false, true
  if (byte <= 0xc6) return {.width = std::size_t{1} << (byte - 0xc4), .counts = Counts::kBytes};
  if (byte <= 0xc9) {  // an extension's type stands between its size and its bytes
    return {.width = std::size_t{1} << (byte - 0xc7), .body = 1, .counts = Counts::kBytes};
  }
  if (byte <= 0xcb) return {.body = std::size_t{4} << (byte - 0xca)};        // float
  if (byte <= 0xcf) return {.body = std::size_t{1} << (byte - 0xcc)};        // uint
  if (byte <= 0xd3) return {.body = std::size_t{1} << (byte - 0xd0)};        // int
  if (byte <= 0xd8) return {.body = 1 + (std::size_t{1} << (byte - 0xd4))};  // fixext
  if (byte <= 0xdb) return {.width = std::size_t{1} << (byte - 0xd9), .counts = Counts::kBytes};
  if (byte <= 0xdd) return {.width = std::size_t{2} << (byte - 0xdc), .counts = Counts::kValues};
  return {.width = std::size_t{2} << (byte - 0xde), .counts = Counts::kPairs};
}

class MsgpackWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  // The note: where a value starts, and how many are still to come, that one included.
  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    std::size_t at = resume >> 32;
    std::uint64_t pending = resume == 0 ? 1 : resume & 0xffffffff;
    while (pending > 0) {
      const NeedMore more{.min_window = at + 1, .resume = at << 32 | pending};
      if (at == window.size()) return more;
      const auto byte = std::to_integer<unsigned>(window[at]);
      if (byte == kUnused) return Malformed(window, at, FrameRule::kReserved);
      const Head head = HeadOf(byte);
      --pending;
      const std::size_t behind = at + 1 + head.width;
      if (behind + head.body + pending > most()) {
        const bool known = pending == 0 && head.width == 0 && head.counts == Head::Counts::kNothing;
        return known ? TooLarge(window, at + 1, behind + head.body) : TooLarge(window, at + 1);
      }
      if (window.size() < behind) return NeedMore{.min_window = behind, .resume = more.resume};
      std::uint64_t number = head.number;
      if (head.width > 0) number = LoadUint(window, at + 1, head.width, std::endian::big);

      std::uint64_t end = behind + head.body;
      if (head.counts == Head::Counts::kBytes) end = SaturatingAdd(end, number);
      if (head.counts == Head::Counts::kValues) pending += number;
      if (head.counts == Head::Counts::kPairs) pending += 2 * number;
      if (SaturatingAdd(end, pending) > most()) {
        return pending == 0 ? TooLarge(window, behind, end) : TooLarge(window, behind);
      }
      const auto next = static_cast<std::size_t>(end);
      if (next > window.size()) {
        return NeedMore{.min_window = pending > 0 ? next + 1 : next,
                        .resume = more.resume,
                        .frame_size = pending > 0 ? 0 : next};
      }
      at = next;
    }
    return Whole(window, at);
  }

 private:
  std::string_view Grammar() const override {
    return "A first byte says type and size; arrays and maps are followed by as many values.";
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeMsgpackWalker(const PayloadLimits& limits) {
  return std::make_unique<MsgpackWalker>(limits);
}

}  // namespace unstick::inline v0::detail
