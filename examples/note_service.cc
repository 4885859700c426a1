// A note service over UDP: append a line, read all lines back. What UDP leaves to the application:
// an answer larger than a datagram goes out as several, numbered; a question that was lost is asked
// again; and asking twice must not write twice. One thread serves everybody: no connections, so
// nobody to wait for.

#include <chrono>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/net/datagram_socket.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::AsBytes;
using unstick::LengthFieldFramer;

namespace {

using Datagrams = net::DatagramSocket<LengthFieldFramer>;

// Everybody can send to a UDP port, so everything has a limit.
constexpr std::size_t kLongestNote = 1000;
constexpr std::size_t kMostNotes = 1000;
constexpr std::size_t kDatagram = 1300;  // bytes of notes: IP need not cut it for Ethernet

//     question   | ID append TEXT |    or    | ID read |
//     answer     | ID PART PARTS | note | note ...             a datagram of frames, one of PARTS
using Parts = std::map<std::size_t, std::vector<std::string>>;

class NoteService {
 public:
  explicit NoteService(Datagrams socket) : socket_(std::move(socket)) {}

  void Serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const net::Datagram<LengthFieldFramer> datagram =
          socket_.Receive(net::DeadlineIn(std::chrono::milliseconds(50)));
      if (!datagram) continue;  // a bad one costs only itself
      auto frames = datagram.frames();
      while (auto frame = frames.Next()) Answer(datagram.from(), std::string(frame->text()));
    }
  }

 private:
  void Answer(const net::SocketAddress& client, std::string question) {
    std::string id, verb, text;
    std::istringstream words(std::move(question));
    std::getline(words >> id >> verb >> std::ws, text);
    if (verb == "append") {
      Send(client, id, {Append(client.ToString() + ' ' + id, text)});
    } else if (verb == "read") {
      Send(client, id, notes_);
    }
  }

  // `question` is who asked and that client's number: asked again, it is answered and not written.
  std::string Append(const std::string& question, const std::string& text) {
    if (text.size() > kLongestNote) return "refused: a note has at most 1000 bytes";
    if (!questions_.contains(question)) {
      if (notes_.size() == kMostNotes) return "refused: no room for another note";
      questions_.insert(question);
      notes_.push_back(text);
    }
    return std::to_string(notes_.size()) + " written";
  }

  void Send(const net::SocketAddress& to, const std::string& id,
            const std::vector<std::string>& notes) {
    Parts parts{{0, {}}};
    std::size_t room = kDatagram;
    for (const std::string& note : notes) {
      const std::size_t frame = 4 + note.size();
      const bool fits = frame <= room;
      room = (fits ? room : kDatagram) - frame;
      parts[parts.size() - (fits ? 1 : 0)].push_back(note);
    }
    for (const auto& [number, part] : parts) {
      const std::string head =
          id + ' ' + std::to_string(number) + ' ' + std::to_string(parts.size());
      std::vector<unstick::ByteView> frames = {AsBytes(head)};
      for (const std::string& note : part) frames.push_back(AsBytes(note));
      socket_.SendPacked(&to, frames).status.IgnoreError();  // if it is lost they will ask again
    }
  }

  Datagrams socket_;
  std::vector<std::string> notes_;
  std::set<std::string> questions_;  // that led to a note
};

// UDP may lose either way, so this asks until all parts of the answer are there.
Parts Ask(Datagrams& socket, const std::string& question) {
  Parts parts;
  for (int tries = 0; tries < 5; ++tries) {
    socket.Send(AsBytes(question)).status.IgnoreError();
    const net::Deadline patience = net::DeadlineIn(std::chrono::seconds(2));
    while (const auto datagram = socket.Receive(patience)) {
      std::vector<std::string> frames;
      for (auto cursor = datagram.frames(); auto frame = cursor.Next();) {
        frames.push_back(frame->CopyPayload());
      }
      if (frames.empty()) continue;
      std::string id;
      std::size_t part = 0, of = 0;
      std::istringstream(frames[0]) >> id >> part >> of;
      if (!question.starts_with(id + ' ')) continue;  // late, to an earlier question
      parts[part].assign(frames.begin() + 1, frames.end());
      if (parts.size() == of) return parts;
    }
  }
  return {{0, {"no answer"}}};
}

void Run(Datagrams& ann, Datagrams& bob) {
  std::cout << "ann: " << Ask(ann, "1 append buy bread")[0][0] << '\n';
  std::cout << "bob: " << Ask(bob, "1 append feed the cat")[0][0] << '\n';
  std::cout << "ann, doubled on the way: " << Ask(ann, "1 append buy bread")[0][0] << '\n';
  Parts read = Ask(bob, "2 read");
  for (const std::string& note : read[0]) std::cout << "bob reads: " << note << '\n';

  std::cout << "ann: " << Ask(ann, "2 append " + std::string(1001, 'x'))[0][0] << '\n';
  for (int id = 3; id < 53; ++id) {
    Ask(ann, std::to_string(id) + " append " + std::string(1000, 'x'));
  }
  std::size_t notes = 0;
  const Parts all = Ask(bob, "3 read");
  for (const auto& [number, part] : all) notes += part.size();
  std::cout << "bob reads " << notes << " notes from " << all.size() << " datagrams\n";
}

}  // namespace

int main() {
  const net::Endpoint anywhere = net::Endpoint::Parse("udp:127.0.0.1:0").value();
  absl::StatusOr<Datagrams> socket = Datagrams::Bind(anywhere, LengthFieldFramer());
  if (!socket.ok()) return 1;
  const net::Endpoint at = socket->local_endpoint();
  NoteService service(*std::move(socket));
  std::jthread serving([&service](const std::stop_token& stop) { service.Serve(stop); });

  absl::StatusOr<Datagrams> ann = Datagrams::Connect(at, LengthFieldFramer());
  absl::StatusOr<Datagrams> bob = Datagrams::Connect(at, LengthFieldFramer());
  if (!ann.ok() || !bob.ok()) return 1;
  Run(*ann, *bob);
}

// Output:
//   ann: 1 written
//   bob: 2 written
//   ann, doubled on the way: 2 written
//   bob reads: buy bread
//   bob reads: feed the cat
//   ann: refused: a note has at most 1000 bytes
//   bob reads 52 notes from 50 datagrams
