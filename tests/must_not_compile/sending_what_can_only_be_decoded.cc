// A scanner without an encoding half reads from a stream and cannot write to it.
// EXPECT-ERROR: no matching

#include "unstick/net/message_stream.h"

struct ReadOnly {
  unstick::ScanResult Scan(unstick::ByteView, std::size_t) const {
    return unstick::NeedMore{.min_window = 1};
  }
  std::size_t max_frame_size() const { return 1; }
};

void Use(unstick::net::MessageStream<ReadOnly>& stream) {
  if (!stream.Receive()) return;
#ifdef MUST_NOT_COMPILE
  (void)stream.Send(unstick::AsBytes("no"));
#endif
}
