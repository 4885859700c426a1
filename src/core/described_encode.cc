#include "src/core/described_encode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "src/core/described_scan.h"
#include "src/core/kinds/number_kind.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint32_t kManyFrames = ~std::uint32_t{0};  // State::frames saturates

// What stands between header and trailer: the payload escaped, its checksum inside if it has one
// there. `room` holds it where it is not the payload itself.
ByteView Stuffed(const Description& d, ByteView payload, std::string& room) {
  if (d.escape == Escape::kNone && CheckInPayload(d.check) == 0) return payload;
  room = std::string(AsText(payload));
  if (d.check == FrameCheck::kFcs16) {
    std::uint64_t found = 0;
    std::uint64_t computed = 0;
    CheckHolds(d.check, {}, AsBytes(room + std::string(2, '\0')), found, computed);
    room += static_cast<char>(computed & 0xff);
    room += static_cast<char>(computed >> 8 & 0xff);
  }
  if (d.escape != Escape::kNone) room = Escaped(d.escape, AsBytes(room));
  return AsBytes(room);
}

// Writes what the clauses want into a frame that the kind has made. False: there is no place.
bool Finish(const Description& d, ByteSpan frame, ByteView on_wire) {
  if (frame.size() < d.magic_at + d.magic.size() || frame.size() < d.end.size()) return false;
  std::ranges::copy(AsBytes(d.magic), frame.subspan(d.magic_at).begin());
  std::ranges::copy(AsBytes(d.end), frame.last(d.end.size()).begin());
  if (d.join.how == JoinRule::How::kLastBit && d.join.byte < frame.size()) {
    frame[d.join.byte] |= static_cast<std::byte>(1u << d.join.bit);
  }
  if (d.join.how == JoinRule::How::kLastCharacter && d.join.byte < frame.size()) {
    frame[d.join.byte] = static_cast<std::byte>(d.join.characters.front());
  }
  WriteCheck(d.check, frame, on_wire);
  return true;
}

// Does the last frame of `out`, `size` bytes, decode to `payload`? Decodes a copy, because that may
// put the payload together in place.
bool Decodes(const Description& d, StreamBuffer& out, std::size_t size, ByteView payload,
             State before) {
  before.preamble_done = true;
  if (d.once) before.frames = 0;
  const ByteSpan copy = out.Prepare(size).first(size);
  std::ranges::copy(out.readable().last(size), copy.begin());
  ScanResult back = ScanStream(d, copy, 0, before).result;
  if (std::holds_alternative<NeedMore>(back)) back = ScanStreamEnd(d, copy, before).result;
  const auto* found = std::get_if<Extent>(&back);
  if (found == nullptr || found->wire_size != size) return false;
  const Extent put = Assembles(d) ? AssemblePayload(d, copy, *found, before) : *found;
  return Equal(copy.subspan(put.payload_offset, put.payload_size), payload);
}

std::optional<FrameError> Append(const Description& d, ByteView payload, StreamBuffer& out,
                                 State sent) {
  const std::size_t most = d.limits.most();
  if (payload.size() > most || payload.size() < d.limits.min) {
    return Refused(payload.size(), payload.size() > most ? most : d.limits.min);
  }
  if (d.once && sent.frames > 0) return Refused(payload.size());
  if (AwaitsPreamble(d, sent)) {
    // Any other preamble is the caller's to send.
    if (d.preamble.is != Preamble::Is::kConstant) return Refused(payload.size());
    out.Append(AsBytes(d.preamble.bytes));
  }
  const std::size_t start = out.size();
  const bool first = sent.frames < d.first_count;
  std::string room;
  const ByteView on_wire = first ? payload : Stuffed(d, payload, room);
  if (auto refused = (first ? *d.first : *d.kind).Encode(on_wire, out)) return refused;
  if (!first && !Finish(d, out.writable().subspan(start), on_wire)) return Refused(payload.size());
  if (!Decodes(d, out, out.size() - start, payload, sent)) return Refused(payload.size());
  return std::nullopt;
}

}  // namespace

std::string_view WhyNotEncoded(const Description& d, State sent) {
  if (AwaitsPreamble(d, sent) && d.preamble.is != Preamble::Is::kConstant) {
    return "the stream starts with a preamble that only its writer knows; "
           ";preamble='BYTES' behind the spec says which";
  }
  const auto* number = dynamic_cast<const NumberKind*>(d.kind.get());
  if (number != nullptr && number->order_is_told_before()) {
    return "the stream tells its byte order; endian=little or endian=big chooses one";
  }
  return {};
}

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
