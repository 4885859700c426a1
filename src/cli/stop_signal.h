// Ctrl-C, and what service managers send.

#ifndef UNSTICK_SRC_CLI_STOP_SIGNAL_H_
#define UNSTICK_SRC_CLI_STOP_SIGNAL_H_

#include <functional>

namespace unstick::inline v0::cli {

// While it lives, SIGINT and SIGTERM call `stop`, inside the signal handler: it must be
// async-signal-safe (signal-safety(7)). One at a time.
class StopSignal {
 public:
  explicit StopSignal(std::function<void()> stop);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

 private:
  std::function<void()> stop_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_STOP_SIGNAL_H_
