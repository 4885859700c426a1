// The echo server for datagrams.

#ifndef UNSTICK_SRC_CLI_ECHO_DATAGRAMS_H_
#define UNSTICK_SRC_CLI_ECHO_DATAGRAMS_H_

#include "src/cli/output.h"
#include "unstick/core/any_framer.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::cli {

// "listening on tcp:127.0.0.1:4000", at once. False when nobody can read it.
bool SayListening(const net::Endpoint& at, Output& out);

// Answers each datagram with one that holds the replies to the messages in it, an empty one with an
// empty one, until it is told to stop; then answers what has arrived. A bad datagram costs itself
// and a message. Returns the exit code.
int ServeDatagrams(const net::Endpoint& endpoint, const AnyFramer& framer, bool timestamp,
                   Output& out);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_ECHO_DATAGRAMS_H_
