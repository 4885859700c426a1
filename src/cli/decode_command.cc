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

namespace unstick::inline v0::cli {
namespace {

// How much is read at a time: enough for a chunk of the size asked for, within reason.
constexpr std::size_t kMinRead = std::size_t{64} << 10;
constexpr std::size_t kMaxRead = std::size_t{16} << 20;

// No preamble is longer.
constexpr std::size_t kMostPreamble = std::size_t{128} << 10;

// The stream's first bytes, which are kept for as long as they may be a preamble that is wanted.
class FirstBytes {
 public:
  explicit FirstBytes(bool wanted) : wanted_(wanted) {}
  void Take(ByteView bytes) {
    if (wanted_)
      bytes_ += AsText(bytes.first(std::min(bytes.size(), kMostPreamble - bytes_.size())));
  }
  // So many are the preamble; or there is none.
  ByteView Preamble(std::uint64_t size) const {
    return AsBytes(bytes_).first(std::min<std::size_t>(size, bytes_.size()));
  }

 private:
  bool wanted_;
  std::string bytes_;
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

// Writes down what the decoder says until it wants more bytes. Answers the exit code once there
// will be nothing more.
template <FrameScanner F>
std::optional<int> Report(FrameDecoder<F>& decoder, DecodeResult result, const FirstBytes& first,
                          EventWriter& events) {
  const auto sink = [&](const FrameView& frame) {
    events.Preamble(decoder.preamble_size(), first.Preamble(decoder.preamble_size()));
    return events.Frame(frame);
  };
  for (;;) {
    events.Preamble(decoder.preamble_size(), first.Preamble(decoder.preamble_size()));
    switch (result.kind()) {
      case DecodeResult::Kind::kNeedMore:
        return std::nullopt;
      case DecodeResult::Kind::kFrame:  // the sink said stop
        return kDone;
      case DecodeResult::Kind::kGap:
        events.OnGap(result.gap());
        result = decoder.Drain(sink);
        break;
      case DecodeResult::Kind::kError:
        events.Error(result.error());
        return kFraming;
      case DecodeResult::Kind::kEnd:
        events.End(decoder.stream_offset());
        return kDone;
    }
  }
}

// Reads, cuts and decodes; lines that are known are out before it waits for more input.
template <FrameScanner F>
int Decode(const F& framer, const DecodeOptions& options, Input& input, EventWriter& events,
           Output& out) {
  FrameDecoder<F> decoder(framer, options.on_error);
  FirstBytes first(options.headers);
  const auto sink = [&](const FrameView& frame) {
    events.Preamble(decoder.preamble_size(), first.Preamble(decoder.preamble_size()));
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
      return Report(decoder, decoder.Drain(sink), first, events).value_or(kDone);
    }
    for (ByteView bytes(room.get(), *n); !bytes.empty();) {
      const ByteView chunk = bytes.first(std::min(chunker.Next(), bytes.size()));
      bytes = bytes.subspan(chunk.size());
      first.Take(chunk);
      const std::optional<int> done = Report(decoder, decoder.Push(chunk, sink), first, events);
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
      [&](const auto& visited) { return Decode(visited, options, *input, events, out); });
  const int exit_code = out.Finish(code);
  if (!out.closed()) events.SayGaps();
  return exit_code;
}

}  // namespace unstick::inline v0::cli
