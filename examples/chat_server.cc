// A chat room: join with a name, then every line goes to all the others. The rule that a room
// needs: somebody who does not read must not cost the others anything, neither memory nor time.
// Replies are queued per member up to a limit; who is over it is put out, and the others hear of
// it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/asio/framed_server.h"
#include "unstick/net/message_stream.h"
#include "unstick/unstick.h"

namespace aio = unstick::aio;
namespace net = unstick::net;
using unstick::AsBytes;
using unstick::DelimiterFramer;

namespace {

// With one thread (ServerOptions::threads) handlers take turns, and the room needs no lock. With
// more, a member's Reply() would have to be posted to its Session::get_executor().
class Room {
 public:
  void Said(aio::Session& session, std::string_view line) {
    const auto member = members_.find(session.id());
    if (member != members_.end()) {
      ToOthers(session.id(), member->second.name + ": " + std::string(line));
    } else if (line.starts_with("join ") && line.size() <= 30) {
      members_[session.id()] = {std::string(line.substr(5)), session.shared_from_this()};
      ToOthers(session.id(), "* " + members_[session.id()].name + " joined");
      session.Reply(AsBytes("* welcome")).IgnoreError();
    } else {
      session.Reply(AsBytes("* first say: join NAME")).IgnoreError();
    }
  }

  // A member that says nothing any more might still listen, but the room does not wait for that: a
  // session that is kept would stay for half_close_timeout.
  void Left(aio::Session& session, std::string_view how) {
    const auto member = members_.extract(session.id());
    if (member) ToOthers(session.id(), "* " + member.mapped().name + std::string(how));
  }

 private:
  struct Member {
    std::string name;
    std::shared_ptr<aio::Session> session;
  };

  void ToOthers(std::uint64_t except, const std::string& line) {
    std::vector<std::shared_ptr<aio::Session>> slow;
    for (auto& [id, member] : members_) {
      if (id == except) continue;
      const absl::Status queued = member.session->Reply(AsBytes(line));
      if (absl::IsResourceExhausted(queued)) slow.push_back(member.session);
    }
    for (const auto& session : slow) session->Abort();  // which calls Left()
  }

  std::map<std::uint64_t, Member> members_;
};

class Client {
 public:
  Client(const net::Endpoint& at, std::string name)
      : name_(std::move(name)), stream_(*net::Connect(at, Soon()), DelimiterFramer()) {}
  void Say(std::string_view line) { stream_.Send(AsBytes(line), Soon()).status.IgnoreError(); }
  std::string Hear() {
    const net::ReceiveResult line = stream_.Receive(Soon());
    return line ? line->CopyPayload() : std::string(line.status().message());
  }
  // The next line is part of the transcript.
  void Show() { std::cout << name_ << " hears: " << Hear() << '\n'; }
  void Leave() { stream_.CloseGracefully(Soon()).IgnoreError(); }

 private:
  static net::Deadline Soon() { return net::DeadlineIn(std::chrono::seconds(10)); }
  std::string name_;
  net::MessageStream<DelimiterFramer> stream_;
};

void Talk(const net::Endpoint& at) {
  Client ann(at, "ann");
  ann.Say("hello?"), ann.Show();
  ann.Say("join ann"), ann.Show();
  Client bob(at, "bob");
  bob.Say("join bob"), bob.Show(), ann.Show();
  ann.Say("hello"), bob.Show();
  bob.Say("hello yourself"), ann.Show();

  Client eve(at, "eve");
  eve.Say("join eve"), eve.Show(), ann.Show(), bob.Show();
  std::string heard;  // what eve does not read fills the kernel's buffers, then her queue
  while (!heard.starts_with('*')) {
    ann.Say(std::string(60'000, 'x'));
    heard = bob.Hear();
  }
  std::cout << "bob hears: " << heard << '\n';
  ann.Show();
  bob.Leave();
  ann.Show();
}

}  // namespace

int main() {
  Room room;
  aio::FramedServer server(
      DelimiterFramer(),
      [&room](aio::Session& session, const unstick::FrameView& frame) {
        room.Said(session, frame.text());
      },
      {.output_high_water = 128 << 10,
       .output_limit = 256 << 10,
       .on_end = [&room](aio::Session& session) { room.Left(session, " left"); },
       .on_close =
           [&room](aio::Session& session, const aio::CloseInfo& why) {
             const bool slow = why.reason == aio::CloseReason::kAborted;
             room.Left(session, slow ? " did not read" : " left");
           }});
  const absl::StatusOr<net::Endpoint> at =
      server.Listen(net::Endpoint::Parse("tcp:127.0.0.1:0").value());
  if (!at.ok()) return 1;
  std::jthread serving([&server] { server.Run().IgnoreError(); });
  Talk(*at);
  server.Stop();
}

// Output:
//   ann hears: * first say: join NAME
//   ann hears: * welcome
//   bob hears: * welcome
//   ann hears: * bob joined
//   bob hears: ann: hello
//   ann hears: bob: hello yourself
//   eve hears: * welcome
//   ann hears: * eve joined
//   bob hears: * eve joined
//   bob hears: * eve did not read
//   ann hears: * eve did not read
//   ann hears: * bob left
