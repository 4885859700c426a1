// One conversation with an echo server, over whatever carries it.

#ifndef UNSTICK_SRC_CLI_ECHO_LINE_H_
#define UNSTICK_SRC_CLI_ECHO_LINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/bytes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::cli {

class EchoLine {
 public:
  // Connects within `timeout`.
  static absl::StatusOr<std::unique_ptr<EchoLine>> Connect(const net::Endpoint& endpoint,
                                                           const AnyFramer& framer,
                                                           net::Duration timeout);
  static absl::StatusOr<std::unique_ptr<EchoLine>> ConnectTls(const net::Endpoint& endpoint,
                                                              const tls::Context& context,
                                                              const AnyFramer& framer,
                                                              net::Duration timeout);
  virtual ~EchoLine() = default;

  // Sends one message and waits for the messages of the answer (a datagram may hold several).
  // Errors are the stream's: kInvalidArgument for a message that cannot be framed, kDataLoss and
  // kResourceExhausted for an answer that broke the framing, kDeadlineExceeded for none.
  virtual absl::StatusOr<std::vector<std::string>> Call(ByteView message, net::Deadline until) = 0;
  // Datagrams that were there before a message was sent, and so are no replies to it; dropped.
  virtual std::uint64_t unasked() const { return 0; }
  // Says goodbye.
  virtual void Close(net::Deadline until) = 0;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ECHO_LINE_H_
