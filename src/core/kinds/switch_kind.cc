#include "src/core/kinds/switch_kind.h"

#include <algorithm>

namespace unstick::inline v0::detail {

const SwitchCase* SwitchKind::CaseOf(ByteView window) const {
  const auto byte = std::to_integer<std::uint8_t>(window[at_]);
  const auto matches = [&](const SwitchCase& c) {
    switch (c.on) {
      case SwitchCase::On::kValue:
        return (byte & mask_) == c.value;
      case SwitchCase::On::kDigit:
        return byte >= '0' && byte <= '9';
      case SwitchCase::On::kElse:
        break;
    }
    return true;
  };
  const auto found = std::find_if(cases_.begin(), cases_.end(), matches);
  return found == cases_.end() ? nullptr : &*found;
}

// The case whose search serves the whole switch: inside a frame that is being dropped nothing says
// which case it was.
const SwitchCase* SwitchKind::Seeker() const {
  const auto found = std::find_if(cases_.begin(), cases_.end(),
                                  [](const SwitchCase& c) { return c.kind->seeks(); });
  return found == cases_.end() ? nullptr : &*found;
}

std::endian SwitchKind::OrderAfter(ByteView frame, std::endian before) const {
  const SwitchCase* chosen = frame.size() > at_ ? CaseOf(frame) : nullptr;
  return chosen == nullptr ? before : chosen->kind->OrderAfter(frame, before);
}

ScanResult SwitchKind::ScanIn(std::endian order, ByteView window, std::uint64_t resume) const {
  if (window.size() <= at_) return NeedMore{.min_window = at_ + 1};
  if (const SwitchCase* chosen = CaseOf(window)) {
    ScanResult result = chosen->kind->ScanIn(order, window, resume);
    const auto* extent = std::get_if<Extent>(&result);
    if (extent != nullptr && extent->wire_size <= at_) {  // chosen by a byte that is not its own
      return FrameError{
          .code = FrameErrorCode::kBadMagic, .rule = FrameRule::kBeyondFrame, .found = at_}
          .With(window.first(at_ + 1));
    }
    auto* error = std::get_if<FrameError>(&result);
    if (error != nullptr && error->recovery == Recovery::kSeek && chosen != Seeker()) {
      error->recovery = Recovery::kNone;
    }
    return result;
  }
  return FrameError{.code = FrameErrorCode::kBadMagic,
                    .rule = FrameRule::kSync,
                    .found = at_,
                    .allowed = cases_[0].value}
      .With(window.first(at_ + 1));
}

ScanResult SwitchKind::ScanFinalIn(std::endian order, ByteView rest) const {
  const SwitchCase* chosen = rest.size() > at_ ? CaseOf(rest) : nullptr;
  if (chosen != nullptr) return chosen->kind->ScanFinalIn(order, rest);
  return NeedMore{.min_window = at_ + 1};
}

SeekResult SwitchKind::Seek(ByteView window, std::uint64_t resume, bool finished) const {
  const SwitchCase* seeker = Seeker();
  return seeker == nullptr ? FrameKind::Seek(window, resume, finished)
                           : seeker->kind->Seek(window, resume, finished);
}

// The first case that decodes back.
std::optional<FrameError> SwitchKind::EncodeAs(std::optional<std::endian> order, ByteView payload,
                                               StreamBuffer& out) const {
  for (const SwitchCase& c : cases_) {
    const std::size_t before = out.size();
    if (order ? c.kind->EncodeIn(*order, payload, out) : c.kind->Encode(payload, out)) continue;
    const ByteSpan frame = out.writable().subspan(before);
    if (frame.size() > at_ && c.on == SwitchCase::On::kValue && CaseOf(frame) != &c) {
      // The byte that chooses is one that the case itself leaves zero.
      frame[at_] = (frame[at_] & static_cast<std::byte>(~mask_)) | static_cast<std::byte>(c.value);
    }
    const ScanResult back = ScanIn(order.value_or(std::endian::big), frame, 0);
    const auto* extent = std::get_if<Extent>(&back);
    if (extent != nullptr && extent->wire_size == frame.size() && CaseOf(frame) == &c) {
      if (c.kind->assembles()) return std::nullopt;
      const Extent put = c.kind->Delivered(frame, *extent);
      if (Equal(frame.subspan(put.payload_offset, put.payload_size), payload)) return std::nullopt;
    }
    out.Unwrite(out.size() - before);
  }
  return Refused(payload.size(), Obstacle::kBytes);
}

bool SwitchKind::Refit(std::endian order, std::size_t payload_size, std::string& header,
                       std::string& trailer) const {
  const FrameKind* chosen = Chosen(AsBytes(header));
  return chosen != nullptr && chosen->Refit(order, payload_size, header, trailer);
}

void SwitchKind::EncodeAround(std::endian order, ByteView payload, std::string header,
                              std::string trailer, StreamBuffer& out) const {
  const FrameKind* chosen = Chosen(AsBytes(header));
  if (chosen == nullptr) {
    return FrameKind::EncodeAround(order, payload, std::move(header), std::move(trailer), out);
  }
  chosen->EncodeAround(order, payload, std::move(header), std::move(trailer), out);
}

Extent SwitchKind::Delivered(ByteView frame, const Extent& payload) const {
  const FrameKind* chosen = Chosen(frame);
  return chosen == nullptr ? payload : chosen->Delivered(frame, payload);
}

bool SwitchKind::delivers_payload() const {
  return std::all_of(cases_.begin(), cases_.end(),
                     [](const SwitchCase& c) { return c.kind->delivers_payload(); });
}

bool SwitchKind::in_pieces() const {
  return std::any_of(cases_.begin(), cases_.end(),
                     [](const SwitchCase& c) { return c.kind->in_pieces(); });
}

std::size_t SwitchKind::max_frame_size() const {
  std::size_t most = at_ + 1;
  for (const SwitchCase& c : cases_) most = std::max(most, c.kind->max_frame_size());
  return most;
}

bool SwitchKind::assembles() const {
  return std::any_of(cases_.begin(), cases_.end(),
                     [](const SwitchCase& c) { return c.kind->assembles(); });
}

Assembled SwitchKind::Assemble(ByteSpan wire, const Extent& found) const {
  const SwitchCase* chosen = CaseOf(wire);
  return chosen == nullptr ? FrameKind::Assemble(wire, found) : chosen->kind->Assemble(wire, found);
}

}  // namespace unstick::inline v0::detail
