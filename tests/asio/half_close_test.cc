// Requests, the client's end right after them, and replies that are made later.

#include <gtest/gtest.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_server.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::Session;
using std::chrono::milliseconds;

constexpr std::string_view kBrokenFrame("\xff\xff\xff\xff", 4);  // over every limit

// What was kept, and waits for somebody to answer it.
class Later {
 public:
  void Keep(Session& session, const FrameView& frame) {
    const std::lock_guard lock(mutex_);
    kept_.emplace_back(session.shared_from_this(), frame.CopyPayload());
    changed_.notify_all();
  }
  // Answers `n` of them, from this thread by way of the session's, one after the other.
  void Answer(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPatience, [&] { return !kept_.empty(); });
      ASSERT_FALSE(kept_.empty());
      auto kept = std::move(kept_.front());
      kept_.erase(kept_.begin());
      lock.unlock();
      const auto executor = kept.first->get_executor();
      ::asio::post(executor, [kept = std::move(kept)] {
        const auto& [session, text] = kept;
        EXPECT_TRUE(session->Reply(AsBytes(text)).ok()) << text;
      });
    }
  }
  void Drop() {
    const std::lock_guard lock(mutex_);
    kept_.clear();
  }
  auto Handler() {
    return [this](Session& session, const FrameView& frame) { Keep(session, frame); };
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::shared_ptr<Session>, std::string>> kept_;
};

// The server has read the client's end.
class SeesEnds {
 public:
  explicit SeesEnds(aio::ServerOptions& options) {
    options.on_end = [this](Session&) { ends_.set_value(); };
  }
  void Wait() { ASSERT_EQ(seen_.wait_for(kPatience), std::future_status::ready); }

 private:
  std::promise<void> ends_;
  std::future<void> seen_ = ends_.get_future();
};

const std::string kThree = Encode("a") + Encode("b") + Encode("c");

TEST(HalfClose, KeptSessionsReplyAfterIt) {
  Later later;
  aio::ServerOptions options;
  options.half_close_timeout = milliseconds(0);  // no bound: it ends because nobody keeps it
  SeesEnds ends(options);
  RunningServer server(LengthFieldFramer(), later.Handler(), options);
  RawClient client(server.endpoint());
  client.Send(kThree);
  client.CloseWrite();
  ends.Wait();
  later.Answer(3);
  EXPECT_EQ(client.ReadToEnd(), kThree);
  EXPECT_EQ(client.last_error(), 0);
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
  EXPECT_EQ(server.stats().replies_refused.total(), 0U);
}

// The same where the stream ends in another way: the reason is told when the replies are out.
TEST(HalfClose, KeptSessionsReplyAfterABrokenOrTornFrameToo) {
  for (const std::string_view last : {kBrokenFrame, kBrokenFrame.substr(0, 2)}) {
    Later later;
    aio::ServerOptions options;
    SeesEnds ends(options);
    RunningServer server(LengthFieldFramer(), later.Handler(), options);
    RawClient client(server.endpoint());
    client.Send(kThree + std::string(last));
    client.CloseWrite();
    ends.Wait();
    later.Answer(3);
    EXPECT_EQ(client.ReadToEnd(), kThree);
    EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kFramingError);
  }
}

TEST(HalfClose, CoroutinesReplyAfterIt) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  const auto handler = [gone](Session& session, aio::Message message) -> ::asio::awaitable<void> {
    ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
    while (gone.wait_for(milliseconds(0)) != std::future_status::ready) {
      timer.expires_after(milliseconds(1));
      co_await timer.async_wait(::asio::use_awaitable);
    }
    EXPECT_TRUE(session.Reply(message.payload()).ok());
  };
  RunningServer server(LengthFieldFramer(), handler);
  RawClient client(server.endpoint());
  client.Send(kThree);
  client.CloseWrite();
  go.set_value();
  EXPECT_EQ(client.ReadToEnd(), kThree);
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
}

// A session that is let go without a reply, on another thread, holds nothing up.
TEST(HalfClose, EndsWhenNobodyKeepsTheSession) {
  Later later;
  aio::ServerOptions options;
  options.half_close_timeout = milliseconds(0);
  SeesEnds ends(options);
  RunningServer server(LengthFieldFramer(), later.Handler(), options);
  RawClient client(server.endpoint());
  client.Send(kThree);
  client.CloseWrite();
  ends.Wait();
  later.Drop();
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(client.last_error(), 0);
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
}

TEST(HalfClose, IsOverAtItsBoundThoughTheSessionIsKept) {
  Later later;
  aio::ServerOptions options;
  options.half_close_timeout = milliseconds(50);
  RunningServer server(LengthFieldFramer(), later.Handler(), options);
  RawClient client(server.endpoint());
  client.Send(kThree);
  client.CloseWrite();
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
  server.Stop();
  later.Drop();
}

// Registers of all sessions, filled by on_open and emptied by on_close, are no promise of a reply.
TEST(HalfClose, ARegisterOfAllSessionsHoldsNothingUp) {
  std::map<std::uint64_t, std::shared_ptr<Session>> all;
  Later later;
  aio::ServerOptions options;
  options.half_close_timeout = milliseconds(0);
  options.on_open = [&](Session& session) { all[session.id()] = session.shared_from_this(); };
  options.on_close = [&](Session& session, const aio::CloseInfo&) { all.erase(session.id()); };
  RunningServer server(LengthFieldFramer(), later.Handler(), options);
  RawClient client(server.endpoint());
  client.Send(kThree);
  client.CloseWrite();
  later.Answer(3);
  EXPECT_EQ(client.ReadToEnd(), kThree);
  EXPECT_EQ(server.ends().Of(1).reason, CloseReason::kEnd);
}

// ---- Frames that are passed over ---------------------------------------------------------------

// Each byte of an over-long frame is dropped as it comes, and the frame has its deadline all the
// same.
TEST(SkippedFrame, HasADeadlineToo) {
  aio::ServerOptions options;
  options.on_error = OnError::kSkip;
  options.frame_timeout = milliseconds(100);
  options.min_frame_rate = 0;
  RunningServer server(LengthFieldFramer(), Echo(), options);
  RawClient client(server.endpoint());
  client.Send(kBrokenFrame);
  std::jthread drip([&client](const std::stop_token& stop) {
    while (!stop.stop_requested() && client.Send("x")) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  EXPECT_EQ(server.ends().Wait(1), std::vector{CloseReason::kFrameTimeout});
}

// What has been dropped of it counts as come: one that comes fast enough has its time.
TEST(SkippedFrame, EarnsTimeByItsBytes) {
  aio::ServerOptions options;
  options.on_error = OnError::kSkip;
  options.frame_timeout = milliseconds(1);
  options.min_frame_rate = 100;  // each byte earns 10 ms
  std::promise<void> skipped;
  options.on_gap = [&](Session&, const Gap&) { skipped.set_value(); };
  RunningServer server(LengthFieldFramer({.max_payload = 10}), Echo(), options);
  RawClient client(server.endpoint());
  client.Send(Encode(std::string(200'000, 'x')).substr(0, 100'000));
  std::this_thread::sleep_for(milliseconds(50));
  client.Send(std::string(100'004, 'x'));
  EXPECT_EQ(skipped.get_future().wait_for(kPatience), std::future_status::ready);
  client.Send(Encode("on"));
  EXPECT_EQ(client.Read(6), Encode("on"));
}

}  // namespace
}  // namespace unstick::inline v0::testing
