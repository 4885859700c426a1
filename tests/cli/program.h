// The program as a child process: started, talked to through pipes or a terminal, and always ended.

#ifndef UNSTICK_TESTS_CLI_PROGRAM_H_
#define UNSTICK_TESTS_CLI_PROGRAM_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::testing {

// Far beyond what anything here takes: reaching it is a failure, not a wait.
inline constexpr std::chrono::seconds kPatience(40);

inline std::string ProgramPath() {
  const char* path = std::getenv("UNSTICK");
  return path == nullptr ? "" : path;
}

// Two ends of a pipe, neither inherited unless it is handed on.
struct Pipe {
  net::UniqueFd read;
  net::UniqueFd write;
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read = net::UniqueFd(ends[0]);
    write = net::UniqueFd(ends[1]);
  }
};

// What arrives on a descriptor, by lines.
class LineReader {
 public:
  explicit LineReader(net::UniqueFd fd) : fd_(std::move(fd)) {}

  // The next line without its end; what there is, if the end or the patience is reached first.
  std::string Line() { return Until("\n"); }
  // Everything up to `mark`, which is passed over.
  std::string Until(std::string_view mark) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      const std::size_t end = text_.find(mark);
      if (end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + mark.size());
        return line;
      }
      if (!More(deadline)) return std::exchange(text_, {});
    }
  }
  std::string All() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (More(deadline)) {
    }
    return std::exchange(text_, {});
  }

 private:
  bool More(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
      ADD_FAILURE() << "silence after: " << text_;
      return false;
    }
    char room[4096];
    const ssize_t n = ::read(fd_.get(), room, sizeof(room));
    if (n <= 0) return false;  // the end; EIO is a terminal's
    text_.append(room, static_cast<std::size_t>(n));
    return true;
  }

  net::UniqueFd fd_;
  std::string text_;
};

class Program {
 public:
  // Runs `path` (the program under test unless another is named) with pipes as standard streams.
  explicit Program(const std::vector<std::string>& arguments,
                   const std::string& path = ProgramPath())
      : Program(arguments, path, Pipe(), Pipe()) {}

  // Whether the system gives us terminals: a container without /dev/pts has none.
  static bool HasTerminals() {
    const net::UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal || ::grantpt(terminal.get()) != 0 || ::unlockpt(terminal.get()) != 0)
      return false;
    const char* const name = ::ptsname(terminal.get());
    return name != nullptr && net::UniqueFd(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  }

  // Runs it with a terminal as standard input and output, whose other end is `keyboard`. Only where
  // HasTerminals().
  static Program OnTerminal(const std::vector<std::string>& arguments, net::UniqueFd& keyboard) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_TRUE(terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0);
    keyboard = net::UniqueFd(::dup(terminal));
    const std::string name = ::ptsname(terminal);
    Pipe in;
    Pipe out;
    in.read = net::UniqueFd(::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    out.write = net::UniqueFd(::dup(in.read.get()));
    out.read = net::UniqueFd(terminal);
    return Program(arguments, ProgramPath(), std::move(in), std::move(out));
  }

  // Runs it with `input` as standard input.
  static Program Reading(net::UniqueFd input, const std::vector<std::string>& arguments) {
    Pipe in;
    in.read = std::move(input);
    return Program(arguments, ProgramPath(), std::move(in), Pipe());
  }

  Program(Program&& other) noexcept
      : out(std::move(other.out)),
        error(std::move(other.error)),
        pid_(std::exchange(other.pid_, -1)),
        in_(std::move(other.in_)) {}
  Program& operator=(Program&&) = delete;
  ~Program() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  LineReader out;
  LineReader error;

  bool Write(std::string_view text) {
    return ::write(in_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  void CloseInput() { in_.Reset(); }
  void Signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);  // -1 would be every process there is
  }

  // The exit code; -1 if it was killed, or had to be because it did not end.
  int Wait() {
    if (pid_ < 0) return -1;
    const pid_t pid = std::exchange(pid_, -1);
    const int watch = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    pollfd ended{.fd = watch, .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, static_cast<int>(kPatience.count()) * 1000) <= 0) {
      ADD_FAILURE() << "the program does not end";
      ::kill(pid, SIGKILL);
    }
    ::close(watch);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  Program(const std::vector<std::string>& arguments, const std::string& path, Pipe in, Pipe output)
      : out(std::move(output.read)), error(net::UniqueFd()), in_(std::move(in.write)) {
    Pipe messages;
    std::vector<char*> argv = {const_cast<char*>(path.c_str())};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.read.get(), 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.write.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, messages.write.get(), 2);
    const int error_code =
        ::posix_spawn(&pid_, path.c_str(), &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error_code != 0) {
      pid_ = -1;
      ADD_FAILURE() << "cannot start '" << path << "' ($UNSTICK): error " << error_code;
    }
    error = LineReader(std::move(messages.read));
  }

  pid_t pid_ = -1;
  net::UniqueFd in_;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_CLI_PROGRAM_H_
