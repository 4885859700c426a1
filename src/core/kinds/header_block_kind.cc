#include "src/core/kinds/header_block_kind.h"

#include <algorithm>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

bool IsName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

FrameError BadHeader(ByteView window, std::size_t at, FrameRule rule) {
  return FrameError{.code = FrameErrorCode::kBadHeader, .rule = rule, .found = at}.With(
      window.first(std::min<std::size_t>(at + 1, window.size())));
}

// Notes for the next Scan(). In a chunked body: bit 63 and ChunkWalk's note. In another one: bit
// 62, how much of the trailer was judged (8 bits), what it is (2), the header's size (21), and its
// own size or how far it was searched (31).
// In the header: a FieldState, bit for bit.
//
//     bits: 4    2     2      2    1        1        1   21    21
//           in | field digits seen response bodiless old value at
constexpr std::size_t kInBody = std::size_t{1} << 62;
constexpr std::size_t kInChunks = std::size_t{1} << 63;
constexpr unsigned kPlaceBits = 21;  // of a place in a header of at most 1 MiB
constexpr unsigned kSizeBits = 31;   // of a body of at most 1 GiB and its end mark

constexpr std::size_t kMostJudged = 255;

template <typename T>
T Taken(std::size_t& note, unsigned bits) {
  const std::size_t taken = note & ((std::size_t{1} << bits) - 1);
  note >>= bits;
  return static_cast<T>(taken);
}

std::size_t Note(const FieldState& s) {
  std::size_t note = 0;
  const auto put = [&note](auto value, unsigned bits) {
    note = note << bits | static_cast<std::size_t>(value);
  };
  put(s.in, 4);
  put(s.field, 2);
  put(s.digits, 2);
  put(s.seen, 2);
  put(s.response, 1);
  put(s.bodiless, 1);
  put(s.old, 1);
  put(s.value, kPlaceBits);
  put(s.at, kPlaceBits);
  return note;
}

FieldState FromNote(std::size_t note) {
  FieldState s;
  s.at = Taken<std::size_t>(note, kPlaceBits);
  s.value = Taken<std::size_t>(note, kPlaceBits);
  s.old = Taken<bool>(note, 1);
  s.bodiless = Taken<bool>(note, 1);
  s.response = Taken<bool>(note, 1);
  s.seen = Taken<FieldState::Seen>(note, 2);
  s.digits = Taken<FieldState::Digits>(note, 2);
  s.field = Taken<FieldState::Field>(note, 2);
  s.in = Taken<FieldState::In>(note, 4);
  return s;
}

std::vector<std::string> NotInTrailers(const FieldRules& fields) {
  std::vector<std::string> names = {"Content-Length", "Transfer-Encoding", fields.coding};
  names.insert(names.end(), fields.length.begin(), fields.length.end());
  return names;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const HeaderBlockKind>> HeaderBlockKind::Create(
    const HeaderBlockOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  const FieldRules& f = o.fields;
  if (f.length.empty()) return refuse("length must name a field");
  for (const std::string& name : f.length) {
    if (!IsName(name)) return refuse("length must name fields");
  }
  if (!f.coding.empty() && !IsName(f.coding)) return refuse("chunked must name a field");
  if (o.max_header < 16 || o.max_header > (std::size_t{1} << 20)) {
    return refuse("max-header is 16 bytes to 1 MiB");
  }
  if (f.eof.size() > 256) return refuse("eof has a mark of at most 256 bytes");
  if (f.version.size() > 256) return refuse("version has a mark of at most 256 bytes");
  if (f.names == FieldRules::Names::kOctets && f.fold != FieldRules::Fold::kNever) {
    return refuse("fold is for names that start with no blank");
  }
  if (f.start_line == FieldRules::StartLine::kNone &&
      !(f.version.empty() && f.eof.empty() && f.bodiless.empty())) {
    return refuse("version, eof and bodiless are for blocks with a start line");
  }
  if (o.until.size() > 256) return refuse("else has a mark of at most 256 bytes");
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return std::make_shared<const HeaderBlockKind>(o);
}

HeaderBlockKind::HeaderBlockKind(const HeaderBlockOptions& checked)
    : o_(checked),
      fields_(checked.fields),
      chunks_({.base = 16,
               .until = "\r\n",
               .trailer = "\r\n",
               .limits = checked.limits,
               .in_front = checked.max_header,
               .max_trailers = checked.max_header,
               .refused = NotInTrailers(checked.fields)}) {}

// The size of a blank line at the front of `text`: 0 if there is none, nothing if it cannot be
// said.
std::optional<std::size_t> HeaderBlockKind::BlankLine(std::string_view text) const {
  if (o_.skip == HeaderBlockOptions::Blank::kRefuse || text.empty()) return 0;
  if (text[0] == '\n') return o_.skip == HeaderBlockOptions::Blank::kAny ? 1 : 0;
  if (text[0] != '\r') return 0;
  if (text.size() < 2) return std::nullopt;
  return text[1] == '\n' ? 2 : 0;
}

// Up to the empty line, and then what the body is.
std::optional<ScanResult> HeaderBlockKind::ReadBlock(ByteView window, FieldState& state,
                                                     Body& body) const {
  const std::string_view text = AsText(window).substr(0, o_.max_header);
  std::optional<FrameError> error = fields_.Walk(text, state);
  if (!error && state.in == FieldState::In::kDone) error = Judge(text, state, body);
  if (error) {
    return error->With(window.first(std::min<std::size_t>(error->found + 1, text.size())));
  }
  if (state.in == FieldState::In::kDone) return std::nullopt;
  if (text.size() == o_.max_header) {
    FrameError too_long = BadHeader(window, o_.max_header - 1, FrameRule::kBlockTooLong);
    too_long.allowed = o_.max_header;
    return too_long;
  }
  return NeedMore{.min_window = window.size() + 1, .resume = Note(state)};
}

std::optional<FrameError> HeaderBlockKind::Judge(std::string_view text, const FieldState& state,
                                                 Body& body) const {
  if (state.bodiless) return std::nullopt;
  if (state.seen == FieldState::Seen::kLength) {
    body.size = FieldLines::Length(text, state);
  } else if (state.seen == FieldState::Seen::kChunked) {
    body.is = Body::Is::kChunked;
  } else if (state.response && !o_.fields.eof.empty() && text.starts_with(o_.fields.eof)) {
    body.is = Body::Is::kToEof;
  } else if (!o_.until.empty()) {
    body.is = Body::Is::kUntil;
  } else if (o_.if_missing) {
    body.size = *o_.if_missing;
  } else {
    return FrameError{.code = FrameErrorCode::kBadHeader,
                      .rule = FrameRule::kMissingLength,
                      .found = state.at - 1};
  }
  return std::nullopt;
}

// Goes on with a chunked body, of which `note` is ChunkWalk's own (0: its first call).
ScanResult HeaderBlockKind::ScanChunks(ByteView window, std::size_t header,
                                       std::size_t note) const {
  ScanResult result = chunks_.Scan(window, header, note);
  if (auto* more = std::get_if<NeedMore>(&result)) more->resume |= kInChunks;
  const auto* extent = std::get_if<Extent>(&result);
  if (extent == nullptr) return result;
  FieldState state;
  if (header == 0) fields_.Walk(AsText(window), state);  // the note had no room for it
  return chunks_.Sum(window.first(extent->wire_size), header == 0 ? state.at : header);
}

ScanResult HeaderBlockKind::Scan(ByteView window, std::uint64_t resume) const {
  if ((resume & kInChunks) != 0) return ScanChunks(window, 0, resume & ~kInChunks);
  Body body;
  if ((resume & kInBody) != 0) {
    body.size = Taken<std::uint64_t>(resume, kSizeBits);
    const auto header = Taken<std::size_t>(resume, kPlaceBits);
    body.is = Taken<Body::Is>(resume, 2);
    body.judged = Taken<std::size_t>(resume, 8);
    return ScanBody(window, header, body);
  }
  if (resume == 0) {
    const std::optional<std::size_t> blank = BlankLine(AsText(window));
    if (!blank) return NeedMore{.min_window = 2};
    if (*blank > 0) return Skip{*blank};
  }
  FieldState state = FromNote(resume);
  if (std::optional<ScanResult> answer = ReadBlock(window, state, body)) return *answer;
  return ScanBody(window, state.at, body);
}

ScanResult HeaderBlockKind::ScanBody(ByteView window, std::size_t header, const Body& body) const {
  const ByteView head = window.first(std::min<std::size_t>(header, 8));
  const std::size_t note =
      kInBody | static_cast<std::size_t>(body.is) << (kSizeBits + kPlaceBits) | header << kSizeBits;
  switch (body.is) {
    case Body::Is::kSized:
      break;
    case Body::Is::kChunked:
      return ScanChunks(window, header, 0);
    case Body::Is::kUntil:
      return ScanUntil(window, header, body);
    case Body::Is::kToEof:
      if (window.size() - header > o_.limits.most()) {
        return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = o_.limits.most()}
            .With(head);
      }
      return NeedMore{.min_window = header + o_.limits.most() + 1, .resume = note};
  }
  const std::uint64_t wire_size =
      SaturatingAdd(SaturatingAdd(header, body.size), o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, body.size, wire_size)) return error->With(head);
  const auto size = static_cast<std::size_t>(body.size);
  if (auto answer = JudgeTrailer(window, header + size, body.judged, note | size)) return *answer;
  return Extent{static_cast<std::size_t>(wire_size), header, size};
}

// The answer if the trailer at `at` is not there; `note` says all but how much of it was judged.
std::optional<ScanResult> HeaderBlockKind::JudgeTrailer(ByteView window, std::size_t at,
                                                        std::size_t judged,
                                                        std::size_t note) const {
  std::optional<ScanResult> answer = CheckTrailer(o_.trailer, window, at, judged);
  if (!answer) return std::nullopt;
  if (auto* more = std::get_if<NeedMore>(&*answer)) {
    more->resume = note | std::min(judged, kMostJudged) << (kSizeBits + kPlaceBits + 2);
  }
  return answer;
}

ScanResult HeaderBlockKind::ScanFinal(ByteView rest) const {
  FieldState state;
  Body body;
  const bool whole = !rest.empty() && BlankLine(AsText(rest)) == 0 && !ReadBlock(rest, state, body);
  if (!whole || body.is != Body::Is::kToEof) return NeedMore{.min_window = rest.size() + 1};
  const std::size_t header = state.at;
  const std::size_t size = rest.size() - header;
  if (auto error = CheckLimits(o_.limits, size, rest.size())) {
    return error->With(rest.first(std::min<std::size_t>(header, 8)));
  }
  return Extent{rest.size(), header, size};
}

ScanResult HeaderBlockKind::ScanUntil(ByteView window, std::size_t header, const Body& body) const {
  const std::size_t most = o_.limits.most();
  const ByteView head = window.first(std::min<std::size_t>(header, 8));
  const auto searched = static_cast<std::size_t>(body.size);
  const std::string_view text = AsText(window.subspan(header));
  const std::size_t note = kInBody |
                           static_cast<std::size_t>(Body::Is::kUntil) << (kSizeBits + kPlaceBits) |
                           header << kSizeBits;
  const std::size_t hit = text.substr(0, most + o_.until.size()).find(o_.until, searched);
  if (hit == std::string_view::npos) {
    if (text.size() >= most + o_.until.size()) {
      return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                        .recovery = Recovery::kSeek,
                        .allowed = most,
                        .resume = header + most + 1}
          .With(head);
    }
    const std::size_t kept = std::min(text.size(), o_.until.size() - 1);
    return NeedMore{.min_window = window.size() + 1,
                    .resume = note | std::max(searched, text.size() - kept)};
  }
  const std::size_t wire =
      header + hit + (o_.trailer.empty() ? o_.until.size() : o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, hit, wire)) return error->With(head);
  if (auto answer = JudgeTrailer(window, header + hit, body.judged, note | hit)) return *answer;
  return Extent{wire, header, hit};
}

// The end mark of a body that is too large, and what stands in its place. `resume`: how much of
// that is to come; 0: the mark is.
SeekResult HeaderBlockKind::Seek(ByteView window, std::uint64_t resume, bool finished) const {
  const std::size_t end = o_.trailer.empty() ? o_.until.size() : o_.trailer.size();
  std::size_t at = 0;
  if (resume == 0) {
    at = AsText(window).find(o_.until);
    if (at == std::string_view::npos) {
      const std::size_t kept = finished ? 0 : std::min(window.size(), o_.until.size() - 1);
      return {.drop = window.size() - kept};
    }
  }
  const std::size_t left = resume == 0 ? end : resume;
  if (window.size() - at >= left) return {.drop = at + left, .found = true};
  return {.drop = window.size(), .resume = left - (window.size() - at)};
}

Assembled HeaderBlockKind::Assemble(ByteSpan wire, const Extent& found) const {
  FieldState state;
  Body body;
  const bool read = !ReadBlock(wire, state, body);
  if (read && body.is == Body::Is::kChunked) return chunks_.Join(wire, state.at);
  return FrameKind::Assemble(wire, found);
}

// A block with the length alone. What start line and fields a protocol wants is its own business.
std::optional<FrameError> HeaderBlockKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  out.Append(
      AsBytes(o_.fields.length.front() + ": " + PrintDigits(payload.size(), 10) + "\r\n\r\n"));
  out.Append(payload);
  out.Append(AsBytes(TrailerBytes(o_.trailer)));
  return std::nullopt;
}

// The value of the length's field is written anew, where there is one.
bool HeaderBlockKind::Refit(std::endian /*order*/, std::size_t payload_size, std::string& header,
                            std::string& /*trailer*/) const {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  for (std::size_t line = 0; line < header.size();) {
    const std::size_t end = std::min(header.find('\n', line), header.size());
    const std::size_t colon = header.find(':', line);
    const auto names_it = [&](const std::string& name) {
      return colon - line == name.size() &&
             std::equal(name.begin(), name.end(),
                        header.begin() + static_cast<std::ptrdiff_t>(line),
                        [&](char x, char y) { return lower(x) == lower(y); });
    };
    if (colon < end && std::any_of(o_.fields.length.begin(), o_.fields.length.end(), names_it)) {
      const std::size_t from = header.find_first_of("0123456789", colon);
      const std::size_t to = std::min(header.find_first_not_of("0123456789", from), end);
      if (from >= end) return false;
      header.replace(from, to - from, PrintDigits(payload_size, 10));
      return true;
    }
    line = end + 1;
  }
  return false;
}

void HeaderBlockKind::EncodeAround(std::endian order, ByteView payload, std::string header,
                                   std::string trailer, StreamBuffer& out) const {
  FieldState state;
  Body body;
  const bool read = !ReadBlock(AsBytes(header), state, body);
  if (!read || body.is != Body::Is::kChunked) {
    return FrameKind::EncodeAround(order, payload, std::move(header), std::move(trailer), out);
  }
  out.Append(AsBytes(header));
  chunks_.Encode(payload, AsBytes(trailer), out);
}

std::size_t HeaderBlockKind::max_frame_size() const {
  return o_.max_header + (o_.fields.coding.empty() ? o_.limits.most() : chunks_.max_frame_size()) +
         o_.trailer.size() + o_.until.size() + 2;
}

}  // namespace unstick::inline v0::detail
