// A FrameCursor refers to its framer, so it refuses one that dies at the end of the line.
// EXPECT-ERROR: deleted

#include "unstick/core/frame_cursor.h"
#include "unstick/core/length_field_framer.h"

void Decode(unstick::ByteView bytes) {
  const unstick::LengthFieldFramer framer;
  unstick::FrameCursor kept(framer, bytes);
#ifdef MUST_NOT_COMPILE
  unstick::FrameCursor dangling(unstick::LengthFieldFramer(), bytes);
#endif
}
