// TLS byte streams and the messages on them.

#include "unstick/tls/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/net/tiny_frames.h"
#include "tests/tls/tls_pair.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/transfer.h"
#include "unstick/tls/engine.h"

namespace unstick::inline v0::tls {
namespace {

using net::MessageStream;
using net::ReceiveResult;
using std::chrono::milliseconds;
using testing::ClientContext;
using testing::Connected;
using testing::ConnectedPair;
using testing::Connection;
using testing::GoodCertificate;
using testing::Handshake;
using testing::Pair;
using testing::ServerContext;
using testing::ShakeHands;
using testing::Soon;
using testing::TrustedAuthority;
using testing::WideFramer;
using Kind = ReceiveResult::Kind;

// Frames a test byte by byte: which of them does not matter, that they arrive as they were does.
std::string Payload(std::size_t size) {
  std::string payload(size, '\0');
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 131 + (i >> 8));
  return payload;
}

void Shrink(int fd, int which) {
  const int size = 4096;
  ::setsockopt(fd, SOL_SOCKET, which, &size, sizeof(size));
}

Connection TinyBuffers() {
  Connection sockets = Connected();
  for (const int fd : {sockets.client.fd(), sockets.server.fd()}) {
    Shrink(fd, SO_SNDBUF);
    Shrink(fd, SO_RCVBUF);
  }
  return sockets;
}

TEST(TlsStream, CarriesMessagesBothWaysAndTheEnd) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Context context = ClientContext();
    SSL_CTX_set_max_proto_version(context.native_handle(), version);
    Pair pair = ConnectedPair(context);
    EXPECT_EQ(pair.client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    EXPECT_EQ(pair.server.version(), pair.client.version());
    EXPECT_EQ(pair.client.peer_subject(), "CN=localhost");
    EXPECT_EQ(pair.server.peer_subject(), "");
    EXPECT_FALSE(pair.client.cipher().empty());
    MessageStream client(std::move(pair.client), WideFramer());
    MessageStream server(std::move(pair.server), WideFramer());
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{16384}, std::size_t{16385},
          std::size_t{3'000'000}}) {
      const std::string payload = Payload(size);
      std::jthread echo([&server] {
        const ReceiveResult got = server.Receive(Soon());
        ASSERT_TRUE(got) << server.status();
        const std::string reply = got->CopyPayload();
        EXPECT_TRUE(server.Send(AsBytes(reply), Soon()).ok());
      });
      ASSERT_TRUE(client.Send(AsBytes(payload), Soon()).ok());
      const ReceiveResult reply = client.Receive(Soon());
      ASSERT_TRUE(reply) << client.status();
      EXPECT_TRUE(reply->text() == payload) << size;
    }
    EXPECT_TRUE(client.CloseWrite().ok());
    EXPECT_EQ(server.Receive(Soon()).kind(), Kind::kEnd);
    // Half closed: the other direction goes on.
    EXPECT_TRUE(server.Send(AsBytes("late"), Soon()).ok());
    const ReceiveResult late = client.Receive(Soon());
    ASSERT_TRUE(late) << client.status();
    EXPECT_EQ(late->text(), "late");
    std::future<absl::Status> closed =
        std::async(std::launch::async, [&] { return server.CloseGracefully(Soon()); });
    EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
    EXPECT_TRUE(client.CloseGracefully(Soon()).ok());
    EXPECT_TRUE(closed.get().ok());
  }
}

TEST(TlsStream, ManyMessagesInOneRecordAndOneInMany) {
  Pair pair = ConnectedPair();
  MessageStream client(std::move(pair.client), WideFramer());
  MessageStream server(std::move(pair.server), WideFramer());
  std::vector<std::string> payloads;
  for (std::size_t i = 0; i < 3000; ++i) payloads.push_back(Payload(i * 7 % 2100));
  const std::vector<ByteView> views = [&] {
    std::vector<ByteView> all;
    for (const std::string& payload : payloads) all.push_back(AsBytes(payload));
    return all;
  }();
  std::jthread sender([&] {
    const net::SendManyResult sent = client.SendMany(views, Soon());
    EXPECT_TRUE(sent.ok()) << sent.status;
    EXPECT_EQ(sent.frames_sent, payloads.size());
  });
  for (const std::string& payload : payloads) {
    const ReceiveResult got = server.Receive(Soon());
    ASSERT_TRUE(got) << server.status();
    ASSERT_EQ(got->text(), payload);
  }
}

TEST(TlsStream, AConnectionCutBelowIsNoEnd) {
  struct Case {
    std::string_view wire;
    bool mid_frame;
  };
  for (const Case& c : {Case{std::string_view("\0\0\0\2hi", 6), false},
                        Case{std::string_view("\0\0\0\2hi\0\0\0\2h", 11), true}}) {
    Connection sockets = Connected();
    const int fd = sockets.client.fd();
    Handshake made =
        ShakeHands(std::move(sockets), ClientContext(), ServerContext(GoodCertificate()));
    ASSERT_TRUE(made.client.ok() && made.server.ok());
    ASSERT_TRUE(net::WriteAll(*made.client, AsBytes(c.wire), Soon()).ok());
    ::shutdown(fd, SHUT_WR);  // FIN, and no close_notify
    MessageStream client(*std::move(made.client), WideFramer());
    MessageStream server(*std::move(made.server), WideFramer());
    const ReceiveResult frame = server.Receive(Soon());
    ASSERT_TRUE(frame) << server.status();
    EXPECT_EQ(frame->text(), "hi");
    for (int again = 0; again < 2; ++again) {
      const ReceiveResult cut = server.Receive(Soon());
      EXPECT_EQ(cut.kind(), Kind::kCut);
      EXPECT_EQ(cut.mid_frame(), c.mid_frame);
      EXPECT_EQ(server.status().code(), absl::StatusCode::kDataLoss);
    }
    // What came whole may be answered, and this side says goodbye in TLS's way.
    EXPECT_TRUE(server.Send(AsBytes("answer"), Soon()).ok());
    EXPECT_TRUE(server.CloseWrite().ok());
    const ReceiveResult answer = client.Receive(Soon());
    ASSERT_TRUE(answer) << client.status();
    EXPECT_EQ(answer->text(), "answer");
    EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd) << client.status();
  }
}

TEST(TlsStream, AResetComesAfterTheFrames) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(
      net::WriteAll(pair.client, AsBytes(std::string_view("\0\0\0\2hi\0", 7)), Soon()).ok());
  MessageStream server(std::move(pair.server), WideFramer());
  EXPECT_TRUE(server.Receive(Soon()));
  pair.client.Abort();
  const ReceiveResult reset = server.Receive(Soon());
  EXPECT_EQ(reset.kind(), Kind::kReset);
  EXPECT_TRUE(reset.mid_frame());
}

TEST(TlsStream, AWriteToAPeerThatIsGoneRaisesNoSignal) {
  Pair pair = ConnectedPair();
  pair.server.Abort();
  MessageStream client(std::move(pair.client), WideFramer());
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) status = client.Send(AsBytes("x"), Soon()).status;
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(TlsStream, GoingAwaySaysGoodbye) {
  Pair pair = ConnectedPair();
  {
    const Stream gone = std::move(pair.client);
  }
  MessageStream server(std::move(pair.server), WideFramer());
  EXPECT_EQ(server.Receive(Soon()).kind(), Kind::kEnd);
}

TEST(TlsStream, ClosedAndMovedFromOnesAnswerWithAnError) {
  Pair pair = ConnectedPair();
  Stream moved = std::move(pair.client);
  moved.Close();
  moved.Close();
  moved.Abort();
  std::array<std::byte, 1> one{};
  const ByteView byte = one;
  for (Stream* stream : {&pair.client, &moved}) {  // NOLINT(bugprone-use-after-move)
    EXPECT_FALSE(stream->is_open());
    EXPECT_EQ(stream->ReadSome(one).error_code(), EBADF);
    EXPECT_EQ(stream->WriteSome({&byte, 1}).error_code(), EBADF);
    EXPECT_EQ(stream->WaitReadable(Soon()), EBADF);
    EXPECT_EQ(stream->WaitWritable(Soon()), EBADF);
    EXPECT_EQ(stream->ShutdownWrite(), EBADF);
    EXPECT_EQ(stream->Flush(), EBADF);
  }
}

// A record that the kernel took in part is not offered again, so what is sent after a timeout does
// not get mixed up with it: this is the case that OpenSSL leaves to its callers (SSL_write(3)).
TEST(TlsStream, ATimedOutSendCanBeFinishedAndNothingElseCanBeSentBefore) {
  for (const std::size_t size : {std::size_t{9'000}, std::size_t{16'380}, std::size_t{200'000}}) {
    Handshake made = ShakeHands(TinyBuffers(), ClientContext(), ServerContext(GoodCertificate()));
    ASSERT_TRUE(made.client.ok() && made.server.ok());
    MessageStream client(*std::move(made.client), WideFramer());
    MessageStream server(*std::move(made.server), WideFramer());
    const std::string payload = Payload(size);
    std::size_t whole = 0;  // messages that went out before the one that did not
    net::SendResult sent;
    while ((sent = client.Send(AsBytes(payload), net::DeadlineIn(milliseconds(5)))).ok()) {
      ASSERT_LT(++whole, 10'000U);
    }
    ASSERT_TRUE(absl::IsDeadlineExceeded(sent.status)) << sent.status;
    std::promise<void> finished;
    std::jthread reader([&] {
      for (std::size_t i = 0; i < whole; ++i) {
        const ReceiveResult got = server.Receive(Soon());
        ASSERT_TRUE(got && got->text() == payload) << server.status();
      }
      if (sent.bytes_sent > 0) {
        const ReceiveResult got = server.Receive(Soon());
        ASSERT_TRUE(got && got->text() == payload) << server.status();
      }
      const ReceiveResult last = server.Receive(Soon());
      ASSERT_TRUE(last && last->text() == "behind it") << server.status();
    });
    if (client.torn()) {
      EXPECT_EQ(client.Send(AsBytes("x"), Soon()).status.code(),
                absl::StatusCode::kFailedPrecondition);
      const net::SendResult rest = client.ResumeSend(Soon());
      EXPECT_TRUE(rest.ok()) << rest.status;
      EXPECT_EQ(rest.bytes_sent, payload.size() + 4);
    }
    EXPECT_TRUE(client.Send(AsBytes("behind it"), Soon()).ok());
  }
}

TEST(TlsStream, AGracefulCloseLosesNothing) {
  for (int trial = 0; trial < 20; ++trial) {
    Handshake made = ShakeHands(TinyBuffers(), ClientContext(), ServerContext(GoodCertificate()));
    ASSERT_TRUE(made.client.ok() && made.server.ok());
    MessageStream client(*std::move(made.client), WideFramer());
    MessageStream server(*std::move(made.server), WideFramer());
    const std::string payload = Payload(20'000 + static_cast<std::size_t>(trial) * 997);
    // Input that the server does not read, then a reply, then its close.
    ASSERT_TRUE(client.Send(AsBytes("unread"), Soon()).ok());
    std::jthread closer([&] {
      EXPECT_TRUE(server.Send(AsBytes(payload), Soon()).ok());
      const absl::Status closed = server.CloseGracefully(Soon());
      EXPECT_TRUE(closed.ok()) << closed;
    });
    const ReceiveResult got = client.Receive(Soon());
    ASSERT_TRUE(got) << client.status();
    EXPECT_TRUE(got->text() == payload);
    EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
    EXPECT_TRUE(client.CloseGracefully(Soon()).ok());
  }
}

TEST(TlsStream, OneThreadReadsWhileAnotherWrites) {
  Connection sockets = Connected();
  Shrink(sockets.client.fd(), SO_SNDBUF);  // so that both wait for each other all the time
  Shrink(sockets.server.fd(), SO_SNDBUF);
  Handshake made =
      ShakeHands(std::move(sockets), ClientContext(), ServerContext(GoodCertificate()));
  ASSERT_TRUE(made.client.ok() && made.server.ok());
  MessageStream a(*std::move(made.client), WideFramer());
  MessageStream b(*std::move(made.server), WideFramer());
  constexpr std::size_t kMessages = 400;
  const auto send = [](auto& stream) {
    for (std::size_t i = 0; i < kMessages; ++i) {
      ASSERT_TRUE(stream.Send(AsBytes(Payload(i * 37 % 9000)), Soon()).ok());
    }
  };
  const auto receive = [](auto& stream) {
    for (std::size_t i = 0; i < kMessages; ++i) {
      const ReceiveResult got = stream.Receive(Soon());
      ASSERT_TRUE(got) << stream.status();
      ASSERT_TRUE(got->text() == Payload(i * 37 % 9000));
    }
  };
  const std::jthread threads[] = {std::jthread([&] { send(a); }), std::jthread([&] { send(b); }),
                                  std::jthread([&] { receive(a); }),
                                  std::jthread([&] { receive(b); })};
}

// A client's bare engine on `sockets`, and the server's stream.
void ShakeHandsWithEngine(Connection& sockets, absl::StatusOr<Engine>& engine,
                          absl::StatusOr<Stream>& accepted) {
  engine = Engine::ForClient(sockets.client.fd(), ClientContext(), "localhost");
  ASSERT_TRUE(engine.ok());
  std::future<absl::StatusOr<Stream>> accepting = std::async(std::launch::async, [&] {
    return Stream::Accept(std::move(sockets.server), ServerContext(GoodCertificate()), Soon());
  });
  while (engine->Handshake() == EAGAIN) ASSERT_EQ(sockets.client.WaitReadable(Soon()), 0);
  accepted = accepting.get();
  ASSERT_TRUE(accepted.ok()) << accepted.status();
}

TEST(TlsStream, KeyUpdatesPassUnnoticedAndAFloodOfThemDoesNot) {
  for (const int updates : {50, 1000, 100'000}) {
    Connection sockets = Connected();
    absl::StatusOr<Engine> engine = absl::UnknownError("not yet");
    absl::StatusOr<Stream> accepted = absl::UnknownError("not yet");
    ASSERT_NO_FATAL_FAILURE(ShakeHandsWithEngine(sockets, engine, accepted));
    MessageStream server(*std::move(accepted), WideFramer());
    std::jthread flood([&] {
      for (int i = 0; i < updates; ++i) {
        if (SSL_key_update(engine->native_handle(), SSL_KEY_UPDATE_REQUESTED) != 1 ||
            SSL_do_handshake(engine->native_handle()) != 1) {
          return;
        }
        int error = 0;
        while ((error = engine->Flush()) == EAGAIN) {
          if (sockets.client.WaitWritable(Soon()) != 0) return;
        }
        if (error != 0) return;
      }
      const ByteView hello = AsBytes(std::string_view("\0\0\0\2hi", 6));
      static_cast<void>(engine->WriteSome({&hello, 1}));
      static_cast<void>(engine->Flush());
    });
    const ReceiveResult got = server.Receive(Soon());
    if (updates <= 1000) {
      EXPECT_TRUE(got) << server.status();
    } else {
      EXPECT_EQ(got.kind(), Kind::kError);
      EXPECT_EQ(server.status().code(), absl::StatusCode::kDataLoss) << server.status();
      EXPECT_THAT(server.status().message(), ::testing::HasSubstr("flood"));
      server.Abort();
    }
  }
}

// OpenSSL refuses to shut down while a key update of its own is due: it goes out first then.
TEST(TlsStream, EndsBehindAKeyUpdateThatIsDue) {
  Connection sockets = Connected();
  absl::StatusOr<Engine> engine = absl::UnknownError("not yet");
  absl::StatusOr<Stream> accepted = absl::UnknownError("not yet");
  ASSERT_NO_FATAL_FAILURE(ShakeHandsWithEngine(sockets, engine, accepted));
  MessageStream server(*std::move(accepted), WideFramer());
  ASSERT_EQ(SSL_key_update(engine->native_handle(), SSL_KEY_UPDATE_REQUESTED), 1);
  EXPECT_EQ(engine->ShutdownWrite(), 0);
  EXPECT_EQ(engine->Flush(), 0);
  EXPECT_EQ(server.Receive(Soon()).kind(), Kind::kEnd) << server.status();
}

TEST(TlsStream, LeavesNoErrorsBehindForOtherUsersOfOpenSsl) {
  const testing::Authority other("another");
  Handshake made =
      ShakeHands(Connected(), ClientContext(nullptr, other), ServerContext(GoodCertificate()));
  EXPECT_FALSE(made.client.ok());
  EXPECT_EQ(ERR_peek_error(), 0U);
  ERR_put_error(ERR_LIB_USER, 0, 1, __FILE__, __LINE__);  // someone else's, left behind
  Pair pair = ConnectedPair();
  EXPECT_TRUE(pair.client.is_open());
}

TEST(TlsStream, ConnectsToAnEndpoint) {
  absl::StatusOr<net::Listener> listener = net::Listener::Listen(testing::At("tls:127.0.0.1:0"));
  ASSERT_TRUE(listener.ok()) << listener.status();
  const net::Endpoint at = listener->local_endpoint();
  EXPECT_EQ(at.scheme, net::Endpoint::Scheme::kTls);
  std::jthread server([&] {
    absl::StatusOr<net::Socket> socket = listener->Accept(Soon());
    ASSERT_TRUE(socket.ok());
    EXPECT_TRUE(Stream::Accept(*std::move(socket), ServerContext(GoodCertificate()), Soon()).ok());
  });
  const absl::StatusOr<Stream> stream = Connect(at, ClientContext(), Soon());
  EXPECT_TRUE(stream.ok()) << stream.status();  // by the certificate's IP address
  EXPECT_EQ(Connect(testing::At("tcp:127.0.0.1:1"), ClientContext(), Soon()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(TlsStream, MutualTlsTellsTheServerWhoItIs) {
  const testing::Issued alice = TrustedAuthority().Issue({.common_name = "alice", .names = ""});
  Pair pair =
      ConnectedPair(ClientContext(&alice), ServerContext(GoodCertificate(), &TrustedAuthority()));
  EXPECT_EQ(pair.server.peer_subject(), "CN=alice");
}

// The verdict comes behind the client's handshake, when it is sending already. Closing with that
// unread would reset the connection.
TEST(TlsStream, AClientThatIsRefusedReadsWhyAndIsNotReset) {
  Connection sockets = Connected();
  Shrink(sockets.client.fd(), SO_SNDBUF);
  std::future<absl::Status> refusing = std::async(std::launch::async, [&] {
    return Stream::Accept(std::move(sockets.server),
                          ServerContext(GoodCertificate(), &TrustedAuthority()), Soon())
        .status();
  });
  absl::StatusOr<Stream> stream =
      Stream::Connect(std::move(sockets.client), ClientContext(), "localhost", Soon());
  ASSERT_TRUE(stream.ok()) << stream.status();
  MessageStream client(*std::move(stream), WideFramer());
  const std::string payload = Payload(500'000);
  const net::SendResult sent = client.Send(AsBytes(payload), Soon());
  EXPECT_TRUE(sent.ok()) << sent.status;
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kError);
  EXPECT_EQ(client.status().code(), absl::StatusCode::kPermissionDenied) << client.status();
  client.Abort();
  EXPECT_EQ(refusing.get().code(), absl::StatusCode::kUnauthenticated);
}

TEST(TlsStream, AContextOfTheOtherSideOrAnImpossibleHostIsRefused) {
  const Context client = ClientContext();
  const Context server = ServerContext(GoodCertificate());
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(Stream::Accept(Connected().server, client, Soon()).status().code(), kInvalid);
  EXPECT_EQ(Stream::Connect(Connected().client, server, "x", Soon()).status().code(), kInvalid);
  for (const std::string& host : {std::string(), std::string("a\0b", 3), std::string(300, 'a')}) {
    EXPECT_EQ(Stream::Connect(Connected().client, client, host, Soon()).status().code(), kInvalid);
  }
}

}  // namespace
}  // namespace unstick::inline v0::tls
