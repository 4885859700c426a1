// An AnyFramer may begin a stream in its own way (a preamble, a first frame), so encoding asks what
// the stream has had. EXPECT-ERROR: no matching function

#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"

bool Encode(const unstick::AnyFramer& framer, unstick::StreamBuffer& out) {
  unstick::AnyFramer::State sent;
  if (AppendFrame(framer, unstick::AsBytes("hello"), out, sent)) return false;
#ifdef MUST_NOT_COMPILE
  if (AppendFrame(framer, unstick::AsBytes("hello"), out)) return false;
#endif
  return true;
}
