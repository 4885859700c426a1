// A server on a thread of its own, for the length of a test.

#ifndef UNSTICK_TESTS_ASIO_SERVER_FIXTURE_H_
#define UNSTICK_TESTS_ASIO_SERVER_FIXTURE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/asio/framed_server.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/bytes.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::testing {

inline constexpr std::chrono::seconds kPatience(20);

// What the server has said about its connections' ends, to be waited for.
class Ends {
 public:
  void Add(std::uint64_t id, const aio::CloseInfo& info) {
    const std::lock_guard lock(mutex_);
    by_id_[id] = info;
    order_.push_back(info.reason);
    changed_.notify_all();
  }
  // The ends in order, once there are `n` of them; fewer after kPatience.
  std::vector<aio::CloseReason> Wait(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return order_.size() >= n; });
    return order_;
  }
  aio::CloseInfo Of(std::uint64_t id) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return by_id_.contains(id); });
    return by_id_[id];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, aio::CloseInfo> by_id_;
  std::vector<aio::CloseReason> order_;
};

template <Framer F, typename Handler>
class RunningServer {
 public:
  RunningServer(F framer, Handler handler, aio::ServerOptions options = {},
                const std::string& at = "tcp:127.0.0.1:0")
      : server_(std::move(framer), std::move(handler), Watched(std::move(options))) {
    endpoint_ = server_.Listen(*net::Endpoint::Parse(at)).value();
    thread_ = std::thread([this] { EXPECT_TRUE(server_.Run().ok()); });
  }
  ~RunningServer() { Stop(); }

  // A test that leaves connections open on purpose stops twice: the second time does not wait.
  void Stop() {
    if (!thread_.joinable()) return;
    server_.Stop();
    server_.Stop();
    thread_.join();
  }
  void StopGently() { server_.Stop(); }
  void Join() { thread_.join(); }

  const net::Endpoint& endpoint() const { return endpoint_; }
  aio::ServerStats stats() const { return server_.stats(); }
  Ends& ends() { return ends_; }
  aio::FramedServer<F, Handler>& server() { return server_; }

 private:
  aio::ServerOptions Watched(aio::ServerOptions options) {
    options.on_close = [this, then = options.on_close](aio::Session& session,
                                                       const aio::CloseInfo& info) {
      if (then) then(session, info);
      ends_.Add(session.id(), info);
    };
    return options;
  }

  Ends ends_;
  aio::FramedServer<F, Handler> server_;
  net::Endpoint endpoint_;
  std::thread thread_;
};

struct Echo {
  void operator()(aio::Session& session, const FrameView& frame) const {
    session.Reply(frame.payload()).IgnoreError();
  }
};

template <Framer F>
std::string Encode(const F& framer, std::string_view payload) {
  StreamBuffer out;
  EXPECT_FALSE(AppendFrame(framer, AsBytes(payload), out).has_value());
  return std::string(AsText(out.readable()));
}
inline std::string Encode(std::string_view payload) { return Encode(LengthFieldFramer(), payload); }

// A Unix socket's path that nobody else has.
inline std::string TemporaryUnixEndpoint(std::string_view name) {
  return "unix:" + ::testing::TempDir() + "unstick-" + std::string(name) + "-" +
         std::to_string(::getpid()) + ".sock";
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_ASIO_SERVER_FIXTURE_H_
