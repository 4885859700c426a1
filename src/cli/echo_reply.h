// What the echo server answers.

#ifndef UNSTICK_SRC_CLI_ECHO_REPLY_H_
#define UNSTICK_SRC_CLI_ECHO_REPLY_H_

#include <string>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::cli {

// Makes replies: the message itself, or behind the local time in asctime(3)'s form.
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
