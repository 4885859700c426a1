// A program whose Asio is not the one that the library was compiled with.
// EXPECT-ERROR: library_not_built_with::asio_103999_abseil_

#ifdef MUST_NOT_COMPILE
#include <asio/version.hpp>
#undef ASIO_VERSION
#define ASIO_VERSION 103999  // as if it came from another place
#endif

#include "unstick/asio/session.h"

int main() {}
