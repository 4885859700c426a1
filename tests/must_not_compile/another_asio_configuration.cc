// A program that configures Asio otherwise than the library.
// EXPECT-ERROR: _no_ts_executors

#ifdef MUST_NOT_COMPILE
#define ASIO_NO_TS_EXECUTORS
#endif

#include "unstick/asio/detail/abi.h"

int main() {}
