// The encoding half of a described framer.

#ifndef UNSTICK_SRC_CORE_DESCRIBED_ENCODE_H_
#define UNSTICK_SRC_CORE_DESCRIBED_ENCODE_H_

#include <optional>

#include "src/core/description.h"
#include "unstick/core/bytes.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::detail {

// DescribedFramer::EncodeTo(), for the description of one side.
std::optional<FrameError> EncodeFrame(const Description& d, ByteView payload, StreamBuffer& out,
                                      DescribedFramer::State& sent);

// The same with the bytes around the payload.
std::optional<FrameError> EncodeFrame(const Description& d, ByteView payload, const FrameEnds& ends,
                                      StreamBuffer& out, DescribedFramer::State& sent);
// DescribedFramer::PreambleTo().
std::optional<FrameError> EncodePreamble(const Description& d, ByteView preamble, StreamBuffer& out,
                                         DescribedFramer::State& sent);
// DescribedFramer::FillerTo().
std::optional<FrameError> EncodeFiller(const Description& d, ByteView filler, StreamBuffer& out,
                                       DescribedFramer::State& sent);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DESCRIBED_ENCODE_H_
