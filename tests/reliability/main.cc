#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "tests/reliability/cases.h"
#include "tests/reliability/client.h"

namespace {

using namespace unstick::testing;

struct Case {
  const char* name;
  int (*run)(bool small);
};

constexpr std::array kCases = {
    Case{"idle", IdleConnections},         Case{"declared", DeclaredFrames},
    Case{"dripping", DrippingClients},     Case{"never_reads", ClientThatNeverReads},
    Case{"no_descriptors", NoDescriptors}, Case{"graceful_close", GracefulClose},
    Case{"processor", ProcessorTime},      Case{"large_frames", LargeFrames},
};

}  // namespace

// unstick_reliability [--small] [CASE...]: all of them without a name.
int main(int argc, char** argv) {
  AskForDescriptors();
  (void)std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bool small = false;
  bool named = false;
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--small") {
      small = true;
      continue;
    }
    named = true;
    bool known = false;
    for (const Case& one : kCases) {
      if (argument != one.name) continue;
      known = true;
      status |= one.run(small);
    }
    if (!known) {
      std::fprintf(stderr, "there is no case %s\n", argv[i]);
      return 2;
    }
  }
  if (!named) {
    for (const Case& one : kCases) status |= one.run(small);
  }
  return status;
}
