// Datagrams through chaos.

#ifndef UNSTICK_SRC_CLI_CHAOS_DATAGRAMS_H_
#define UNSTICK_SRC_CLI_CHAOS_DATAGRAMS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "src/cli/chaos_log.h"
#include "src/cli/chaos_plan.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::cli {

// Carries datagrams between whoever sends to `listener` and `target`, a socket of ours for each
// client, until `stop_fd` is readable.
absl::Status CarryDatagrams(net::DatagramChannel& listener, const net::Endpoint& target,
                            const ChaosFaults& faults, std::uint64_t seed, int stop_fd,
                            ChaosLog& log);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_DATAGRAMS_H_
