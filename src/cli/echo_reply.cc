#include "src/cli/echo_reply.h"

namespace unstick::inline v0::cli {

std::string TimePrefix(std::time_t when) {
  std::tm local{};
  ::localtime_r(&when, &local);
  char text[64];
  return {text, std::strftime(text, sizeof(text), "at %a %b %e %H:%M:%S %Y: ", &local)};
}

ByteView EchoReply::To(ByteView message) {
  if (!timestamp_) return message;
  reply_ = TimePrefix(std::time(nullptr));
  reply_ += AsText(message);
  return AsBytes(reply_);
}

}  // namespace unstick::inline v0::cli
