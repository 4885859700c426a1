// libevent's evbuffer: copyout, pullup, drain; readln.

#include <event2/buffer.h>

#include <cstdlib>
#include <string>

#include "bench/limits/length_limits.h"
#include "bench/support/row.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

auto LengthFrames(std::size_t chunk) {
  return [chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(LengthFieldFramer(), size);
    evbuffer* buffer = evbuffer_new();
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, chunk, [&](ByteView piece) {
        evbuffer_add(buffer, piece.data(), piece.size());
        std::byte header[4];
        while (evbuffer_copyout(buffer, header, 4) == 4) {
          const std::size_t payload = LoadBig32(header);
          if (evbuffer_get_length(buffer) - 4 < payload) break;
          const auto* frame = reinterpret_cast<const std::byte*>(
              evbuffer_pullup(buffer, static_cast<ev_ssize_t>(4 + payload)));
          consumer(ByteView(frame + 4, payload));
          evbuffer_drain(buffer, 4 + payload);
        }
      });
    });
    evbuffer_free(buffer);
  };
}

auto Lines(std::string end, evbuffer_eol_style style) {
  return [end, style](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(DelimiterFramer({.ends = {end}}), size);
    evbuffer* buffer = evbuffer_new();
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, 65536, [&](ByteView piece) {
        evbuffer_add(buffer, piece.data(), piece.size());
        std::size_t n = 0;
        while (char* line = evbuffer_readln(buffer, &n, style)) {
          consumer(AsBytes(std::string_view(line, n)));
          std::free(line);
        }
      });
    });
    evbuffer_free(buffer);
  };
}

const bool kAdded = Rows([] {
  AddRows("length-64K", "libevent", {16, 64, 256, 1024, 16384, 1048576, kMix}, LengthFrames(65536));
  AddRows("length-1460", "libevent", {16, 64, 256, 1024, 16384}, LengthFrames(1460));
  AddRows("lf-64K", "libevent", {8, 32, 100, 1000, kMix}, Lines("\n", EVBUFFER_EOL_LF));
  AddRows("crlf-64K", "libevent", {8, 32, 100, 1000, kMix},
          Lines("\r\n", EVBUFFER_EOL_CRLF_STRICT));
});

}  // namespace
}  // namespace unstick::bench
