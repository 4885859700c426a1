// A HeaderWriter refers to the values it writes, so it refuses ones that die at the end of the
// line. EXPECT-ERROR: deleted

#include "unstick/core/header_framer.h"

void Encode(const unstick::HeaderFramer& framer) {
  const unstick::HeaderValues values;
  const auto writer = framer.With(values);
  (void)writer;
#ifdef MUST_NOT_COMPILE
  const auto dangling = framer.With(unstick::HeaderValues());
  (void)dangling;
#endif
}
