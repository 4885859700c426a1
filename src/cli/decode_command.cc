#include "src/cli/decode_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "src/cli/chunker.h"
#include "src/cli/exit_code.h"
#include "src/cli/input.h"
#include "src/cli/messages.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::cli {
namespace {

// How much is read at a time: enough for a chunk of the size asked for, within reason.
constexpr std::size_t kMinRead = std::size_t{64} << 10;
constexpr std::size_t kMaxRead = std::size_t{16} << 20;

// What is told at once of the bytes between two frames.
constexpr std::size_t kMostFiller = 4096;

// Tells of the bytes that belong to no frame: the preamble, and with --headers those between two
// frames. For that it keeps the stream from behind the last frame on, up to what has been read.
//
//     | preamble | frame | filler | frame | filler ... the next frame may begin here
//                                 | told  | kept
class BetweenFrames {
 public:
  BetweenFrames(bool wanted, EventWriter& events) : wanted_(wanted), events_(events) {}

  void Take(ByteView bytes) {
    if (wanted_) kept_.Append(bytes);
  }
  // What is about to be told begins at `offset`.
  template <FrameScanner F>
  void Before(const FrameDecoder<F>& decoder, std::uint64_t offset) {
    Preamble(decoder.preamble_size());
    while (offset > at_) Filler(std::min<std::uint64_t>(offset - at_, kMostFiller));
  }
  // A frame or a gap ended there.
  void Ended(std::uint64_t offset) {
    if (offset > at_) Forget(offset - at_);
  }
  // There is nothing to tell yet. What is told in pieces is so however the bytes come.
  template <FrameScanner F>
  void Waits(const FrameDecoder<F>& decoder) {
    Preamble(decoder.preamble_size());
    const std::uint64_t began = decoder.progress_began();
    while (began > at_ && began - at_ >= kMostFiller) Filler(kMostFiller);
    if (decoder.stream_offset() == began) return;
    Before(decoder, began);  // a frame is being passed over
    Ended(decoder.stream_offset());
  }

 private:
  void Preamble(std::uint64_t size) {
    if (size == 0 || at_ >= size) return;
    events_.Preamble(size, kept_.readable().first(std::min<std::uint64_t>(size, kept_.size())));
    Forget(size - at_);
  }
  void Filler(std::uint64_t size) {
    if (wanted_) events_.Filler(at_, kept_.readable().first(size));
    Forget(size);
  }
  void Forget(std::uint64_t size) {
    kept_.Consume(std::min<std::uint64_t>(size, kept_.size()));
    at_ += size;
  }

  bool wanted_;
  EventWriter& events_;
  StreamBuffer kept_;
  std::uint64_t at_ = 0;  // of the first byte that was not told of, or passed by
};

Chunker ChunkerFor(const DecodeOptions& options) {
  if (options.chunk) return Chunker::Every(static_cast<std::size_t>(*options.chunk));
  if (options.random_seed) return Chunker::Random(*options.random_seed);
  return Chunker::Whole();
}

EventFormat FormatFor(const DecodeOptions& options) {
  if (options.output) return *options.output;
  if (options.headers) return EventFormat::kJsonl;
  return ::isatty(STDOUT_FILENO) == 1 ? EventFormat::kText : EventFormat::kJsonl;
}

// A plain framer does not know the name by which it was asked for.
FrameError Named(const AnyFramer& framing, FrameError error) {
  error.own_start = framing.IsOwnStart(ByteView(error.head).first(error.head_size));
  return error;
}

// Writes down what the decoder says until it wants more bytes. Answers the exit code once there
// will be nothing more.
template <FrameScanner F, typename Sink>
std::optional<int> Report(const AnyFramer& framing, FrameDecoder<F>& decoder, DecodeResult result,
                          const Sink& sink, BetweenFrames& between, EventWriter& events) {
  for (;;) {
    switch (result.kind()) {
      case DecodeResult::Kind::kNeedMore:
        between.Waits(decoder);
        return std::nullopt;
      case DecodeResult::Kind::kFrame:  // the sink said stop
        return kDone;
      case DecodeResult::Kind::kGap: {
        const Gap& gap = result.gap();
        between.Before(decoder, gap.why.offset);
        between.Ended(gap.why.offset + gap.skipped);
        events.OnGap(gap);
        result = decoder.Drain(sink);
        break;
      }
      case DecodeResult::Kind::kError:
        between.Before(decoder, result.error().offset);
        events.Error(Named(framing, result.error()));
        return kFraming;
      case DecodeResult::Kind::kEnd:
        between.Before(decoder, decoder.stream_offset());
        events.End(decoder.stream_offset());
        return kDone;
    }
  }
}

// Reads, cuts and decodes; lines that are known are out before it waits for more input.
template <FrameScanner F>
int Decode(const AnyFramer& framing, const F& framer, const DecodeOptions& options, Input& input,
           EventWriter& events, Output& out) {
  FrameDecoder<F> decoder(framer, options.on_error);
  BetweenFrames between(options.headers, events);
  const auto sink = [&](const FrameView& frame) {
    between.Before(decoder, frame.stream_offset());
    between.Ended(frame.stream_offset() + frame.wire_size());
    return events.Frame(frame);
  };
  Chunker chunker = ChunkerFor(options);
  const std::size_t room_size = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(options.chunk.value_or(0), kMinRead, kMaxRead));
  const auto room = std::make_unique<std::byte[]>(room_size);

  for (std::uint64_t read = 0; out.ok();) {
    if (input.WouldWait() && !out.Flush()) break;
    const absl::StatusOr<std::size_t> n = input.Read({room.get(), room_size});
    if (!n.ok()) {
      events.ReadError(read, n.status());
      return kIo;
    }
    read += *n;
    if (*n == 0) {
      decoder.Finish();
      return Report(framing, decoder, decoder.Drain(sink), sink, between, events).value_or(kDone);
    }
    for (ByteView bytes(room.get(), *n); !bytes.empty();) {
      const ByteView chunk = bytes.first(std::min(chunker.Next(), bytes.size()));
      bytes = bytes.subspan(chunk.size());
      between.Take(chunk);
      const std::optional<int> done =
          Report(framing, decoder, decoder.Push(chunk, sink), sink, between, events);
      if (done) return *done;
    }
  }
  return kDone;
}

}  // namespace

int Run(const DecodeOptions& options) {
  if (options.headers && FormatFor(options) != EventFormat::kJsonl) {
    return Fail(absl::InvalidArgumentError("--headers goes with --output jsonl"), kUsage);
  }
  const absl::StatusOr<AnyFramer> framer =
      FramerFor({.spec = options.spec,
                 .side = options.side,
                 .max = options.max,
                 .join = options.join,
                 .resync = options.on_error == OnError::kResync});
  if (!framer.ok()) return Fail(framer.status(), kUsage);
  absl::StatusOr<Input> input = Input::Open(options.file);
  if (!input.ok()) return Fail(input.status(), kIo);
  Output out(STDOUT_FILENO);
  EventWriter events(FormatFor(options), options.headers, out);
  const int code = framer->Visit(
      [&](const auto& visited) { return Decode(*framer, visited, options, *input, events, out); });
  const int exit_code = out.Finish(code);
  if (!out.closed()) events.SayGaps();
  return exit_code;
}

}  // namespace unstick::inline v0::cli
