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

// Writes what the clauses want into a frame that the kind has made. False: there is no place.
bool Finish(const Description& d, ByteSpan frame, bool continued) {
  if (frame.size() < d.magic_at + d.magic.size() || frame.size() < d.end.size()) return false;
  std::ranges::copy(AsBytes(d.magic), frame.subspan(d.magic_at).begin());
  std::ranges::copy(AsBytes(d.end), frame.last(d.end.size()).begin());
  const bool has_byte = d.join.byte < frame.size() && !continued;
  if (d.join.how == JoinRule::How::kLastBit && has_byte) {
    frame[d.join.byte] |= static_cast<std::byte>(1U << d.join.bit);
  }
  if (d.join.how == JoinRule::How::kLastCharacter && has_byte) {
    frame[d.join.byte] = static_cast<std::byte>(d.join.characters.front());
  }
  if (d.xor_key) {
    const ScanResult found = d.kind->ScanIn(std::endian::big, frame, 0);
    if (const auto* extent = std::get_if<Extent>(&found)) ApplyKey(d, frame, *extent);
  }
  if (!d.check || (d.check.room() > 0 && d.escape != Escape::kNone)) return true;
  const ScanResult found = d.kind->ScanIn(std::endian::big, frame, 0);
  const auto* extent = std::get_if<Extent>(&found);
  return extent != nullptr && WriteCheck(d.check, frame.first(extent->wire_size), *extent);
}

// A checksum that is escaped with the payload: is it right? If not, `check` becomes the one that
// this frame should have had. Nothing if it is no such frame.
std::optional<bool> HoldsEscaped(const Description& d, ByteView frame, ByteSpan check) {
  const ScanResult found = d.kind->ScanIn(std::endian::big, frame, 0);
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

// Does the end of `out`, `size` bytes, decode to `payload` and nothing else? Decodes a copy,
// because that may put the payload together in place.
bool Decodes(const Description& d, StreamBuffer& out, std::size_t size, ByteView payload,
             State before) {
  before.preamble_done = before.preamble_done || d.preamble.is != Preamble::Is::kBeforeLine;
  if (d.once) before.frames = 0;
  const ByteSpan twice = out.Prepare(2 * size + 1).first(2 * size);
  const ByteSpan copy = twice.first(size);
  std::ranges::copy(out.readable().last(size), copy.begin());
  ScanStep<State> back = ScanStream(d, copy, 0, before);
  if (std::holds_alternative<NeedMore>(back.result)) {  // does the next frame show where it ends?
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
  const Extent put = Assembles(d) ? AssemblePayload(d, frame, *found, before) : *found;
  return Equal(frame.subspan(put.payload_offset, put.payload_size), payload);
}

// Appends one frame: a message, or a fragment that is continued.
//
// A checksum inside the payload may cover the header, which may depend on how the checksum is
// escaped: it is guessed and set right until it is. A guess that the kind refuses (it looks like an
// end mark) is replaced once.
std::optional<FrameError> AppendPiece(const Description& d, ByteView piece, bool continued,
                                      StreamBuffer& out) {
  constexpr int kGuesses = 8;
  const std::size_t start = out.size();
  std::array<std::byte, 8> bytes = {};
  const ByteSpan check = ByteSpan(bytes).first(d.check.room());
  if (!check.empty() && d.check.over_payload) PutCheck(d.check, d.check.sum->Of(piece), check);
  std::string room;
  bool other_guess = check.empty() || d.check.over_payload;
  for (int guess = 0; guess < kGuesses; ++guess) {
    auto refused = d.kind->Encode(Stuffed(d, piece, check, room), out);
    if (!refused && !Finish(d, out.writable().subspan(start), continued)) {
      refused = Refused(piece.size(), Obstacle::kBytes);
    }
    const bool inside = !check.empty() && d.escape != Escape::kNone;
    if (!refused && inside) {
      const auto holds = HoldsEscaped(d, out.writable().subspan(start), check);
      if (holds == true) return std::nullopt;
      if (!holds) refused = Refused(piece.size(), Obstacle::kBytes);
    }
    if (!refused && !inside) return std::nullopt;
    out.Unwrite(out.size() - start);
    if (!refused) continue;
    if (std::exchange(other_guess, true)) {
      refused->found = piece.size();
      if (refused->allowed > check.size()) refused->allowed -= check.size();
      return refused;
    }
    std::ranges::fill(check, std::byte{0x55});
  }
  return Refused(piece.size(), Obstacle::kBytes);
}

// Appends one message. Where only a payload of a certain size is continued, larger ones take
// several fragments; all other messages are one.
std::optional<FrameError> AppendMessage(const Description& d, ByteView payload, StreamBuffer& out) {
  if (d.join.how == JoinRule::How::kFull) {
    const auto full = static_cast<std::size_t>(d.join.full);
    for (; payload.size() >= full; payload = payload.subspan(full)) {
      if (auto refused = AppendPiece(d, payload.first(full), true, out)) return refused;
    }
  }
  return AppendPiece(d, payload, false, out);
}

std::optional<FrameError> Append(const Description& d, ByteView payload, StreamBuffer& out,
                                 State sent) {
  if (auto refused = RefuseSize(d.limits, payload.size())) return refused;
  if (AppendStuffed(d, payload, out)) return std::nullopt;
  if (d.once && sent.frames > 0) return Refused(payload.size(), Obstacle::kOnlyFrame);
  const bool lines = d.preamble.is == Preamble::Is::kBeforeLine;  // which need not be there
  if (AwaitsPreamble(d, sent) && !lines) {
    if (d.preamble.is != Preamble::Is::kConstant) {
      return Refused(payload.size(), Obstacle::kPreamble);
    }
    out.Append(AsBytes(d.preamble.bytes));
  }
  const std::size_t start = out.size();
  const bool first = sent.frames < d.first_count;
  auto refused = first ? d.first->Encode(payload, out) : AppendMessage(d, payload, out);
  if (!refused && !Decodes(d, out, out.size() - start, payload, sent)) {
    refused = Refused(payload.size(), Obstacle::kBytes);
  }
  return refused;
}

}  // namespace

std::optional<FrameError> EncodeFrame(const Description& d, ByteView payload, StreamBuffer& out,
                                      State& sent) {
  const std::size_t start = out.size();
  if (auto refused = Append(d, payload, out, sent)) {
    out.Unwrite(out.size() - start);
    return refused;
  }
  sent.preamble_done = true;
  if (sent.frames != kManyFrames) ++sent.frames;
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail
