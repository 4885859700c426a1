#include "src/core/kinds/header_block_kind.h"

#include <algorithm>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

bool IsName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// "HTTP/1.1 204 No Content" has the second word 204, for which 204, 20x and xxx stand.
bool IsBodiless(std::string_view start_line, const std::vector<std::string>& bodiless) {
  const std::size_t begin = std::min(start_line.find(' '), start_line.size() - 1) + 1;
  const std::string_view word = start_line.substr(begin, start_line.find(' ', begin) - begin);
  const auto matches = [](char c, char pattern) {
    return c == pattern || (pattern == 'x' && c >= '0' && c <= '9');
  };
  return std::any_of(bodiless.begin(), bodiless.end(), [&](const std::string& pattern) {
    return std::equal(word.begin(), word.end(), pattern.begin(), pattern.end(), matches);
  });
}

// Is "chunked" the last one of the transfer codings? Nothing if it is one of the others.
std::optional<bool> EndsChunked(std::string_view codings) {
  bool chunked = false;
  while (!codings.empty()) {
    if (chunked) return std::nullopt;
    const std::size_t comma = std::min(codings.find(','), codings.size());
    chunked = SameName(Trimmed(codings.substr(0, comma)), "chunked");
    codings.remove_prefix(std::min(comma + 1, codings.size()));
  }
  return chunked;
}

FrameError BadHeader(ByteView window, std::size_t at) {
  return FrameError{.code = FrameErrorCode::kBadHeader, .found = at}.With(
      window.first(std::min<std::size_t>(at + 1, window.size())));
}

// Notes for the next Scan(). While the header's end is sought: how far. Behind it: bit 62, the
// header's size, and how far the body was searched; or, in a chunked body, bit 63 and ChunkWalk's
// note.
constexpr std::size_t kInBody = std::size_t{1} << 62;
constexpr std::size_t kInChunks = std::size_t{1} << 63;

}  // namespace

absl::StatusOr<std::shared_ptr<const HeaderBlockKind>> HeaderBlockKind::Create(
    const HeaderBlockOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.length.empty()) return refuse("length must name a field");
  for (const std::string& name : o.length) {
    if (!IsName(name)) return refuse("length must name fields");
  }
  if (o.max_header < 16 || o.max_header > (std::size_t{1} << 20)) {
    return refuse("max-header is 16 bytes to 1 MiB");
  }
  if (o.eof.size() > 256) return refuse("eof has a mark of at most 256 bytes");
  if (o.until.size() > 256) return refuse("else has a mark of at most 256 bytes");
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return std::make_shared<const HeaderBlockKind>(o);
}

HeaderBlockKind::HeaderBlockKind(const HeaderBlockOptions& checked)
    : o_(checked),
      chunks_({.base = 16,
               .until = "\r\n",
               .trailer = "\r\n",
               .limits = checked.limits,
               .in_front = checked.max_header}) {}

// The size of a blank line at the front of `text`: 0 if there is none, nothing if it cannot be
// said.
std::optional<std::size_t> HeaderBlockKind::BlankLine(std::string_view text) const {
  if (o_.skip == HeaderBlockOptions::Blank::kRefuse || text.empty()) return 0;
  if (text[0] == '\n') return o_.skip == HeaderBlockOptions::Blank::kAny ? 1 : 0;
  if (text[0] != '\r') return 0;
  if (text.size() < 2) return std::nullopt;
  return text[1] == '\n' ? 2 : 0;
}

// Where the empty line behind the fields ends.
std::optional<ScanResult> HeaderBlockKind::FindEnd(ByteView window, std::size_t from,
                                                   std::size_t& end) const {
  const std::string_view text = AsText(window.first(std::min(window.size(), o_.max_header)));
  for (std::size_t lf = text.find('\n', from); lf != std::string_view::npos;
       lf = text.find('\n', lf + 1)) {
    const bool cr = lf > 0 && text[lf - 1] == '\r';
    if (!cr && !o_.lf) return BadHeader(window, lf);
    const std::size_t line_end = cr ? lf - 1 : lf;
    if (line_end > 0 && text[line_end - 1] != '\n') continue;
    if (line_end == 0) return BadHeader(window, 0);  // an empty block
    end = lf + 1;
    return std::nullopt;
  }
  if (text.size() >= o_.max_header) {
    FrameError error = BadHeader(window, o_.max_header - 1);
    error.allowed = o_.max_header;
    return error;
  }
  return NeedMore{.min_window = window.size() + 1, .resume = text.size()};
}

std::optional<FrameError> HeaderBlockKind::ReadFields(ByteView window, std::size_t end,
                                                      Body& body) const {
  const std::string_view text = AsText(window.first(end));
  std::optional<std::uint64_t> length;
  std::optional<bool> chunked;  // if there is such a field
  bool bodiless = false;
  bool to_eof = false;
  for (std::size_t at = 0; at < end;) {
    const std::size_t begin = at;
    const std::size_t lf = text.find('\n', begin);
    at = lf + 1;
    std::string_view line = text.substr(begin, lf - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.find('\r') != std::string_view::npos) return BadHeader(window, begin);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, std::min(colon, line.size()));
    if (colon == std::string_view::npos || !IsName(name)) {
      if (begin != 0) return BadHeader(window, begin);
      bodiless = IsBodiless(line, o_.bodiless);
      to_eof = !o_.eof.empty() && line.starts_with(o_.eof);
      continue;
    }
    const std::string_view value = Trimmed(line.substr(colon + 1));
    const bool is_length = std::any_of(o_.length.begin(), o_.length.end(),
                                       [&](const std::string& n) { return SameName(n, name); });
    if (is_length) {
      if (length) return BadHeader(window, begin);
      const std::optional<std::uint64_t> number = ParseDigits(value, 10);
      const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return c >= '0' && c <= '9';
      });
      if (!digits) return BadHeader(window, begin);
      length = number.value_or(~std::uint64_t{0});
    } else if (!o_.chunked.empty() && SameName(o_.chunked, name)) {
      const std::optional<bool> last = chunked ? std::nullopt : EndsChunked(value);
      if (!last || !(*last || to_eof)) return BadHeader(window, begin);
      chunked = last;
    }
  }
  if (length && chunked) return BadHeader(window, 0);
  if (bodiless) return std::nullopt;
  if (length) {
    body.size = *length;
  } else if (chunked.value_or(false)) {
    body.is = Body::Is::kChunked;
  } else if (to_eof) {
    body.is = Body::Is::kToEof;
  } else if (!o_.until.empty()) {
    body.is = Body::Is::kUntil;
  } else if (o_.if_missing) {
    body.size = *o_.if_missing;
  } else {
    return BadHeader(window, 0);
  }
  return std::nullopt;
}

// Goes on with a chunked body, of which `note` is ChunkWalk's own (0: its first call).
ScanResult HeaderBlockKind::ScanChunks(ByteView window, std::size_t header,
                                       std::size_t note) const {
  ScanResult result = chunks_.Scan(window, header, note);
  if (auto* more = std::get_if<NeedMore>(&result)) more->resume |= kInChunks;
  auto* extent = std::get_if<Extent>(&result);
  if (extent != nullptr && header == 0) {
    FindEnd(window, 0, header);  // the note had no room for it
    extent->payload_offset = header;
  }
  return result;
}

ScanResult HeaderBlockKind::Scan(ByteView window, std::size_t resume) const {
  if ((resume & kInChunks) != 0) return ScanChunks(window, 0, resume & ~kInChunks);
  const bool in_body = (resume & kInBody) != 0;
  const std::size_t body_note = in_body ? resume & 0xffffffff : 0;
  std::size_t header = resume >> 32 & 0x1fffff;
  if (!in_body) {
    if (resume == 0) {
      const std::optional<std::size_t> blank = BlankLine(AsText(window));
      if (!blank) return NeedMore{.min_window = 2};
      if (*blank > 0) return Skip{*blank};
    }
    if (std::optional<ScanResult> answer = FindEnd(window, resume, header)) return *answer;
  }
  Body body;
  if (std::optional<FrameError> error = ReadFields(window, header, body)) return *error;
  const std::size_t note = kInBody | header << 32;
  switch (body.is) {
    case Body::Is::kSized:
      break;
    case Body::Is::kChunked:
      return ScanChunks(window, header, 0);
    case Body::Is::kUntil:
      return ScanUntil(window, header, body_note);
    case Body::Is::kToEof:
      if (window.size() - header > o_.limits.most()) {
        return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = o_.limits.most()}
            .With(window.first(std::min<std::size_t>(header, 8)));
      }
      return NeedMore{.min_window = header + o_.limits.most() + 1, .resume = note};
  }
  const std::uint64_t wire_size =
      SaturatingAdd(SaturatingAdd(header, body.size), o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, body.size, wire_size)) {
    return error->With(window.first(std::min<std::size_t>(header, 8)));
  }
  std::size_t judged = body_note;  // of the trailer
  const std::size_t trailer_at = header + static_cast<std::size_t>(body.size);
  if (auto answer = CheckTrailer(o_.trailer, window, trailer_at, judged)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) more->resume = note | judged;
    return *answer;
  }
  return Extent{static_cast<std::size_t>(wire_size), header, static_cast<std::size_t>(body.size)};
}

ScanResult HeaderBlockKind::ScanFinal(ByteView rest) const {
  std::size_t header = 0;
  Body body;
  const bool whole = !rest.empty() && BlankLine(AsText(rest)) == 0 && !FindEnd(rest, 0, header) &&
                     !ReadFields(rest, header, body);
  if (!whole || body.is != Body::Is::kToEof) return NeedMore{.min_window = rest.size() + 1};
  const std::size_t size = rest.size() - header;
  if (auto error = CheckLimits(o_.limits, size, rest.size())) {
    return error->With(rest.first(std::min<std::size_t>(header, 8)));
  }
  return Extent{rest.size(), header, size};
}

ScanResult HeaderBlockKind::ScanUntil(ByteView window, std::size_t header,
                                      std::size_t searched) const {
  const std::size_t most = o_.limits.most();
  const std::string_view body = AsText(window.subspan(header));
  const std::size_t hit = body.substr(0, most + o_.until.size()).find(o_.until, searched);
  if (hit == std::string_view::npos) {
    if (body.size() >= most + o_.until.size()) {
      return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = most}.With(
          window.first(std::min<std::size_t>(header, 8)));
    }
    const std::size_t kept = std::min(body.size(), o_.until.size() - 1);
    return NeedMore{.min_window = window.size() + 1,
                    .resume = kInBody | header << 32 | std::max(searched, body.size() - kept)};
  }
  const std::size_t wire =
      header + hit + (o_.trailer.empty() ? o_.until.size() : o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, hit, wire)) {
    return error->With(window.first(std::min<std::size_t>(header, 8)));
  }
  std::size_t judged = 0;
  if (auto answer = CheckTrailer(o_.trailer, window, header + hit, judged)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) more->resume = kInBody | header << 32 | hit;
    return *answer;
  }
  return Extent{wire, header, hit};
}

Extent HeaderBlockKind::Assemble(ByteSpan wire, const Extent& found) const {
  Body body;
  if (ReadFields(wire, found.payload_offset, body) || body.is != Body::Is::kChunked) return found;
  return chunks_.Join(wire, found.payload_offset);
}

// A block with the length alone. What start line and fields a protocol wants is its own business.
std::optional<FrameError> HeaderBlockKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  out.Append(AsBytes(o_.length.front() + ": " + PrintDigits(payload.size(), 10) + "\r\n\r\n"));
  out.Append(payload);
  out.Append(AsBytes(TrailerBytes(o_.trailer)));
  return std::nullopt;
}

std::size_t HeaderBlockKind::max_frame_size() const {
  return o_.max_header + (o_.chunked.empty() ? o_.limits.most() : chunks_.max_frame_size()) +
         o_.trailer.size() + o_.until.size() + 2;
}

}  // namespace unstick::inline v0::detail
