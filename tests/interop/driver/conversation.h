// What is said in one run, written down before it: the same file for our side and the foreign one.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_CONVERSATION_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_CONVERSATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace unstick::inline v0::interop {

// One step of whoever opened the connection. `bytes` is a payload.
struct Step {
  enum class Kind : char {
    kSend = 's',    // send it
    kExpect = 'e',  // the next message must be it
    kSkipTo = 'u',  // pass over messages up to one that starts with it (a server's greetings)
  };
  Kind kind = Kind::kSend;
  std::string bytes;
};

//     | kind u8 | size u32 big-endian | bytes | kind | size | bytes | ...
absl::StatusOr<std::vector<Step>> ReadConversation(const std::string& path);

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_CONVERSATION_H_
