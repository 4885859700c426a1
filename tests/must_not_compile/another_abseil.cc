// A program whose abseil is not the one that the library was compiled with.
// EXPECT-ERROR: _abseil_20990101

#ifdef MUST_NOT_COMPILE
#include "absl/base/config.h"
#undef ABSL_LTS_RELEASE_VERSION
#define ABSL_LTS_RELEASE_VERSION 20990101  // as if it came from another place
#endif

#include "unstick/asio/detail/abi.h"

int main() {}
