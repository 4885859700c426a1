#include "src/core/described_encode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "src/core/described_scan.h"

namespace unstick::inline v0::detail {
namespace {

using Needs = DescribedFramer::Needs;

constexpr std::uint32_t kManyFrames = ~std::uint32_t{0};  // State::frames saturates

std::string Escaped(const Escaping& escape, ByteView plain) {
  std::string stuffed(EscapedRoom(escape, plain.size()), '\0');
  stuffed.resize(EscapeTo(escape, plain, reinterpret_cast<std::byte*>(stuffed.data())));
  return stuffed;
}

// What stands between header and trailer: the payload, the checksum if it has its room there, both
// escaped. `room` holds it where it is not the payload itself.
ByteView Stuffed(const Description& d, ByteView payload, ByteView check, std::string& room) {
  if (d.escape == Escape::kNone && check.empty()) return payload;
  std::string checked(AsText(payload));
  checked += AsText(check);
  room = d.escape == Escape::kNone ? std::move(checked) : Escaped(d.escape, AsBytes(checked));
  return AsBytes(room);
}

// The same for what is delivered of a frame, which may be more than its payload: that alone is
// stuffed. Where the payload lies in it, the kind says that finds it.
ByteView OnWire(const Description& d, ByteView delivered, ByteView check, std::string& room) {
  if (d.escape == Escape::kNone || d.kind->delivers_payload()) {
    return Stuffed(d, delivered, check, room);
  }
  const ScanResult found = d.kind->Scan(delivered, 0);
  const auto* extent = std::get_if<Extent>(&found);
  if (extent == nullptr) return delivered;  // it will not read back
  const std::size_t header = extent->payload_offset;
  const std::size_t trailer = extent->wire_size - header - extent->payload_size;
  if (header + trailer > delivered.size()) return delivered;
  std::string inside;
  const ByteView payload = delivered.subspan(header, delivered.size() - header - trailer);
  room = std::string(AsText(delivered.first(header))) +
         std::string(AsText(Stuffed(d, payload, check, inside))) +
         std::string(AsText(delivered.last(trailer)));
  return AsBytes(room);
}

// Marks a frame as the end of its message.
void MarkLast(const JoinRule& join, ByteSpan frame) {
  if (join.byte >= frame.size()) return;
  std::byte& byte = frame[join.byte];
  const auto bit = static_cast<std::byte>(1U << join.bit);
  switch (join.how) {
    case JoinRule::How::kNone:
    case JoinRule::How::kFull:
      return;
    case JoinRule::How::kLastBit:
      byte |= bit;
      return;
    case JoinRule::How::kMoreBit:
      byte &= ~bit;
      return;
    case JoinRule::How::kLastCharacter: {
      const char is = std::to_integer<char>(byte);
      if (join.characters.find(is) == std::string::npos) {
        byte = static_cast<std::byte>(join.characters.front());
      }
      return;
    }
  }
}

// Masks the payload of a frame with the key in its header.
void Mask(const Description& d, std::endian order, ByteSpan frame) {
  if (!d.xor_key) return;
  const ScanResult found = d.kind->ScanIn(order, frame, 0);
  if (const auto* extent = std::get_if<Extent>(&found)) ApplyKey(d, frame, *extent);
}

// One message on its way: what of it is the same for each of its frames.
struct Message {
  const Description& d;
  const FrameKind& kind;  // of the first frames, or of all others, for which the clauses count
  bool clauses;
  State sent;  // what the stream has had before
};

// A part of a message: the message, or a fragment, `number` fragments into it.
struct Piece {
  ByteView payload;
  bool continued = false;
  std::size_t number = 0;
};

// Writes what the clauses want into a frame that the kind has made. False: there is no place.
bool Finish(const Message& m, ByteSpan frame, const Piece& piece) {
  const Description& d = m.d;
  if (frame.size() < d.magic_at + d.magic.size() || frame.size() < d.end.size()) return false;
  std::ranges::copy(AsBytes(d.magic), frame.subspan(d.magic_at).begin());
  std::ranges::copy(AsBytes(d.end), frame.last(d.end.size()).begin());
  if (!piece.continued) MarkLast(d.join, frame);
  if (d.join.number && *d.join.number < frame.size() && piece.number > 0) {
    auto& count = frame[*d.join.number];
    count = static_cast<std::byte>(std::to_integer<std::size_t>(count) + piece.number);
  }
  Mask(d, m.sent.order, frame);
  if (!d.check || (d.check.room() > 0 && d.escape != Escape::kNone)) return true;
  const ScanResult found = d.kind->ScanIn(m.sent.order, frame, 0);
  const auto* extent = std::get_if<Extent>(&found);
  return extent != nullptr && WriteCheck(d.check, frame.first(extent->wire_size), *extent);
}

// A checksum that is escaped with the payload: is it right? If not, `check` becomes the one that
// this frame should have had. Nothing if it is no such frame.
std::optional<bool> HoldsEscaped(const Description& d, std::endian order, ByteView frame,
                                 ByteSpan check) {
  const ScanResult found = d.kind->ScanIn(order, frame, 0);
  const auto* extent = std::get_if<Extent>(&found);
  if (extent == nullptr) return std::nullopt;
  const ByteView stuffed = frame.subspan(extent->payload_offset, extent->payload_size);
  if (MeasureEscaped(d.escape, stuffed, false).bad_at) return std::nullopt;
  const Checked checked = JudgeCheck(d.check, d.escape, frame.first(extent->wire_size), *extent);
  if (!checked.holds) PutCheck(d.check, checked.computed, check);
  return checked.holds;
}

// The everyday case, a mark behind bytes that cannot hold it: there is nothing to prove. False, and
// nothing is done, for what may not be that.
bool AppendStuffed(const Description& d, ByteView payload, StreamBuffer& out) {
  if (!d.stuffed_up_to || payload.empty() || payload.size() > kMaxContiguousPayload / 4)
    return false;
  std::byte* const start = out.Prepare(EscapedRoom(d.escape, payload.size()) + 1).data();
  const std::size_t size = EscapeTo(d.escape, payload, start);
  start[size] = *d.stuffed_up_to;
  out.Commit(size + 1);
  return true;
}

// What a frame needs that the end of the input can end: would a line feed behind it do?
Needs NeedsOf(const Description& d, StreamBuffer& out, std::size_t size, State before) {
  out.Append(AsBytes("\n"));
  const ScanResult result = ScanStream(d, out.readable().last(size + 1), 0, before).result;
  out.Unwrite(1);
  const auto* extent = std::get_if<Extent>(&result);
  return extent != nullptr && extent->wire_size == size ? Needs::kFiller : Needs::kEnd;
}

// Does the end of `out`, `size` bytes, decode to `payload` and nothing else; or does it (`last`) if
// no more bytes come? Decodes a copy, because that may put the payload together in place. The
// stream's state moves on if so.
bool Decodes(const Description& d, StreamBuffer& out, std::size_t size, ByteView payload, bool last,
             State& sent) {
  State before = sent;
  before.preamble_done = before.preamble_done || d.preamble.is != Preamble::Is::kBeforeLine;
  if (d.once) before.frames = 0;
  const ByteSpan twice = out.Prepare(2 * size + 1).first(2 * size);
  const ByteSpan copy = twice.first(size);
  std::ranges::copy(out.readable().last(size), copy.begin());
  ScanStep<State> back = ScanStream(d, copy, 0, before);
  const bool open = std::holds_alternative<NeedMore>(back.result);
  if (open && last) {
    back = ScanStreamEnd(d, copy, before);
  } else if (open) {  // does the next frame show where it ends?
    std::ranges::copy(copy, twice.last(size).begin());
    back = ScanStream(d, twice, 0, before);
    const auto* first = std::get_if<Extent>(&back.result);
    if (first == nullptr || first->wire_size != size) return false;
  }
  const auto* found = std::get_if<Extent>(&back.result);
  if (found == nullptr) return false;
  for (std::size_t at = found->wire_size; at < size;) {  // filler, so that nothing prolongs it
    const ScanResult behind = ScanStream(d, copy.subspan(at), 0, back.next).result;
    const auto* skip = std::get_if<Skip>(&behind);
    if (skip == nullptr) return false;
    at += skip->bytes;
  }
  const ByteSpan frame = copy.first(found->wire_size);
  const Extent put = Assembles(d) ? Extent(AssemblePayload(d, frame, *found, before)) : *found;
  if (!Equal(frame.subspan(put.payload_offset, put.payload_size), payload)) return false;
  sent.order = back.next.order;
  if (open && last) sent.needs = NeedsOf(d, out, size, before);
  return true;
}

// Appends one frame, which `put` makes of what stands for the piece on the wire. `finish`: with
// what the clauses want written into it.
//
// A checksum inside the payload may cover the header, which may depend on how the checksum is
// escaped: it is guessed and set right until it is. A guess that the kind refuses (it looks like an
// end mark) is replaced once.
template <typename Put>
std::optional<FrameError> AppendWire(const Message& m, const Piece& piece, bool finish,
                                     StreamBuffer& out, const Put& put) {
  constexpr int kGuesses = 8;
  const Description& d = m.d;
  if (!m.clauses) return put(piece.payload);
  const std::size_t start = out.size();
  std::array<std::byte, 8> bytes = {};
  // Without escapes a checksum that is not to be written anew is among the bytes that were given.
  const bool inside = d.check.room() > 0 && d.escape != Escape::kNone;
  const ByteSpan check = ByteSpan(bytes).first(finish || inside ? d.check.room() : 0);
  const bool over_payload = d.check.over_payload;
  if (!check.empty() && over_payload) PutCheck(d.check, d.check.sum->Of(piece.payload), check);
  std::string room;
  bool other_guess = check.empty() || over_payload;
  for (int guess = 0; guess < kGuesses; ++guess) {
    auto refused = put(OnWire(d, piece.payload, check, room));
    if (!refused && finish && !Finish(m, out.writable().subspan(start), piece)) {
      refused = Refused(piece.payload.size(), Obstacle::kBytes);
    }
    if (!refused && inside) {
      const auto holds = HoldsEscaped(d, m.sent.order, out.writable().subspan(start), check);
      if (holds == true) return std::nullopt;
      if (!holds) refused = Refused(piece.payload.size(), Obstacle::kBytes);
    }
    if (!refused && !inside) return std::nullopt;
    out.Unwrite(out.size() - start);
    if (!refused) continue;
    if (std::exchange(other_guess, true)) {
      refused->found = piece.payload.size();
      if (refused->allowed > check.size()) refused->allowed -= check.size();
      return refused;
    }
    std::ranges::fill(check, std::byte{0x55});
  }
  return Refused(piece.payload.size(), Obstacle::kBytes);
}

// A piece in the frame that the kind makes of it.
std::optional<FrameError> AppendPiece(const Message& m, const Piece& piece, StreamBuffer& out) {
  // A stream that has told its order by a frame before, or by its preamble.
  const bool told = m.sent.frames > 0 || m.d.preamble_tells_order;
  return AppendWire(m, piece, true, out, [&](ByteView on_wire) {
    return told ? m.kind.EncodeIn(m.sent.order, on_wire, out) : m.kind.Encode(on_wire, out);
  });
}

// A piece between the bytes that are given: as they are, or (`anew`) with the length, the marks of
// joining and the checksum that they must have.
std::optional<FrameError> AppendAround(const Message& m, const Piece& piece, const FrameEnds& ends,
                                       bool anew, StreamBuffer& out) {
  const bool check_last = m.clauses && m.d.check.room() > 0 && m.d.escape == Escape::kNone;
  return AppendWire(m, piece, anew, out, [&](ByteView on_wire) -> std::optional<FrameError> {
    std::string header(AsText(ends.header));
    std::string trailer(AsText(ends.trailer));
    if (anew && check_last) trailer.erase(0, m.d.check.room());  // it stands behind the payload
    if (anew) {
      m.kind.EncodeAround(m.sent.order, on_wire, std::move(header), std::move(trailer), out);
      return std::nullopt;
    }
    const std::size_t start = out.size();
    for (const ByteView part : {AsBytes(header), on_wire, AsBytes(trailer)}) out.Append(part);
    const ByteSpan frame = out.writable().subspan(start);
    if (!m.clauses) return std::nullopt;
    if (m.kind.delivers_payload()) {  // a length may stand among the bytes that are masked
      ApplyKey(m.d, frame, {frame.size(), header.size(), on_wire.size()});
    } else {
      Mask(m.d, m.sent.order, frame);
    }
    return std::nullopt;
  });
}

// Appends one message by `append`(piece). Where only a payload of a certain size
// is continued, larger ones take several fragments; all other messages are one.
template <typename Append>
std::optional<FrameError> AppendMessage(const Message& m, ByteView payload, const Append& append) {
  std::size_t number = 0;
  if (m.clauses && m.d.join.how == JoinRule::How::kFull && m.kind.delivers_payload()) {
    const auto full = static_cast<std::size_t>(m.d.join.full);
    for (; payload.size() >= full; payload = payload.subspan(full)) {
      if (auto refused = append(Piece{payload.first(full), true, number++})) return refused;
    }
  }
  return append(Piece{payload, false, number});
}

// Appends a message in one way and keeps it if it decodes back.
template <typename Way>
std::optional<FrameError> Try(const Message& m, ByteView payload, StreamBuffer& out, State& sent,
                              const Way& way, bool last = false) {
  const std::size_t start = out.size();
  auto refused = way();
  const std::size_t size = out.size() - start;
  if (!refused && size > 0 && Decodes(m.d, out, size, payload, last, sent)) return std::nullopt;
  out.Unwrite(out.size() - start);
  return refused ? refused : Refused(payload.size(), Obstacle::kBytes);
}

std::optional<FrameError> AppendPayload(const Message& m, ByteView payload, StreamBuffer& out,
                                        State& sent) {
  auto refused = Try(m, payload, out, sent, [&] {
    return AppendMessage(m, payload,
                         [&](const Piece& piece) { return AppendPiece(m, piece, out); });
  });
  if (!refused || m.kind.delivers_payload()) return refused;
  // What is delivered may be the frame as it stands on the wire, or all the fragments.
  const auto as_it_is = [&]() -> std::optional<FrameError> {
    out.Append(payload);
    return std::nullopt;
  };
  return Try(m, payload, out, sent, as_it_is) ? refused : std::nullopt;
}

std::optional<FrameError> AppendBetween(const Message& m, ByteView payload, const FrameEnds& ends,
                                        StreamBuffer& out, State& sent) {
  const auto given = [&] { return AppendAround(m, Piece{payload}, ends, false, out); };
  const auto anew = [&] {
    return AppendMessage(
        m, payload, [&](const Piece& piece) { return AppendAround(m, piece, ends, true, out); });
  };
  if (!Try(m, payload, out, sent, given) || !Try(m, payload, out, sent, given, true)) {
    return std::nullopt;
  }
  return Try(m, payload, out, sent, anew);
}

std::optional<FrameError> Append(const Description& d, ByteView payload, const FrameEnds* ends,
                                 StreamBuffer& out, State& sent) {
  const bool first = sent.frames < d.first_count;
  const Message m{d, first ? *d.first : *d.kind, !first, sent};
  if (sent.needs == Needs::kEnd) return Refused(payload.size(), Obstacle::kNoEnd);
  if (std::exchange(sent.needs, Needs::kNothing) == Needs::kFiller) out.Append(AsBytes("\n"));
  if (payload.size() > kMaxContiguousPayload) {
    return Refused(payload.size(), kMaxContiguousPayload);
  }
  std::optional<FrameError> wrong_size;
  if (m.clauses && m.kind.delivers_payload()) {  // a first frame has limits of its own
    wrong_size = RefuseSize(d.limits, payload.size());
  }
  if (wrong_size && ends == nullptr) return wrong_size;
  if (ends == nullptr && AppendStuffed(d, payload, out)) return std::nullopt;
  if (d.once && sent.frames > 0) return Refused(payload.size(), Obstacle::kOnlyFrame);
  const bool lines = d.preamble.is == Preamble::Is::kBeforeLine;  // which need not be there
  if (AwaitsPreamble(d, sent) && !lines) {
    if (d.preamble.is != Preamble::Is::kConstant) {
      return Refused(payload.size(), Obstacle::kPreamble);
    }
    out.Append(AsBytes(d.preamble.bytes));
  }
  if (ends == nullptr) return AppendPayload(m, payload, out, sent);
  const auto refused = AppendBetween(m, payload, *ends, out, sent);  // `bare` frames have no limits
  return refused && wrong_size ? wrong_size : refused;
}

std::optional<FrameError> Encode(const Description& d, ByteView payload, const FrameEnds* ends,
                                 StreamBuffer& out, State& sent) {
  const std::size_t start = out.size();
  State after = sent;
  if (auto refused = Append(d, payload, ends, out, after)) {
    out.Unwrite(out.size() - start);
    return refused;
  }
  sent.order = after.order;
  sent.needs = after.needs;
  sent.preamble_done = true;
  if (sent.frames != kManyFrames) ++sent.frames;
  return std::nullopt;
}

}  // namespace

std::optional<FrameError> EncodeFrame(const Description& d, ByteView payload, StreamBuffer& out,
                                      State& sent) {
  return Encode(d, payload, nullptr, out, sent);
}

std::optional<FrameError> EncodeFrame(const Description& d, ByteView payload, const FrameEnds& ends,
                                      StreamBuffer& out, State& sent) {
  return Encode(d, payload, &ends, out, sent);
}

std::optional<FrameError> EncodePreamble(const Description& d, ByteView preamble, StreamBuffer& out,
                                         State& sent) {
  const FrameError refused = Refused(preamble.size(), Obstacle::kNoPreamble);
  if (!AwaitsPreamble(d, sent) || preamble.empty()) return refused;
  std::string bytes(AsText(preamble));
  if (d.preamble.is == Preamble::Is::kBeforeLine) bytes += d.preamble.marks.front();
  const ScanStep<State> step = ScanStream(d, AsBytes(bytes), 0, sent);
  const auto* skip = std::get_if<Skip>(&step.result);
  if (skip == nullptr || skip->bytes != preamble.size()) return refused;
  out.Append(preamble);
  sent = step.next;
  return std::nullopt;
}

std::optional<FrameError> EncodeFiller(const Description& d, ByteView filler, StreamBuffer& out,
                                       State& sent) {
  if (sent.needs == Needs::kEnd) return Refused(filler.size(), Obstacle::kNoEnd);
  const FrameError refused = Refused(filler.size(), Obstacle::kNoFiller);
  if (AwaitsPreamble(d, sent) || filler.empty()) return refused;
  Needs needs = Needs::kNothing;
  for (std::size_t at = 0; at < filler.size();) {
    const ByteView rest = filler.subspan(at);
    ScanResult step = ScanStream(d, rest, 0, sent).result;
    if (std::holds_alternative<NeedMore>(step)) {  // a tail that is dropped
      step = ScanStreamEnd(d, rest, sent).result;
      needs = Needs::kEnd;
    }
    const auto* skip = std::get_if<Skip>(&step);
    if (skip == nullptr) return refused;
    at += skip->bytes;
  }
  out.Append(filler);
  sent.needs = needs;
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail
