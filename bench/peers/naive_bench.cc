// The tutorials' design: append to a std::string, erase each frame from its front.

#include <string>

#include "bench/limits/length_limits.h"
#include "bench/support/row.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

auto AppendAndErase(std::size_t chunk) {
  return [chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(LengthFieldFramer(), size);
    std::string buffer;
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, chunk, [&](ByteView piece) {
        buffer.append(AsText(piece));
        while (buffer.size() >= 4) {
          const std::size_t payload = LoadBig32(AsBytes(buffer).data());
          if (buffer.size() - 4 < payload) break;
          consumer(AsBytes(buffer).subspan(4, payload));
          buffer.erase(0, 4 + payload);
        }
      });
    });
  };
}

const bool kAdded = Rows([] {
  AddRows("length-64K", "string-erase", {16, 64, 256, 1024, 16384}, AppendAndErase(65536));
  AddRows("length-1460", "string-erase", {16, 64, 256, 1024, 16384}, AppendAndErase(1460));
  AddRows("length-7", "string-erase", {16, 64, 256, 1024}, AppendAndErase(7));
});

}  // namespace
}  // namespace unstick::bench
