// Clients that do not read, servers without descriptors, and connections that end.

#include <poll.h>

#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include "tests/reliability/cases.h"
#include "tests/reliability/client.h"
#include "tests/reliability/server_process.h"

namespace unstick::inline v0::testing {
namespace {

using std::chrono::milliseconds;

struct Echo {
  void operator()(aio::Session& session, const FrameView& frame) const {
    session.Reply(frame.payload()).IgnoreError();
  }
};

bool Readable(int fd, int wait_ms) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, wait_ms) == 1;
}

// A reply of so many bytes to whatever comes, then the end; more may be on its way in.
struct AnswerAndClose {
  std::size_t size;
  void operator()(aio::Session& session, const FrameView&) const {
    session.Reply(size, [](ByteSpan place) { std::ranges::fill(place, std::byte{'r'}); })
        .IgnoreError();
    session.Close();
  }
};

}  // namespace

int ClientThatNeverReads(bool small) {
  Figures figures("clients that send requests and never read");
  aio::ServerOptions options;
  options.write_timeout = milliseconds(1500);
  ServerProcess server(Serving(Echo(), options));
  const ServerReport before = server.Ask();
  const std::size_t count = small ? 4 : 50;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) clients.emplace_back(server.port(), 4096);
  Client healthy(server.port());
  const std::string request = Frame(std::string(1000, 'x'));
  std::string many;
  for (int i = 0; i < 256; ++i) many += request;
  std::uint64_t sent = 0;
  std::uint64_t most = 0;
  std::size_t unanswered = 0;
  // Until nothing more can be sent, for a while, or for as long as it may take.
  const auto start = steady_clock::now();
  auto sent_since = start;
  while (MillisecondsSince(sent_since) < 300 && MillisecondsSince(start) < 20'000) {
    const std::uint64_t before_round = sent;
    for (Client& client : clients) sent += client.SendSome(many);
    if (sent != before_round) sent_since = steady_clock::now();
    if (!healthy.Ask(request)) ++unanswered;
    most = std::max(most, server.Ask().resident);
  }
  const auto give_up = steady_clock::now() + milliseconds(10'000);
  ServerReport after = server.Ask();
  while (after.stats.closed[aio::CloseReason::kWriteTimeout] < count &&
         steady_clock::now() < give_up) {
    ::poll(nullptr, 0, 10);
    after = server.Ask();
  }
  figures.Say("sent without reading a reply", static_cast<double>(sent) / 1e6, "MB");
  figures.AtMost("resident memory grew by", static_cast<double>(most - before.resident) / 1e6,
                 3.5 * static_cast<double>(count), "MB");
  figures.Exactly("ended by the write deadline",
                  static_cast<double>(after.stats.closed[aio::CloseReason::kWriteTimeout]),
                  static_cast<double>(count), "");
  figures.Exactly("requests of another client without their reply", static_cast<double>(unanswered),
                  0, "");
  return figures.ExitCode();
}

int NoDescriptors(bool small) {
  Figures figures("a server that runs out of descriptors");
  ServerProcess server(Serving(Echo()), 64);
  const std::string frame = Frame("hello");
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->Send(frame);
  }
  // Someone waits; the others go on; then somebody leaves.
  std::vector<double> recoveries;
  const std::size_t trials = small ? 3 : 10;
  while (recoveries.size() < trials && clients.size() > 1 && !Readable(clients.back()->fd(), 100)) {
    std::size_t waiting = clients.size() - 1;
    while (waiting > 0 && !Readable(clients[waiting - 1]->fd(), 0)) --waiting;
    const auto start = steady_clock::now();
    clients.erase(clients.begin());
    const bool answered = waiting > 0 && Readable(clients[waiting - 1]->fd(), 5000);
    recoveries.push_back(answered ? MillisecondsSince(start) : 5000);
  }
  const ServerReport before = server.Ask();
  const auto start = steady_clock::now();
  std::vector<std::unique_ptr<Client>> more;
  for (int i = 0; i < 30; ++i) more.push_back(std::make_unique<Client>(server.port()));
  std::size_t told = 0;
  for (const auto& client : more) told += Readable(client->fd(), 3000) ? 1 : 0;
  while (MillisecondsSince(start) < (small ? 500 : 3000)) ::poll(nullptr, 0, 10);
  const double seconds = MillisecondsSince(start) / 1000;
  const ServerReport after = server.Ask();
  const auto failures =
      static_cast<double>(after.stats.accept_failures - before.stats.accept_failures);
  figures.AtMost("failed accepts a second", failures / seconds, 100, "");
  if (!small) {  // a test has no clock to keep to: the machine may be busy
    figures.AtMost("processor time", 100 * (after.cpu_seconds - before.cpu_seconds) / seconds, 10,
                   "%");
    figures.AtMost("after a descriptor is free, someone is served within",
                   Percentile(recoveries, 1), 100, "ms");
  }
  figures.AtLeast("trials of recovery", static_cast<double>(recoveries.size()), small ? 1 : 5, "");
  figures.AtLeast("of 30 who wait in vain, are told within 3 s", static_cast<double>(told), 30, "");
  return figures.ExitCode();
}

int GracefulClose(bool small) {
  const std::size_t trials = small ? 300 : 10000;
  constexpr std::size_t kReply = 100'000;
  Figures figures("closing while input is unread and the reader is slow");
  ServerProcess server(Serving(AnswerAndClose{kReply}));
  const std::string request = Frame("go") + std::string(60'000, '\0');
  std::mt19937 random(1);
  std::uint64_t lost = 0;
  std::uint64_t resets = 0;
  std::string got(kReply + 4, '\0');
  for (std::size_t i = 0; i < trials; ++i) {
    Client client(server.port(), 4096);
    client.SendSome(request);  // as much as goes: some of it arrives after the reply was written
    if (random() % 8 == 0) ::poll(nullptr, 0, static_cast<int>(random() % 5));
    const std::size_t size = client.Read(got.data(), got.size());
    lost += got.size() - size;
    char more = 0;
    if (::recv(client.fd(), &more, 1, 0) != 0) ++resets;
  }
  figures.Say("trials", static_cast<double>(trials), "");
  figures.Say("bytes of replies", static_cast<double>(trials * (kReply + 4)) / 1e6, "MB");
  figures.Exactly("bytes lost", static_cast<double>(lost), 0, "");
  figures.Exactly("ends that were resets", static_cast<double>(resets), 0, "");
  return figures.ExitCode();
}

}  // namespace unstick::inline v0::testing
