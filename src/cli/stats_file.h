// Figures of a running server, in a file.

#ifndef UNSTICK_SRC_CLI_STATS_FILE_H_
#define UNSTICK_SRC_CLI_STATS_FILE_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace unstick::inline v0::cli {

// From Start() to Finish(), SIGUSR1 makes it write what `figures` says, and Finish() writes it once
// more. The file is replaced as a whole: whoever reads it never sees half of it. A symbolic link
// stays, and what is no regular file is written into. Start() before other threads, which then
// leave the signal alone; `figures` is called on a thread of its own.
class StatsFile {
 public:
  // An empty path: no file, nothing is done.
  StatsFile(std::string path, std::function<std::string()> figures);
  ~StatsFile();

  absl::Status Start();   // writes the file for the first time
  absl::Status Finish();  // the signal does nothing from here on

 private:
  absl::Status Write() const;

  const std::string path_;
  const std::function<std::string()> figures_;
  std::atomic<bool> done_ = false;
  std::thread waits_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_STATS_FILE_H_
