// A receiver whose queue is full: its senders wait, and do not keep a processor busy. What is
// counted is calls to the kernel, in this program's own sendmmsg(2) and ppoll(2).

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "tests/net/loopback.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/datagram_socket.h"

namespace {
std::atomic<int> calls = 0;
}  // namespace

extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  ++calls;
  return static_cast<int>(::syscall(SYS_sendmmsg, fd, messages, count, flags));
}
extern "C" int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t*) {
  ++calls;
  timespec left = timeout == nullptr ? timespec{} : *timeout;
  return static_cast<int>(
      ::syscall(SYS_ppoll, fds, count, timeout == nullptr ? nullptr : &left, nullptr, 0));
}

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::SocketIn;
using testing::Soon;
using testing::TemporaryDirectory;
using Datagrams = DatagramSocket<LengthFieldFramer>;

class FullReceiver : public ::testing::Test {
 protected:
  FullReceiver()
      : receiver_(*Datagrams::Bind(SocketIn(directory_, "r"), LengthFieldFramer())),
        sender_(*Datagrams::Bind(SocketIn(directory_, "s"), LengthFieldFramer())),
        to_(Resolve(SocketIn(directory_, "r"), ResolveFor::kConnect)->at(0)) {
    while (sender_.SendTo(to_, AsBytes("x"), Clock::now()).ok()) ++sent_;
    calls = 0;
  }

  TemporaryDirectory directory_;
  Datagrams receiver_;
  Datagrams sender_;
  SocketAddress to_;
  int sent_ = 0;
};

TEST_F(FullReceiver, IsWaitedForUpToTheDeadlineWithFewCalls) {
  const SendResult late = sender_.SendTo(to_, AsBytes("x"), DeadlineIn(milliseconds(300)));
  EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded) << late.status;
  EXPECT_EQ(late.bytes_sent, 0U);
  // Pauses of 1, 2, 4 ... 64 ms: twelve tries, and two calls for each.
  EXPECT_LE(calls, 40);
  EXPECT_GE(calls, 2);
}

TEST_F(FullReceiver, GetsWhatWaitsAsSoonAsThereIsRoom) {
  std::jthread reader([&] {
    while (calls < 4) std::this_thread::yield();  // the sender has begun to wait
    for (int i = 0; i <= sent_; ++i) EXPECT_TRUE(receiver_.Receive(Soon()));
  });
  EXPECT_TRUE(sender_.SendTo(to_, AsBytes("x"), Soon()).ok());
}

}  // namespace
}  // namespace unstick::inline v0::net
