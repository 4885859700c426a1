// Writes to pipes: no signal, whoever is at the other end.

#include "unstick/net/descriptor.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "unstick/core/bytes.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::net {
namespace {

using Kind = IoResult::Kind;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

IoResult Write(const Pipe& pipe, std::string_view text) {
  const std::array<ByteView, 3> parts = {AsBytes(text.substr(0, 2)), ByteView(),
                                         AsBytes(text.substr(2))};
  return WriteToDescriptor(pipe.write.get(), parts);
}

bool IsBlocked() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, SIGPIPE) == 1;
}
bool IsPending() {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGPIPE) == 1;
}

TEST(UniqueFd, HoldsZeroToo) {
  UniqueFd fd(0);
  EXPECT_TRUE(static_cast<bool>(fd));
  EXPECT_EQ(fd.Release(), 0);
  EXPECT_FALSE(static_cast<bool>(fd));
}

TEST(WriteToDescriptor, GathersItsParts) {
  const Pipe pipe;
  EXPECT_EQ(Write(pipe, "hello").bytes(), 5U);
  std::array<char, 16> got{};
  EXPECT_EQ(::read(pipe.read.get(), got.data(), got.size()), 5);
  EXPECT_EQ(std::string(got.data(), 5), "hello");
}

TEST(WriteToDescriptor, NeverWaits) {
  const Pipe pipe;
  const std::string much(100'000, 'x');
  IoResult put = Write(pipe, much);
  while (put.kind() == Kind::kBytes) put = Write(pipe, much);
  EXPECT_EQ(put.kind(), Kind::kWouldBlock);
}

TEST(WriteToDescriptor, ToAPipeWithoutAReaderIsAnErrorAndNoSignal) {
  Pipe pipe;
  pipe.read.Reset();
  EXPECT_EQ(Write(pipe, "hello").error_code(), EPIPE);
  EXPECT_FALSE(IsBlocked());
  EXPECT_FALSE(IsPending());
}

// What a program has arranged for itself stays: a signal that waited before waits still.
TEST(WriteToDescriptor, LeavesOthersSignalsAlone) {
  sigset_t sigpipe;
  sigset_t before;
  ::sigemptyset(&sigpipe);
  ::sigaddset(&sigpipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  Pipe pipe;
  pipe.read.Reset();
  EXPECT_EQ(Write(pipe, "hello").error_code(), EPIPE);
  EXPECT_FALSE(IsPending());
  EXPECT_TRUE(IsBlocked());
  ::pthread_kill(::pthread_self(), SIGPIPE);
  EXPECT_EQ(Write(pipe, "hello").error_code(), EPIPE);
  EXPECT_TRUE(IsPending());
  int taken = 0;
  ::sigwait(&sigpipe, &taken);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(WriteToDescriptor, SaysWhatIsNoDescriptor) {
  const Pipe pipe;
  const ByteView bytes = AsBytes("x");
  EXPECT_EQ(WriteToDescriptor(-1, {&bytes, 1}).error_code(), EBADF);
}

}  // namespace
}  // namespace unstick::inline v0::net
