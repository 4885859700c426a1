// An exchange between the library's server and its blocking client, in which each system call in
// turn does each thing that it may do.

#include "tests/reliability/faults.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_server.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::Session;

constexpr Fault kAll[] = {Fault::kInterrupted, Fault::kNotNow, Fault::kShort,
                          Fault::kReset,       Fault::kEnd,    Fault::kNoMemory};

bool Harmless(Fault fault) {
  return fault == Fault::kInterrupted || fault == Fault::kNotNow || fault == Fault::kShort;
}

std::size_t Descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

const std::vector<std::string>& Payloads() {
  static const std::vector<std::string> payloads = {"", "one", std::string(5'000, '2'),
                                                    std::string(300'000, '3'), "four"};
  return payloads;
}

// The server's side: every frame is echoed; the injecting thread is the server's.
class Exchange : public ::testing::Test {
 protected:
  Exchange() : server_(LengthFieldFramer(), Echo{}, Options()) {}

  static aio::ServerOptions Options() {
    aio::ServerOptions options;
    options.on_open = [](Session&) { InjectHere(); };
    options.linger_timeout = std::chrono::seconds(1);
    return options;
  }

  // What came back, frame by frame: all of it, or a first part.
  std::string Talk() {
    RawClient client(server_.endpoint());
    std::string all;
    for (const std::string& payload : Payloads()) all += Encode(payload);
    std::thread sender([&] {
      if (client.Send(all)) client.CloseWrite();
    });
    const std::string got = client.ReadToEnd();
    hung_ = client.last_error() == EAGAIN;
    sender.join();
    EXPECT_EQ(all.substr(0, got.size()), got) << "other bytes came back";
    complete_ = got == all && client.last_error() == 0;
    return got;
  }

  RunningServer<LengthFieldFramer, Echo> server_;
  bool hung_ = false;
  bool complete_ = false;
  std::size_t ended_ = 0;
};

TEST_F(Exchange, EveryCallOfTheServerMayDoWhatItMayDo) {
  Talk();  // the thread injects from here on
  server_.ends().Wait(++ended_);
  const std::size_t descriptors = Descriptors();
  std::size_t cells = 0;
  for (const Calls calls : {Calls::kReceive, Calls::kSend}) {
    for (const Fault fault : kAll) {
      for (std::size_t index = 0;; ++index) {
        SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " in call " +
                     std::to_string(index) + (calls == Calls::kSend ? " to send" : " to receive"));
        Plan(calls, index, fault);
        Talk();
        const std::vector<CloseReason> reasons = server_.ends().Wait(++ended_);
        ASSERT_EQ(reasons.size(), ended_) << "the server hangs";
        ASSERT_FALSE(hung_) << "the client hangs";
        const bool happened = Made(calls) > index;
        if (!happened || Harmless(fault)) {
          EXPECT_TRUE(complete_);
          EXPECT_EQ(reasons.back(), CloseReason::kEnd);
        } else if (calls == Calls::kReceive && fault == Fault::kEnd) {
          EXPECT_TRUE(reasons.back() == CloseReason::kEnd ||
                      reasons.back() == CloseReason::kFramingError ||
                      reasons.back() == CloseReason::kIoError)  // the client was still sending
              << ReasonName(reasons.back());
        } else {
          EXPECT_EQ(reasons.back(), CloseReason::kIoError);
        }
        ++cells;
        if (!happened) break;
      }
    }
  }
  Plan(Calls::kReceive, 0, Fault::kNone);
  EXPECT_EQ(Descriptors(), descriptors) << "descriptors leaked";
  EXPECT_EQ(server_.stats().open, 0);
  EXPECT_EQ(server_.stats().buffered, 0);
  std::printf("%zu cells: the server's calls, each fault at each of them\n", cells);
  EXPECT_GT(cells, 50);
}

TEST_F(Exchange, EveryAcceptMayFail) {
  Talk();
  server_.ends().Wait(++ended_);
  for (const Fault fault : {Fault::kInterrupted, Fault::kNotNow, Fault::kNoMemory}) {
    for (std::size_t index = 0; index < 3; ++index) {
      Plan(Calls::kAccept, index, fault);
      Talk();
      EXPECT_TRUE(complete_);
      server_.ends().Wait(++ended_);
    }
  }
}

// The blocking client: the same, on this thread.
TEST(BlockingExchange, EveryCallOfTheClientMayDoWhatItMayDo) {
  RunningServer server(LengthFieldFramer(), Echo{});
  InjectHere();
  std::size_t cells = 0;
  const auto talk = [&](bool& complete) {
    absl::StatusOr<net::Socket> socket =
        net::Connect(server.endpoint(), net::DeadlineIn(kPatience));
    ASSERT_TRUE(socket.ok());
    net::MessageStream stream(*std::move(socket), LengthFieldFramer());
    std::size_t at = 0;
    for (const std::string& payload : Payloads()) {
      const net::SendResult sent = stream.Send(AsBytes(payload), net::DeadlineIn(kPatience));
      if (!sent.ok()) {
        EXPECT_FALSE(absl::IsDeadlineExceeded(sent.status)) << "it hangs";
        return;
      }
      const auto reply = stream.Receive(net::DeadlineIn(kPatience));
      if (!reply) return;
      EXPECT_EQ(reply->text(), Payloads()[at++]);
    }
    complete = true;
  };
  for (const Calls calls : {Calls::kReceive, Calls::kSend}) {
    for (const Fault fault : kAll) {
      for (std::size_t index = 0;; ++index) {
        SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " in call " +
                     std::to_string(index) + (calls == Calls::kSend ? " to send" : " to receive"));
        Plan(calls, index, fault);
        bool complete = false;
        talk(complete);
        const bool happened = Made(calls) > index;
        EXPECT_EQ(complete, !happened || Harmless(fault));
        ++cells;
        if (!happened) break;
        ASSERT_LT(cells, 10'000U);
      }
    }
  }
  Plan(Calls::kReceive, 0, Fault::kNone);
  std::printf("%zu cells: the client's calls, each fault at each of them\n", cells);
}

}  // namespace
}  // namespace unstick::inline v0::testing
