// A network of a test's own.

#ifndef UNSTICK_TESTS_SUPPORT_OWN_NETWORK_H_
#define UNSTICK_TESTS_SUPPORT_OWN_NETWORK_H_

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::testing {

// Runs `body` in a child process, in a network namespace that has nothing but a loopback interface,
// where `setting` of /proc/sys/net has `value`. False: this machine does not let one do that. Call
// it while there is but one thread; failures of `body` are failures of the test.
template <typename Body>
bool InOwnNetwork(const std::string& setting, const std::string& value, Body body) {
  constexpr int kCannot = 77;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const int user = ::geteuid() == 0 ? 0 : CLONE_NEWUSER;
    const net::UniqueFd any(
        ::unshare(CLONE_NEWNET | user) == 0 ? ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1);
    ifreq loopback{};
    std::snprintf(loopback.ifr_name, sizeof(loopback.ifr_name), "lo");
    loopback.ifr_flags = IFF_UP;
    if (!any || ::ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) ::_exit(kCannot);
    if (!(std::ofstream("/proc/sys/net/" + setting) << value << std::flush)) ::_exit(kCannot);
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannot) return false;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child failed: " << status;
  return true;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_OWN_NETWORK_H_
