#include "src/cli/stats_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "src/cli/messages.h"
#include "unstick/net/io_result.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::cli {
namespace {

sigset_t AskSignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  return set;
}

// A reader of a FIFO that takes nothing for so long is not waited for.
constexpr int kPatienceMs = 1000;

// 0 or an errno.
int WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    if (n >= 0 || errno == EINTR) continue;
    pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
    if (errno != EAGAIN || ::poll(&writable, 1, kPatienceMs) == 0) return errno;
  }
  return 0;
}

// What a rename has to replace so that a symbolic link stays one. REQUIRES: it ends somewhere.
std::filesystem::path BehindLinks(std::filesystem::path path) {
  std::error_code error;
  while (std::filesystem::is_symlink(path, error)) {
    const std::filesystem::path to = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / to;
  }
  return path;
}

// As a whole, or not at all.
int Replace(const std::filesystem::path& path, std::string_view text) {
  const std::string beside = path.string() + ".new";
  ::unlink(beside.c_str());  // of a run that was killed
  const net::UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) return errno;
  int error = WriteAll(fd.get(), text);
  if (error == 0 && std::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(beside.c_str());
  return error;
}

// A device, a FIFO: not ours to replace.
int WriteInto(const std::string& path, std::string_view text) {
  const net::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return fd ? WriteAll(fd.get(), text) : errno;
}

}  // namespace

StatsFile::StatsFile(std::string path, std::function<std::string()> figures)
    : path_(std::move(path)), figures_(std::move(figures)) {}

StatsFile::~StatsFile() { Finish().IgnoreError(); }

absl::Status StatsFile::Start() {
  if (path_.empty()) return absl::OkStatus();
  if (absl::Status written = Write(); !written.ok()) return written;
  const sigset_t set = AskSignal();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waits_ = std::thread([this] {
    const sigset_t asked = AskSignal();
    int number = 0;
    while (::sigwait(&asked, &number) == 0 && !done_) {
      if (const absl::Status written = Write(); !written.ok()) Say(MessageOf(written));
    }
  });
  return absl::OkStatus();
}

absl::Status StatsFile::Finish() {
  if (!waits_.joinable()) return absl::OkStatus();
  done_ = true;
  ::pthread_kill(waits_.native_handle(), SIGUSR1);
  waits_.join();
  return Write();
}

absl::Status StatsFile::Write() const {
  struct stat there{};
  const bool exists = ::stat(path_.c_str(), &there) == 0;
  if (!exists && errno != ENOENT) return net::StatusFromErrno(errno, path_);
  const std::string text = figures_();
  const bool as_it_is = exists && !S_ISREG(there.st_mode);
  return net::StatusFromErrno(as_it_is ? WriteInto(path_, text) : Replace(BehindLinks(path_), text),
                              path_);
}

}  // namespace unstick::inline v0::cli
