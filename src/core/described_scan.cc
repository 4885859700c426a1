#include "src/core/described_scan.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "src/core/filters/window_sums.h"
#include "src/core/kinds/digits.h"
#include "src/core/kinds/trailer.h"

namespace unstick::inline v0::detail {
namespace {

// Where a scanner has come to is noted in 64 bits, of which places and sizes have their share.
static_assert(sizeof(std::size_t) == 8, "unstick needs a 64-bit size_t");

constexpr std::size_t kMaxPreamble = std::size_t{64} << 10;
constexpr std::size_t kMaxFragments = std::size_t{64} << 10;
constexpr std::uint64_t kCostOfHeader = 4;     // of a place where no sum is asked for
constexpr std::size_t kFragmentOverhead = 16;  // bytes beside its payload that each may have
constexpr std::size_t kMaxOverhead = kMaxFragments * kFragmentOverhead;  // of one message

bool BitAt(ByteView window, std::size_t byte, std::size_t bit) {
  return byte < window.size() && (std::to_integer<unsigned>(window[byte]) >> bit & 1) != 0;
}

// The answer if the bytes of `constant`, which must stand at `at`, are wrong or not all there.
std::optional<ScanResult> CheckConstant(ByteView window, std::size_t at, std::string_view constant,
                                        FrameRule rule) {
  for (std::size_t i = 0; i < constant.size(); ++i) {
    if (at + i >= window.size()) return NeedMore{.min_window = at + i + 1};
    if (AsText(window)[at + i] == constant[i]) continue;
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = rule,
                      .found = at + i,
                      .allowed = static_cast<unsigned char>(constant[i])}
        .With(window.first(at + i + 1));
  }
  return std::nullopt;
}

// A pcap file's first four bytes, a1b2c3d4 or (with nanoseconds) a1b23c4d, in the byte order of
// whoever wrote it (draft-ietf-opsawg-pcap section 4).
bool IsLittleEndianPcap(ByteView file) {
  const std::string_view magic = AsText(file).substr(0, 4);
  return magic == "\xd4\xc3\xb2\xa1" || magic == "\x4d\x3c\xb2\xa1";
}

enum class Starts : std::uint8_t { kNo, kYes, kUnknown };

// Each byte is looked at once, however many marks there are.
Starts StartsWithMark(std::string_view line, const std::vector<std::string>& marks) {
  std::uint64_t possible = (std::uint64_t{1} << marks.size()) - 1;
  static_assert(Preamble::kMostMarks < 64);
  for (std::size_t at = 0; possible != 0; ++at) {
    if (at == line.size()) return Starts::kUnknown;
    const char c = line[at];
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if ((possible >> i & 1) == 0) continue;
      if (marks[i][at] != c) {
        possible ^= std::uint64_t{1} << i;
      } else if (at + 1 == marks[i].size()) {
        return Starts::kYes;
      }
    }
  }
  return Starts::kNo;
}

// The mark that ends the preamble is not where it may stand.
FrameError EndlessPreamble(ByteView window) {
  return FrameError{
      .code = FrameErrorCode::kBadMagic, .rule = FrameRule::kPreamble, .found = kMaxPreamble}
      .With(window.first(8));
}

// Does the first frame stand at the very front?
bool HasNoLinesBefore(const Preamble& preamble, ByteView window) {
  return preamble.is == Preamble::Is::kBeforeLine &&
         StartsWithMark(AsText(window), preamble.marks) == Starts::kYes;
}

// Lines end with LF. The note: where the line in progress starts, and how far it was searched; 0
// while the stream's first bytes may turn out to be a frame's, whose note is another one.
ScanResult ScanPreambleLines(const Preamble& preamble, ByteView window, std::uint64_t resume) {
  const std::string_view text = AsText(window).substr(0, kMaxPreamble);
  const bool through = preamble.is == Preamble::Is::kThroughLine;
  const std::size_t searched = resume & 0xffffffff;
  std::size_t line = resume >> 32;
  Starts starts = Starts::kUnknown;
  for (;;) {
    starts = StartsWithMark(text.substr(line), preamble.marks);
    if (starts == Starts::kYes && !through) return Skip{line};
    const std::size_t end = text.find('\n', std::max(line, searched));
    if (end == std::string_view::npos || starts == Starts::kUnknown) break;
    line = end + 1;
    if (starts == Starts::kYes) return Skip{line};
  }
  if (text.size() >= kMaxPreamble) {
    return EndlessPreamble(window);
  }
  const bool open = line == 0 && starts == Starts::kUnknown;
  return NeedMore{.min_window = window.size() + 1, .resume = open ? 0 : line << 32 | text.size()};
}

// Constants among bytes of any value. The note: how many have been judged.
ScanResult ScanPreambleParts(const Preamble& preamble, ByteView window, std::uint64_t resume) {
  auto judged = static_cast<std::size_t>(resume);
  std::optional<ScanResult> answer = CheckTrailer(preamble.parts, window, 0, judged);
  if (!answer) return Skip{preamble.size};
  if (auto* more = std::get_if<NeedMore>(&*answer)) more->resume = judged;
  if (auto* error = std::get_if<FrameError>(&*answer)) error->rule = FrameRule::kPreamble;
  return *answer;
}

ScanResult ScanPreamble(const Preamble& preamble, ByteView window, std::uint64_t resume) {
  switch (preamble.is) {
    case Preamble::Is::kBeforeLine:
    case Preamble::Is::kThroughLine:
      return ScanPreambleLines(preamble, window, resume);
    case Preamble::Is::kNone:
      break;
    case Preamble::Is::kSized:
      if (!preamble.parts.empty()) return ScanPreambleParts(preamble, window, resume);
      if (window.size() < preamble.size) {
        return NeedMore{.min_window = preamble.size, .frame_size = preamble.size};
      }
      return Skip{preamble.size};
    case Preamble::Is::kConstant:
      if (std::optional<ScanResult> answer =
              CheckConstant(window, 0, preamble.bytes, FrameRule::kPreamble)) {
        return *answer;
      }
      return Skip{preamble.bytes.size()};
    case Preamble::Is::kUntil: {
      const std::string_view text = AsText(window).substr(0, kMaxPreamble);
      const std::size_t hit = text.find(preamble.bytes, resume);
      if (hit != std::string_view::npos) return Skip{hit + preamble.bytes.size()};
      if (text.size() >= kMaxPreamble) {
        return EndlessPreamble(window);
      }
      return NeedMore{.min_window = window.size() + 1,
                      .resume = OpenMark(text, resume, preamble.bytes)};
    }
  }
  return NeedMore{.min_window = window.size() + 1};
}

// What the filters have against a frame whose end is known.
std::optional<FrameError> Judge(const Description& d, ByteView frame, const Extent& extent,
                                std::size_t& payload_size, const PrefixSums* sums) {
  const ByteView head = frame.first(std::min<std::size_t>(frame.size(), 8));
  const auto broken = [&](FrameErrorCode code, FrameRule rule, std::uint64_t found,
                          std::uint64_t allowed) {
    FrameError error{.code = code, .rule = rule, .found = found, .allowed = allowed};
    error.recovery = d.kind->ends_at_mark() ? Recovery::kMarkedEnd : Recovery::kKnownEnd;
    error.resume = frame.size();
    return error.With(head);
  };
  const std::size_t end_at = frame.size() - std::min(frame.size(), d.end.size());
  for (std::size_t i = 0; i < d.end.size(); ++i) {
    if (end_at + i < frame.size() && AsText(frame)[end_at + i] == d.end[i]) continue;
    return broken(FrameErrorCode::kBadMagic, FrameRule::kEnd, end_at + i,
                  static_cast<unsigned char>(d.end[i]));
  }
  const ByteView stuffed = frame.subspan(extent.payload_offset, extent.payload_size);
  const EscapedSize escaped = MeasureEscaped(d.escape, stuffed, d.stuffed_up_to.has_value());
  if (escaped.bad_at) {
    return broken(FrameErrorCode::kBadEscape, escaped.rule, extent.payload_offset + *escaped.bad_at,
                  0);
  }
  const Checked checked = JudgeCheck(d.check, d.escape, frame, extent, sums);
  if (!checked.holds) {
    return broken(FrameErrorCode::kBadChecksum, checked.rule, checked.found, checked.computed);
  }
  payload_size = escaped.size - d.check.room();
  if (d.escape != Escape::kNone || d.check.room() > 0) {
    if (auto error = CheckLimits(d.limits, payload_size, frame.size())) return error->With(head);
  }
  return std::nullopt;
}

// After an error frames can be searched for, if magic and checksum can prove them. What a length
// says of the bad frame's end is not to be believed: nothing has proved it.
FrameError Sought(const Description& d, FrameError error) {
  if (!CanResync(d)) return error;
  error.unproven = true;
  if (error.recovery == Recovery::kNone) {
    error.recovery = Recovery::kSeek;
    error.resume = 1;
  }
  return error;
}

// A frame that ends in front of its magic's end.
FrameError NotInFrame(const Description& d, ByteView frame) {
  const std::size_t at = std::max(frame.size(), d.magic_at);
  const FrameError error{.code = FrameErrorCode::kBadMagic,
                         .rule = FrameRule::kMagic,
                         .found = at,
                         .allowed = static_cast<unsigned char>(d.magic[at - d.magic_at])};
  return error.With(frame);
}

// A limit of the kind's that has room for a checksum, as the payload's own.
FrameError WithoutRoom(const Description& d, FrameError error) {
  const std::size_t room = d.check.room();
  if (room == 0 || d.escape != Escape::kNone) return error;
  if (error.code == FrameErrorCode::kPayloadTooLarge && error.allowed >= room) {
    error.allowed -= room;
    error.found -= std::min<std::uint64_t>(error.found, room);
  }
  return error;
}

// How far the judgement of a magic has come that is not all there, so that neither its bytes nor
// what the kind has searched is looked at again. 0: it is judged, or nothing is.
//
//     | how many of its bytes are right, 9 bits | the kind has found an error | 1 |
struct MagicNote {
  static constexpr unsigned kBits = 11;

  MagicNote() = default;
  explicit MagicNote(std::uint64_t packed)
      : right(static_cast<std::size_t>(packed >> 2)), settled((packed & 2) != 0) {}
  std::uint64_t packed() const {
    return static_cast<std::uint64_t>(right) << 2 | (settled ? 2U : 0U) | 1U;
  }

  std::size_t right = 0;
  bool settled = false;
};

// The answer if the magic is wrong or not there yet; if it is right, `note.outer` becomes 0. It is
// judged where it stands among the bytes: an error that the kind finds in front of it comes first,
// one behind it later. Here and in ScanFrame() a note is the kind's, and a MagicNote as its second
// word.
std::optional<ScanResult> JudgeMagic(const Description& d, ByteView window, std::endian order,
                                     ScanNote& note) {
  const bool judged = note.note != 0 && note.outer == 0;
  if (d.magic.empty() || judged) return std::nullopt;
  MagicNote magic(note.outer);
  const std::string_view text = AsText(window);
  while (magic.right < d.magic.size() && d.magic_at + magic.right < text.size() &&
         text[d.magic_at + magic.right] == d.magic[magic.right]) {
    ++magic.right;
  }
  if (magic.right == d.magic.size()) {
    note.outer = 0;
    return std::nullopt;
  }
  const std::size_t end = d.magic_at + magic.right;
  const ByteView before = window.first(std::min(end, window.size()));
  NeedMore more{.min_window = end + 1};
  if (!magic.settled) {
    const ScanResult early = d.kind->ScanIn(order, before, note.note);
    if (const auto* extent = std::get_if<Extent>(&early)) {  // it ends in front of the magic's end
      return NotInFrame(d, before.first(extent->wire_size));
    }
    if (const auto* wants = std::get_if<NeedMore>(&early)) {
      note.note = wants->resume;
      if (window.size() < d.magic_at) more.min_window = std::min(end + 1, wants->min_window);
    } else {
      const auto* error = std::get_if<FrameError>(&early);
      if (magic.right == 0) return error != nullptr ? WithoutRoom(d, *error) : early;
      const ScanResult front = d.kind->ScanIn(order, window.first(d.magic_at), 0);
      error = std::get_if<FrameError>(&front);
      if (d.magic_at > 0 && error != nullptr) return WithoutRoom(d, *error);
      if (d.magic_at > 0 && !std::holds_alternative<NeedMore>(front)) return front;
      magic.settled = true;
      note.note = 0;
    }
  }
  if (end < window.size()) {
    const FrameError wrong{.code = FrameErrorCode::kBadMagic,
                           .rule = FrameRule::kMagic,
                           .found = end,
                           .allowed = static_cast<unsigned char>(d.magic[magic.right])};
    return wrong.With(window.first(end + 1));
  }
  more.within = {note.note, magic.packed()};
  return more;
}

// What the clauses make of the kind's answer.
ScanResult Filtered(const Description& d, ByteView window, const ScanResult& result,
                    std::size_t& payload_size, const PrefixSums* sums = nullptr) {
  if (const auto* error = std::get_if<FrameError>(&result)) return WithoutRoom(d, *error);
  const auto* extent = std::get_if<Extent>(&result);
  if (extent == nullptr) return result;
  const ByteView frame = window.first(extent->wire_size);
  if (!d.magic.empty() && frame.size() < d.magic_at + d.magic.size()) return NotInFrame(d, frame);
  payload_size = extent->payload_size;
  if (auto error = Judge(d, frame, *extent, payload_size, sums)) return *error;
  if (d.check.room() == 0 || d.escape != Escape::kNone) return result;
  return Extent{extent->wire_size, extent->payload_offset, payload_size};
}

// One frame as it stands on the wire. A NeedMore has its note in `within`, whatever it is.
ScanResult ScanFrame(const Description& d, ByteView window, ScanNote note, std::endian order,
                     std::size_t& payload_size, const PrefixSums* sums = nullptr) {
  std::optional<ScanResult> answer = JudgeMagic(d, window, order, note);
  if (!answer) {
    answer = Filtered(d, window, d.kind->ScanIn(order, window, note.note), payload_size, sums);
    if (auto* more = std::get_if<NeedMore>(&*answer)) more->within = more->resume;
  }
  if (const auto* error = std::get_if<FrameError>(&*answer)) return Sought(d, *error);
  return *answer;
}

// Does a fragment have more behind it? Only asked where the deciding bytes are there.
bool Continues(const JoinRule& join, ByteView frame, std::size_t payload_size) {
  switch (join.how) {
    case JoinRule::How::kNone:
      return false;
    case JoinRule::How::kLastBit:
      return !BitAt(frame, join.byte, join.bit);
    case JoinRule::How::kLastCharacter:
      return join.byte >= frame.size() ||
             join.characters.find(AsText(frame)[join.byte]) == std::string::npos;
    case JoinRule::How::kMoreBit:
      return BitAt(frame, join.byte, join.bit);
    case JoinRule::How::kFull:
      return payload_size == join.full;
  }
  return false;
}

// Of a bad fragment the end may be known; that is the message's only if it is the only one.
bool EndsMessage(const JoinRule& join, const FrameError& error, std::size_t at) {
  return at == 0 && error.recovery == Recovery::kKnownEnd && join.how != JoinRule::How::kFull &&
         join.byte < error.head_size && !Continues(join, ByteView(error.head), 0);
}

// Where a scan has come to: a fragment starts at `start`, in front of which there are `overhead`
// bytes that are no payload, and `frame` is ScanFrame()'s note about it. As a ScanNote:
//
//     outer:  1 | start, 31 bits | overhead, 21 bits | MagicNote, 11 bits     note: the kind's
//
// The kind's note by itself if all else is 0.
struct Progress {
  Progress() = default;
  explicit Progress(const ScanNote& note)
      : start(static_cast<std::size_t>(note.outer >> (kOverheadBits + MagicNote::kBits) & Low(31))),
        overhead(static_cast<std::size_t>(note.outer >> MagicNote::kBits & Low(kOverheadBits))),
        frame(note.note, note.outer & Low(MagicNote::kBits)) {}
  // Writes the note of a ScanFrame() that wants more.
  void PutInto(NeedMore& more) const {
    const std::uint64_t outer = std::uint64_t{start} << (kOverheadBits + MagicNote::kBits) |
                                std::uint64_t{overhead} << MagicNote::kBits | frame.outer;
    more.resume = outer == 0 ? frame.note : 0;
    more.within = outer == 0 ? ScanNote() : ScanNote(frame.note, outer | std::uint64_t{1} << 63);
  }

  std::size_t start = 0;
  std::size_t overhead = 0;
  ScanNote frame = {};

 private:
  static constexpr unsigned kOverheadBits = 21;
  static_assert(kMaxOverhead >> kOverheadBits == 0 && 1 + 31 + 21 + MagicNote::kBits == 64);
  static constexpr std::uint64_t Low(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }
};

// The limits are for the message.
FrameError OfMessage(const Description& d, ByteView window, const Progress& progress,
                     FrameError error) {
  const std::size_t at = progress.start;
  if (!EndsMessage(d.join, error, at)) error.recovery = Recovery::kNone;
  if (error.code == FrameErrorCode::kPayloadTooLarge && error.found > 0) {
    error.found = SaturatingAdd(error.found, at - progress.overhead);
  }
  return at == 0 ? error : error.With(window.first(std::min<std::size_t>(8, at)));
}

// The error of a message whose fragments up to `end` have so much payload, if that is too much.
std::optional<FrameError> CheckSum(const Description& d, ByteView window, std::size_t end,
                                   std::size_t sum, bool more) {
  const bool too_many = end - sum > kMaxOverhead;
  if (sum <= d.limits.most() && !too_many) return std::nullopt;
  FrameError error{.code = FrameErrorCode::kPayloadTooLarge,
                   .recovery = more ? Recovery::kNone : Recovery::kKnownEnd,
                   .found = sum,
                   .allowed = d.limits.most(),
                   .resume = end};
  if (sum <= d.limits.most()) {
    error.rule = FrameRule::kTooManyFragments;
    error.found = end;
    error.allowed = d.limits.most() + kMaxOverhead;
  }
  return error.With(window.first(std::min<std::size_t>(8, end)));
}

ScanResult ScanFragments(const Description& d, ByteView window, ScanNote noted, std::endian order) {
  Progress progress(noted);
  std::size_t& at = progress.start;
  std::optional<std::size_t> first_payload;
  for (;;) {
    const ByteView rest = window.subspan(at);
    std::size_t payload_size = 0;
    ScanResult result = ScanFrame(d, rest, progress.frame, order, payload_size);
    if (auto* more = std::get_if<NeedMore>(&result)) {
      const bool last = more->frame_size > 0 && d.join.how != JoinRule::How::kFull &&
                        rest.size() > d.join.byte && !Continues(d.join, rest, 0);
      progress.frame = more->within;
      NeedMore of_all{.min_window = at + more->min_window,
                      .frame_size = last ? at + more->frame_size : 0};
      progress.PutInto(of_all);
      return of_all;
    }
    progress.frame = {};
    if (auto* error = std::get_if<FrameError>(&result)) {
      return OfMessage(d, window, progress, *error);
    }
    if (const auto* skip = std::get_if<Skip>(&result)) {
      if (at == 0) return *skip;
      at += skip->bytes;
      progress.overhead += skip->bytes;
      if (auto error = CheckSum(d, window, at, at - progress.overhead, true)) return *error;
      continue;
    }
    const auto& extent = *std::get_if<Extent>(&result);
    if (at == 0) first_payload = extent.payload_offset;
    const std::size_t end = at + extent.wire_size;
    const std::size_t sum = at - progress.overhead + payload_size;
    const bool more = Continues(d.join, rest.first(extent.wire_size), payload_size);
    if (auto error = CheckSum(d, window, end, sum, more)) return *error;
    at = end;
    progress.overhead = end - sum;
    if (more) continue;
    if (sum < d.limits.min) {
      return FrameError{
          .code = FrameErrorCode::kPayloadTooSmall, .found = sum, .allowed = d.limits.min};
    }
    if (!first_payload) {  // the first fragment was read in an earlier call
      const ScanResult again = d.kind->ScanIn(order, window, 0);
      const auto* first = std::get_if<Extent>(&again);
      first_payload = first != nullptr ? first->payload_offset : 0;
    }
    return Extent{at, *first_payload, sum};
  }
}

// How many bytes it took to see that no good frame starts here: of what it says itself, so that
// cuts do not matter.
std::uint64_t CostOf(const Description& d, const ScanResult& result, std::size_t rest) {
  if (std::holds_alternative<NeedMore>(result)) return rest;  // at the end of the input
  if (const auto* skip = std::get_if<Skip>(&result)) return skip->bytes;
  const auto* error = std::get_if<FrameError>(&result);
  if (error == nullptr) return 1;
  const std::uint64_t most = d.limits.most();
  if (error->recovery == Recovery::kKnownEnd || error->recovery == Recovery::kMarkedEnd) {
    return std::min(error->resume, most);
  }
  const bool place = error->code != FrameErrorCode::kPayloadTooLarge &&
                     error->code != FrameErrorCode::kPayloadTooSmall;
  return place ? std::min(error->found + 1, most) : most;
}

// The same where states of a sum are kept.
std::uint64_t CostOfSum(const ScanResult& result) {
  const auto* error = std::get_if<FrameError>(&result);
  if (error == nullptr || error->code != FrameErrorCode::kBadChecksum) return kCostOfHeader;
  return std::min<std::uint64_t>(error->resume, WindowSums::kMostForOne);
}

// Turns a frame's payload bytes into the payload, in place, and returns its size. The checksum
// among them is none of it.
std::size_t Transform(const Description& d, ByteSpan frame, const Extent& of_kind) {
  ApplyKey(d, frame, of_kind);
  const ByteSpan payload = frame.subspan(of_kind.payload_offset, of_kind.payload_size);
  return Unescape(d.escape, payload) - d.check.room();
}

// Puts together what is delivered of one frame: its payload, or that with more of the frame.
//
//     | header | stuffed payload   | mark |  ->  | header | payload | mark |
Assembled Put(const Description& d, ByteSpan frame, const Extent& payload) {
  const Extent whole = d.kind->Delivered(frame, payload);
  const std::size_t whole_end = whole.payload_offset + whole.payload_size;
  const std::size_t payload_end = payload.payload_offset + payload.payload_size;
  const std::size_t lost = payload.payload_size - Transform(d, frame, payload);
  const std::size_t behind = whole_end - std::min(whole_end, payload_end);
  if (lost > 0 && behind > 0) {
    std::memmove(frame.data() + payload_end - lost, frame.data() + payload_end, behind);
  }
  const std::size_t size = whole.payload_size - std::min(whole.payload_size, lost);
  return {{frame.size(), whole.payload_offset, size}, frame.size() - whole_end};
}

}  // namespace

void ApplyKey(const Description& d, ByteSpan frame, const Extent& extent) {
  const bool masked = d.xor_key && extent.payload_offset >= 4 &&
                      (!d.xor_flagged || BitAt(frame, d.xor_byte, d.xor_bit));
  if (!masked) return;
  const std::byte* key = frame.data() + extent.payload_offset - 4;
  const ByteSpan payload = frame.subspan(extent.payload_offset, extent.payload_size);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= key[i % 4];
}

bool AwaitsPreamble(const Description& d, State state) {
  return d.preamble.is != Preamble::Is::kNone && !state.preamble_done;
}

bool CanResync(const Description& d) {
  return !d.magic.empty() && d.check && d.join.how == JoinRule::How::kNone;
}

bool IsCounted(const Description& d, State state) { return d.once || state.frames < d.first_count; }

ScanStep<State> ScanStream(const Description& d, ByteView window, ScanNote note, State state) {
  State next = state;
  if (AwaitsPreamble(d, state)) {
    if (HasNoLinesBefore(d.preamble, window)) {
      state.preamble_done = true;
      return ScanStream(d, window, note, state);
    }
    const ScanResult result = ScanPreamble(d.preamble, window, note.note);
    if (std::holds_alternative<Skip>(result)) {
      next.preamble_done = true;
      if (d.preamble_tells_order && IsLittleEndianPcap(window)) next.order = std::endian::little;
    }
    return {result, next};
  }
  if (d.once && state.frames > 0) {
    if (window.empty()) return {NeedMore{.min_window = 1}, next};
    return {FrameError{.code = FrameErrorCode::kTrailingBytes, .found = 1}.With(window.first(1)),
            next};
  }
  // None of them starts a frame. One by one: how many come in a row, later bytes would tell.
  if (!d.skip.empty()) {
    if (window.empty()) return {NeedMore{.min_window = 1}, next};
    if (d.skip.find(AsText(window)[0]) != std::string::npos) return {Skip{1}, next};
  }
  ScanResult result;
  std::size_t payload_size = 0;
  if (state.frames < d.first_count) {
    result = d.first->ScanIn(state.order, window, note.note);
  } else if (d.join.how != JoinRule::How::kNone) {
    result = ScanFragments(d, window, note, state.order);
  } else {
    Progress progress(note);
    result = ScanFrame(d, window, progress.frame, state.order, payload_size);
    if (auto* more = std::get_if<NeedMore>(&result)) {
      progress.frame = more->within;
      progress.PutInto(*more);
    }
  }
  if (auto* extent = std::get_if<Extent>(&result)) {
    const FrameKind& kind = state.frames < d.first_count ? *d.first : *d.kind;
    const ByteView frame = window.first(extent->wire_size);
    next.order = kind.OrderAfter(frame, state.order);
    if (next.frames != ~std::uint32_t{0}) ++next.frames;
    if (!Assembles(d)) *extent = kind.Delivered(frame, *extent);  // else AssemblePayload() does it
  }
  auto* error = std::get_if<FrameError>(&result);
  if (error != nullptr && IsCounted(d, state)) {  // it would not be counted
    error->recovery = Recovery::kNone;
    error->unproven = false;
  }
  return {result, next};
}

ScanStep<State> ScanStreamEnd(const Description& d, ByteView rest, State state) {
  const bool first = state.frames < d.first_count;
  const bool plain = first || d.join.how == JoinRule::How::kNone;
  State next = state;
  const bool started = !AwaitsPreamble(d, state) || HasNoLinesBefore(d.preamble, rest);
  if (!started || !plain) return {NeedMore{.min_window = rest.size() + 1}, next};
  next.preamble_done = true;
  ++next.frames;
  const auto delivered = [&](const FrameKind& kind, ScanResult last) -> ScanStep<State> {
    auto* extent = std::get_if<Extent>(&last);
    if (extent != nullptr && !Assembles(d)) {
      *extent = kind.Delivered(rest.first(extent->wire_size), *extent);
    }
    return {last, next};
  };
  if (first) return delivered(*d.first, d.first->ScanFinalIn(state.order, rest));
  ScanNote note;
  const std::optional<ScanResult> magic = JudgeMagic(d, rest, state.order, note);
  if (magic && !std::holds_alternative<NeedMore>(*magic)) return {*magic, next};
  const ScanResult last = d.kind->ScanFinalIn(state.order, rest);
  if (magic && !std::holds_alternative<Extent>(last)) return {*magic, next};
  std::size_t payload_size = 0;
  return delivered(*d.kind, Filtered(d, rest, last, payload_size));
}

// With magic and checksum: the next place where both hold. Otherwise the kind's own search.
//
// A place that fails is paid for with bytes that are passed over unseen. Where a few bytes say how
// long a frame is, it costs those and two states of a sum, else what had to be read.
SeekResult SeekFrame(const Description& d, ByteView window, std::uint64_t resume, bool finished,
                     State state, SeekMemory& memory) {
  if (!CanResync(d)) return d.kind->Seek(window, resume, finished);
  if (!finished && window.size() < resume) return {.resume = resume};
  const bool cheap = d.sized && d.escape == Escape::kNone;
  WindowSums sums(*d.check.sum, window, memory);
  ScanNote note(std::exchange(memory.note, 0), std::exchange(memory.outer, 0));
  for (std::size_t at = 0; at < window.size(); ++at, note = {}) {
    if (sums.Overdrawn(at)) continue;
    const std::size_t mark = at + d.magic_at;
    if (mark < window.size() && AsText(window)[mark] != d.magic[0]) continue;
    sums.StartAt(at);
    std::size_t payload_size = 0;
    const ByteView rest = window.subspan(at);
    const ScanResult result =
        ScanFrame(d, rest, note, state.order, payload_size, cheap ? &sums : nullptr);
    if (std::holds_alternative<Extent>(result)) return {.drop = at, .found = true};
    const auto* more = std::get_if<NeedMore>(&result);
    if (more != nullptr && !finished) {
      memory.note = more->within.note;
      memory.outer = more->within.outer;
      sums.Drop(at);
      return {.drop = at, .resume = more->min_window};
    }
    memory.spent += cheap ? CostOfSum(result) : CostOf(d, result, rest.size());
  }
  sums.Drop(window.size());
  return {.drop = window.size()};
}

std::size_t MaxFrameSize(const Description& d) {
  std::size_t most = d.kind->max_frame_size();
  if (d.first != nullptr) most = std::max(most, d.first->max_frame_size());
  if (d.join.how != JoinRule::How::kNone) {
    most += d.limits.most() + kMaxFragments * kFragmentOverhead;
  }
  const bool searched = d.preamble.is == Preamble::Is::kUntil || !d.preamble.marks.empty();
  const std::size_t preamble = searched ? kMaxPreamble : d.preamble.size + d.preamble.bytes.size();
  return std::max(most, preamble) + d.magic_at + d.magic.size();
}

bool Assembles(const Description& d) {
  return d.kind->assembles() || (d.first != nullptr && d.first->assembles()) ||
         d.join.how != JoinRule::How::kNone || d.escape != Escape::kNone || d.xor_key;
}

Assembled AssemblePayload(const Description& d, ByteSpan wire, const Extent& found, State before) {
  const FrameKind& kind = before.frames < d.first_count ? *d.first : *d.kind;
  if (kind.assembles() || before.frames < d.first_count) {
    const Assembled put = kind.Assemble(wire, found);
    const Extent delivered = kind.Delivered(wire, put);
    if (delivered == put) return put;
    return {delivered, wire.size() - delivered.payload_offset - delivered.payload_size};
  }
  if (d.join.how == JoinRule::How::kNone) {
    // `found` has the stuffed size; what it stands for is never longer.
    if (d.escape != Escape::kNone) return Put(d, wire, found);
    ApplyKey(d, wire, found);  // its checksum is left out already
    const Extent put = d.kind->Delivered(wire, found);
    return {put, wire.size() - put.payload_offset - put.payload_size};
  }
  Assembled message;
  std::size_t to = 0;
  for (std::size_t at = 0; at < wire.size();) {
    const ByteSpan rest = wire.subspan(at);
    const ScanResult result = d.kind->ScanIn(before.order, rest, 0);
    if (const auto* skip = std::get_if<Skip>(&result)) at += skip->bytes;
    const auto* extent = std::get_if<Extent>(&result);
    if (extent == nullptr) {
      if (std::holds_alternative<Skip>(result)) continue;
      break;
    }
    const Assembled part = Put(d, rest.first(extent->wire_size), *extent);
    if (at == 0) to = message.payload_offset = part.payload_offset;
    std::memmove(wire.data() + to, rest.data() + part.payload_offset, part.payload_size);
    to += part.payload_size;
    at += extent->wire_size;
    message.trailer_size = part.trailer_size;
  }
  message.wire_size = found.wire_size;
  message.payload_size = to - message.payload_offset;
  return message;
}

}  // namespace unstick::inline v0::detail
