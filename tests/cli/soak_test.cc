// Many framings through `unstick chaos` at once, for $SOAK_SECONDS (5): everything that comes out
// is a prefix of what went in, frame by frame, and whoever lost something is told.
//
//     client --frames--> chaos --re-cut, cut, flipped--> echo server
//            <-----------       <-----------------------
//
// Each payload says whose it is and the how manieth, and its content follows from that.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/echo_fixture.h"
#include "unstick/core/any_framer.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::testing {
namespace {

using Stream = net::MessageStream<AnyFramer>;
using Kind = net::ReceiveResult::Kind;

struct Figures {
  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> frames = 0;  // that came, at either end
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> cut_between = 0;  // connections that ended early, after a whole frame
  std::atomic<std::uint64_t> cut_inside = 0;   // inside one
  std::atomic<std::uint64_t> resets = 0;
  std::atomic<std::uint64_t> broken = 0;  // a flipped bit was seen
  std::atomic<std::uint64_t> wrong = 0;
  std::atomic<std::uint64_t> duplicate = 0;
  std::atomic<std::uint64_t> missing = 0;  // with a clean end and no fault to blame
  std::atomic<std::uint64_t> hung = 0;
};

std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The `index`th message of a connection: "CONNECTION INDEX xyz...", letters that any framing takes.
// Mostly short, now and then larger than any read.
std::string MessageOf(std::uint64_t connection, std::uint64_t index) {
  std::string text = std::to_string(connection) + " " + std::to_string(index) + " ";
  std::uint64_t state = Mix(connection * 1'000'003 + index);
  const std::size_t size = state % 100 == 0 ? state % 100'000 : state % 700;
  text.reserve(text.size() + size + 10);
  for (std::size_t i = 0; i < size; i += 10) {
    state = Mix(state);
    for (int k = 0; k < 10; ++k) text += static_cast<char>('a' + ((state >> (5 * k)) & 15));
  }
  return text;
}

// Holds what comes against what was sent, at both ends.
class Prefix {
 public:
  Prefix(Figures& figures, const char* lane) : figures_(figures), lane_(lane) {}

  void Check(const FrameView& frame) {
    figures_.frames += 1;
    figures_.bytes += frame.payload().size();
    const std::string text(frame.text());
    char* end = nullptr;
    const std::uint64_t connection = std::strtoull(text.c_str(), &end, 10);
    const std::uint64_t index = std::strtoull(end, nullptr, 10);
    if (next_ == 0) connection_ = connection;
    if (connection != connection_ || text != MessageOf(connection, index)) {
      Bad(figures_.wrong, "wrong", text);
    } else if (index < next_) {
      Bad(figures_.duplicate, "duplicate", text);
    } else if (index > next_) {
      Bad(figures_.missing, "missing before", text);
    }
    ++next_;
  }
  std::uint64_t count() const { return next_; }

 private:
  void Bad(std::atomic<std::uint64_t>& counter, const char* what, const std::string& text) {
    counter += 1;
    ADD_FAILURE() << lane_ << ": " << what << " message " << next_ << ": " << text.substr(0, 60);
  }

  Figures& figures_;
  const char* lane_;
  std::uint64_t connection_ = 0;
  std::uint64_t next_ = 0;
};

// One framing behind one chaos.
struct Lane {
  const char* framing;
  std::vector<std::string> faults;
  bool whole;  // no fault ends a connection, so nothing may be missing
};

const std::array<std::string, 4> kRecut = {"--split", "64", "--merge", "8KiB"};

std::vector<Lane> Lanes() {
  const std::vector<std::string> recut(kRecut.begin(), kRecut.end());
  const auto with = [&recut](std::vector<std::string> more) {
    more.insert(more.end(), recut.begin(), recut.end());
    return more;
  };
  return {
      {"unstick", recut, true},
      {"length:width=3,endian=little", recut, true},
      {"line", with({"--delay", "50us"}), true},
      {"netstring", recut, true},
      {"unstick", with({"--cut", "60KiB"}), false},
      {"length:width=4", with({"--cut", "60KiB", "--cut-with", "fin"}), false},
      {"varint", with({"--cut", "60KiB", "--cut-with", "rst"}), false},
      {"delim:end='||'", with({"--half-close", "60KiB"}), false},
      {"unstick", with({"--flip", "60KiB"}), false},
  };
}

class LaneRun {
 public:
  LaneRun(const Lane& lane, std::uint64_t number, Figures& figures)
      : lane_(lane),
        figures_(figures),
        framer_(*AnyFramer::FromSpec(lane.framing)),
        number_(number),
        listener_(*net::Listener::Listen(At("tcp:127.0.0.1:0"))),
        chaos_(Arguments()) {
    constexpr std::string_view kSays = "listening on ";
    const std::string line = chaos_.out.Line();
    EXPECT_TRUE(line.starts_with(kSays)) << line;
    at_ = line.starts_with(kSays) ? line.substr(kSays.size()) : line;
    server_ = std::jthread([this] { Serve(); });
  }
  ~LaneRun() {
    stop_ = true;
    server_.join();
  }

  // One connection after another until then.
  void Call(net::Deadline until) {
    for (std::uint64_t i = 0; net::Clock::now() < until; ++i) CallOnce(number_ * 1'000'000 + i);
    chaos_.Signal(SIGINT);
    const std::string said = chaos_.error.All();
    EXPECT_EQ(chaos_.Wait(), 0) << said;
  }

 private:
  std::vector<std::string> Arguments() const {
    std::vector<std::string> all = {"chaos", "tcp:127.0.0.1:0",
                                    listener_.local_endpoint().ToString(), "--seed",
                                    std::to_string(number_)};
    all.insert(all.end(), lane_.faults.begin(), lane_.faults.end());
    return all;
  }

  void CallOnce(std::uint64_t connection) {
    auto socket = net::Connect(At(at_), Soon());
    if (!socket.ok()) {
      ADD_FAILURE() << lane_.framing << ": " << socket.status();
      return;
    }
    figures_.connections += 1;
    Stream stream(*std::move(socket), framer_);
    const std::uint64_t count = 20 + Mix(connection) % 400;
    const std::jthread sender([&stream, connection, count] {
      bool sent = true;
      for (std::uint64_t i = 0; sent && i < count; ++i) {
        const std::string message = MessageOf(connection, i);
        sent = stream.Send(AsBytes(message), Soon()).ok();
      }
      if (sent) (void)stream.CloseWrite();
    });
    Prefix replies(figures_, lane_.framing);
    const Kind end = ReceiveAll(stream, [&](const FrameView& frame) { replies.Check(frame); });
    if (lane_.whole) {
      if (end != Kind::kEnd || replies.count() != count) {
        figures_.missing += count - std::min(count, replies.count());
        ADD_FAILURE() << lane_.framing << ": " << replies.count() << " of " << count << ", "
                      << stream.status();
      }
    } else if (end == Kind::kEnd && replies.count() < count) {
      figures_.cut_between += 1;
    }
    stream.stream().ShutdownWrite();  // so that a sender that is still at it ends
    (void)::shutdown(stream.stream().fd(), SHUT_RDWR);
  }

  // Up to whatever ends it, which it counts.
  template <typename Take>
  Kind ReceiveAll(Stream& stream, Take&& take) {
    for (;;) {
      const net::ReceiveResult result = stream.Receive(Soon());
      switch (result.kind()) {
        case Kind::kFrame:
          take(*result);
          continue;
        case Kind::kTruncated:
          figures_.cut_inside += 1;
          break;
        case Kind::kReset:
          figures_.resets += 1;
          break;
        case Kind::kBroken:
          figures_.broken += 1;
          break;
        case Kind::kTimeout:
          figures_.hung += 1;
          ADD_FAILURE() << lane_.framing << ": hangs";
          break;
        case Kind::kEnd:
          break;
        default:
          ADD_FAILURE() << lane_.framing << ": " << result.status();
      }
      return result.kind();
    }
  }

  void Serve() {
    std::list<std::jthread> connections;
    while (!stop_) {
      auto socket = listener_.Accept(net::DeadlineIn(std::chrono::milliseconds(50)));
      if (!socket.ok()) continue;
      connections.emplace_back([this, taken = *std::move(socket)]() mutable {
        Stream stream(std::move(taken), framer_);
        Prefix requests(figures_, lane_.framing);
        const Kind end = ReceiveAll(stream, [&](const FrameView& frame) {
          requests.Check(frame);
          (void)stream.Send(frame.payload(), Soon());  // whether it is lost shows at the client
        });
        if (end == Kind::kEnd) (void)stream.CloseGracefully(Soon());
      });
      if (connections.size() > 50) connections.pop_front();
    }
  }

  const Lane& lane_;
  Figures& figures_;
  AnyFramer framer_;
  std::uint64_t number_;
  net::Listener listener_;
  Program chaos_;
  std::string at_;
  std::atomic<bool> stop_ = false;
  std::jthread server_;
};

std::chrono::seconds Time() {
  const char* const seconds = std::getenv("SOAK_SECONDS");
  return std::chrono::seconds(seconds == nullptr ? 5 : std::max(1, std::atoi(seconds)));
}

TEST(Soak, ThroughChaosNothingIsWrongDoubledOrMissingUntold) {
  Figures figures;
  const std::vector<Lane> lanes = Lanes();
  const net::Deadline until = net::DeadlineIn(Time());
  {
    std::list<LaneRun> runs;
    for (const Lane& lane : lanes) runs.emplace_back(lane, runs.size() + 1, figures);
    std::list<std::jthread> callers;
    for (LaneRun& run : runs) callers.emplace_back([&run, until] { run.Call(until); });
    callers.clear();
  }
  EXPECT_GT(figures.frames, 0U);
  EXPECT_GT(figures.cut_inside + figures.resets, 0U) << "or chaos does nothing";
  const auto number = [](const std::atomic<std::uint64_t>& n) {
    return static_cast<unsigned long long>(n.load());
  };
  std::printf(
      "soak: %lld s, %llu connections, %llu frames, %llu bytes\n"
      "soak: ended early: %llu between frames, %llu inside one, %llu by reset, %llu by a flipped "
      "bit\n"
      "soak: %llu wrong, %llu duplicate, %llu missing without an error, %llu hung\n",
      static_cast<long long>(Time().count()), number(figures.connections), number(figures.frames),
      number(figures.bytes), number(figures.cut_between), number(figures.cut_inside),
      number(figures.resets), number(figures.broken), number(figures.wrong),
      number(figures.duplicate), number(figures.missing), number(figures.hung));
}

}  // namespace
}  // namespace unstick::inline v0::testing
