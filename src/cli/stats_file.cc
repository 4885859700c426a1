#include "src/cli/stats_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <utility>

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

int WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
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
    while (::sigwait(&asked, &number) == 0 && !done_) Write().IgnoreError();
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
  const std::string beside = path_ + ".new";
  const net::UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  int error = fd ? WriteAll(fd.get(), figures_()) : errno;
  if (error == 0 && std::rename(beside.c_str(), path_.c_str()) != 0) error = errno;
  return net::StatusFromErrno(error, path_);
}

}  // namespace unstick::inline v0::cli
