// What a server allows, and what it counts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_server.h"
#include "unstick/asio/server_stats.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::ServerOptions;
using aio::Session;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

template <typename Condition>
bool Eventually(Condition condition) {
  const steady_clock::time_point give_up = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

bool Answers(RawClient& client, std::string_view payload) {
  const std::string frame = Encode(payload);
  return client.Send(frame) && client.Read(frame.size()) == frame;
}

// ---- Connections -------------------------------------------------------------------------------

TEST(Limits, ConnectionsFromOneAddressAreLimited) {
  ServerOptions options;
  options.max_connections_per_address = 2;
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  auto first = std::make_unique<RawClient>(server.endpoint());
  RawClient second(server.endpoint());
  ASSERT_TRUE(Answers(*first, "x") && Answers(second, "x"));
  RawClient third(server.endpoint());
  EXPECT_TRUE(third.IsOver());
  EXPECT_EQ(server.stats().refused[aio::RefuseReason::kAddress], 1);
  first.reset();
  server.ends().Wait(1);
  RawClient fourth(server.endpoint());
  EXPECT_TRUE(Answers(fourth, "x"));
}

TEST(Limits, UnixPeersHaveNoAddress) {
  ServerOptions options;
  options.max_connections_per_address = 1;
  RunningServer server(LengthFieldFramer{}, Echo{}, options, TemporaryUnixEndpoint("limits"));
  RawClient first(server.endpoint());
  RawClient second(server.endpoint());
  EXPECT_TRUE(Answers(first, "x") && Answers(second, "x"));
}

TEST(Limits, OfNoConnectionsIsOne) {
  ServerOptions options;
  options.max_connections = 0;
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  EXPECT_TRUE(RawClient(server.endpoint()).IsOver());
  EXPECT_EQ(server.stats().refused[aio::RefuseReason::kConnections], 1);
}

// ---- Memory for frames that are not whole ------------------------------------------------------

ServerOptions Tight(std::size_t threads = 1) {
  ServerOptions options;
  options.threads = threads;
  options.memory_budget = std::size_t{1} << 20;
  options.max_connections = 1000;
  return options;
}

TEST(MemoryBudget, TheLargestThatDoNotSendAreClosedFirst) {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    RunningServer server(LengthFieldFramer{}, Echo{}, Tight(threads));
    const std::string frame = Encode(std::string(10'000, 'x'));
    std::vector<RawClient> small;
    for (int i = 0; i < 8; ++i) {
      small.emplace_back(server.endpoint());
      small.back().Send(std::string_view(frame).substr(0, 5000));
    }
    const std::string large = Encode(std::string(1'000'000, 'x')).substr(0, 200'000);
    std::vector<RawClient> hoarders;
    for (int i = 0; i < 8; ++i) {
      hoarders.emplace_back(server.endpoint());
      hoarders.back().SendSome(large);
    }
    EXPECT_TRUE(Eventually([&] {
      return server.stats().closed[CloseReason::kMemoryBudget] > 0 &&
             server.stats().partial_frames <= std::size_t{1} << 20;
    }));
    for (RawClient& client : small) {
      EXPECT_TRUE(client.Send(std::string_view(frame).substr(5000)));
      EXPECT_EQ(client.Read(frame.size()).size(), frame.size()) << "a small one had to go";
    }
    EXPECT_LE(server.stats().closed[CloseReason::kMemoryBudget], 8);
  }
}

// Twenty frames of 900 kB at a time, with memory for one: they take turns.
TEST(MemoryBudget, HealthyOnesWaitAndAllComeThrough) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Tight());
  std::atomic<int> done = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back([&] {
      RawClient client(server.endpoint());
      const std::string frame = Encode(std::string(900'000, 'x'));
      std::thread sender([&] { EXPECT_TRUE(client.Send(frame)); });
      if (client.Read(frame.size()) == frame) ++done;
      sender.join();
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(done, 20);
  EXPECT_EQ(server.stats().closed[CloseReason::kMemoryBudget], 0);
  EXPECT_EQ(server.stats().partial_frames, 0);
}

TEST(MemoryBudget, SmallFramesDoNotNeedAny) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Tight());
  const std::string large = Encode(std::string(1'000'000, 'x'));
  std::vector<RawClient> hoarders;
  for (int i = 0; i < 20; ++i) {
    hoarders.emplace_back(server.endpoint());
    hoarders.back().SendSome(large.substr(0, 200'000));
  }
  RawClient client(server.endpoint());
  const auto start = steady_clock::now();
  while (steady_clock::now() - start < milliseconds(100)) ASSERT_TRUE(Answers(client, "small"));
}

// ---- Deadlines ---------------------------------------------------------------------------------

TEST(Deadlines, ALargeFrameMayTakeLongerIfItComesFastEnough) {
  ServerOptions options;
  options.frame_timeout = milliseconds(100);
  options.min_frame_rate = 100'000;  // a busy machine keeps that up
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  RawClient client(server.endpoint());
  const std::string frame = Encode(std::string(600'000, 'x'));
  const auto start = steady_clock::now();
  std::size_t sent = 0;
  while (sent < frame.size()) {  // 2 MB/s
    const auto ms = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count();
    const auto due = std::min(frame.size(), static_cast<std::size_t>(ms) * 2'000);
    if (due > sent) {
      ASSERT_TRUE(client.Send(std::string_view(frame).substr(sent, due - sent)));
      sent = due;
    }
    std::this_thread::yield();
  }
  EXPECT_EQ(client.Read(frame.size()).size(), frame.size());

  RawClient slow(server.endpoint());
  slow.Send(frame.substr(0, 10'000));  // earns 100 ms
  const auto began = steady_clock::now();
  EXPECT_TRUE(slow.IsOver());
  EXPECT_EQ(server.ends().Of(2).reason, CloseReason::kFrameTimeout);
  EXPECT_GE(steady_clock::now() - began, milliseconds(150));
}

// ---- Replies -----------------------------------------------------------------------------------

TEST(Limits, RepliesAreLimitedInNumberToo) {
  std::promise<int> queued;
  ServerOptions options;
  options.output_frame_limit = 10;
  RunningServer server(
      LengthFieldFramer(),
      [&](Session& session, const FrameView&) {
        int n = 0;
        while (session.Reply({}).ok()) ++n;
        queued.set_value(n);
        session.Close();
      },
      options);
  RawClient client(server.endpoint());
  client.Send(Encode("go"));
  EXPECT_EQ(queued.get_future().get(), 10);
  EXPECT_EQ(client.ReadToEnd().size(), 40);
  EXPECT_EQ(server.stats().replies_refused[aio::ReplyRefusal::kFrames], 1);
}

TEST(Limits, RepliesAreLimitedInBytes) {
  std::promise<int> queued;
  ServerOptions options;
  options.output_limit = 1000;
  RunningServer server(
      LengthFieldFramer(),
      [&](Session& session, const FrameView&) {
        int n = 0;
        while (session.Reply(AsBytes(std::string(96, 'x'))).ok()) ++n;
        queued.set_value(n);
        session.Close();
      },
      options);
  RawClient client(server.endpoint());
  client.Send(Encode("go"));
  EXPECT_EQ(queued.get_future().get(), 10);
  EXPECT_EQ(client.ReadToEnd().size(), 1000);
  EXPECT_EQ(server.stats().replies_refused[aio::ReplyRefusal::kBytes], 1);
}

// What the framing adds counts, also where only encoding tells how much that is; what was refused
// has left no trace in the stream.
TEST(Limits, RepliesAreLimitedAsTheyAreFramed) {
  struct Case {
    std::string framing;
    std::string too_large;
    std::string fits;
    std::string sent;
    std::string no_more = "";
  };
  const Case cases[] = {
      {"length:width=4", "1234567", "123456", std::string("\0\0\0\6", 4) + "123456"},
      {"slip", std::string(5, '\xc0'), "123456789", "123456789\xc0",
       "x"},  // of an empty frame it sends nothing
      {"length:width=1;preamble='ab'", "12345678", "1234567", "ab\a1234567"},
  };
  for (const Case& one : cases) {
    const auto framer = AnyFramer::ForEnd(one.framing, Side::kServer);
    ASSERT_TRUE(framer.ok()) << framer.status();
    ServerOptions options;
    options.output_limit = 10;
    RunningServer server(
        *framer,
        [&](Session& session, const FrameView&) {
          EXPECT_TRUE(absl::IsResourceExhausted(session.Reply(AsBytes(one.too_large))));
          EXPECT_EQ(session.queued(), 0U);
          EXPECT_TRUE(session.Reply(AsBytes(one.fits)).ok());
          EXPECT_TRUE(absl::IsResourceExhausted(session.Reply(AsBytes(one.no_more))));
          const auto none = [](ByteSpan) {};
          EXPECT_TRUE(absl::IsResourceExhausted(session.Reply(one.no_more.size(), none)));
          EXPECT_TRUE(absl::IsResourceExhausted(session.ReplyFrame(AsBytes("x"))));
          EXPECT_EQ(session.queued(), one.sent.size());
          session.Close();
        },
        options);
    RawClient client(server.endpoint());
    client.Send(one.sent);  // both directions look the same
    EXPECT_EQ(client.ReadToEnd(), one.sent) << one.framing;
    EXPECT_EQ(server.stats().replies_refused[aio::ReplyRefusal::kBytes], 4) << one.framing;
  }
}

// Also among the frames of one read: what is behind waits until the replies are out.
TEST(Limits, NoFrameIsHandledBeyondTheHighWaterMark) {
  std::atomic<std::size_t> most = 0;
  ServerOptions options;
  options.output_high_water = 1000;
  RunningServer server(
      LengthFieldFramer(),
      [&](Session& session, const FrameView&) {
        most = std::max(most.load(), session.queued());
        session.Reply(AsBytes(std::string(300, 'x'))).IgnoreError();
      },
      options);
  RawClient client(server.endpoint());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += Encode("go");
  client.Send(requests);
  client.CloseWrite();
  EXPECT_EQ(client.ReadToEnd().size(), 100 * 304);
  EXPECT_LT(most.load(), 1000U);
  EXPECT_GT(most.load(), 600U) << "they came in one read";
}

// ---- Counters ----------------------------------------------------------------------------------

// What came is in frames, or counted as dropped.
TEST(Counters, WhatComesBehindTheEndIsCounted) {
  const std::string frame = Encode("ten bytes!");
  struct Case {
    std::string sent;
    CloseReason reason;
    std::uint64_t unread;
  };
  const Case cases[] = {
      {frame + frame.substr(0, 9), CloseReason::kFramingError, 9},
      {frame + Encode("close") + frame + frame + "\1", CloseReason::kClosed, 2 * 14 + 1},
      {frame + Encode("abort") + frame + frame, CloseReason::kAborted, 2 * 14},
      {frame + Encode(std::string(101, 'x')), CloseReason::kFramingError, 105},
  };
  const auto plain = [](Session& session, const FrameView& seen) {
    if (seen.text() == "close") session.Close();
    if (seen.text() == "abort") session.Abort();
  };
  const auto coroutine = [](Session& session, aio::Message seen) -> ::asio::awaitable<void> {
    if (seen.text() == "close") session.Close();
    if (seen.text() == "abort") session.Abort();
    co_return;
  };
  const auto check = [&](auto handler, const Case& one) {
    RunningServer server(LengthFieldFramer({.max_payload = 100}), handler);
    RawClient client(server.endpoint());
    client.Send(one.sent);
    client.CloseWrite();
    EXPECT_TRUE(client.IsOver());
    client.Close();
    EXPECT_EQ(server.ends().Of(1).reason, one.reason);
    EXPECT_EQ(server.stats().bytes_in, one.sent.size());
    EXPECT_EQ(server.stats().unread_bytes, one.unread);
  };
  for (const Case& one : cases) {
    check(plain, one);
    check(coroutine, one);
  }
}

TEST(Stats, SayWhyAndAreReadByPrometheus) {
  ServerOptions options;
  options.idle_timeout = milliseconds(30);
  RunningServer server(LengthFieldFramer({.max_payload = 100}), Echo(), options);
  RawClient idle(server.endpoint());
  EXPECT_TRUE(Answers(idle, "x"));
  EXPECT_TRUE(idle.IsOver());
  RawClient large(server.endpoint());
  large.Send(Encode(std::string(101, 'x')));
  EXPECT_TRUE(large.IsOver());
  large.Close();
  server.ends().Wait(2);
  const std::string text = server.stats().ToPrometheus();
  EXPECT_THAT(text, HasSubstr("# TYPE unstick_connections_accepted_total counter\n"
                              "unstick_connections_accepted_total 2\n"));
  EXPECT_THAT(text, HasSubstr("unstick_connections_closed_total{reason=\"idle_timeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("unstick_connections_closed_total{reason=\"framing_error\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("unstick_frame_errors_total{reason=\"payload_too_large\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("unstick_connections_open 0\n"));
  for (std::size_t i = 0; i < aio::kCloseReasons; ++i) {
    EXPECT_THAT(text, HasSubstr(std::string(ReasonName(static_cast<CloseReason>(i))) + "\"}"));
  }
}

// Every figure has a line of its own.
TEST(Stats, PrometheusReadsEveryFigure) {
  aio::ServerStats stats;
  stats.accepted = 101;
  stats.open = 102;
  stats.closed.counts[0] = 103;
  stats.refused.counts[0] = 104;
  stats.handshake_failures.counts[0] = 105;
  stats.accept_failures = 106;
  stats.frames_in = 107;
  stats.frames_out = 108;
  stats.bytes_in = 109;
  stats.bytes_out = 110;
  stats.gaps.counts[0] = 111;
  stats.skipped_bytes = 112;
  stats.frame_errors.counts[0] = 113;
  stats.replies_refused.counts[0] = 114;
  stats.unsent_bytes = 115;
  stats.unread_bytes = 116;
  stats.read_pauses = 117;
  stats.memory_pauses = 118;
  stats.buffered = 119;
  stats.partial_frames = 120;
  const std::string text = stats.ToPrometheus();
  for (const std::string_view line :
       {"connections_accepted_total 101", "connections_open 102",
        "connections_closed_total{reason=\"end\"} 103",
        "connections_refused_total{reason=\"connections\"} 104",
        "handshake_failures_total{reason=\"lost\"} 105", "accept_failures_total 106",
        "frames_received_total 107", "frames_queued_total 108", "received_bytes_total 109",
        "sent_bytes_total 110", "skipped_bytes_total 112",
        "replies_refused_total{reason=\"unencodable\"} 114", "unsent_bytes_total 115",
        "unread_bytes_total 116", "read_pauses_total 117", "memory_pauses_total 118",
        "buffered_bytes 119", "partial_frame_bytes 120"}) {
    EXPECT_THAT(text, HasSubstr("\nunstick_" + std::string(line) + "\n"));
  }
  EXPECT_THAT(text, HasSubstr("\"} 111\n"));
  EXPECT_THAT(text, HasSubstr("\"} 113\n"));
}

// Frames and bytes are counted both ways; a connection is open until it is over.
TEST(Stats, CountWhatPasses) {
  RunningServer server(LengthFieldFramer({.max_payload = 100}), Echo(), ServerOptions());
  RawClient client(server.endpoint());
  EXPECT_TRUE(Answers(client, "hello"));
  const aio::ServerStats open = server.stats();
  EXPECT_EQ(open.accepted, 1U);
  EXPECT_EQ(open.open, 1U);
  EXPECT_EQ(open.frames_in, 1U);
  EXPECT_EQ(open.frames_out, 1U);
  EXPECT_EQ(open.bytes_in, Encode("hello").size());
  client.Close();
  server.ends().Wait(1);
  EXPECT_EQ(server.stats().open, 0U);
  EXPECT_EQ(server.stats().bytes_out, Encode("hello").size());
}

}  // namespace
}  // namespace unstick::inline v0::testing
