// A file or standard input.

#ifndef UNSTICK_SRC_CLI_INPUT_H_
#define UNSTICK_SRC_CLI_INPUT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/bytes.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::cli {

class Input {
 public:
  // "-" is standard input. The message names the file.
  static absl::StatusOr<Input> Open(const std::string& path);

  // True if Read() would wait now. Regular files never do.
  bool WouldWait() const;
  // Waits for some bytes and returns how many were put into `into`; 0 at the end.
  absl::StatusOr<std::size_t> Read(ByteSpan into);

 private:
  Input(int fd, net::UniqueFd owned, std::string name)
      : fd_(fd), owned_(std::move(owned)), name_(std::move(name)) {}

  int fd_;
  net::UniqueFd owned_;  // closed unless a file was opened
  std::string name_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_INPUT_H_
