// The parts of `demo`, in the order in which they are shown. Each works on sockets of its own, on
// the loopback interface, and waits for nothing longer than kPatience. An error means that the
// system would not let it, not that a promise failed: that goes to DemoPage::Check().

#ifndef UNSTICK_SRC_CLI_DEMO_PARTS_H_
#define UNSTICK_SRC_CLI_DEMO_PARTS_H_

#include <chrono>

#include "absl/status/status.h"
#include "src/cli/demo_page.h"

namespace unstick::inline v0::cli {

inline constexpr auto kPatience = std::chrono::seconds(5);

absl::Status ShowGluedReads(DemoPage& page);     // three sends, one read
absl::Status ShowTornReads(DemoPage& page);      // one send, several reads
absl::Status ShowSleepFailing(DemoPage& page);   // pauses between sends change nothing
absl::Status ShowCures(DemoPage& page);          // each strategy rebuilds every message
absl::Status ShowDatagrams(DemoPage& page);      // UDP keeps boundaries, truncation is told
absl::Status ShowTypedMessages(DemoPage& page);  // protobuf over frames

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_DEMO_PARTS_H_
