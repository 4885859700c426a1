// Standalone Asio: a header, then a body; read_until() with a streambuf.

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <string>

#include "bench/limits/length_limits.h"
#include "bench/limits/line_limits.h"
#include "bench/support/row.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

// Reads of at most one chunk, as a socket has them.
class ChunkStream {
 public:
  ChunkStream(ByteView bytes, std::size_t chunk) : bytes_(bytes), chunk_(chunk) {}

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, std::error_code& failed) {
    if (at_ == bytes_.size()) {
      failed = asio::error::eof;
      return 0;
    }
    failed = {};
    const std::size_t left = std::min(chunk_ - at_ % chunk_, bytes_.size() - at_);
    const std::size_t n = asio::buffer_copy(buffers, asio::buffer(bytes_.data() + at_, left));
    at_ += n;
    return n;
  }
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    std::error_code failed;
    return read_some(buffers, failed);
  }

 private:
  ByteView bytes_;
  std::size_t chunk_;
  std::size_t at_ = 0;
};

auto HeaderBody(std::size_t chunk) {
  return [chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(LengthFieldFramer(), size);
    std::string body;
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      ChunkStream from(bytes, chunk);
      std::byte header[4];
      std::error_code failed;
      for (;;) {
        asio::read(from, asio::buffer(header), failed);
        if (failed) return;
        body.resize(LoadBig32(header));
        asio::read(from, asio::buffer(body), failed);
        consumer(AsBytes(body));
      }
    });
  };
}

auto Until(std::string_view mark, std::size_t chunk) {
  return [mark, chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(DelimiterFramer({.ends = {std::string(mark)}}), size);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      ChunkStream from(bytes, chunk);
      asio::streambuf buffer;
      std::error_code failed;
      for (;;) {
        const std::size_t n = mark.size() == 1 ? asio::read_until(from, buffer, mark[0], failed)
                                               : asio::read_until(from, buffer, mark, failed);
        if (failed) return;
        consumer(ByteView(static_cast<const std::byte*>(buffer.data().data()), n - mark.size()));
        buffer.consume(n);
      }
    });
  };
}

const bool kAdded = Rows([] {
  AddRows("length-64K", "asio", {16, 64, 256, 1024, 16384, 1048576, kMix}, HeaderBody(65536));
  AddRows("length-1460", "asio", {16, 64, 256, 1024, 16384}, HeaderBody(1460));
  AddRows("length-7", "asio", {16, 64, 256, 1024}, HeaderBody(7));
  AddRows("lf-64K", "asio", {8, 32, 100, 1000, kMix}, Until(kLf, 65536));
  AddRows("crlf-64K", "asio", {8, 32, 100, 1000, kMix}, Until(kCrlf, 65536));
  AddRows("boundary-64K", "asio", {8, 32, 100, 1000, kMix}, Until(kBoundary, 65536));
});

}  // namespace
}  // namespace unstick::bench
