// A program of framers alone, whose abseil is not the one that the library was compiled with.
// EXPECT-ERROR: abseil_20990101

#ifdef MUST_NOT_COMPILE
#include "absl/base/config.h"
#undef ABSL_LTS_RELEASE_VERSION
#define ABSL_LTS_RELEASE_VERSION 20990101  // as if it came from another place
#endif

#include "unstick/core/frame_error.h"

int main() {}
