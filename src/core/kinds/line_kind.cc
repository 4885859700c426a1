#include "src/core/kinds/line_kind.h"

#include <algorithm>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::string_view kBlanks = " \t";

// The word with this index, from the front or (below 0: -1 is the last one) from the back; empty
// if the line has no such word. Looks at each byte once at most.
std::string_view Word(std::string_view line, int index) {
  std::size_t begin = 0;
  std::size_t end = 0;
  if (index >= 0) {
    for (int i = 0; i <= index; ++i) {
      begin = std::min(line.find_first_not_of(kBlanks, end), line.size());
      end = std::min(line.find_first_of(kBlanks, begin), line.size());
    }
    return line.substr(begin, end - begin);
  }
  begin = line.size();
  for (int i = 0; i < -index; ++i) {
    end = line.substr(0, begin).find_last_not_of(kBlanks) + 1;  // 0: there is none
    begin = line.substr(0, end).find_last_of(kBlanks) + 1;
  }
  return line.substr(begin, end - begin);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameWord(std::string_view a, std::string_view b, bool nocase) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [nocase](char x, char y) {
    return x == y || (nocase && Lower(x) == Lower(y));
  });
}

// Would a reader that is not strict take this for a number? "12x", "+5", "-1", " 7".
bool LooksLikeNumber(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// Notes for the next Scan(): where the line in progress starts, and how far it was searched; or, of
// a counted line, the payload's size and how much of the trailer has been judged.
constexpr std::size_t kCounted = std::size_t{1} << 63;
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
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
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
    if (crlf() && !cr) continue;
    return Line{.text_end = cr && o_.eol != LineEnd::kLfOnly ? lf - 1 : lf, .end = lf + 1};
  }
  return std::nullopt;
}

// The first CR without its LF, or LF without its CR, that stands within the limit and at or behind
// `from`, in a line that starts at `start`. A reader that takes one of them for a line's end finds
// other lines, and in them other counts.
std::optional<FrameError> LineKind::LoneEnd(std::string_view text, std::size_t start,
                                            std::size_t from) const {
  const bool open = from > start && text[from - 1] == '\r';
  const std::size_t end = text.find_first_of("\r\n", open ? from - 1 : from);
  if (end == std::string_view::npos || end > o_.limits.most()) return std::nullopt;
  const bool cr = text[end] == '\r';
  if (cr && (end + 1 == text.size() || text[end + 1] == '\n')) return std::nullopt;
  const std::size_t at = cr ? end + 1 : end;
  return FrameError{.code = FrameErrorCode::kBadMagic,
                    .rule = cr ? FrameRule::kBareCr : FrameRule::kBareLf,
                    .found = at,
                    .allowed = static_cast<unsigned char>(cr ? '\n' : '\r')}
      .With(AsBytes(text.substr(0, at + 1)));
}

// The verb that the line starts with, if there are verbs and it is one of them.
const LineOptions::Verb* LineKind::VerbOf(std::string_view line) const {
  const std::string_view first = Word(line, 0);
  const auto verb = std::find_if(o_.verbs.begin(), o_.verbs.end(),
                                 [&](const auto& v) { return SameWord(v.name, first, o_.nocase); });
  return verb == o_.verbs.end() ? nullptr : &*verb;
}

LineKind::Count LineKind::Judged(std::string_view line, std::string_view digits) {
  if (const std::optional<std::uint64_t> number = ParseDigits(digits, 10)) {
    return {.is = Count::Is::kNumber, .number = *number};
  }
  const DigitFault fault = FaultInDigits(digits, 10);
  const auto begin = static_cast<std::size_t>(digits.data() - line.data());
  return {.is = Count::Is::kMalformed, .rule = fault.rule, .at = begin + fault.at};
}

LineKind::Count LineKind::CountOf(std::string_view line) const {
  std::optional<int> where = o_.token;
  if (!o_.verbs.empty()) {
    const LineOptions::Verb* const verb = VerbOf(line);
    if (verb == nullptr) return {};
    if (verb->token) where = verb->token;
  }
  if (!where) return {};
  const std::string_view word = Word(line, *where);
  const bool listed = !o_.verbs.empty();
  if (word.empty() && listed) {
    return {.is = Count::Is::kMalformed, .rule = FrameRule::kMissingCount, .at = line.size()};
  }
  return listed || LooksLikeNumber(word) ? Judged(line, word) : Count();
}

// "... {12}" and "... {12+}" (RFC 9051 section 4.3) announce 12 bytes, and then more of the line.
// What is no number there but would be one for a reader that is not strict is malformed; "{text}"
// is text.
LineKind::Count LineKind::LiteralOf(std::string_view line) const {
  if (!line.ends_with(o_.literal_close)) return {};
  const std::string_view front = line.substr(0, line.size() - o_.literal_close.size());
  const std::size_t open = front.rfind(o_.literal_open);
  if (open == std::string_view::npos) return {};
  std::string_view digits = front.substr(open + o_.literal_open.size());
  if (!digits.empty() && digits != "+" && !LooksLikeNumber(digits)) return {};
  if (digits.ends_with('+')) digits.remove_suffix(1);
  return Judged(line, digits);
}

// A line that goes on behind the limit. Where it ends its frame does, if it surely has no count.
FrameError LineKind::TooLarge(ByteView window, std::size_t line_start) const {
  const std::size_t at_least = o_.limits.most() + 1;
  const std::string_view line = AsText(window.first(at_least)).substr(line_start);
  const std::string_view first = Word(line, 0);
  const bool whole_word = first.data() + first.size() != line.data() + line.size();
  const bool no_count = !o_.verbs.empty() && whole_word && VerbOf(line) == nullptr;
  return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                    .recovery = no_count ? Recovery::kSeek : Recovery::kNone,
                    .allowed = o_.limits.most(),
                    .resume = no_count ? at_least : 0}
      .With(window.first(at_least));
}

// Goes on with a counted line; line, eol and body are the payload, `judged` bytes of the trailer
// have been seen to be right.
ScanResult LineKind::ScanBody(ByteView window, std::size_t payload, std::size_t judged) const {
  if (auto answer = CheckTrailer(o_.trailer, window, payload, judged)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) {
      more->resume = kCounted | payload << 16 | judged;
    }
    return *answer;
  }
  return Extent{payload + o_.trailer.size(), 0, payload};
}

ScanResult LineKind::Scan(ByteView window, std::uint64_t resume) const {
  if ((resume & kCounted) != 0) {
    return ScanBody(window, (resume & ~kCounted) >> 16, resume & 0xffff);
  }
  const std::string_view text = AsText(window);
  const std::size_t most = o_.limits.most();
  std::size_t line_start = resume >> 32;
  std::size_t searched = resume & 0xffffffff;
  for (;;) {
    if (line_start > 0 && window.size() <= line_start) {
      return NeedMore{.min_window = line_start + 1, .resume = Pack(line_start, line_start)};
    }
    // An end may start no later than the limit; two more bytes show it whole.
    const std::string_view within = text.substr(0, most + 2);
    const std::size_t from = std::max(line_start, searched);
    if (o_.eol == LineEnd::kCrlfOnly) {
      if (auto lone = LoneEnd(within, line_start, std::min(from, within.size()))) return *lone;
    }
    const std::optional<Line> line = FindLine(within, line_start, from);
    if (!line || line->text_end > most) {
      const bool pending =
          within.size() < most + 1 || (within.size() == most + 1 && line_start <= most &&
                                       within.back() == '\r' && o_.eol != LineEnd::kLfOnly);
      if (line || !pending) return TooLarge(window, line_start);
      return NeedMore{.min_window = window.size() + 1, .resume = Pack(line_start, text.size())};
    }
    const std::string_view words = text.substr(line_start, line->text_end - line_start);
    const bool literals = !o_.literal_close.empty();
    const Count count = literals ? LiteralOf(words) : CountOf(words);
    const ByteView head = window.first(line->end);
    if (count.is == Count::Is::kMalformed) {
      return FrameError{.code = FrameErrorCode::kMalformedLength,
                        .rule = count.rule,
                        .found = line_start + count.at}
          .With(head);
    }
    if (count.is == Count::Is::kNone) {
      if (auto error = CheckLimits(o_.limits, line->text_end, line->end)) return error->With(head);
      return Extent{line->end, 0, o_.keep ? line->end : line->text_end};
    }
    const std::uint64_t payload = SaturatingAdd(line->end, count.number);
    const std::uint64_t wire = SaturatingAdd(payload, literals ? 0 : o_.trailer.size());
    if (auto error = CheckLimits(o_.limits, payload, wire)) {
      if (literals) error->recovery = Recovery::kNone;
      return error->With(head);
    }
    if (!literals) return ScanBody(window, static_cast<std::size_t>(payload), 0);
    line_start = searched = static_cast<std::size_t>(payload);
  }
}

SeekResult LineKind::Seek(ByteView window, std::uint64_t /*resume*/, bool /*finished*/) const {
  const std::string_view text = AsText(window);
  if (const std::optional<Line> line = FindLine(text, 0, 0))
    return {.drop = line->end, .found = true};
  const bool pending = text.ends_with('\r') && o_.eol != LineEnd::kLfOnly;
  return {.drop = window.size() - (pending ? 1 : 0)};
}

// The payload is a line, or a counted line with its body; whichever of the two reads back.
std::optional<FrameError> LineKind::Encode(ByteView payload, StreamBuffer& out) const {
  const std::string_view eol = crlf() ? "\r\n" : "\n";
  const std::string trailer = TrailerBytes(o_.trailer);
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
