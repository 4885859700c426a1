// A send can fail, and a frame can go out in part: nobody may not want to know.
// EXPECT-ERROR: nodiscard

#include "unstick/core/length_field_framer.h"
#include "unstick/net/message_stream.h"

void Send(unstick::net::MessageStream<unstick::LengthFieldFramer>& stream) {
  if (!stream.Send(unstick::AsBytes("told")).ok()) return;
#ifdef MUST_NOT_COMPILE
  stream.Send(unstick::AsBytes("ignored"));
#endif
}
