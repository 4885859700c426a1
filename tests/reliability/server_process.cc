#include "tests/reliability/server_process.h"

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace unstick::inline v0::testing {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::uint64_t Resident() {
  unsigned long total = 0;
  unsigned long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  (void)std::fclose(file);
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t Descriptors() {
  std::uint64_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

ServerReport Report(const ServerHooks& hooks) {
  const struct mallinfo2 heap = ::mallinfo2();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  ServerReport report;
  report.stats = hooks.stats();
  report.resident = Resident();
  report.heap = heap.uordblks + heap.hblkhd;
  report.cpu_seconds = Seconds(used.ru_utime) + Seconds(used.ru_stime);
  report.descriptors = Descriptors();
  return report;
}

template <typename T>
bool ReadAll(int fd, T& value) {
  auto* bytes = reinterpret_cast<char*>(&value);
  std::size_t got = 0;
  while (got < sizeof(value)) {
    const ssize_t n = ::read(fd, bytes + got, sizeof(value) - got);
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

[[noreturn]] void Live(const std::function<ServerHooks()>& make, std::size_t descriptors,
                       int control, int report_to) {
  if (descriptors > 0) {
    const rlimit few{descriptors, descriptors};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  {
    const ServerHooks hooks = make();
    (void)!::write(report_to, &hooks.port, sizeof(hooks.port));
    std::thread thread(hooks.serve);
    char question = 0;
    while (::read(control, &question, 1) == 1) {
      const ServerReport report = Report(hooks);
      (void)!::write(report_to, &report, sizeof(report));
    }
    hooks.stop();
    thread.join();
  }
  ::_exit(0);
}

}  // namespace

ServerProcess::ServerProcess(const std::function<ServerHooks()>& make, std::size_t descriptors) {
  int control[2];
  int report[2];
  if (::pipe(control) != 0 || ::pipe(report) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    ::close(control[1]);
    ::close(report[0]);
    Live(make, descriptors, control[0], report[1]);
  }
  ::close(control[0]);
  ::close(report[1]);
  control_ = control[1];
  report_ = report[0];
  if (!ReadAll(report_, port_)) port_ = 0;
}

ServerProcess::~ServerProcess() {
  ::close(control_);
  ::close(report_);
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

ServerReport ServerProcess::Ask() {
  ServerReport report;
  const char question = '?';
  if (::write(control_, &question, 1) != 1 || !ReadAll(report_, report)) return {};
  return report;
}

}  // namespace unstick::inline v0::testing
