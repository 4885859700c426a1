// From plaintext to TLS on one connection.

#include "unstick/tls/upgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <string_view>
#include <utility>

#include "tests/net/tiny_frames.h"
#include "tests/tls/tls_pair.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::tls {
namespace {

using net::MessageStream;
using testing::ClientContext;
using testing::Connected;
using testing::Connection;
using testing::GoodCertificate;
using testing::ServerContext;
using testing::Soon;
using testing::TinyFramer;
using testing::TinyWire;

// Asks for TLS, and goes on in it.
std::string AskAndTalk(net::Socket socket) {
  MessageStream plain(std::move(socket), TinyFramer());
  if (!plain.Send(AsBytes("STARTTLS"), Soon()).ok()) return "cannot ask";
  if (const net::ReceiveResult go = plain.Receive(Soon()); !go || go->text() != "go")
    return "no go";
  absl::StatusOr<Stream> stream =
      UpgradeClient(std::move(plain), ClientContext(), "localhost", Soon());
  if (!stream.ok()) return stream.status().ToString();
  MessageStream secret(*std::move(stream), TinyFramer());
  if (!secret.Send(AsBytes("secret"), Soon()).ok()) return "cannot send";
  const net::ReceiveResult reply = secret.Receive(Soon());
  return reply ? reply->CopyPayload() : secret.status().ToString();
}

TEST(TlsUpgrade, GoesOnInTls) {
  Connection sockets = Connected();
  std::future<std::string> client =
      std::async(std::launch::async, [&] { return AskAndTalk(std::move(sockets.client)); });
  MessageStream plain(std::move(sockets.server), TinyFramer());
  ASSERT_EQ(plain.Receive(Soon())->text(), "STARTTLS");
  ASSERT_TRUE(plain.Send(AsBytes("go"), Soon()).ok());
  absl::StatusOr<Stream> stream =
      UpgradeServer(std::move(plain), ServerContext(GoodCertificate()), Soon());
  ASSERT_TRUE(stream.ok()) << stream.status();
  MessageStream secret(*std::move(stream), TinyFramer());
  EXPECT_EQ(secret.Receive(Soon())->text(), "secret");
  EXPECT_TRUE(secret.Send(AsBytes("too"), Soon()).ok());
  EXPECT_EQ(client.get(), "too");
}

// What an attacker put behind the client's "STARTTLS", whole frames or a part of one, is not taken
// for something that the client said in TLS.
TEST(TlsUpgrade, RefusesPlaintextThatCameBefore) {
  for (const std::string& injected : {TinyWire({"drop table"}),
                                      std::string("\x0a"
                                                  "dr",
                                                  3),
                                      std::string("\0", 1)}) {
    Connection sockets = Connected();
    ASSERT_TRUE(
        net::WriteAll(sockets.client, AsBytes(TinyWire({"STARTTLS"}) + injected), Soon()).ok());
    MessageStream plain(std::move(sockets.server), TinyFramer());
    ASSERT_EQ(plain.Receive(Soon())->text(), "STARTTLS");
    const absl::Status server =
        UpgradeServer(std::move(plain), ServerContext(GoodCertificate()), Soon()).status();
    EXPECT_EQ(server.code(), absl::StatusCode::kDataLoss) << server;
    EXPECT_THAT(std::string(server.message()),
                ::testing::HasSubstr(std::to_string(injected.size()) + " bytes in the clear"));
    // NOLINTNEXTLINE(bugprone-use-after-move): as it was
    const absl::Status client =
        UpgradeClient(std::move(plain), ClientContext(), "localhost", Soon()).status();
    EXPECT_EQ(client.code(), absl::StatusCode::kDataLoss) << client;
    if (injected.size() > 3) {
      EXPECT_EQ(plain.Receive(Soon())->text(), "drop table");  // NOLINT(bugprone-use-after-move)
    }
  }
}

TEST(TlsUpgrade, RefusesATornFrame) {
  Connection sockets = Connected();
  MessageStream plain(std::move(sockets.client), testing::WideFramer());
  const std::string large(8'000'000, 'x');
  ASSERT_FALSE(plain.Send(AsBytes(large), net::DeadlineIn(std::chrono::milliseconds(50))).ok());
  ASSERT_TRUE(plain.torn());
  EXPECT_EQ(UpgradeClient(std::move(plain), ClientContext(), "localhost", Soon()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace unstick::inline v0::tls
