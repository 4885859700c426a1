#include "src/core/kinds/json_seq_kind.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "src/core/kinds/walkers/json_walk.h"
#include "src/core/kinds/walkers/open_brackets.h"

namespace unstick::inline v0::detail {
namespace {

using Walk = JsonWalk<RecentBrackets>;

constexpr char kSeparator = '\x1e';
constexpr char kLineFeed = '\n';

// Notes for the next Scan() are those of the walk, and two that no walk leaves, because outside of
// all brackets it never stands there: in the blanks before the value, and behind the value.
constexpr std::size_t kPlaceBits = 4 + RecentBrackets::kBits;
constexpr std::size_t kBlanks = static_cast<std::size_t>(JsonAt::kKey) << RecentBrackets::kBits | 1;
constexpr std::size_t kBehind =
    static_cast<std::size_t>(JsonAt::kColon) << RecentBrackets::kBits | 1;

bool Is(std::size_t note, std::size_t place) {
  return (note & ((std::size_t{1} << kPlaceBits) - 1)) == place;
}

}  // namespace

FrameError JsonSeqKind::TooLarge(ByteView window) const {
  return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                    .recovery = Recovery::kSeek,
                    .allowed = limits_.most(),
                    .resume = 1}
      .With(window.first(1));
}

// The first end at or behind `from`.
ScanResult JsonSeqKind::FindEnd(ByteView window, std::size_t from) const {
  const std::size_t most = limits_.most();
  const std::string_view text = AsText(window).substr(0, most + 2);
  constexpr char kEnds[] = {kLineFeed, kSeparator};
  const std::size_t end = text.find_first_of(std::string_view(kEnds, 2), from);
  if (end == std::string_view::npos) {
    if (text.size() == most + 2) return TooLarge(window);
    return NeedMore{.min_window = window.size() + 1, .resume = text.size() << kPlaceBits | kBehind};
  }
  const std::size_t wire = text[end] == kLineFeed ? end + 1 : end;
  if (auto error = CheckLimits(limits_, end - 1, wire)) return error->With(window.first(1));
  return Extent{wire, 1, end - 1};
}

ScanResult JsonSeqKind::Scan(ByteView window, std::uint64_t resume) const {
  const std::string_view text = AsText(window);
  if (text.empty()) return NeedMore{.min_window = 1};
  if (text[0] != kSeparator) {
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .recovery = Recovery::kSeek,
                      .rule = FrameRule::kStart,
                      .found = 0,
                      .allowed = static_cast<unsigned char>(kSeparator),
                      .resume = 1}
        .With(window.first(1));
  }
  if (text.size() < 2) return NeedMore{.min_window = 2};
  if (text[1] == kSeparator) return Skip{1};
  if (Is(resume, kBehind)) return FindEnd(window, resume >> kPlaceBits);
  if (resume == 0 || Is(resume, kBlanks)) {
    const std::size_t from = std::max<std::size_t>(resume >> kPlaceBits, 1);
    const std::size_t value = text.substr(0, limits_.most() + 2).find_first_not_of(" \t\r", from);
    if (value == std::string_view::npos) {
      if (text.size() >= limits_.most() + 2) return TooLarge(window);
      return NeedMore{.min_window = text.size() + 1, .resume = text.size() << kPlaceBits | kBlanks};
    }
    if (text[value] == kLineFeed) return FindEnd(window, value);
    resume = 0;
  }
  const ByteView rest = window.subspan(1);
  Walk walk = resume == 0 ? Walk(rest, limits_.most()) : Walk(rest, limits_.most(), resume);
  const Stop stop = walk.Run();
  if (stop.why == Stop::Why::kMore) {
    return NeedMore{.min_window = 1 + stop.min_window, .resume = walk.note()};
  }
  if (stop.why == Stop::Why::kTooLarge) return TooLarge(window);
  return FindEnd(window, 1 + stop.at);
}

SeekResult JsonSeqKind::Seek(ByteView window, std::uint64_t /*resume*/, bool /*finished*/) const {
  const std::size_t next = AsText(window).find(kSeparator);
  if (next != std::string_view::npos) return {.drop = next, .found = true};
  return {.drop = window.size()};
}

std::optional<FrameError> JsonSeqKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (payload.size() < limits_.min || payload.size() > limits_.most()) {
    return Refused(payload.size(), limits_.most());
  }
  const std::size_t before = out.size();
  out.Append(AsBytes(std::string_view(&kSeparator, 1)));
  out.Append(payload);
  out.Append(AsBytes(std::string_view(&kLineFeed, 1)));
  const ScanResult back = Scan(out.readable().subspan(before), 0);
  const auto* extent = std::get_if<Extent>(&back);
  if (extent != nullptr && extent->wire_size == payload.size() + 2) return std::nullopt;
  out.Unwrite(out.size() - before);
  return Refused(payload.size(), Obstacle::kBytes);
}

FramePicture JsonSeqKind::Picture() const {
  FramePicture picture;
  picture.Add("1e", 1);
  picture.AddVarying("JSON text", "any");
  picture.Add("0a", 1);
  picture.Say("The line feed that ends it is the first one behind the JSON value.");
  picture.Say("A text that was given up ends in front of the next 1e.");
  return picture;
}

}  // namespace unstick::inline v0::detail
