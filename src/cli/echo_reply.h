// What the echo server answers.

#ifndef UNSTICK_SRC_CLI_ECHO_REPLY_H_
#define UNSTICK_SRC_CLI_ECHO_REPLY_H_

#include <ctime>
#include <string>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::cli {

// "at Sat Nov 21 01:13:00 2026: ": local time as asctime(3) has it.
std::string TimePrefix(std::time_t when);

// Makes replies: the message itself, or behind the time.
class EchoReply {
 public:
  explicit EchoReply(bool timestamp) : timestamp_(timestamp) {}

  // Valid until the next call, and while `message` is.
  ByteView To(ByteView message);

 private:
  bool timestamp_;
  std::string reply_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ECHO_REPLY_H_
