// One connection through chaos.

#ifndef UNSTICK_SRC_CLI_CHAOS_STREAM_H_
#define UNSTICK_SRC_CLI_CHAOS_STREAM_H_

#include <cstdint>

#include "src/cli/chaos_log.h"
#include "src/cli/chaos_plan.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::cli {

// Carries bytes between `client` and `target` as the plans say until both directions have ended or
// `stop_fd` is readable.
void CarryStream(net::Socket client, net::Socket target, const ChaosFaults& faults,
                 std::uint64_t seed, std::uint64_t connection, int stop_fd, ChaosLog& log);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_STREAM_H_
