// The decoding half of a described framer: preamble, first frames, frames, fragments, filters.

#ifndef UNSTICK_SRC_CORE_DESCRIBED_SCAN_H_
#define UNSTICK_SRC_CORE_DESCRIBED_SCAN_H_

#include <cstddef>

#include "src/core/description.h"
#include "unstick/core/bytes.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0::detail {

using State = DescribedFramer::State;

// What DescribedFramer's functions of like names say, for the description of one side.
ScanStep<State> ScanStream(const Description& d, ByteView window, ScanNote note, State state);
ScanStep<State> ScanStreamEnd(const Description& d, ByteView rest, State state);
SeekResult SeekFrame(const Description& d, ByteView window, std::uint64_t resume, bool finished,
                     State state, SeekMemory& memory);
std::size_t MaxFrameSize(const Description& d);
bool Assembles(const Description& d);
Assembled AssemblePayload(const Description& d, ByteSpan wire, const Extent& found, State before);
// Unmasks (or masks) the payload of one frame with the key in its header, where it has one.
void ApplyKey(const Description& d, ByteSpan frame, const Extent& extent);
bool AwaitsPreamble(const Description& d, State state);
bool CanResync(const Description& d);
// Does the next frame count, as the first ones or the only one do?
bool IsCounted(const Description& d, State state);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DESCRIBED_SCAN_H_
