// A stream taken apart into messages and put together again, byte for byte.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_REFRAMER_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_REFRAMER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "tests/interop/driver/cutter.h"
#include "tests/interop/driver/framing.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::interop {

// Decodes what it is given, in random pieces, and encodes each message anew. That must give the
// bytes that came; only fragments that were joined may leave as one.
class Reframer {
 public:
  Reframer(const AnyFramer& framer, OwnBytes own, std::uint64_t seed)
      : decoder_(framer),
        encoder_(framer, own),
        own_(own),
        cutter_(seed),
        in_preamble_(framer.AwaitsPreamble({})) {}

  absl::Status Take(ByteView chunk, StreamBuffer& out);
  absl::Status Finish(StreamBuffer& out);
  std::uint64_t frames() const { return frames_; }
  std::uint64_t pieces() const { return pieces_; }

 private:
  absl::Status TakeFrames(StreamBuffer& out);
  std::size_t NextPiece(std::size_t available);

  FrameDecoder<AnyFramer> decoder_;
  Encoder encoder_;
  OwnBytes own_;
  Cutter cutter_;
  bool in_preamble_;  // its bytes pass as they come: a peer may wait for them
  std::uint64_t frames_ = 0;
  std::uint64_t pieces_ = 0;
};

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_REFRAMER_H_
