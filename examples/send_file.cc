// A file as one frame, larger than what either side keeps in memory, with a progress bar. To the
// peer it is a frame like any other: a header with its size and a checksum, then the payload.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/net/body_stream.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::ByteView;
using unstick::FrameHead;
using unstick::HeaderFramer;

namespace {

using Files = net::BodyStream<HeaderFramer>;

constexpr std::uint64_t kLargest = std::uint64_t{4} << 30;

// A limit for the whole frame, from its first byte on, however it drips in.
absl::StatusOr<Files> Over(net::Socket socket) {
  auto heads = unstick::HeadFramer<HeaderFramer>::Create(HeaderFramer(), kLargest);
  if (!heads.ok()) return heads.status();
  return Files(std::move(socket), *std::move(heads), {.frame_timeout = std::chrono::minutes(10)});
}

absl::Status Send(Files& to, std::istream& file, std::uint64_t size) {
  net::SendResult sent = to.SendHead(size);
  std::vector<char> piece(Files::kPiece);
  while (sent.ok() && to.left_to_send() > 0) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto n = static_cast<std::size_t>(file.gcount());
    if (n == 0) return absl::DataLossError("the file is shorter than it was");
    sent = to.SendPiece(unstick::AsBytes({piece.data(), n}));
  }
  return sent.status;
}

class ProgressBar {
 public:
  explicit ProgressBar(std::uint64_t size) : size_(size) {}
  void At(std::uint64_t done) {
    for (; quarters_ <= 4 * done / std::max<std::uint64_t>(size_, 1); ++quarters_) {
      std::cout << '[' << std::string(5 * quarters_, '#') << std::string(20 - 5 * quarters_, '.')
                << "] " << 25 * quarters_ << " %\n";
    }
  }

 private:
  std::uint64_t size_;
  std::uint64_t quarters_ = 0;
};

absl::Status Receive(Files& from, std::ostream& file) {
  const absl::StatusOr<std::optional<FrameHead>> head = from.ReceiveHead();
  if (!head.ok()) return head.status();
  if (!*head) return absl::OutOfRangeError("no file came");
  ProgressBar bar((*head)->payload_size);
  for (;;) {
    const absl::StatusOr<ByteView> piece = from.ReceivePiece();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return absl::OkStatus();  // complete, and the checksum is right
    const std::string_view text = unstick::AsText(*piece);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    bar.At((*head)->payload_size - from.left_to_receive());
  }
}

absl::Status Run(std::fstream& original, std::fstream& copy) {
  constexpr std::uint64_t kSize = std::uint64_t{8} << 20;
  for (std::uint64_t i = 0; i < kSize / 8; ++i) original << "8 bytes\n";
  original.seekg(0);

  auto ends = net::SocketPair();
  if (!ends.ok()) return ends.status();
  auto sender = Over(std::move(ends->first));
  auto receiver = Over(std::move(ends->second));
  if (!sender.ok() || !receiver.ok()) return sender.ok() ? receiver.status() : sender.status();
  absl::Status sent;
  std::jthread sending([&] { sent = Send(*sender, original, kSize); });
  absl::Status received = Receive(*receiver, copy);
  sending.join();
  std::cout << copy.tellp() << " bytes\n";
  return sent.ok() ? received : sent;
}

// A file that is gone when it is closed.
std::fstream TemporaryFile() {
  std::string name = "/tmp/unstick-XXXXXX";
  const net::UniqueFd fd(::mkstemp(name.data()));
  std::fstream file(name, std::ios::in | std::ios::out | std::ios::binary);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

int main() {
  std::fstream original = TemporaryFile();
  std::fstream copy = TemporaryFile();
  std::cout << Run(original, copy) << '\n';
}

// Output:
//   [....................] 0 %
//   [#####...............] 25 %
//   [##########..........] 50 %
//   [###############.....] 75 %
//   [####################] 100 %
//   8388608 bytes
//   OK
