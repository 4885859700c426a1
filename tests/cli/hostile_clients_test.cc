// Clients that mean harm, or behave as if they did, beside one that does not: it loses nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/asio/raw_client.h"
#include "tests/cli/echo_fixture.h"

namespace unstick::inline v0::testing {
namespace {

using ::testing::HasSubstr;

// length:width=4
std::string Framed(const std::string& payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string frame;
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(size >> shift & 0xff);
  return frame + payload;
}

// Goes on with a conversation that began before the trouble, message by message.
class HealthyClient {
 public:
  explicit HealthyClient(const net::Endpoint& server) : client_(server) {}

  void Talk(int messages) {
    for (int i = 0; i < messages; ++i, ++number_) {
      const std::string frame = Framed("message " + std::to_string(number_));
      ASSERT_TRUE(client_.Send(frame));
      ASSERT_EQ(client_.Read(frame.size()), frame) << number_;
    }
  }
  void Leave() {
    client_.CloseWrite();
    EXPECT_EQ(client_.ReadToEnd(), "");
    EXPECT_EQ(client_.last_error(), 0);
  }

 private:
  RawClient client_;
  int number_ = 0;
};

class HostileClients : public ::testing::TestWithParam<const char*> {
 protected:
  HostileClients()
      : server_(std::string(GetParam()) == "unix" ? "unix:" + (directory_ / "echo").string()
                                                  : "tcp:127.0.0.1:0",
                "length:width=4"),
        healthy_(server_.at) {
    healthy_.Talk(10);
  }
  ~HostileClients() override {
    healthy_.Talk(10);
    healthy_.Leave();
  }

  TemporaryDirectory directory_;
  EchoServer server_;
  HealthyClient healthy_;
};

TEST_P(HostileClients, Garbage) {
  for (int i = 0; i < 20; ++i) {
    RawClient bad(server_.at);
    ASSERT_TRUE(bad.Send(Framed("fine")));
    bad.Send("GET / HTTP/1.1\r\nHost: example\r\n\r\n");
    healthy_.Talk(1);
    EXPECT_EQ(bad.Read(8), Framed("fine"));  // what came before the garbage is answered
    EXPECT_TRUE(bad.IsOver());
  }
  EXPECT_THAT(server_.process.error.Line(), HasSubstr("HTTP"));
}

TEST_P(HostileClients, DeclaresFourGigabytes) {
  for (int i = 0; i < 20; ++i) {
    RawClient bad(server_.at);
    bad.Send("\xff\xff\xff\xff and then some");
    healthy_.Talk(1);
    EXPECT_TRUE(bad.IsOver());
  }
  EXPECT_THAT(server_.process.error.Line(), HasSubstr("payload_too_large"));
}

// As much as is allowed, declared by many, sent by none: they cost next to nothing and wait.
TEST_P(HostileClients, DeclareTheLimitAndSendNothing) {
  std::vector<RawClient> bad;
  for (int i = 0; i < 200; ++i) {
    bad.emplace_back(server_.at);
    ASSERT_TRUE(bad.back().Send(std::string_view("\x00\x80\x00\x00", 4)));
  }
  healthy_.Talk(10);
}

TEST_P(HostileClients, NeverReads) {
  RawClient bad(server_.at, 4096);
  const std::string frames = [] {
    std::string some;
    for (int i = 0; i < 64; ++i) some += Framed(std::string(16'380, 'x'));
    return some;
  }();
  // The server stops reading from it once its replies are stuck, so that sending gets stuck too.
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    sent += bad.SendSome(std::string_view(frames).substr(sent % frames.size()));
    healthy_.Talk(1);
  }
  EXPECT_LT(sent, std::size_t{64} << 20);
  EXPECT_GT(sent, frames.size() / 4);
}

TEST_P(HostileClients, DripsByteByByte) {
  RawClient bad(server_.at);
  const std::string frame = Framed("slowly");
  for (const char c : frame) {
    ASSERT_TRUE(bad.Send(std::string_view(&c, 1)));
    healthy_.Talk(3);
  }
  EXPECT_EQ(bad.Read(frame.size()), frame);
}

TEST_P(HostileClients, ResetsInsideAFrame) {
  for (int i = 0; i < 20; ++i) {
    RawClient bad(server_.at);
    ASSERT_TRUE(bad.Send(Framed("whole") + Framed("cut in the middle").substr(0, 10)));
    if (i % 2 == 0) {
      EXPECT_EQ(bad.Read(9), Framed("whole"));
    }
    bad.Reset();
    healthy_.Talk(1);
  }
}

TEST_P(HostileClients, LeavesInsideAFrame) {
  RawClient bad(server_.at);
  ASSERT_TRUE(bad.Send(Framed("whole") + Framed("cut").substr(0, 5)));
  bad.CloseWrite();
  EXPECT_EQ(bad.Read(9), Framed("whole"));
  EXPECT_TRUE(bad.IsOver());
  EXPECT_THAT(server_.process.error.Line(), HasSubstr("truncated at offset 9"));
}

TEST_P(HostileClients, AllAtOnce) {
  std::vector<RawClient> bad;
  for (int i = 0; i < 60; ++i) {
    bad.emplace_back(server_.at);
    RawClient& client = bad.back();
    switch (i % 5) {
      case 0:
        client.Send("\x16\x03\x01\x02garbage");
        break;
      case 1:
        client.Send("\xff\xff\xff\xff");
        break;
      case 2:
        client.SendSome(Framed(std::string(100'000, 'x')));
        break;
      case 3:
        client.Send("\0");
        break;
      case 4:
        client.Send(Framed("cut").substr(0, 5));
        client.Reset();
        break;
    }
    healthy_.Talk(2);
  }
  healthy_.Talk(20);
}

INSTANTIATE_TEST_SUITE_P(Sockets, HostileClients, ::testing::Values("tcp", "unix"),
                         [](const auto& socket) { return std::string(socket.param); });

}  // namespace
}  // namespace unstick::inline v0::testing
