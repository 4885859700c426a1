// What a handler can do to its connection besides answering.

#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_server.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::Session;

// ---- Another framing ---------------------------------------------------------------------------

void EchoLine(Session& session, const FrameView& frame) {
  session.Reply(frame.payload()).IgnoreError();
  if (frame.text() == "back") session.ChangeFraming(LengthFieldFramer(), Echo{});
}

TEST(ChangeFraming, HandsOverTheBytesBehindTheFrameUnderEveryCut) {
  RunningServer server(LengthFieldFramer(), [](Session& session, const FrameView& frame) {
    session.Reply(frame.payload()).IgnoreError();
    if (frame.text() == "lines") session.ChangeFraming(DelimiterFramer(), &EchoLine);
  });
  const std::string stream = Encode("a") + Encode("lines") + "one\ntwo\nback\n" + Encode("b");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    RawClient client(server.endpoint());
    client.Send(stream.substr(0, cut));
    // What can be answered already has been, so that the cut is one.
    const std::string whole[] = {Encode("a"), Encode("lines"), "one\n",
                                 "two\n",     "back\n",        Encode("b")};
    std::size_t answered = 0;
    for (const std::string& frame : whole) {
      if (answered + frame.size() > cut) break;
      answered += frame.size();
    }
    ASSERT_EQ(client.Read(answered), stream.substr(0, answered)) << cut;
    client.Send(stream.substr(cut));
    client.CloseWrite();
    ASSERT_EQ(client.ReadToEnd(), stream.substr(answered)) << cut;
  }
  const std::vector<CloseReason> ends = server.ends().Wait(stream.size() + 1);
  EXPECT_EQ(ends, std::vector<CloseReason>(stream.size() + 1, CloseReason::kEnd));
}

::asio::awaitable<void> ChangeAfterAWait(Session& session, aio::Message message) {
  session.ChangeFraming(DelimiterFramer(), &EchoLine);
  ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(5));
  co_await timer.async_wait(::asio::use_awaitable);
  session.Reply(message.payload()).IgnoreError();  // still in the old framing
}

TEST(ChangeFraming, WaitsForTheCoroutine) {
  RunningServer server(LengthFieldFramer(), &ChangeAfterAWait);
  RawClient client(server.endpoint());
  client.Send(Encode("lines") + "one\n");
  EXPECT_EQ(client.Read(9 + 4), Encode("lines") + "one\n");
  client.Send("two\n");
  EXPECT_EQ(client.Read(4), "two\n");
}

TEST(ChangeFraming, AnErrorHasItsPlaceInTheWholeStream) {
  RunningServer server(LengthFieldFramer(), [](Session& session, const FrameView&) {
    session.ChangeFraming(DelimiterFramer({.ends = {"\n"}, .max_payload = 5}), &EchoLine);
  });
  RawClient client(server.endpoint());
  client.Send(Encode("lines") + "ok\n" + "too long\n");
  EXPECT_EQ(client.ReadToEnd(), "ok\n");
  client.Close();
  EXPECT_EQ(server.ends().Of(1).frame_error->offset, 9 + 3);
}

TEST(ChangeFraming, KeepsWhatTheServerDoesAboutErrors) {
  aio::ServerOptions options;
  options.on_error = OnError::kSkip;
  RunningServer server(
      LengthFieldFramer(),
      [](Session& session, const FrameView&) {
        session.ChangeFraming(DelimiterFramer({.ends = {"\n"}, .max_payload = 5}), &EchoLine);
      },
      options);
  RawClient client(server.endpoint());
  client.Send(Encode("lines") + "ok\n" + "too long\n" + "fine\n");
  client.CloseWrite();
  EXPECT_EQ(client.ReadToEnd(), "ok\nfine\n");
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
}

// ---- The end -----------------------------------------------------------------------------------

TEST(Session, IsClosedFromTheCallThatEndsIt) {
  for (void (Session::* const end)() : {&Session::Close, &Session::Abort}) {
    std::promise<void> seen;
    RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
      EXPECT_FALSE(session.closed());
      (session.*end)();
      EXPECT_TRUE(session.closed());
      EXPECT_TRUE(absl::IsFailedPrecondition(session.Reply(frame.payload())));
      seen.set_value();
    });
    RawClient client(server.endpoint());
    client.Send(Encode("x"));
    seen.get_future().wait();
  }
}

void ExpectOver(Session& session) {
  EXPECT_TRUE(session.closed());
  EXPECT_TRUE(absl::IsFailedPrecondition(session.Reply(AsBytes("x"))));
  EXPECT_TRUE(absl::IsFailedPrecondition(session.Reply(1, [](ByteSpan) { ADD_FAILURE(); })));
  EXPECT_TRUE(absl::IsFailedPrecondition(session.ReplyFrame(AsBytes("x"))));
  const std::string wire = Encode("kept");
  EXPECT_EQ(session.Keep(FrameView(AsBytes(wire).data(), Extent{8, 4, 4}, 0)).text(), "kept");
  EXPECT_EQ(session.queued(), 0U);
  EXPECT_NE(session.remote().port, 0);
  EXPECT_EQ(session.peer_subject(), "");
  session.ChangeFraming(DelimiterFramer(), &EchoLine);
  session.Close();
  session.Abort();
}

TEST(Session, OutlivesItsServer) {
  std::shared_ptr<Session> kept;
  {
    RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
      kept = session.shared_from_this();
      session.Reply(frame.payload()).IgnoreError();
    });
    RawClient client(server.endpoint());
    client.Send(Encode("x"));
    EXPECT_EQ(client.Read(5), Encode("x"));
  }
  ExpectOver(*kept);
}

// The coroutine goes with the server, and its locals may still want to say something.
TEST(Session, OutlivesItsServerAndItsCoroutine) {
  struct Farewell {
    explicit Farewell(std::shared_ptr<Session> to) : session(std::move(to)) {}
    Farewell(const Farewell&) = delete;
    ~Farewell() { ExpectOver(*session); }
    std::shared_ptr<Session> session;
  };
  std::promise<std::shared_ptr<Session>> started;
  std::shared_ptr<Session> kept;
  {
    RunningServer server(LengthFieldFramer(),
                         [&](Session& session, aio::Message) -> ::asio::awaitable<void> {
                           const Farewell farewell(session.shared_from_this());
                           started.set_value(session.shared_from_this());
                           ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
                           timer.expires_after(4 * kPatience);
                           co_await timer.async_wait(::asio::use_awaitable);
                         });
    RawClient client(server.endpoint());
    client.Send(Encode("x"));
    kept = started.get_future().get();
  }
  ExpectOver(*kept);
}

// ---- Threads -----------------------------------------------------------------------------------

// What has no right to touch the connection touches nothing of it, while the connection is busy:
// the thread sanitizer sees to that, and the peer reads what the handlers said and nothing else.
TEST(Session, OnAnotherThreadIsRefused) {
  std::promise<std::shared_ptr<Session>> first;
  RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
    if (frame.text() == "first") first.set_value(session.shared_from_this());
    session.Reply(frame.payload()).IgnoreError();
  });
  RawClient client(server.endpoint());
  client.Send(Encode("first"));
  EXPECT_EQ(client.Read(9), Encode("first"));
  const std::shared_ptr<Session> session = first.get_future().get();
  std::atomic<bool> over = false;
  std::thread stranger([&] {
    while (!over) {
      for (const absl::Status& refused :
           {session->Reply(AsBytes("x")), session->Reply(1, [](ByteSpan) { ADD_FAILURE(); }),
            session->ReplyFrame(AsBytes("x"))}) {
        EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
        EXPECT_EQ(refused.message(),
                  "a session was used on another thread than its own: post to its get_executor()");
      }
      EXPECT_TRUE(session->closed());
      EXPECT_EQ(session->queued(), 0U);
      EXPECT_EQ(session->peer_subject(), "");
      EXPECT_NE(session->remote().port, 0);
      EXPECT_EQ(session->id(), 1U);
      const std::string wire = Encode("kept");
      EXPECT_EQ(session->Keep(FrameView(AsBytes(wire).data(), Extent{8, 4, 4}, 0)).text(), "kept");
      session->ChangeFraming(DelimiterFramer(), &EchoLine);
      session->Close();
      session->Abort();
    }
  });
  for (int i = 0; i < 300; ++i) {
    client.Send(Encode("x"));
    ASSERT_EQ(client.Read(5), Encode("x"));
  }
  over = true;
  stranger.join();

  // What is posted is on the right thread.
  std::promise<absl::Status> posted;
  ::asio::post(session->get_executor(), [&] { posted.set_value(session->Reply(AsBytes("late"))); });
  EXPECT_EQ(posted.get_future().get(), absl::OkStatus());
  EXPECT_EQ(client.Read(8), Encode("late"));
}

TEST(Server, ListensBeforeItRunsAndRunsOnce) {
  RunningServer server(LengthFieldFramer(), Echo{});
  RawClient client(server.endpoint());
  client.Send(Encode("x"));
  EXPECT_EQ(client.Read(5), Encode("x"));
  EXPECT_EQ(server.server().Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.server().Run().code(), absl::StatusCode::kFailedPrecondition);
}

// ---- Keeping a message -------------------------------------------------------------------------

// Keeps every frame and answers with the one before.
TEST(Keep, AMessageOutlivesItsHandlerAndLargeOnesAreNotCopied) {
  std::atomic<int> in_place = 0;
  aio::Message kept;
  RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
    session.Reply(kept.payload()).IgnoreError();
    kept = session.Keep(frame);
    if (kept.payload().data() == frame.payload().data()) ++in_place;
    EXPECT_EQ(kept.stream_offset(), frame.stream_offset());
  });
  RawClient client(server.endpoint());
  std::string previous;
  for (const std::size_t size : {1'000'000U, 10U, 300'000U, 0U, 700'000U, 2'000'000U, 5U}) {
    const std::string payload(size, static_cast<char>('a' + size % 26));
    const std::string behind = Encode("!");
    std::thread sender([&] { client.Send(Encode(payload) + behind); });
    ASSERT_EQ(client.Read(previous.size() + 4), Encode(previous));
    ASSERT_EQ(client.Read(size + 4), Encode(payload));
    sender.join();
    previous = "!";
  }
  EXPECT_EQ(in_place, 4) << "the large ones were copied";
  EXPECT_EQ(server.stats().partial_frames, 0);
}

TEST(Keep, CoroutinesOwnLargeMessagesToo) {
  RunningServer server(LengthFieldFramer(),
                       [](Session& session, aio::Message message) -> ::asio::awaitable<void> {
                         ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
                         timer.expires_after(std::chrono::microseconds(100));
                         co_await timer.async_wait(::asio::use_awaitable);
                         session.Reply(message.payload()).IgnoreError();
                       });
  RawClient client(server.endpoint());
  std::string all;
  for (const std::size_t size : {900'000U, 3U, 400'000U, 0U, 1'000'000U}) {
    all += Encode(std::string(size, static_cast<char>('a' + size % 26)));
  }
  std::thread sender([&] { client.Send(all); });
  EXPECT_TRUE(client.Read(all.size()) == all);
  sender.join();
}

TEST(Keep, AMessageThatWasMovedFromIsEmpty) {
  const std::string wire = Encode("here");
  const FrameView frame(AsBytes(wire).data(), Extent{8, 4, 4}, 7);
  StreamBuffer memory;
  memory.Append(AsBytes(wire));
  const FrameView in_memory(memory.readable().data(), Extent{8, 4, 4}, 7);
  aio::Message copied(frame);
  aio::Message owned(in_memory, std::move(memory));
  for (aio::Message* from : {&copied, &owned}) {
    aio::Message to = std::move(*from);
    EXPECT_EQ(from->text(), "");  // NOLINT(bugprone-use-after-move): what it is about
    EXPECT_EQ(from->wire().size(), 0U);
    EXPECT_EQ(to.text(), "here");
    *from = std::move(to);
    EXPECT_EQ(to.text(), "");  // NOLINT(bugprone-use-after-move)
    aio::Message& same = *from;
    *from = std::move(same);
    EXPECT_EQ(from->text(), "here");
    EXPECT_EQ(from->stream_offset(), 7U);
    EXPECT_EQ(std::move(*from).TakePayload(), "here");
    EXPECT_EQ(from->text(), "");  // NOLINT(bugprone-use-after-move)
  }
}

// A payload that was put together from fragments has no wire bytes.
TEST(Keep, JoinedFragmentsHaveTheirPayload) {
  const auto framer = AnyFramer::ForEnd("length:width=1,mask=0x7f;join:last=0.7", Side::kServer);
  ASSERT_TRUE(framer.ok()) << framer.status();
  RunningServer server(*framer,
                       [](Session& session, aio::Message message) -> ::asio::awaitable<void> {
                         EXPECT_EQ(message.text(), "abcd");
                         session.Reply(message.payload()).IgnoreError();
                         co_return;
                       });
  RawClient client(server.endpoint());
  client.Send(
      "\2ab\x82"
      "cd");
  EXPECT_EQ(client.Read(5),
            "\x84"
            "abcd");
}

}  // namespace
}  // namespace unstick::inline v0::testing
