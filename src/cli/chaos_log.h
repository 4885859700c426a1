// What chaos did: a JSON object a line, and the sums.

#ifndef UNSTICK_SRC_CLI_CHAOS_LOG_H_
#define UNSTICK_SRC_CLI_CHAOS_LOG_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "src/cli/chaos_plan.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::cli {

// Sums of a run. Bytes are those that went on, by direction.
struct ChaosTotals {
  std::uint64_t connections = 0;
  std::array<std::uint64_t, 2> bytes{};
  std::uint64_t pieces = 0;
  std::uint64_t flips = 0;
  std::uint64_t cuts = 0;
  std::uint64_t half_closes = 0;
  std::uint64_t stalls = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t dropped = 0;
  std::uint64_t doubled = 0;
  std::uint64_t reordered = 0;
  std::uint64_t made_room = 0;    // clients (datagrams) that were forgotten for a new one
  std::uint64_t unreachable = 0;  // connections that the target did not take, or datagrams of new
                                  // clients that no socket could be opened for
};

// Any number of threads may write.
class ChaosLog {
 public:
  // Writes to the file `path`, which is emptied. Without, nothing is written; sums are made in any
  // case.
  absl::Status Open(const std::string& path);
  // Lines are missing, which has been said.
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

  // {"connection":1,"direction":"to-target","event":"flip","offset":120,"bit":3}; `more` starts
  // with a comma or is empty.
  void Write(std::uint64_t connection, ChaosDirection direction, std::string_view event,
             std::uint64_t offset, const std::string& more = {});
  void Write(std::uint64_t connection, ChaosDirection direction, std::string_view event,
             const std::string& more);
  void Write(std::uint64_t connection, std::string_view event, const std::string& more = {});

  // Changes the sums under the lock.
  template <typename Change>
  void Sum(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(totals_);
  }
  ChaosTotals totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
  }

 private:
  void WriteLine(const std::string& line);

  mutable std::mutex mutex_;
  std::string path_;
  net::UniqueFd fd_;
  bool failed_ = false;
  ChaosTotals totals_;
};

// "stopped: 2 connections, 1024 bytes to the target, ...": what was done, for people.
std::string Summary(const ChaosTotals& totals, bool datagrams);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_LOG_H_
