// No request is executed twice, and NotSent() is true of none that a server has read: 10,000
// requests over connections that go at the worst time, while the client's own thread is busy.

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/asio/await.h"
#include "tests/asio/server_fixture.h"
#include "tests/support/certificates.h"
#include "unstick/asio/framed_client.h"
#include "unstick/asio/tls.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::testing {
namespace {

using aio::FramedClient;
using ::asio::awaitable;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// What became of each request, at both ends.
class Book {
 public:
  void Executed(std::string_view text) {
    const std::lock_guard lock(mutex_);
    ++entries_[std::string(text)].executed;
  }
  void Ended(const std::string& text, const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[text];
    ++entry.ended;
    entry.replied = status.ok();
    entry.not_sent = aio::NotSent(status);
  }
  // Both ends are done. `least` were executed, or it would not mean anything.
  void Judge(std::size_t requests, std::size_t least = 1) {
    std::size_t executed = 0;
    std::size_t twice = 0;
    std::size_t lied = 0;
    for (const auto& [text, entry] : entries_) {
      executed += entry.executed > 0 ? 1 : 0;
      twice += entry.executed > 1 ? 1 : 0;
      lied += entry.not_sent && entry.executed > 0 ? 1 : 0;
      EXPECT_EQ(entry.ended, 1) << text;
      EXPECT_TRUE(!entry.replied || entry.executed == 1) << text;
    }
    EXPECT_EQ(entries_.size(), requests);
    EXPECT_EQ(twice, 0U) << "of " << executed << " that were executed";
    EXPECT_EQ(lied, 0U) << "NotSent() is true of requests that were executed";
    EXPECT_GE(executed, least);
  }

 private:
  struct Entry {
    int executed = 0;
    int ended = 0;
    bool replied = false;
    bool not_sent = false;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

// Reads each connection to its end and executes what it reads, without an answer. One that half
// closes ends its output at once, so the client gives the connection up while requests go out.
class SilentServer {
 public:
  SilentServer(Book& book, bool half_closes)
      : listener_(*net::Listener::Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0"))),
        endpoint_(listener_.local_endpoint()),
        thread_([this, &book, half_closes] { Accept(book, half_closes); }) {}
  // What clients have sent has been read then.
  ~SilentServer() {
    over_ = true;
    net::Connect(endpoint_, net::DeadlineIn(kPatience)).status().IgnoreError();
    thread_.join();
    for (std::thread& one : connections_) one.join();
  }
  const net::Endpoint& endpoint() const { return endpoint_; }

 private:
  void Accept(Book& book, bool half_closes) {
    for (;;) {
      absl::StatusOr<net::Socket> socket = listener_.Accept(net::DeadlineIn(2 * kPatience));
      if (over_ || !socket.ok()) return;
      EXPECT_EQ(half_closes ? socket->ShutdownWrite() : 0, 0);
      connections_.emplace_back(
          [&book, stream = net::MessageStream(*std::move(socket), LengthFieldFramer())]() mutable {
            const net::Deadline until = net::DeadlineIn(kPatience);
            while (const net::ReceiveResult got = stream.Receive(until)) book.Executed(got->text());
          });
    }
  }

  net::Listener listener_;
  net::Endpoint endpoint_;
  std::atomic<bool> over_ = false;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

awaitable<void> OneCall(FramedClient& client, Book& book, std::string text, net::Deadline until,
                        std::size_t& open) {
  const aio::CallOptions options{.until = until};
  const absl::StatusOr<aio::Reply> reply = co_await client.Call(AsBytes(text), options);
  book.Ended(text, reply.status());
  --open;
}

// One client, and a thread that other work keeps busy for a while now and then, so that what has
// happened is heard of late and together.
class Busy {
 public:
  explicit Busy(unsigned seed) : random_(seed) {}

  // `calls` calls, a few at a time. Each has little time if it can only end with that.
  void Call(FramedClient& client, Book& book, const std::string& name, std::size_t calls,
            bool hurry) {
    std::size_t open = calls;
    std::size_t started = 0;
    while (open > 0) {
      for (std::size_t n = random_() % 20; started < calls && n > 0; --n, ++started) {
        const net::Deadline until =
            net::DeadlineIn(hurry ? microseconds(500 + random_() % 4000) : kPatience);
        ::asio::co_spawn(io, OneCall(client, book, name + std::to_string(started), until, open),
                         ::asio::detached);
      }
      const net::Deadline busy = net::DeadlineIn(microseconds(random_() % 700));
      ::asio::post(io, [busy] {
        while (net::Clock::now() < busy) continue;
      });
      io.restart();
      io.run_one();
      io.poll_one();
      if (random_() % 2 == 0) io.poll();
    }
  }
  void RunOut() {
    io.restart();
    io.run();
  }

  ::asio::io_context io{1};

 private:
  std::minstd_rand random_;
};

constexpr std::size_t kRounds = 25;
constexpr std::size_t kCalls = 100;

aio::ClientOptions Reconnecting() {
  return {.reconnect = aio::Reconnect{.initial = milliseconds(1), .max = milliseconds(1)}};
}

template <typename MakeClient>
void Rounds(Book& book, const std::string& name, MakeClient make_client, bool hurry = false) {
  for (std::size_t round = 0; round < kRounds; ++round) {
    Busy busy(static_cast<unsigned>(round + 1));
    {
      FramedClient client = make_client(busy.io.get_executor());
      busy.Call(client, book, name + std::to_string(round) + "/", kCalls, hurry);
    }
    busy.RunOut();
  }
}

TEST(ClientOnce, WhenTheServerHalfCloses) {
  Book book;
  {
    const SilentServer server(book, true);
    Rounds(book, "half ", [&](const auto& executor) {
      return FramedClient::InOrder(executor, {server.endpoint()}, LengthFieldFramer(),
                                   Reconnecting());
    });
  }
  book.Judge(kRounds * kCalls);
}

TEST(ClientOnce, WhenTheCallInFrontRunsIntoItsDeadline) {
  Book book;
  {
    const SilentServer server(book, false);
    const auto make_client = [&](const auto& executor) {
      return FramedClient::InOrder(executor, {server.endpoint()}, LengthFieldFramer(),
                                   Reconnecting());
    };
    Rounds(book, "late ", make_client, true);
  }
  book.Judge(kRounds * kCalls, 0);
}

// Answers by id, and resets the connection behind every fortieth request.
struct Unreliable {
  Book& book;
  void operator()(aio::Session& session, const FrameView& frame) const {
    book.Executed(frame.text());
    std::string metadata(AsText(HeaderFramer().HeaderOf(frame).sections[0]));
    metadata.front() = '\x10';  // message_id becomes reply_to_id
    HeaderValues values;
    values.sections[0] = AsBytes(metadata);
    StreamBuffer reply;
    EXPECT_FALSE(AppendFrame(HeaderFramer().With(values), AsBytes("done"), reply));
    session.ReplyFrame(reply.readable()).IgnoreError();
    if (session.id() % 2 == 0 || frame.stream_offset() > 2000) session.Abort();
  }
};

void WithResets(const std::string& at, const aio::ServerOptions& server_options,
                const aio::ClientOptions& options) {
  Book book;
  {
    RunningServer server(HeaderFramer(), Unreliable{book}, server_options, at);
    Rounds(book, "reset ", [&](const auto& executor) {
      return FramedClient::ById(executor, {server.endpoint()}, options);
    });
  }
  book.Judge(kRounds * kCalls);
}

TEST(ClientOnce, WhenTheServerResets) { WithResets("tcp:127.0.0.1:0", {}, Reconnecting()); }

TEST(ClientOnce, WhenTheServerResetsUnderTls) {
  const certificates::Authority authority("the authority");
  const certificates::Issued own = authority.Issue();
  aio::ServerOptions server_options;
  server_options.transport = aio::TlsTransport(*tls::Context::ForServer(
      {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}}));
  aio::ClientOptions options = Reconnecting();
  options.tls = *tls::Context::ForClient({.ca = tls::Pem::Text(authority.certificate())});
  WithResets("tls:127.0.0.1:0", server_options, options);
}

// The client goes at each step of its event loop.
TEST(ClientOnce, WhenTheClientGoesAtAnyStep) {
  Book book;
  constexpr std::size_t kSteps = 60;
  {
    const SilentServer server(book, false);
    for (std::size_t steps = 0; steps < kSteps; ++steps) {
      Busy busy(1);
      std::size_t open = 1;
      {
        FramedClient client = FramedClient::InOrder(busy.io.get_executor(), {server.endpoint()},
                                                    LengthFieldFramer(), Reconnecting());
        ::asio::co_spawn(busy.io,
                         OneCall(client, book, "step " + std::to_string(steps),
                                 net::DeadlineIn(kPatience), open),
                         ::asio::detached);
        while (client.stats().calls == 0) busy.io.run_one();
        for (std::size_t step = 0; step < steps / 3; ++step) busy.io.run_one_for(milliseconds(5));
      }
      busy.RunOut();
    }
  }
  book.Judge(kSteps);
}

}  // namespace
}  // namespace unstick::inline v0::testing
