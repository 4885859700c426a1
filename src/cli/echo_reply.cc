#include "src/cli/echo_reply.h"

#include <ctime>

namespace unstick::inline v0::cli {

ByteView EchoReply::To(ByteView message) {
  if (!timestamp_) return message;
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof(text), "at %a %b %e %H:%M:%S %Y: ", &local);
  reply_.assign(text, size);
  reply_ += AsText(message);
  return AsBytes(reply_);
}

}  // namespace unstick::inline v0::cli
