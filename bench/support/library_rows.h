// The library's ways to read a stream, for rows.

#ifndef UNSTICK_BENCH_SUPPORT_LIBRARY_ROWS_H_
#define UNSTICK_BENCH_SUPPORT_LIBRARY_ROWS_H_

#include <algorithm>
#include <cstddef>

#include "bench/support/row.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::bench {

// Everything there: Push().
template <typename F>
auto Pushed(F framer) {
  return [framer](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      FrameDecoder decoder{framer};
      benchmark::DoNotOptimize(decoder.Push(bytes, consumer).kind());
    });
  };
}

// Everything there: a cursor's Next().
template <typename F>
auto Walked(F framer) {
  return [framer](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      FrameCursor cursor(framer, bytes);
      while (DecodeResult frame = cursor.Next()) consumer(*frame);
    });
  };
}

// In chunks, copied to where the decoder wants them, as a read does it: Prepare(), Commit(),
// Drain().
template <typename F>
auto Received(F framer, std::size_t chunk) {
  return [framer, chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size);
    FrameDecoder decoder(framer);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, chunk, [&](ByteView piece) {
        while (!piece.empty()) {
          const ByteSpan room = decoder.Prepare();
          const std::size_t n = std::min(room.size(), piece.size());
          std::copy_n(piece.begin(), n, room.begin());
          decoder.Commit(n);
          benchmark::DoNotOptimize(decoder.Drain(consumer).kind());
          piece = piece.subspan(n);
        }
      });
    });
  };
}

// In chunks that stay the caller's: Push().
template <typename F>
auto PushedChunks(F framer, std::size_t chunk, char escaped = 'x') {
  return [framer, chunk, escaped](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size, escaped);
    FrameDecoder decoder(framer);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, chunk, [&](ByteView piece) {
        benchmark::DoNotOptimize(decoder.Push(piece, consumer).kind());
      });
    });
  };
}

// The hand-written ways.

template <typename Parse, typename F>
auto ByHand(F framer) {
  return [framer](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size);
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      Parse parse;
      parse(bytes, consumer);
    });
  };
}

template <typename Copy, typename Parse, typename F>
auto ByHandInChunks(F framer, std::size_t chunk) {
  return [framer, chunk](benchmark::State& state, PayloadSize size) {
    const StreamBuffer stream = StreamOf(framer, size);
    Copy copy(chunk, std::max<std::size_t>(size, 1024) + 64);
    Parse parse;
    ReadAgainAndAgain(state, stream.readable(), [&](ByteView bytes, Consumer& consumer) {
      InChunks(bytes, chunk, [&](ByteView piece) { copy.Read(piece, parse, consumer); });
    });
  };
}

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SUPPORT_LIBRARY_ROWS_H_
