#include "src/core/kinds/line_kind.h"

#include <algorithm>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

std::vector<std::string_view> Tokens(std::string_view line) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    at = std::min(line.find_first_of(" \t", begin), line.size());
    tokens.push_back(line.substr(begin, at - begin));
  }
  return tokens;
}

// A note for the next Scan(): where the line in progress starts, and how far it was searched.
std::size_t Pack(std::size_t line_start, std::size_t searched) {
  return line_start << 32 | searched;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const LineKind>> LineKind::Create(const LineOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (!o.verbs.empty() && !o.token) {
    for (const LineOptions::Verb& verb : o.verbs) {
      if (!verb.token) return refuse("count must say where the listed verbs have their number");
    }
  }
  if (o.trailer > 65535) return refuse("trailer is at most 65535");
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return std::make_shared<const LineKind>(o);
}

// The first line end at or behind `from`, of a line that starts at `start`.
std::optional<LineKind::Line> LineKind::FindLine(std::string_view text, std::size_t start,
                                                 std::size_t from) const {
  for (std::size_t lf = text.find('\n', from); lf != std::string_view::npos;
       lf = text.find('\n', lf + 1)) {
    const bool cr = lf > start && text[lf - 1] == '\r';
    if (o_.eol == LineEnd::kCrlf && !cr) continue;
    return Line{.text_end = cr && o_.eol != LineEnd::kLfOnly ? lf - 1 : lf, .end = lf + 1};
  }
  return std::nullopt;
}

LineKind::Count LineKind::CountOf(std::string_view line) const {
  const std::vector<std::string_view> tokens = Tokens(line);
  std::optional<int> where = o_.token;
  if (!o_.verbs.empty()) {
    const auto verb = std::find_if(
        o_.verbs.begin(), o_.verbs.end(),
        [&](const LineOptions::Verb& v) { return !tokens.empty() && v.name == tokens[0]; });
    if (verb == o_.verbs.end()) return {};
    if (verb->token) where = verb->token;
  }
  if (!where) return {};
  const auto size = static_cast<int>(tokens.size());
  const int index = *where < 0 ? size + *where : *where;
  const bool listed = !o_.verbs.empty();
  if (index < 0 || index >= size) return {.is = listed ? Count::Is::kMalformed : Count::Is::kNone};
  const std::optional<std::uint64_t> number =
      ParseDigits(tokens[static_cast<std::size_t>(index)], 10);
  if (!number) return {.is = listed ? Count::Is::kMalformed : Count::Is::kNone};
  return {.is = Count::Is::kNumber, .number = *number};
}

// "... {12}" and "... {12+}" (RFC 9051 section 4.3) announce 12 bytes, and then more of the line.
LineKind::Count LineKind::LiteralOf(std::string_view line) const {
  if (!line.ends_with(o_.literal_close)) return {};
  line.remove_suffix(o_.literal_close.size());
  const std::size_t open = line.rfind(o_.literal_open);
  if (open == std::string_view::npos) return {};
  std::string_view digits = line.substr(open + o_.literal_open.size());
  if (digits.ends_with('+')) digits.remove_suffix(1);
  const std::optional<std::uint64_t> number = ParseDigits(digits, 10);
  if (!number) return {};
  return {.is = Count::Is::kNumber, .number = *number};
}

ScanResult LineKind::Scan(ByteView window, std::size_t resume) const {
  const std::string_view text = AsText(window);
  const std::size_t most = o_.limits.most();
  std::size_t line_start = resume >> 32;
  std::size_t searched = resume & 0xffffffff;
  const auto too_large = [&](std::size_t at_least) {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                      .recovery = Recovery::kSeek,
                      .allowed = most,
                      .resume = at_least}
        .With(window.first(std::min(window.size(), at_least)));
  };
  for (;;) {
    if (line_start > 0 && window.size() <= line_start) {
      return NeedMore{.min_window = line_start + 1, .resume = Pack(line_start, line_start)};
    }
    // An end may start no later than the limit; two more bytes show it whole.
    const std::string_view within = text.substr(0, most + 2);
    const std::optional<Line> line = FindLine(within, line_start, std::max(line_start, searched));
    if (!line || line->text_end > most) {
      const bool pending =
          within.size() < most + 1 || (within.size() == most + 1 && line_start <= most &&
                                       within.back() == '\r' && o_.eol != LineEnd::kLfOnly);
      if (line || !pending) return too_large(most + 1);
      return NeedMore{.min_window = window.size() + 1, .resume = Pack(line_start, text.size())};
    }
    const std::string_view words = text.substr(line_start, line->text_end - line_start);
    const bool literals = !o_.literal_close.empty();
    const Count count = literals ? LiteralOf(words) : CountOf(words);
    if (count.is == Count::Is::kMalformed) {
      return FrameError{.code = FrameErrorCode::kMalformedLength, .found = line_start}.With(
          window.first(line->end));
    }
    if (count.is == Count::Is::kNone) {
      if (auto error = CheckLimits(o_.limits, line->text_end, line->end)) {
        return error->With(window.first(line->end));
      }
      return Extent{line->end, 0, o_.keep ? line->end : line->text_end};
    }
    const std::uint64_t payload = SaturatingAdd(line->end, count.number);
    const std::uint64_t wire = SaturatingAdd(payload, literals ? 0 : o_.trailer);
    if (auto error = CheckLimits(o_.limits, payload, wire)) {
      if (literals) error->recovery = Recovery::kNone;
      return error->With(window.first(line->end));
    }
    if (!literals) {
      const auto size = static_cast<std::size_t>(wire);
      if (window.size() < size) {
        return NeedMore{.min_window = size, .resume = resume, .frame_size = size};
      }
      return Extent{size, 0, static_cast<std::size_t>(payload)};
    }
    line_start = searched = static_cast<std::size_t>(payload);
  }
}

SeekResult LineKind::Seek(ByteView window, std::size_t /*resume*/, bool /*finished*/) const {
  const std::string_view text = AsText(window);
  if (const std::optional<Line> line = FindLine(text, 0, 0))
    return {.drop = line->end, .found = true};
  const bool pending = text.ends_with('\r') && o_.eol != LineEnd::kLfOnly;
  return {.drop = window.size() - (pending ? 1 : 0)};
}

// The payload is a line, or a counted line with its body; whichever of the two reads back.
std::optional<FrameError> LineKind::Encode(ByteView payload, StreamBuffer& out) const {
  const std::string_view eol = o_.eol == LineEnd::kCrlf ? "\r\n" : "\n";
  std::string trailer(o_.trailer, '\0');
  if (o_.trailer == eol.size()) trailer = eol;
  for (const std::string_view ending :
       {o_.keep ? std::string_view() : eol, std::string_view(trailer)}) {
    const std::size_t before = out.size();
    out.Append(payload);
    out.Append(AsBytes(ending));
    const ByteView frame = out.readable().subspan(before);
    const ScanResult back = Scan(frame, 0);
    const auto* extent = std::get_if<Extent>(&back);
    if (extent != nullptr && extent->wire_size == frame.size() &&
        extent->payload_size == payload.size()) {
      return std::nullopt;
    }
    out.Unwrite(out.size() - before);
  }
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  return Refused(payload.size(), Obstacle::kBytes);
}

}  // namespace unstick::inline v0::detail
