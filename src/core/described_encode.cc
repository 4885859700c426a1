#include "src/core/described_encode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "src/core/described_scan.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint32_t kManyFrames = ~std::uint32_t{0};  // State::frames saturates

std::string Escaped(Escape escape, ByteView plain) {
  std::string stuffed(EscapedRoom(plain.size()), '\0');
  stuffed.resize(EscapeTo(escape, plain, reinterpret_cast<std::byte*>(stuffed.data())));
  return stuffed;
}

// What stands between header and trailer: the payload escaped, its checksum inside if it has one
// there. `room` holds it where it is not the payload itself.
ByteView Stuffed(const Description& d, ByteView payload, std::string& room) {
  if (d.escape == Escape::kNone && CheckInPayload(d.check) == 0) return payload;
  if (d.check != FrameCheck::kFcs16) {
    room = Escaped(d.escape, payload);
    return AsBytes(room);
  }
  std::string checked(AsText(payload));
  std::uint64_t found = 0;
  std::uint64_t computed = 0;
  CheckHolds(d.check, {}, AsBytes(checked + std::string(2, '\0')), found, computed);
  checked += static_cast<char>(computed & 0xff);
  checked += static_cast<char>(computed >> 8 & 0xff);
  room = Escaped(d.escape, AsBytes(checked));
  return AsBytes(room);
}

// Writes what the clauses want into a frame that the kind has made. False: there is no place.
bool Finish(const Description& d, ByteSpan frame, ByteView on_wire, bool continued) {
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
  WriteCheck(d.check, frame, on_wire);
  return true;
}

// The everyday case, a mark behind bytes that cannot hold it: there is nothing to prove. False, and
// nothing is done, for what may not be that.
bool AppendStuffed(const Description& d, ByteView payload, StreamBuffer& out) {
  if (!d.stuffed_up_to || payload.empty() || payload.size() > kMaxContiguousPayload / 4)
    return false;
  std::byte* const start = out.Prepare(EscapedRoom(payload.size()) + 1).data();
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
std::optional<FrameError> AppendPiece(const Description& d, ByteView piece, bool continued,
                                      StreamBuffer& out) {
  const std::size_t start = out.size();
  std::string room;
  const ByteView on_wire = Stuffed(d, piece, room);
  if (auto refused = d.kind->Encode(on_wire, out)) {
    refused->found = piece.size();
    return refused;
  }
  if (Finish(d, out.writable().subspan(start), on_wire, continued)) return std::nullopt;
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
