#include "src/cli/stop_signal.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

namespace unstick::inline v0::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};

std::atomic<const std::function<void()>*> on_stop = nullptr;

void Handle(int) {
  const int saved = errno;
  if (const std::function<void()>* stop = on_stop.load()) (*stop)();
  errno = saved;
}

void SetHandler(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int number : kSignals) ::sigaction(number, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal(std::function<void()> stop) : stop_(std::move(stop)) {
  on_stop = &stop_;
  SetHandler(Handle);
}

StopSignal::~StopSignal() {
  SetHandler(SIG_DFL);
  on_stop = nullptr;
}

}  // namespace unstick::inline v0::cli
