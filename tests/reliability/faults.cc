#include "tests/reliability/faults.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace unstick::inline v0::testing {
namespace {

struct State {
  std::array<std::atomic<std::size_t>, 3> made = {};
  std::atomic<Calls> calls = Calls::kReceive;
  std::atomic<std::size_t> index = 0;
  std::atomic<Fault> fault = Fault::kNone;
};
State state;
thread_local bool inject_here = false;

Fault Next(Calls calls) {
  if (!inject_here) return Fault::kNone;
  const std::size_t index = state.made[static_cast<std::size_t>(calls)].fetch_add(1);
  return state.calls == calls && state.index == index ? state.fault.load() : Fault::kNone;
}

int ErrnoFor(Fault fault, bool writing) {
  switch (fault) {
    case Fault::kInterrupted:
      return EINTR;
    case Fault::kNotNow:
      return EAGAIN;
    case Fault::kReset:
      return ECONNRESET;
    case Fault::kNoMemory:
      return ENOBUFS;
    case Fault::kEnd:
      return writing ? EPIPE : 0;
    default:
      return 0;
  }
}

}  // namespace

void Plan(Calls calls, std::size_t index, Fault fault) {
  state.fault = Fault::kNone;
  for (auto& made : state.made) made = 0;
  state.calls = calls;
  state.index = index;
  state.fault = fault;
}

std::size_t Made(Calls calls) { return state.made[static_cast<std::size_t>(calls)]; }
void InjectHere() { inject_here = true; }

}  // namespace unstick::inline v0::testing

using unstick::testing::Calls;
using unstick::testing::Fault;

extern "C" {

ssize_t recv(int fd, void* into, std::size_t size, int flags) {
  const Fault fault = unstick::testing::Next(Calls::kReceive);
  if (const int error = unstick::testing::ErrnoFor(fault, false); error != 0) {
    errno = error;
    return -1;
  }
  if (fault == Fault::kEnd) return 0;
  if (fault == Fault::kShort) size = 1;
  return ::syscall(SYS_recvfrom, fd, into, size, flags, nullptr, nullptr);
}

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
  const Fault fault = unstick::testing::Next(Calls::kSend);
  if (const int error = unstick::testing::ErrnoFor(fault, true); error != 0) {
    errno = error;
    return -1;
  }
  if (fault == Fault::kShort) size = 1;
  return ::syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  const Fault fault = unstick::testing::Next(Calls::kSend);
  if (const int error = unstick::testing::ErrnoFor(fault, true); error != 0) {
    errno = error;
    return -1;
  }
  msghdr shorter = *message;
  iovec first{};
  if (fault == Fault::kShort && message->msg_iovlen > 0) {
    first = {message->msg_iov[0].iov_base, 1};
    shorter.msg_iov = &first;
    shorter.msg_iovlen = 1;
  }
  return ::syscall(SYS_sendmsg, fd, &shorter, flags);
}

int accept4(int fd, sockaddr* from, socklen_t* size, int flags) {
  const Fault fault = unstick::testing::Next(Calls::kAccept);
  if (const int error = unstick::testing::ErrnoFor(fault, false); error != 0) {
    errno = error;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_accept4, fd, from, size, flags));
}

}  // extern "C"
