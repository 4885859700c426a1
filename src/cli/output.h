// Standard output, buffered, with its failures told apart.

#ifndef UNSTICK_SRC_CLI_OUTPUT_H_
#define UNSTICK_SRC_CLI_OUTPUT_H_

#include <cstddef>
#include <string_view>

#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::cli {

// Collects bytes and writes them when there are many, when Flush() says so, and never otherwise:
// who waits for input flushes first. After a failure everything is dropped.
//
//     ok() --reader went away (EPIPE)--> closed: stop quietly
//          --anything else-------------> failed: stop, say why, exit 4
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool ok() const { return error_ == 0; }
  bool closed() const;

  // Each answers ok().
  bool Append(std::string_view text);
  bool Flush();
  // For those who write in place: append to buffer(), then say so.
  StreamBuffer& buffer() { return buffer_; }
  bool Appended() { return buffer_.size() < kFull || Flush(); }

  // Flushes; turns how writing went into an exit code, with a message if it failed: `code` if all
  // is written, 0 if the reader went away, 4 otherwise.
  int Finish(int code);

 private:
  static constexpr std::size_t kFull = std::size_t{64} << 10;

  int fd_;
  int error_ = 0;
  StreamBuffer buffer_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_OUTPUT_H_
