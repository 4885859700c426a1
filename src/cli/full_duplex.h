// A stream that takes what arrives while it waits to be written to.

#ifndef UNSTICK_SRC_CLI_FULL_DUPLEX_H_
#define UNSTICK_SRC_CLI_FULL_DUPLEX_H_

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::cli {

// A peer that answers bytes as they come, as a plain echo does, stops reading when its answer is
// not read. Whoever only writes a message that both sides' kernels cannot hold then waits for ever.
// What comes meanwhile is kept here, up to a limit, and read later. One thread.
template <net::ByteStream S>
class FullDuplex {
 public:
  explicit FullDuplex(S stream) : stream_(std::move(stream)) {}

  net::IoResult ReadSome(ByteSpan into) {
    if (early_.empty()) {
      if (const auto after = std::exchange(after_, std::nullopt)) return *after;
      return stream_.ReadSome(into);
    }
    const ByteView bytes = early_.readable();
    const std::size_t n = std::min(into.size(), bytes.size());
    std::memcpy(into.data(), bytes.data(), n);
    early_.Consume(n);
    if (early_.empty()) early_.Trim();
    return net::IoResult::Bytes(n);
  }
  net::IoResult WriteSome(std::span<const ByteView> parts) { return stream_.WriteSome(parts); }
  int WaitReadable(net::Deadline until) {
    return early_.empty() && !after_ ? stream_.WaitReadable(until) : 0;
  }
  // Not every stream can be asked for both directions at once, so they take turns.
  int WaitWritable(net::Deadline until) {
    for (;;) {
      TakeInput();
      const int error = stream_.WaitWritable(std::min(until, net::DeadlineIn(kTurn)));
      if (error != ETIMEDOUT || net::Clock::now() >= until) return error;
    }
  }
  int ShutdownWrite() { return stream_.ShutdownWrite(); }
  void Abort() { stream_.Abort(); }
  void Close() { stream_.Close(); }
  int Flush()
    requires net::HoldsOutput<S>
  {
    return stream_.Flush();
  }
  absl::Status ErrorStatus(int error_code, std::string_view what) const {
    return net::ErrorStatus(stream_, error_code, what);
  }

 private:
  static constexpr std::chrono::milliseconds kTurn{2};
  static constexpr std::size_t kMost = std::size_t{256} << 20;

  void TakeInput() {
    std::array<std::byte, std::size_t{16} << 10> room;
    while (!after_ && early_.size() < kMost) {
      const net::IoResult got = stream_.ReadSome(room);
      if (got.kind() == net::IoResult::Kind::kWouldBlock) return;
      if (got.kind() != net::IoResult::Kind::kBytes) {
        after_ = got;
        return;
      }
      early_.Append(ByteView(room).first(got.bytes()));
    }
  }

  S stream_;
  StreamBuffer early_;
  std::optional<net::IoResult> after_;  // what came behind it: the end, or an error
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_FULL_DUPLEX_H_
