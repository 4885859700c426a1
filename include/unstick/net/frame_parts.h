// Frames laid out for one gathered write. Users meet MessageStream and DatagramSocket.

#ifndef UNSTICK_NET_FRAME_PARTS_H_
#define UNSTICK_NET_FRAME_PARTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::net::detail {

// Up to here a payload is copied beside its header; a larger one is sent from where it lies.
inline constexpr std::size_t kCopyUpTo = 1024;

// Lays out one frame for each payload:
//
//     memory:  | hdr small trl | hdr small trl | hdr |        | trl hdr small trl |
//     parts:   |<----------- one part -------------->|        |<---- one part --->|
//     caller's memory:                               | large  |
//
// Borrows the large payloads until the parts are sent. Framings that are no FrameWrapper have all
// their frames in one part.
template <FrameEncoder F>
class FrameParts {
 public:
  // `sent` is what the stream has had so far.
  explicit FrameParts(const StreamState<F>& sent) : sent_before_(sent) {}

  // Once. Adds all or nothing: on an error, `refused_at()` is the payload that the framing cannot
  // carry.
  [[nodiscard]] std::optional<FrameError> Encode(const F& framer,
                                                 std::span<const ByteView> payloads) {
    return v0::detail::WithFramer(framer, [&](const auto& chosen) {
      if constexpr (FrameWrapper<std::decay_t<decltype(chosen)>>) {
        return Wrap(chosen, payloads);
      } else {
        return Append(chosen, payloads);
      }
    });
  }

  std::span<const ByteView> parts() const { return parts_; }
  std::span<const std::size_t> frame_sizes() const { return sizes_; }
  std::size_t refused_at() const { return sizes_.size(); }

  // What the stream has had when so many of these frames are out.
  StreamState<F> SentAfter(std::size_t frames) const {
    return frames == 0 || states_.empty() ? sent_before_ : states_[frames - 1];
  }

 private:
  template <StreamEncoder E>
  std::optional<FrameError> Append(const E& framer, std::span<const ByteView> payloads) {
    StreamState<F> sent = sent_before_;
    for (const ByteView payload : payloads) {
      const std::size_t before = memory_.size();
      if (auto refused = framer.EncodeTo(payload, memory_, sent)) return refused;
      sizes_.push_back(memory_.size() - before);
      states_.push_back(sent);
    }
    AddPart(memory_.readable());
    return std::nullopt;
  }

  template <FrameWrapper W>
  std::optional<FrameError> Wrap(const W& framer, std::span<const ByteView> payloads) {
    sizes_.reserve(payloads.size());
    std::size_t room = 0;
    for (const ByteView payload : payloads) {
      if (payload.size() > kMaxContiguousPayload) break;  // refused below; no sum can overflow
      const Overhead overhead = framer.OverheadFor(payload.size());
      room += overhead.header + overhead.trailer;
      if (payload.size() <= kCopyUpTo) room += payload.size();
    }
    free_ = memory_.Prepare(std::max<std::size_t>(room, 1));  // once, so that parts stay put
    for (const ByteView payload : payloads) {
      if (auto refused = Add(framer, payload)) return refused;
    }
    return std::nullopt;
  }

  template <FrameWrapper W>
  std::optional<FrameError> Add(const W& framer, ByteView payload) {
    if (payload.size() > kMaxContiguousPayload) {
      return FrameError{.code = FrameErrorCode::kUnencodable,
                        .found = payload.size(),
                        .allowed = kMaxContiguousPayload};
    }
    const Overhead overhead = framer.OverheadFor(payload.size());
    const ByteSpan header = Take(overhead.header);
    ByteView body = payload;
    if (payload.size() <= kCopyUpTo) {
      const ByteSpan copy = Take(payload.size());
      std::copy(payload.begin(), payload.end(), copy.begin());
      body = copy;
    }
    const ByteSpan trailer = Take(overhead.trailer);
    if (auto refused = framer.Wrap(body, header, trailer)) return refused;
    AddPart(header);
    AddPart(body);
    AddPart(trailer);
    sizes_.push_back(header.size() + body.size() + trailer.size());
    return std::nullopt;
  }

  ByteSpan Take(std::size_t n) {
    const ByteSpan taken = free_.first(n);
    free_ = free_.subspan(n);
    return taken;
  }

  void AddPart(ByteView part) {
    if (part.empty()) return;
    if (!parts_.empty() && parts_.back().data() + parts_.back().size() == part.data()) {
      parts_.back() = {parts_.back().data(), parts_.back().size() + part.size()};
    } else {
      parts_.push_back(part);
    }
  }

  StreamBuffer memory_;
  ByteSpan free_;
  std::vector<ByteView> parts_;
  std::vector<std::size_t> sizes_;
  std::vector<StreamState<F>> states_;  // after each frame, if the framing has any
  [[no_unique_address]] StreamState<F> sent_before_;
};

}  // namespace unstick::inline v0::net::detail

#endif  // UNSTICK_NET_FRAME_PARTS_H_
