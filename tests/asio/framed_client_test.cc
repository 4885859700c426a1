// Calls over a client's connection, against servers that do what the test says.

#include "unstick/asio/framed_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "src/asio/backoff.h"
#include "tests/asio/await.h"
#include "tests/asio/server_fixture.h"
#include "tests/support/certificates.h"
#include "unstick/asio/tls.h"
#include "unstick/core/header_framer.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CallEnd;
using aio::ClientOptions;
using aio::ConnectionEnd;
using aio::FramedClient;
using ::asio::awaitable;
using net::Endpoint;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr milliseconds kShort(100);

net::Deadline Soon() { return net::DeadlineIn(kPatience); }

// ---- The server's side -------------------------------------------------------------------------

// One connection, blocking. Requests are asked for and answered one at a time.
template <Framer F>
class Peer {
 public:
  Peer(net::Listener& listener, F framer) : stream_(*listener.Accept(Soon()), std::move(framer)) {}

  // The next request's text; "(end)", "(truncated)" and so on where there is none.
  std::string Receive() {
    const net::ReceiveResult got = stream_.Receive(Soon());
    using Kind = net::ReceiveResult::Kind;
    if (!got) {
      return got.kind() == Kind::kEnd         ? "(end)"
             : got.kind() == Kind::kTruncated ? "(truncated)"
                                              : got.status().ToString();
    }
    if constexpr (std::is_same_v<F, HeaderFramer>) {
      last_metadata_ = AsText(stream_.framer().HeaderOf(*got).sections[0]);
    }
    return std::string(got->text());
  }
  // Of the last request; ids below 128 are one byte.
  unsigned char last_id() const { return static_cast<unsigned char>(last_metadata_.back()); }
  const std::string& last_metadata() const { return last_metadata_; }

  // Answers Caller::Welcome(): from now on the client is connected.
  void Welcome() {
    EXPECT_EQ(Receive(), "welcome");
    if constexpr (std::is_same_v<F, HeaderFramer>) {
      ReplyTo(last_id(), "");
    } else {
      Reply("");
    }
  }
  void Reply(std::string_view text) { Write(Frame(stream_.framer(), text)); }
  void ReplyTo(unsigned char id, std::string_view text) {
    Write(FrameWith(stream_.framer(), std::string("\x10") + static_cast<char>(id), text));
  }
  void Write(std::string_view bytes) {
    EXPECT_TRUE(net::WriteAll(stream_.stream(), AsBytes(bytes), Soon()).ok());
  }
  void Reset() { stream_.stream().Abort(); }
  net::Socket& stream() { return stream_.stream(); }

  template <typename AnyF>
  static std::string Frame(const AnyF& framer, std::string_view text) {
    StreamBuffer out;
    EXPECT_FALSE(AppendFrame(framer, AsBytes(text), out));
    return std::string(AsText(out.readable()));
  }
  static std::string FrameWith(const HeaderFramer& framer, std::string_view metadata,
                               std::string_view text) {
    HeaderValues values;
    values.sections[0] = AsBytes(metadata);
    return Frame(framer.With(values), text);
  }

 private:
  net::MessageStream<F> stream_;
  std::string last_metadata_;
};
using IdPeer = Peer<HeaderFramer>;
using PlainPeer = Peer<LengthFieldFramer>;

// A listener with a script that runs on a thread of its own.
class Scripted {
 public:
  explicit Scripted(std::function<void(net::Listener&)> script)
      : listener_(*net::Listener::Listen(*Endpoint::Parse("tcp:127.0.0.1:0"))),
        endpoint_(listener_.local_endpoint()),
        thread_([this, script = std::move(script)] { script(listener_); }) {}
  ~Scripted() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  net::Listener listener_;
  Endpoint endpoint_;
  std::thread thread_;
};

// ---- The client's side -------------------------------------------------------------------------

struct Pending {
  std::optional<absl::StatusOr<aio::Reply>> result;

  bool done() const { return result.has_value(); }
  absl::Status status() const { return result ? result->status() : absl::UnknownError("waits"); }
  std::string text() const {
    return done() && result->ok() ? std::string((*result)->text()) : status().ToString();
  }
};

awaitable<absl::StatusOr<aio::Reply>> OneCall(FramedClient& client, std::string text,
                                              aio::CallOptions options) {
  co_return co_await client.Call(AsBytes(text), options);
}

// A completion that keeps the result.
inline auto Into(Pending& pending) {
  return [&pending](const std::exception_ptr& thrown, absl::StatusOr<aio::Reply> result) {
    EXPECT_EQ(thrown, nullptr);
    pending.result.emplace(std::move(result));
  };
}

class Caller {
 public:
  // `text` out; what becomes of it is in the result.
  Pending& Start(FramedClient& client, std::string text, aio::CallOptions options = {}) {
    Pending& pending = calls_.emplace_back();
    ::asio::co_spawn(io, OneCall(client, std::move(text), options), Into(pending));
    return pending;
  }
  Pending& StartCancellable(FramedClient& client, std::string text) {
    Pending& pending = calls_.emplace_back();
    ::asio::co_spawn(io, OneCall(client, std::move(text), {}),
                     ::asio::bind_cancellation_slot(cancel.slot(), Into(pending)));
    return pending;
  }
  Pending& Call(FramedClient& client, std::string text, aio::CallOptions options = {}) {
    Pending& pending = Start(client, std::move(text), options);
    RunUntil([&] { return pending.done(); });
    return pending;
  }
  // A short deadline counts from a moment at which the client is connected.
  void Welcome(FramedClient& client) { EXPECT_EQ(Call(client, "welcome").text(), ""); }
  template <typename Condition>
  void RunUntil(Condition condition) {
    const auto patience = net::DeadlineIn(kPatience);
    io.restart();
    while (!condition() && io.run_one_until(patience) > 0) continue;
    EXPECT_TRUE(condition()) << "something waits for ever";
  }
  // Everything that is under way comes to its end.
  void RunOut() {
    io.restart();
    io.run_for(kPatience);
    EXPECT_TRUE(io.stopped()) << "something waits for ever";
  }

  ::asio::io_context io;
  ::asio::cancellation_signal cancel;

 private:
  std::deque<Pending> calls_;
};

FramedClient ById(Caller& caller, const Endpoint& to, ClientOptions options = {}) {
  return FramedClient::ById(caller.io.get_executor(), {to}, std::move(options));
}
FramedClient InOrder(Caller& caller, const Endpoint& to, ClientOptions options = {}) {
  return FramedClient::InOrder(caller.io.get_executor(), {to}, LengthFieldFramer(),
                               std::move(options));
}
aio::CallOptions Within(net::Duration time) { return {.until = net::DeadlineIn(time)}; }
ClientOptions Reconnecting(milliseconds initial = milliseconds(1)) {
  return {.reconnect = aio::Reconnect{.initial = initial, .max = 4 * initial, .jitter = 0}};
}

// ---- By id -------------------------------------------------------------------------------------

TEST(ClientById, ManyCallsAreAnsweredInAnyOrder) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    std::vector<std::pair<unsigned char, std::string>> asked;
    for (int i = 0; i < 100; ++i) {
      std::string text = peer.Receive();
      asked.emplace_back(peer.last_id(), std::move(text));
    }
    for (auto one = asked.rbegin(); one != asked.rend(); ++one) {
      peer.ReplyTo(one->first, "re: " + one->second);
    }
    EXPECT_EQ(peer.Receive(), "(end)");
  });
  Caller caller;
  {
    FramedClient client = ById(caller, server.endpoint());
    std::vector<Pending*> calls;
    for (int i = 0; i < 100; ++i) calls.push_back(&caller.Start(client, std::to_string(i)));
    caller.RunUntil([&] { return calls[0]->done(); });
    for (std::size_t i = 0; i < calls.size(); ++i) {
      EXPECT_EQ(calls[i]->text(), "re: " + std::to_string(i));
    }
    const aio::ClientStats stats = client.stats();
    EXPECT_EQ(stats.calls, 100U);
    EXPECT_EQ(stats.ended[CallEnd::kReplied], 100U);
    EXPECT_EQ(stats.connects, 1U);
    EXPECT_EQ(stats.open_calls, 0U);
  }
  caller.RunOut();
}

TEST(ClientById, MetadataGoesBothWays) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "hi");
    EXPECT_EQ(peer.last_metadata(), std::string("\x1a\x01t\x08\x01", 5));  // type_name, message_id
    peer.Write(IdPeer::FrameWith({}, "\x1a\x01r\x10\x01", "ho"));
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  Pending& call = caller.Call(client, "hi", {.metadata = AsBytes("\x1a\x01t")});
  EXPECT_EQ(call.text(), "ho");
  ASSERT_TRUE(call.result->ok());
  EXPECT_EQ(AsText((*call.result)->metadata()), "\x1a\x01r\x10\x01");
}

TEST(ClientById, ALateReplyIsDroppedAndTheConnectionGoesOn) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    peer.Welcome();
    EXPECT_EQ(peer.Receive(), "slow");
    const unsigned char slow = peer.last_id();
    EXPECT_EQ(peer.Receive(), "next");  // by now the first one has timed out
    peer.ReplyTo(slow, "too late");
    peer.ReplyTo(peer.last_id(), "in time");
    peer.ReplyTo(peer.last_id(), "twice");
    EXPECT_EQ(peer.Receive(), "last");
    peer.ReplyTo(peer.last_id(), "good");
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  caller.Welcome(client);
  const Pending& slow = caller.Call(client, "slow", Within(kShort));
  EXPECT_EQ(slow.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(aio::NotSent(slow.status()));
  EXPECT_EQ(slow.status().message(),
            "call: its deadline passed; the request was sent and may have been executed");
  EXPECT_EQ(caller.Call(client, "next").text(), "in time");
  EXPECT_EQ(caller.Call(client, "last").text(), "good");
  EXPECT_EQ(client.stats().late_replies, 2U);
  EXPECT_EQ(client.stats().ended[CallEnd::kTimedOut], 1U);
  EXPECT_EQ(client.stats().connects, 1U);
}

TEST(ClientById, ACancelledCallIsForgottenToo) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "unwanted");
    const unsigned char unwanted = peer.last_id();
    EXPECT_EQ(peer.Receive(), "next");
    peer.ReplyTo(unwanted, "too late");
    peer.ReplyTo(peer.last_id(), "in time");
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  const Pending& call = caller.StartCancellable(client, "unwanted");
  caller.RunUntil([&] { return client.stats().connects == 1; });
  while (caller.io.poll_one() > 0) continue;
  caller.cancel.emit(::asio::cancellation_type::terminal);
  caller.RunUntil([&] { return call.done(); });
  EXPECT_EQ(call.status().code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(aio::NotSent(call.status()));
  EXPECT_EQ(caller.Call(client, "next").text(), "in time");
  EXPECT_EQ(client.stats().late_replies, 1U);
}

TEST(ClientById, FramesThatReplyToNothingAreHandedOut) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "hi");
    peer.Reply("news");  // no metadata at all
    peer.Write(IdPeer::FrameWith({}, "\x08\x05", "a request"));
    peer.ReplyTo(99, "to a call that never was");
    peer.Write(IdPeer::FrameWith({}, "\x10", "cut"));  // no value behind the tag
    peer.ReplyTo(peer.last_id(), "ho");
  });
  Caller caller;
  std::vector<std::string> messages;
  ClientOptions options;
  options.on_message = [&](const aio::Message& message) { messages.emplace_back(message.text()); };
  FramedClient client = ById(caller, server.endpoint(), options);
  EXPECT_EQ(caller.Call(client, "hi").text(), "ho");
  EXPECT_THAT(messages, ElementsAre("news", "a request"));
  EXPECT_EQ(client.stats().messages, 2U);
  EXPECT_EQ(client.stats().unmatched, 2U);
  EXPECT_EQ(client.stats().late_replies, 0U);
}

TEST(ClientById, AHandlerThatThrowsEndsTheConnection) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "hi");
    peer.Reply("news");
  });
  Caller caller;
  ClientOptions options;
  options.on_message = [](const aio::Message&) { throw std::runtime_error("no"); };
  FramedClient client = ById(caller, server.endpoint(), options);
  EXPECT_EQ(caller.Call(client, "hi").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kHandlerFailed], 1U);
}

TEST(ClientById, SilenceEndsAConnectionOnWhichCallsTimeOut) {
  std::promise<void> over;
  const Scripted server([&](net::Listener& listener) {
    IdPeer peer(listener, {});
    peer.Welcome();
    EXPECT_EQ(peer.Receive(), "hello?");
    EXPECT_EQ(peer.Receive(), "(end)") << "the connection should be over";
    over.set_value();
    IdPeer next(listener, {});
    EXPECT_EQ(next.Receive(), "hello again");
    next.ReplyTo(next.last_id(), "yes");
  });
  Caller caller;
  ClientOptions options = Reconnecting();
  options.silence_timeout = milliseconds(0);
  FramedClient client = ById(caller, server.endpoint(), options);
  caller.Welcome(client);
  EXPECT_EQ(caller.Call(client, "hello?", Within(kShort)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kSilence], 1U);
  over.get_future().wait();
  EXPECT_EQ(caller.Call(client, "hello again").text(), "yes");
}

// ---- In order ----------------------------------------------------------------------------------

TEST(ClientInOrder, RepliesAreTakenInTheOrderOfTheRequests) {
  const Scripted server([](net::Listener& listener) {
    PlainPeer peer(listener, {});
    std::vector<std::string> asked;
    for (int i = 0; i < 3; ++i) asked.push_back(peer.Receive());
    for (const std::string& text : asked) peer.Reply("re: " + text);
  });
  Caller caller;
  FramedClient client = InOrder(caller, server.endpoint());
  const Pending& one = caller.Start(client, "one");
  const Pending& two = caller.Start(client, "two");
  EXPECT_EQ(caller.Call(client, "three").text(), "re: three");
  EXPECT_EQ(one.text(), "re: one");
  EXPECT_EQ(two.text(), "re: two");
}

TEST(ClientInOrder, AReplyThatDoesNotComeInTimeClosesTheConnection) {
  std::promise<void> over;
  const Scripted server([&](net::Listener& listener) {
    PlainPeer peer(listener, {});
    peer.Welcome();
    EXPECT_EQ(peer.Receive(), "slow");
    EXPECT_EQ(peer.Receive(), "behind it");
    EXPECT_EQ(peer.Receive(), "(end)") << "the connection should be over";
    over.set_value();
    PlainPeer next(listener, {});
    EXPECT_EQ(next.Receive(), "next");
    next.Reply("its own reply");
  });
  Caller caller;
  FramedClient client = InOrder(caller, server.endpoint(), Reconnecting());
  caller.Welcome(client);
  const Pending& slow = caller.Start(client, "slow", Within(kShort));
  const Pending& behind = caller.Call(client, "behind it");
  EXPECT_EQ(slow.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(behind.status().code(), absl::StatusCode::kUnavailable) << behind.status();
  EXPECT_FALSE(aio::NotSent(behind.status()));
  EXPECT_THAT(std::string(behind.status().message()),
              HasSubstr("; the request was sent and may have been executed"));
  over.get_future().wait();
  EXPECT_EQ(caller.Call(client, "next").text(), "its own reply");
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kReplyTimeout], 1U);
  EXPECT_EQ(client.stats().connects, 2U);
}

TEST(ClientInOrder, AFrameThatNobodyAskedForEndsTheConnection) {
  const Scripted server([&](net::Listener& listener) {
    PlainPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "one");
    peer.Write(PlainPeer::Frame(LengthFieldFramer(), "re: one") +
               PlainPeer::Frame(LengthFieldFramer(), "and more"));
    EXPECT_EQ(peer.Receive(), "(end)");
  });
  Caller caller;
  FramedClient client = InOrder(caller, server.endpoint());
  EXPECT_EQ(caller.Call(client, "one").text(), "re: one");
  caller.RunUntil([&] { return client.stats().connections_ended.total() == 1; });
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kUnaskedFrame], 1U);
  const absl::Status after = caller.Call(client, "two").status();
  EXPECT_EQ(after.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(aio::NotSent(after));
}

TEST(ClientInOrder, MetadataIsRefused) {
  const Scripted server([](net::Listener& listener) {
    PlainPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "good");
    peer.Reply("fine");
  });
  Caller caller;
  FramedClient client = InOrder(caller, server.endpoint());
  const absl::Status refused = caller.Call(client, "x", {.metadata = AsBytes("m")}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(aio::NotSent(refused));
  EXPECT_EQ(caller.Call(client, "good").text(), "fine");
}

// ---- Connections that are lost -----------------------------------------------------------------

TEST(ClientLosesItsConnection, CallsAreToldThatTheyMayHaveBeenExecuted) {
  for (const bool reset : {false, true}) {
    const Scripted server([&](net::Listener& listener) {
      IdPeer peer(listener, {});
      for (int i = 0; i < 3; ++i) peer.Receive();
      if (reset) peer.Reset();
    });
    Caller caller;
    FramedClient client = ById(caller, server.endpoint(), Reconnecting());
    std::vector<Pending*> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(&caller.Start(client, std::to_string(i)));
    caller.RunUntil([&] { return calls[0]->done() && calls[1]->done() && calls[2]->done(); });
    for (const Pending* call : calls) {
      EXPECT_EQ(call->status().code(), absl::StatusCode::kUnavailable);
      EXPECT_FALSE(aio::NotSent(call->status()));
      EXPECT_EQ(call->status().message(), std::string(reset ? "receive: Connection reset by peer"
                                                            : "the server ended the connection") +
                                              "; the request was sent and may have been executed");
    }
    EXPECT_EQ(client.stats().ended[CallEnd::kUnknown], 3U);
    EXPECT_EQ(client.stats().open_calls, 0U) << "they are not sent again";
  }
}

TEST(ClientLosesItsConnection, AFrameThatWasSentInPartIsNeverGoneOnWith) {
  const std::string large(8'000'000, 'x');  // more than the kernel takes
  const Scripted server([&](net::Listener& listener) {
    {
      IdPeer torn(listener, {});
      std::byte some[1000];
      EXPECT_TRUE(net::ReadExactly(torn.stream(), some, Soon()).status.ok());
      torn.Reset();
    }
    IdPeer next(listener, {});
    EXPECT_EQ(next.Receive(), "behind it");
    next.ReplyTo(next.last_id(), "fine");
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint(), Reconnecting());
  const Pending& torn = caller.Start(client, large);
  const Pending& behind = caller.Call(client, "behind it");
  EXPECT_EQ(behind.text(), "fine") << "nothing of it was out: it goes on the next connection";
  EXPECT_EQ(torn.status().code(), absl::StatusCode::kUnavailable) << torn.status();
  EXPECT_FALSE(aio::NotSent(torn.status()));
  EXPECT_THAT(std::string(torn.status().message()),
              HasSubstr("; the request was being sent and may have been executed"));
  EXPECT_EQ(client.stats().ended[CallEnd::kUnknown], 1U);
}

TEST(ClientLosesItsConnection, GivingUpInsideAFrameNeitherTearsItNorKeepsTheNextOne) {
  const std::string large(8'000'000, 'x');
  std::promise<void> over;
  const Scripted server([&](net::Listener& listener) {
    IdPeer stuck(listener, {});
    stuck.Welcome();
    over.get_future().wait();  // does not read until the client has given up
    EXPECT_EQ(stuck.Receive(), "(truncated)") << "and nothing may come behind that";
    IdPeer next(listener, {});
    EXPECT_EQ(next.Receive(), "next");
    next.ReplyTo(next.last_id(), "fine");
  });
  Caller caller;
  ClientOptions options = Reconnecting();
  options.silence_timeout = milliseconds(0);
  FramedClient client = ById(caller, server.endpoint(), options);
  caller.Welcome(client);
  const Pending& torn = caller.StartCancellable(client, large);
  while (caller.io.poll() > 0) continue;
  caller.cancel.emit(::asio::cancellation_type::terminal);
  caller.RunUntil([&] { return torn.done(); });
  EXPECT_FALSE(aio::NotSent(torn.status()));
  over.set_value();
  EXPECT_EQ(caller.Call(client, "next").text(), "fine");
  EXPECT_EQ(client.stats().connects, 2U);
}

// Of what one write was given, none to all may have gone out when the connection is lost.
TEST(ClientLosesItsConnection, WhatNoWriteWasGivenGoesOutOnTheNextOneInOrder) {
  constexpr std::size_t kCalls = 9000;  // more than the kernel takes
  std::promise<void> jammed;
  std::vector<std::string> second;
  Scripted server([&](net::Listener& listener) {
    PlainPeer stuck(listener, {});
    stuck.Welcome();
    jammed.get_future().wait();
    stuck.Reset();
    PlainPeer next(listener, {});
    for (std::string text = next.Receive(); text != "(end)"; text = next.Receive()) {
      next.Reply(text);
      second.push_back(std::move(text));
    }
  });
  Caller caller;
  std::vector<Pending*> calls;
  std::vector<std::string> texts;
  std::uint64_t replied = 0;
  {
    FramedClient client = InOrder(caller, server.endpoint(), Reconnecting());
    caller.Welcome(client);
    for (std::size_t i = 0; i < kCalls; ++i) {
      texts.push_back(std::to_string(i) + std::string(2000, ' '));
      calls.push_back(&caller.Start(client, texts.back()));
    }
    // Until nothing is left to do, or enough was done: calls beyond what the kernel takes wait.
    for (int done = 0; done < 100'000 && caller.io.poll_one() > 0; ++done) continue;
    jammed.set_value();
    caller.RunUntil([&] { return std::ranges::all_of(calls, &Pending::done); });
    EXPECT_EQ(client.stats().connects, 2U);
    replied = client.stats().ended[CallEnd::kReplied];
  }
  caller.RunOut();
  server.Join();  // `second` is its thread's until then
  EXPECT_EQ(replied, 1 + second.size());
  // Calls that went out, at least in part, or were about to; all others.
  std::size_t call = 0;
  while (call < kCalls && !calls[call]->result->ok() && !aio::NotSent(calls[call]->status()))
    ++call;
  EXPECT_GT(call, 0U);
  ASSERT_EQ(second.size(), kCalls - call);
  EXPECT_FALSE(second.empty());
  for (std::size_t i = 0; i < second.size(); ++i, ++call) {
    ASSERT_EQ(second[i], texts[call]);
    ASSERT_EQ(calls[call]->text(), texts[call]);
  }
}

TEST(ClientLosesItsConnection, ABrokenReplyIsNamed) {
  const Scripted server([&](net::Listener& listener) {
    PlainPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "hi");
    peer.Write(std::string("\x7f\xff\xff\xff", 4));
    EXPECT_EQ(peer.Receive(), "(end)");
  });
  Caller caller;
  FramedClient client = InOrder(caller, server.endpoint());
  const absl::Status failed = caller.Call(client, "hi").status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("payload_too_large"));
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kFramingError], 1U);
}

// ---- Connecting again --------------------------------------------------------------------------

std::vector<double> Delays(aio::detail::Backoff& backoff, int n) {
  std::vector<double> delays;
  for (int i = 0; i < n; ++i) {
    delays.push_back(std::chrono::duration<double, std::milli>(backoff.Next()).count());
  }
  return delays;
}

TEST(Backoff, GrowsUpToItsLimitAndStartsAnew) {
  aio::detail::Backoff backoff(
      {.initial = milliseconds(100), .max = milliseconds(1000), .multiplier = 3, .jitter = 0});
  EXPECT_THAT(Delays(backoff, 4), ElementsAre(100, 300, 900, 1000));
  backoff.Reset();
  EXPECT_THAT(Delays(backoff, 2), ElementsAre(100, 300));
}

TEST(Backoff, IsNeverNothing) {
  for (const double jitter : {0.0, 1.0}) {
    aio::detail::Backoff backoff({.initial = milliseconds(0), .jitter = jitter, .seed = 7});
    EXPECT_THAT(Delays(backoff, 4), ElementsAre(1, 1, 1, 1));
  }
}

TEST(Backoff, JitterIsFullAndTheSameForTheSameSeed) {
  const aio::Reconnect how{
      .initial = milliseconds(100), .max = milliseconds(100), .jitter = 1, .seed = 7};
  aio::detail::Backoff one(how);
  aio::detail::Backoff two(how);
  const std::vector<double> delays = Delays(one, 1000);
  EXPECT_EQ(delays, Delays(two, 1000));
  EXPECT_LT(*std::ranges::min_element(delays), 5);
  EXPECT_GT(*std::ranges::max_element(delays), 95);
  EXPECT_LE(*std::ranges::max_element(delays), 100);
  double sum = 0;
  for (const double delay : delays) sum += delay;
  EXPECT_NEAR(sum / 1000, 50, 5);
}

// A port that nobody else has, and that refuses unless it listens.
class Port {
 public:
  Port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  Endpoint endpoint() const {
    return Endpoint::Of(Endpoint::Scheme::kTcp, net::SocketAddress::LocalOf(fd_.get()));
  }
  void Listen(int queue = 8) {
    listener_ = *net::Listener::Listen(endpoint());
    EXPECT_EQ(::listen(listener_->fd(), queue), 0);
  }
  net::Socket Accept() { return *listener_->Accept(Soon()); }
  void Refuse() { listener_.reset(); }

 private:
  net::UniqueFd fd_;
  std::optional<net::Listener> listener_;
};

TEST(ClientReconnects, WithDelaysThatGrowUntilAFrameHasCome) {
  Port port;
  Caller caller;
  std::vector<std::int64_t> delays;
  ClientOptions options = Reconnecting();
  options.on_retry = [&](const absl::Status& why, net::Duration delay) {
    EXPECT_EQ(why.code(), absl::StatusCode::kUnavailable);
    delays.push_back(std::chrono::duration_cast<milliseconds>(delay).count());
    if (delays.size() == 4) port.Listen();
  };
  FramedClient client = InOrder(caller, port.endpoint(), options);
  const Pending& first = caller.Start(client, "first");
  caller.RunUntil([&] { return client.stats().connects == 1; });
  EXPECT_THAT(delays, ElementsAre(1, 2, 4, 4));

  // Lost without a frame: the next delay is not the first one again.
  port.Accept().Abort();
  port.Refuse();
  caller.RunUntil([&] { return first.done(); });
  EXPECT_FALSE(first.result->ok());
  delays.clear();
  const Pending& second = caller.Start(client, "second");
  caller.RunUntil([&] { return delays.size() == 1; });
  EXPECT_THAT(delays, ElementsAre(4));
  delays.assign(3, 0);
  caller.RunUntil([&] { return client.stats().connects == 2; });

  // A frame comes; then the delays start anew: 1 after the loss, 2 after the first failure.
  net::MessageStream peer(port.Accept(), LengthFieldFramer());
  EXPECT_TRUE(peer.Send(AsBytes("re: second")).ok());
  caller.RunUntil([&] { return second.done(); });
  EXPECT_EQ(second.text(), "re: second");
  port.Refuse();
  peer.Abort();
  caller.RunUntil([&] { return client.stats().connections_ended.total() == 2; });
  delays.assign(4, 0);
  caller.Start(client, "third");
  caller.RunUntil([&] { return delays.size() == 5; });
  EXPECT_EQ(delays.back(), 2);
}

TEST(ClientReconnects, ACallWaitsForTheConnectionNoLongerThanItsDeadline) {
  const Port port;
  Caller caller;
  FramedClient client = ById(caller, port.endpoint(), Reconnecting());
  const absl::Status failed = caller.Call(client, "x", Within(kShort)).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(aio::NotSent(failed));
  EXPECT_THAT(std::string(failed.message()), HasSubstr("Connection refused"));
  const aio::ClientStats stats = client.stats();
  EXPECT_GE(stats.connect_failures[absl::StatusCode::kUnavailable], 1U);
  EXPECT_EQ(stats.connect_failures.total(), stats.connect_failures[absl::StatusCode::kUnavailable]);
  caller.RunOut();  // it does not go on connecting for nobody
}

TEST(ClientReconnects, NotUnlessAskedTo) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "one");
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  EXPECT_FALSE(aio::NotSent(caller.Call(client, "one").status()));
  const absl::Status after = caller.Call(client, "two").status();
  EXPECT_EQ(after.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(after.message(), "the server ended the connection; the request was not sent");
  EXPECT_TRUE(aio::NotSent(after));
  EXPECT_EQ(client.stats().connects, 1U);

  const Port nobody;
  FramedClient alone = ById(caller, nobody.endpoint());
  const absl::Status refused = caller.Call(alone, "x").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(aio::NotSent(refused));
}

// ---- Limits ------------------------------------------------------------------------------------

TEST(ClientLimits, CallsAndBytesAreRefusedAtOnce) {
  const Port port;
  Caller caller;
  ClientOptions options = Reconnecting();
  options.max_calls = 2;
  options.max_queued_bytes = 10;
  FramedClient client = ById(caller, port.endpoint(), options);
  caller.Start(client, "12345");
  caller.io.poll();
  const absl::Status bytes = caller.Call(client, "123456").status();
  EXPECT_EQ(bytes.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(aio::NotSent(bytes));
  EXPECT_EQ(bytes.message(),
            "call: 5 bytes wait to be written, and 6 more would be over the limit of 10");
  caller.Start(client, "12345");
  caller.io.poll();
  const absl::Status calls = caller.Call(client, "").status();
  EXPECT_EQ(calls.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(calls.message(), "call: 2 calls wait already, the limit");
  EXPECT_EQ(client.stats().ended[CallEnd::kRefused], 2U);
}

TEST(ClientLimits, ARequestThatTheFramingCannotCarryHurtsNobodyElse) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "good");
    peer.ReplyTo(peer.last_id(), "fine");
  });
  Caller caller;
  const HeaderFramer small = *HeaderFramer::Create(HeaderFramer().layout(), {.max_payload = 100});
  FramedClient client =
      FramedClient::ById(caller.io.get_executor(), {server.endpoint()}, {}, small);
  const Pending& large = caller.Start(client, std::string(101, 'x'));
  EXPECT_EQ(caller.Call(client, "good").text(), "fine");
  EXPECT_EQ(large.status().code(), absl::StatusCode::kInvalidArgument) << large.status();
  EXPECT_TRUE(aio::NotSent(large.status()));
}

TEST(ClientLimits, ADeadlineInThePastSendsNothing) {
  const Port port;
  Caller caller;
  FramedClient client = ById(caller, port.endpoint());
  const absl::Status late = caller.Call(client, "x", {.until = net::Clock::now()}).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(aio::NotSent(late));
  EXPECT_EQ(client.stats().connect_failures.total(), 0U);
}

// ---- The end -----------------------------------------------------------------------------------

TEST(ClientClose, AnswersWhatIsUnderWayAndReadsToTheEnd) {
  std::promise<void> closing;
  const Scripted server([&](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "last");
    closing.get_future().wait();
    peer.ReplyTo(peer.last_id(), "answered");
    EXPECT_EQ(peer.Receive(), "(end)");
    peer.ReplyTo(peer.last_id(), "nobody waits for this");
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  const Pending& call = caller.Start(client, "last");
  caller.RunUntil([&] { return client.stats().connects == 1; });
  std::optional<absl::Status> closed;
  ::asio::co_spawn(caller.io, client.Close(Soon()),
                   [&](const std::exception_ptr&, absl::Status status) { closed = status; });
  caller.io.poll();
  EXPECT_EQ(caller.Call(client, "no more").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(closed);
  closing.set_value();
  caller.RunUntil([&] { return closed.has_value(); });
  EXPECT_EQ(*closed, absl::OkStatus());
  EXPECT_EQ(call.text(), "answered");
  EXPECT_EQ(client.stats().connections_ended[ConnectionEnd::kEnd], 1U);
  EXPECT_EQ(client.stats().late_replies, 1U);
  caller.RunOut();
}

TEST(ClientClose, IsOverAtItsDeadline) {
  std::promise<void> over;
  const Scripted server([&](net::Listener& listener) {
    IdPeer silent(listener, {});
    silent.Welcome();
    EXPECT_EQ(silent.Receive(), "hi");
    EXPECT_EQ(silent.Receive(), "(end)");
    IdPeer open(listener, {});  // answers, and then does not close
    EXPECT_EQ(open.Receive(), "hi");
    open.ReplyTo(open.last_id(), "ho");
    over.get_future().wait();
  });
  Caller caller;
  {
    FramedClient client = ById(caller, server.endpoint());
    caller.Welcome(client);
    const Pending& call = caller.Start(client, "hi");
    const auto closed = Await(caller.io, client.Close(net::DeadlineIn(kShort)));
    EXPECT_EQ(closed, absl::DeadlineExceededError("close: not all calls were answered"));
    EXPECT_EQ(Await(caller.io, client.Close(Soon()))->code(),
              absl::StatusCode::kFailedPrecondition);
    caller.RunOut();
    EXPECT_EQ(call.status().code(), absl::StatusCode::kCancelled);
    EXPECT_FALSE(aio::NotSent(call.status()));
  }
  FramedClient client = ById(caller, server.endpoint());
  EXPECT_EQ(caller.Call(client, "hi").text(), "ho");
  const auto closed = Await(caller.io, client.Close(net::DeadlineIn(kShort)));
  EXPECT_EQ(closed, absl::DeadlineExceededError("close: the server did not end the connection"));
  over.set_value();
}

TEST(ClientClose, WithoutAConnectionItIsDone) {
  const Port port;
  Caller caller;
  FramedClient client = ById(caller, port.endpoint());
  EXPECT_EQ(Await(caller.io, client.Close(Soon())), absl::OkStatus());
}

TEST(ClientGone, NotByBeingMovedToItself) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    peer.Welcome();
  });
  Caller caller;
  FramedClient client = ById(caller, server.endpoint());
  FramedClient& same = client;
  client = std::move(same);
  caller.Welcome(client);
  FramedClient other = std::move(client);
  client = std::move(other);
  EXPECT_EQ(client.stats().calls, 1);
}

// Another loop may be another thread; that of a strand over its own is not.
TEST(ClientElsewhere, ACallOnAnotherLoopIsRefused) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    peer.Welcome();
  });
  Caller caller;
  FramedClient client = FramedClient::ById(::asio::make_strand(caller.io), {server.endpoint()});
  Caller elsewhere;
  const absl::Status refused = elsewhere.Call(client, "welcome").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_TRUE(aio::NotSent(refused));
  EXPECT_EQ(Await(elsewhere.io, client.Close(Soon()))->code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(client.stats().calls, 0U);
  caller.Welcome(client);
}

TEST(ClientGone, CallsThatWaitAreCancelled) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "sent");
    EXPECT_EQ(peer.Receive(), "(end)");
  });
  const Port nobody;
  Caller caller;
  std::optional<FramedClient> connected = ById(caller, server.endpoint());
  std::optional<FramedClient> waiting = ById(caller, nobody.endpoint(), Reconnecting());
  const Pending& sent = caller.Start(*connected, "sent");
  const Pending& queued = caller.Start(*waiting, "queued");
  caller.RunUntil([&] { return connected->stats().connects == 1; });
  caller.io.poll();
  connected.reset();
  waiting.reset();
  caller.RunOut();
  EXPECT_EQ(sent.status().code(), absl::StatusCode::kCancelled) << sent.status();
  EXPECT_FALSE(aio::NotSent(sent.status()));
  EXPECT_EQ(queued.status().code(), absl::StatusCode::kCancelled) << queued.status();
  EXPECT_TRUE(aio::NotSent(queued.status()));
}

TEST(ClientGone, WhileItConnectsNothingIsLeftBehind) {
  Port full;  // answers nobody: its queue is full
  full.Listen(0);
  const net::Socket filler = *net::Connect(full.endpoint(), Soon());
  Caller caller;
  std::optional<FramedClient> client = ById(caller, full.endpoint());
  const Pending& call = caller.Start(*client, "x");
  caller.io.poll();
  client.reset();
  caller.RunOut();
  EXPECT_EQ(call.status().code(), absl::StatusCode::kCancelled);
}

TEST(ClientGone, AlsoFromItsOwnHandler) {
  const Scripted server([](net::Listener& listener) {
    IdPeer peer(listener, {});
    EXPECT_EQ(peer.Receive(), "hi");
    peer.Reply("go away");
    EXPECT_EQ(peer.Receive(), "(end)");
  });
  Caller caller;
  std::optional<FramedClient> client;
  ClientOptions options;
  options.on_message = [&](const aio::Message&) { client.reset(); };
  client = ById(caller, server.endpoint(), options);
  const Pending& call = caller.Start(*client, "hi");
  caller.RunUntil([&] { return call.done(); });
  EXPECT_EQ(call.status().code(), absl::StatusCode::kCancelled);
  caller.RunOut();
}

TEST(ClientGone, TheEventLoopMayTakeItsCallsAlong) {
  for (const bool in_order : {false, true}) {
    const Scripted server([&](net::Listener& listener) {
      PlainPeer peer(listener, {});
      peer.Receive();
      peer.Receive();
    });
    std::optional<Caller> caller(std::in_place);
    {
      FramedClient client =
          in_order ? InOrder(*caller, server.endpoint()) : ById(*caller, server.endpoint());
      caller->Start(client, "sent");
      caller->RunUntil([&] { return client.stats().connects == 1; });
      caller->io.poll();
      caller->Start(client, "queued");
      caller->io.poll_one();
    }
    caller.reset();
  }
}

// ---- TLS, threads ------------------------------------------------------------------------------

// Answers by id, as any server would that knows the header.
struct EchoById {
  void operator()(aio::Session& session, const FrameView& frame) const {
    std::string metadata(AsText(HeaderFramer().HeaderOf(frame).sections[0]));
    metadata.front() = '\x10';  // message_id becomes reply_to_id
    EXPECT_TRUE(session.ReplyFrame(AsBytes(IdPeer::FrameWith({}, metadata, frame.text()))).ok());
  }
};

TEST(ClientOverTls, CallsWhoItBelievesAndNobodyElse) {
  const certificates::Authority authority("the authority");
  const certificates::Authority other("somebody else");
  const certificates::Issued own = authority.Issue();
  aio::ServerOptions over_tls;
  over_tls.transport = aio::TlsTransport(*tls::Context::ForServer(
      {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}}));
  RunningServer server(HeaderFramer(), EchoById{}, over_tls, "tls:127.0.0.1:0");
  Caller caller;
  ClientOptions wrong;
  wrong.tls = *tls::Context::ForClient({.ca = tls::Pem::Text(other.certificate())});
  FramedClient stranger = ById(caller, server.endpoint(), wrong);
  const absl::Status refused = caller.Call(stranger, "secret").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated) << refused;
  EXPECT_TRUE(aio::NotSent(refused));
  EXPECT_EQ(server.ends().Wait(1), std::vector{aio::CloseReason::kHandshakeFailed});
  EXPECT_EQ(server.stats().frames_in, 0U);

  ClientOptions right;
  right.tls = *tls::Context::ForClient({.ca = tls::Pem::Text(authority.certificate())});
  FramedClient client = ById(caller, server.endpoint(), right);
  std::vector<Pending*> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(&caller.Start(client, std::string(static_cast<std::size_t>(i) * 997, 'x')));
  }
  caller.RunUntil([&] { return client.stats().ended.total() == 100; });
  caller.io.poll();
  for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i]->text().size(), i * 997);
  EXPECT_EQ(Await(caller.io, client.Close(Soon())), absl::OkStatus());
  EXPECT_EQ(server.ends().Wait(2).back(), aio::CloseReason::kEnd);
}

TEST(ClientOnAStrand, ManyCoroutinesCallFromAPoolOfThreads) {
  RunningServer server(HeaderFramer(), EchoById{});
  std::atomic<int> right = 0;
  ::asio::thread_pool pool(4);
  const auto strand = ::asio::make_strand(pool);
  {
    std::promise<void> closed;
    auto client = std::make_shared<FramedClient>(
        FramedClient::ById(strand, {server.endpoint()}, Reconnecting()));
    ::asio::co_spawn(
        strand,
        [](std::shared_ptr<FramedClient> shared, std::atomic<int>& good) -> awaitable<void> {
          const auto executor = co_await ::asio::this_coro::executor;
          for (int i = 0; i < 500; ++i) {
            ::asio::co_spawn(executor, OneCall(*shared, std::to_string(i), {}),
                             [&good, shared, i](const std::exception_ptr&,
                                                const absl::StatusOr<aio::Reply>& reply) {
                               good += reply.ok() && reply->text() == std::to_string(i) ? 1 : 0;
                             });
          }
          EXPECT_EQ(co_await shared->Close(Soon()), absl::OkStatus());
        }(client, right),
        [&](const std::exception_ptr&) { closed.set_value(); });
    ::asio::post(strand, [client = std::move(client)] {});  // it ends on the strand
    closed.get_future().wait();
  }
  pool.join();
  EXPECT_EQ(right, 500);
}

}  // namespace
}  // namespace unstick::inline v0::testing
