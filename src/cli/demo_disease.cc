// The problem: TCP carries bytes, not messages.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "src/cli/demo_parts.h"
#include "src/cli/loopback_pair.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::array<std::string_view, 3> kMessages = {"HELLO", "HOW ARE YOU", "BYE"};

std::string Sizes(std::size_t bytes) { return std::to_string(bytes) + " bytes"; }

std::string Joined() {
  std::string all;
  for (const std::string_view message : kMessages) all += message;
  return all;
}

std::vector<std::size_t> MessageSizes() {
  std::vector<std::size_t> sizes;
  sizes.reserve(kMessages.size());
  for (const std::string_view message : kMessages) sizes.push_back(message.size());
  return sizes;
}

// Sends the messages, waiting `pause` after each but the last.
absl::Status SendMessages(net::Socket& to, std::chrono::milliseconds pause) {
  for (const std::string_view message : kMessages) {
    const net::SendResult sent = net::WriteAll(to, AsBytes(message), net::DeadlineIn(kPatience));
    if (!sent.ok()) return sent.status;
    if (message != kMessages.back()) std::this_thread::sleep_for(pause);
  }
  return absl::OkStatus();
}

// What a receiver gets that comes to read when all three have been sent.
absl::StatusOr<std::string> ReadLate(net::Socket& from, DemoPage& page) {
  const net::Deadline until = net::DeadlineIn(kPatience);
  absl::Status arrived = WaitForBytes(from, Joined().size(), until);
  if (!arrived.ok()) return arrived;
  ++page.reads;
  return ReadOnce(from, 65536, until);
}

// One send of a megabyte: how many reads it takes is the kernel's affair.
absl::Status TearLargeMessage(DemoPage& page) {
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  const std::string message(std::size_t{1} << 20, 'x');
  net::SendResult sent;
  std::jthread sender([&] {
    sent = net::WriteAll(pair->sender, AsBytes(message), net::DeadlineIn(kPatience));
    pair->sender.ShutdownWrite();
  });
  std::size_t total = 0;
  std::vector<std::size_t> reads;
  for (;;) {
    const auto bytes = ReadOnce(pair->receiver, 65536, net::DeadlineIn(kPatience));
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) break;
    reads.push_back(bytes->size());
    total += bytes->size();
  }
  sender.join();
  page.reads += reads.size();
  std::string shown;
  for (std::size_t i = 0; i < std::min<std::size_t>(reads.size(), 5); ++i) {
    shown += std::to_string(reads[i]) + " ";
  }
  page.Say("And one send() of 1 MiB arrives as reads of " + shown + "... bytes.");
  page.Check(sent.ok() && total == message.size() && reads.size() > 1,
             "one send of 1 MiB came in " + std::to_string(reads.size()) + " reads");
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowGluedReads(DemoPage& page) {
  page.Heading("1. Three sends, one read");
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  absl::Status sent = SendMessages(pair->sender, {});
  if (!sent.ok()) return sent;
  page.Say("A TCP connection on the loopback interface. One side calls send() three times:");
  for (std::size_t i = 0; i < kMessages.size(); ++i) {
    page.Say("  send " + std::to_string(i + 1) + "  \"" + std::string(kMessages[i]) + "\", " +
             Sizes(kMessages[i].size()));
  }
  const absl::StatusOr<std::string> got = ReadLate(pair->receiver, page);
  if (!got.ok()) return got.status();
  page.Say("The other side calls recv() once:\n  recv 1  " + Sizes(got->size()));
  page.Draw({*got, MessageSizes()});
  page.Say("Nothing in these bytes says where one message ends and the next begins.");
  page.Check(*got == Joined(), "3 sends came as 1 read");
  return absl::OkStatus();
}

absl::Status ShowTornReads(DemoPage& page) {
  page.Heading("2. One send, several reads");
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  constexpr std::string_view kMessage =
      "{\"user\":\"ada\",\"action\":\"transfer\",\"amount\":1000}";
  const net::Deadline until = net::DeadlineIn(kPatience);
  const net::SendResult sent = net::WriteAll(pair->sender, AsBytes(kMessage), until);
  if (!sent.ok()) return sent.status;
  absl::Status arrived = WaitForBytes(pair->receiver, kMessage.size(), until);
  if (!arrived.ok()) return arrived;
  page.Say("One send() of " + Sizes(kMessage.size()) + "; the receiver has room for 18 at a time:");
  std::string all;
  std::vector<std::size_t> reads;
  while (all.size() < kMessage.size()) {
    const absl::StatusOr<std::string> got = ReadOnce(pair->receiver, 18, until);
    if (!got.ok()) return got.status();
    if (got->empty()) break;
    all += *got;
    reads.push_back(got->size());
    page.Say("  recv " + std::to_string(reads.size()) + "  " + Sizes(got->size()) + "  " + *got);
  }
  page.reads += reads.size();
  page.Draw({all, reads, "read "});
  page.Say("Whoever takes the first read for a message parses half of one.");
  page.Check(all == kMessage && reads.size() == 3, "1 send came as 3 reads");
  return TearLargeMessage(page);
}

absl::Status ShowSleepFailing(DemoPage& page) {
  page.Heading("3. The cure that is none: sleep(0.1) between the sends");
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  const auto start = net::Clock::now();
  absl::Status sent = SendMessages(pair->sender, std::chrono::milliseconds(100));
  if (!sent.ok()) return sent;
  const auto spent =
      std::chrono::duration_cast<std::chrono::milliseconds>(net::Clock::now() - start).count();
  const absl::StatusOr<std::string> got = ReadLate(pair->receiver, page);
  if (!got.ok()) return got.status();
  page.Say(
      "The same three messages, 100 ms apart. The receiver was busy meanwhile, as receivers\n"
      "are (a slow disk, another client, a process that had to wait for its turn):");
  page.Say("  recv 1  " + Sizes(got->size()));
  page.Draw({*got, MessageSizes()});
  page.Say("Still glued, and slow: 3 messages took " + std::to_string(spent) +
           " ms. No pause is long enough for every\n"
           "receiver, and no pause keeps a long message from being torn.");
  page.Check(*got == Joined(), "3 sends with pauses came as 1 read all the same");
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::cli
