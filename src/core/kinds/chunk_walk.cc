#include "src/core/kinds/chunk_walk.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

// A size line that fills one of these blocks, counted from the frame's start, is too long: one of
// 4 KiB never is, one of 8 KiB always. So nobody has to know where a line began that comes in
// pieces, and each byte is looked at once more for it.
constexpr std::size_t kLineBlock = 4096;
constexpr std::size_t kMostDigits = 64;  // where zeros in front cannot be passed over for good
constexpr std::size_t kMostBlanks = 16;  // in front of an extension

FrameError Malformed(std::string_view text, std::size_t at, FrameRule rule) {
  return FrameError{.code = FrameErrorCode::kMalformedLength, .rule = rule, .found = at}.With(
      AsBytes(text.substr(0, at + 1)));
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Where a quoted string of `extension` starts that does not end.
std::size_t OpenQuote(std::string_view extension) {
  std::size_t open = std::string_view::npos;
  for (std::size_t i = 0; i < extension.size(); ++i) {
    if (extension[i] == '"') open = open == std::string_view::npos ? i : std::string_view::npos;
    if (extension[i] == '\\' && open != std::string_view::npos) ++i;
  }
  return open;
}

// Notes for the next Scan(): the low 31 bits are a place. In front of the last chunk's end the next
// 30 are the payload so far, and bit 61 says that the place lies in an extension; otherwise it is
// where a size starts, or its first digit that is no leading zero. Behind it (bit 62) the next 21
// bits are the size of the trailer fields, the next 4 the state of their reader.
constexpr unsigned kPlaceBits = 31;
constexpr std::size_t kPlaceMask = (std::size_t{1} << kPlaceBits) - 1;
constexpr std::size_t kGiB = std::size_t{1} << 30;
constexpr std::size_t kInExtension = std::size_t{1} << 61;
constexpr std::size_t kInTrailers = std::size_t{1} << 62;

}  // namespace

absl::Status ChunkWalk::Check(const ChunkOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.width > 8) return refuse("width is 1 to 8 bytes");
  if (o.width == 0 && o.until.empty()) return refuse("until must say where the digits end");
  if (o.base != 10 && o.base != 16) return refuse("ascii is 10 or 16");
  if (o.width == 0 && DigitValue(o.until[0], o.base)) return refuse("until starts with a digit");
  if (o.until.size() > 16 || o.trailer.size() > 256) return refuse("until or trailer is too long");
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return absl::OkStatus();
}

ChunkWalk::ChunkWalk(const ChunkOptions& checked)
    : o_(checked),
      lines_((o_.until.size() == 1 || o_.until == "\r\n") && o_.trailer.ends_with(o_.until)),
      fields_({.length = o_.refused, .lf = o_.until == "\n", .trailer = true}) {}

// A payload of 1 GiB is written as 0: none has that place in front of it.
std::size_t ChunkWalk::Note(const Place& place) {
  return place.at | (place.payload & (kGiB - 1)) << kPlaceBits |
         (place.in_extension ? kInExtension : 0);
}

ChunkWalk::Place ChunkWalk::FromNote(std::size_t note) {
  Place place{.at = note & kPlaceMask,
              .payload = note >> kPlaceBits & (kGiB - 1),
              .in_extension = (note & kInExtension) != 0};
  if (place.payload == 0 && place.at > kGiB) place.payload = kGiB;
  return place;
}

std::optional<ScanResult> ChunkWalk::ReadSize(ByteView window, Place& place, Size& size) const {
  if (o_.width == 0) {
    return place.in_extension ? ReadExtension(AsText(window), place, size)
                              : ReadDigits(AsText(window), place, size);
  }
  size.end = place.at + o_.width;
  if (window.size() < size.end) return NeedMore{.min_window = size.end};
  size.number = LoadUint(window, place.at, o_.width, o_.order);
  return std::nullopt;
}

std::optional<ScanResult> ChunkWalk::ReadDigits(std::string_view text, Place& place,
                                                Size& size) const {
  const NeedMore more{.min_window = text.size() + 1};
  std::size_t at = place.at;
  for (; lines_ && at < text.size() && text[at] == '0'; ++at) {
    const std::size_t read = at + 1;
    if (read % kLineBlock == 0 &&
        text.substr(read - kLineBlock, kLineBlock).find(o_.until.back()) ==
            std::string_view::npos) {
      return Malformed(text, at, FrameRule::kChunkLineTooLong);
    }
  }
  place.at = at;
  size.number = 0;
  for (; at < text.size(); ++at) {
    const std::optional<unsigned> digit = DigitValue(text[at], o_.base);
    if (!digit) break;
    if (size.number > (~std::uint64_t{0} - *digit) / o_.base || at - place.at >= kMostDigits) {
      return Malformed(text, at, FrameRule::kOverflow);
    }
    size.number = size.number * o_.base + *digit;
  }
  if (at == text.size()) return more;
  const bool zeros = lines_ && place.at > 0 && text[place.at - 1] == '0';
  const char c = text[at];
  if (at == place.at && !zeros) {
    const bool sign = c == '+' || c == '-';
    return Malformed(text, at, sign ? FrameRule::kSign : FrameRule::kNoDigits);
  }
  const std::string_view behind = text.substr(at, o_.until.size());
  if (behind == o_.until) {
    size.end = at + o_.until.size();
    return std::nullopt;
  }
  if (o_.until.starts_with(behind)) return more;
  std::size_t semicolon = at;
  while (lines_ && semicolon < text.size() && IsBlank(text[semicolon]) &&
         semicolon - at < kMostBlanks) {
    ++semicolon;
  }
  if (semicolon == text.size()) return more;
  if (lines_ && text[semicolon] == ';') {
    place = {.at = semicolon, .payload = place.payload, .in_extension = true};
    return ReadExtension(text, place, size);
  }
  // A peer that ends lines at LF alone would read what follows as data (RFC 9112, 2.2 and 7.1.1).
  const bool crlf = o_.until == "\r\n";
  const FrameRule rule = crlf && c == '\r'   ? FrameRule::kBareCr
                         : crlf && c == '\n' ? FrameRule::kBareLf
                                             : FrameRule::kNotADigit;
  return Malformed(text, at, rule);
}

std::optional<ScanResult> ChunkWalk::ReadExtension(std::string_view text, Place& place,
                                                   Size& size) const {
  const char last = o_.until.back();
  const bool strict = last == '\n';
  std::size_t& at = place.at;
  for (; text.substr(at, o_.until.size()) != o_.until; ++at) {
    if (at == text.size()) return NeedMore{.min_window = text.size() + 1};
    const char c = text[at];
    if (c == o_.until[0]) {
      if (at + 1 == text.size()) return NeedMore{.min_window = text.size() + 1};
      return Malformed(text, at, FrameRule::kBareCr);
    }
    if (strict && c == '\n') return Malformed(text, at, FrameRule::kBareLf);
    if (strict && ((c >= 0 && c < ' ' && c != '\t') || c == '\x7f')) {
      return Malformed(text, at, FrameRule::kFieldValue);
    }
    const std::size_t read = at + 1;
    if (read % kLineBlock == 0 &&
        text.substr(read - kLineBlock, kLineBlock).find(last) == std::string_view::npos) {
      return Malformed(text, at, FrameRule::kChunkLineTooLong);
    }
  }
  const std::size_t line = text.rfind(last, at - 1) + 1;  // 0 if there is none
  const std::size_t semicolon = text.find(';', line);
  const std::size_t open =
      strict ? OpenQuote(text.substr(semicolon, at - semicolon)) : std::string_view::npos;
  if (open != std::string_view::npos) {
    return Malformed(text, semicolon + open, FrameRule::kBadString);
  }
  size = Skim(text, line);
  place.in_extension = false;
  return std::nullopt;
}

// A size line that is known to be good.
ChunkWalk::Size ChunkWalk::Skim(std::string_view text, std::size_t at) const {
  Size size;
  for (std::optional<unsigned> digit;
       at < text.size() && (digit = DigitValue(text[at], o_.base)).has_value(); ++at) {
    size.number = size.number * o_.base + *digit;
  }
  size.end = text.find(o_.until, at) + o_.until.size();
  return size;
}

ChunkWalk::Size ChunkWalk::SkimSize(ByteView frame, std::size_t at) const {
  if (o_.width == 0) return Skim(AsText(frame), at);
  return {.number = LoadUint(frame, at, o_.width, o_.order), .end = at + o_.width};
}

// Behind the zero: nothing, or in the text form fields up to an empty line.
ScanResult ChunkWalk::ReadFields(ByteView window, std::size_t start, FieldState state) const {
  if (o_.width > 0) return Extent{start, 0, 0};
  const std::string_view text = AsText(window).substr(0, start + o_.max_trailers);
  if (std::optional<FrameError> error = fields_.Walk(text, state)) {
    return error->With(window.first(std::min<std::size_t>(error->found + 1, text.size())));
  }
  if (state.in == FieldState::In::kDone) return Extent{state.at, 0, 0};
  if (text.size() == start + o_.max_trailers) {
    return FrameError{.code = FrameErrorCode::kBadHeader,
                      .rule = FrameRule::kTrailersTooLong,
                      .found = text.size() - 1,
                      .allowed = o_.max_trailers}
        .With(window.first(8));
  }
  return NeedMore{.min_window = window.size() + 1,
                  .resume = state.at | (state.at - start) << kPlaceBits |
                            static_cast<std::size_t>(state.in) << 52 | kInTrailers};
}

// A chunk whose size has been read, up to the next size.
std::optional<ScanResult> ChunkWalk::ReadTrailer(ByteView window, const Size& size,
                                                 Place& place) const {
  const std::uint64_t next = SaturatingAdd(size.end, size.number) + o_.trailer.size();
  const bool wire = size.number <= o_.limits.most() - place.payload;
  if (!wire || next > max_chunks() - 6 * kLineBlock) {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                      .rule = wire ? FrameRule::kFrameTooLarge : FrameRule::kNone,
                      .allowed = o_.limits.most()}
        .With(window.first(std::min<std::size_t>(size.end, 8)));
  }
  const std::size_t chunk_end = size.end + static_cast<std::size_t>(size.number);
  for (std::size_t i = 0; i < o_.trailer.size() && chunk_end + i < window.size(); ++i) {
    if (AsText(window)[chunk_end + i] == o_.trailer[i]) continue;
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = FrameRule::kTrailer,
                      .found = chunk_end + i,
                      .allowed = static_cast<unsigned char>(o_.trailer[i])};
  }
  if (window.size() < chunk_end + o_.trailer.size()) {
    return NeedMore{.min_window = std::max(window.size(), chunk_end) + 1};
  }
  place.at = chunk_end + o_.trailer.size();
  place.payload += static_cast<std::size_t>(size.number);
  return std::nullopt;
}

ScanResult ChunkWalk::Scan(ByteView window, std::size_t start, std::uint64_t resume) const {
  if ((resume & kInTrailers) != 0) {
    const std::size_t at = resume & kPlaceMask;
    return ReadFields(window, at - (resume >> kPlaceBits & 0x1fffff),
                      {.at = at,
                       .in = static_cast<FieldState::In>(resume >> 52 & 0xf),
                       .field = FieldState::Field::kOther});
  }
  const bool has_fields = o_.until == "\r\n" || o_.until == "\n";
  Place place = resume == 0 ? Place{.at = start} : FromNote(resume);
  for (;;) {
    const auto answer = [&](ScanResult result, const Place& noted) {
      if (auto* more = std::get_if<NeedMore>(&result)) more->resume = Note(noted);
      return result;
    };
    Size size;
    const Place before = place;
    if (auto result = ReadSize(window, place, size)) return answer(*result, place);
    if (size.number > 0) {
      if (auto result = ReadTrailer(window, size, place)) return answer(*result, before);
      continue;
    }
    if (o_.width > 0) return Extent{size.end, 0, 0};
    if (has_fields) {
      return ReadFields(
          window, size.end,
          {.at = size.end, .in = FieldState::In::kLine, .field = FieldState::Field::kOther});
    }
    for (std::size_t i = 0; i < o_.until.size(); ++i) {
      if (size.end + i == window.size()) {
        return answer(NeedMore{.min_window = window.size() + 1}, before);
      }
      if (AsText(window)[size.end + i] == o_.until[i]) continue;
      return FrameError{.code = FrameErrorCode::kBadMagic,
                        .rule = FrameRule::kEnd,
                        .found = size.end + i,
                        .allowed = static_cast<unsigned char>(o_.until[i])};
    }
    return Extent{size.end + o_.until.size(), 0, 0};
  }
}

ScanResult ChunkWalk::Sum(ByteView frame, std::size_t start) const {
  std::size_t payload = 0;
  for (std::size_t at = start;;) {
    const Size size = SkimSize(frame, at);
    if (size.number == 0) break;
    payload += static_cast<std::size_t>(size.number);
    at = size.end + static_cast<std::size_t>(size.number) + o_.trailer.size();
  }
  if (auto error = CheckLimits(o_.limits, payload, frame.size())) return *error;
  return Extent{frame.size(), start, payload};
}

Assembled ChunkWalk::Join(ByteSpan wire, std::size_t start) const {
  std::size_t to = start;
  std::size_t at = start;
  for (;;) {
    const Size size = SkimSize(wire, at);
    if (size.number == 0) break;
    const auto n = static_cast<std::size_t>(size.number);
    std::memmove(wire.data() + to, wire.data() + size.end, n);
    to += n;
    at = size.end + n + o_.trailer.size();
  }
  return {{wire.size(), start, to - start}, wire.size() - at};
}

void ChunkWalk::Encode(ByteView payload, ByteView last, StreamBuffer& out) const {
  const auto put_size = [&](std::uint64_t size) {
    if (o_.width == 0) return out.Append(AsBytes(PrintDigits(size, o_.base) + o_.until));
    std::byte number[8];
    StoreUint(number, size, o_.width, o_.order);
    out.Append(ByteView(number).first(o_.width));
  };
  const std::uint64_t most = o_.width == 0 ? ~std::uint64_t{0} : MaxUint(o_.width);
  while (!payload.empty()) {
    const ByteView chunk =
        payload.first(static_cast<std::size_t>(std::min<std::uint64_t>(payload.size(), most)));
    put_size(chunk.size());
    out.Append(chunk);
    out.Append(AsBytes(o_.trailer));
    payload = payload.subspan(chunk.size());
  }
  if (!last.empty()) return out.Append(last);
  put_size(0);
  if (o_.width == 0) out.Append(AsBytes(o_.until));
}

absl::StatusOr<std::shared_ptr<const ChunksKind>> ChunksKind::Create(const ChunkOptions& options) {
  if (absl::Status status = ChunkWalk::Check(options); !status.ok()) return status;
  return std::make_shared<const ChunksKind>(options);
}

ScanResult ChunksKind::Scan(ByteView window, std::uint64_t resume) const {
  const ScanResult result = walk_.Scan(window, 0, resume);
  const auto* extent = std::get_if<Extent>(&result);
  return extent == nullptr ? result : walk_.Sum(window.first(extent->wire_size), 0);
}

std::optional<FrameError> ChunksKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  walk_.Encode(payload, {}, out);
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail
