// Plain framers encoding with the bytes around a payload given.

#ifndef UNSTICK_SRC_CORE_ENCODE_WITH_ENDS_H_
#define UNSTICK_SRC_CORE_ENCODE_WITH_ENDS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "src/core/kinds/frame_kind.h"
#include "unstick/core/bytes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::detail {

// Writes what a header must say about another payload into it. False: it has no place for that.
bool Refit(const LengthFieldFramer& framer, ByteView payload, std::string& header,
           std::string& trailer);
bool Refit(const VarintFramer& framer, ByteView payload, std::string& header, std::string& trailer);
bool Refit(const HeaderFramer& framer, ByteView payload, std::string& header, std::string& trailer);
inline bool Refit(const DelimiterFramer&, ByteView, std::string&, std::string&) { return false; }
inline bool Refit(const FixedFramer&, ByteView, std::string&, std::string&) { return false; }

// Appends header, payload and trailer if the framer reads them back as a frame with this payload,
// or would (`last`) at the end of the input.
template <typename F>
bool AppendIfFrame(const F& framer, ByteView payload, const FrameEnds& ends, StreamBuffer& out,
                   bool last = false) {
  const std::size_t start = out.size();
  for (const ByteView part : {ends.header, payload, ends.trailer}) out.Append(part);
  const std::size_t size = out.size() - start;
  ScanResult back = framer.Scan(out.readable().subspan(start), 0);
  if (std::holds_alternative<NeedMore>(back) && last) {
    if constexpr (HasScanFinal<F>) back = framer.ScanFinal(out.readable().subspan(start));
  } else if (std::holds_alternative<NeedMore>(back)) {  // does the next frame show where it ends?
    for (const ByteView part : {ends.header, payload, ends.trailer}) out.Append(part);
    back = framer.Scan(out.readable().subspan(start), 0);
    out.Unwrite(size);
  }
  const Extent whole{size, ends.header.size(), payload.size()};
  const auto* extent = std::get_if<Extent>(&back);
  if (extent != nullptr && *extent == whole) return true;
  out.Unwrite(size);
  return false;
}

template <typename F>
std::optional<FrameError> AppendWithEnds(const F& framer, ByteView payload, const FrameEnds& ends,
                                         StreamBuffer& out, DescribedFramer::State& sent) {
  using Needs = DescribedFramer::Needs;
  if (payload.size() > kMaxContiguousPayload) {
    return Refused(payload.size(), kMaxContiguousPayload);
  }
  if (sent.needs == Needs::kEnd) return Refused(payload.size(), Obstacle::kNoEnd);
  if (AppendIfFrame(framer, payload, ends, out)) return std::nullopt;
  if (AppendIfFrame(framer, payload, ends, out, true)) {
    sent.needs = Needs::kEnd;
    return std::nullopt;
  }
  std::string header(AsText(ends.header));
  std::string trailer(AsText(ends.trailer));
  const bool refitted = Refit(framer, payload, header, trailer);
  if (refitted && AppendIfFrame(framer, payload, {AsBytes(header), AsBytes(trailer)}, out)) {
    return std::nullopt;
  }
  return Refused(payload.size(), Obstacle::kBytes);
}

// Appends what the framer passes over.
template <typename F>
std::optional<FrameError> AppendFiller(const F& framer, ByteView filler, StreamBuffer& out,
                                       DescribedFramer::State& sent) {
  using Needs = DescribedFramer::Needs;
  if (sent.needs == Needs::kEnd) return Refused(filler.size(), Obstacle::kNoEnd);
  Needs needs = Needs::kNothing;
  for (std::size_t at = 0; at < filler.size();) {
    const ByteView rest = filler.subspan(at);
    ScanResult step = framer.Scan(rest, 0);
    if (std::holds_alternative<NeedMore>(step)) {  // a tail that is dropped
      if constexpr (HasScanFinal<F>) step = framer.ScanFinal(rest);
      needs = Needs::kEnd;
    }
    const auto* skip = std::get_if<Skip>(&step);
    if (skip == nullptr) return Refused(filler.size(), Obstacle::kNoFiller);
    at += skip->bytes;
  }
  out.Append(filler);
  sent.needs = needs;
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_ENCODE_WITH_ENDS_H_
