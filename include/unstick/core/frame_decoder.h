// Bytes in, frames out, no I/O. For bytes that are all there, see frame_cursor.h.

#ifndef UNSTICK_CORE_FRAME_DECODER_H_
#define UNSTICK_CORE_FRAME_DECODER_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

// One read's worth of room: larger gains nothing measurable, smaller costs system calls.
inline constexpr std::size_t kReadRoom = std::size_t{64} << 10;
inline constexpr std::size_t kLeastRead = kReadRoom / 4;

// How much of a chunk is copied at first to complete a frame that began in an earlier one.
inline constexpr std::size_t kStraddle = 512;

// Memory that an earlier, larger frame left behind is kept up to here, and given back beyond.
inline constexpr std::size_t kSpareMemory = 2048;

// What a decoder leaves to whoever goes on with its stream: another framing, TLS, raw bytes.
struct Remaining {
  StreamBuffer bytes;               // that were taken in and belong to no frame so far
  std::uint64_t stream_offset = 0;  // of the first of them
  bool finished = false;            // no more will come behind them
};

// Decodes one stream. Frames, errors and their offsets depend on the bytes alone, never on how they
// were cut. Three ways in, freely mixed:
//
//     Prepare() + Commit(n)   a read puts its bytes straight into the decoder's memory
//     Feed(chunk)             copies the caller's chunk
//     Push(chunk, sink)       decodes inside the caller's chunk and keeps only what is left over
//
// and two ways out: Next() for one outcome, Drain(sink) for all frames that are there. A sink is
// called with a FrameView; it returns void, or bool to stop with false. It must not call the
// decoder. Memory: nothing before the first byte, at most twice the bytes that are held plus the
// room of one read; a length that was only declared costs nothing. After an error every Next() is
// that error (unless recovery was asked for), and later bytes are not taken. Thread-compatible.
template <FrameScanner F>
class FrameDecoder {
 public:
  explicit FrameDecoder(F framer, OnError on_error = OnError::kFail)
      : framer_(std::move(framer)), engine_(on_error) {}

  // Goes on with a stream where another framing left off.
  FrameDecoder(F framer, Remaining from, OnError on_error = OnError::kFail)
      : framer_(std::move(framer)),
        engine_(on_error, from.stream_offset),
        buffer_(std::move(from.bytes)),
        finished_(from.finished) {}

  // Where the next read lands: kReadRoom bytes, or what is left of them down to kLeastRead, or
  // more. Invalidates earlier frames. REQUIRES: what Next() or Drain() can deliver has been taken,
  // else memory grows past its bound.
  ByteSpan Prepare() UNSTICK_LIFETIME_BOUND {
    if (Beyond(2 * buffer_.size() + kReadRoom)) buffer_.Trim();
    return buffer_.Prepare(kLeastRead, {.room = kReadRoom, .most = needed_});
  }
  void Commit(std::size_t n) {
    if (!engine_.done()) buffer_.Commit(n);
  }

  // Copies `chunk` and returns how much of it was taken: all, unless the decoder already holds a
  // frame of the largest size (then take frames first) or is done. Invalidates earlier frames.
  [[nodiscard]] std::size_t Feed(ByteView chunk) {
    if (engine_.done()) return 0;
    const std::size_t bound = framer_.max_frame_size() + kReadRoom;
    const std::size_t n = std::min(chunk.size(), bound - std::min(bound, buffer_.size()));
    Keep(chunk.first(n));
    return n;
  }

  // Decodes `chunk` as the stream's next bytes, frames going to `sink` as views that are valid
  // until it returns; what is left over is kept. Returns what stopped it: kNeedMore or kError;
  // kGap, or kFrame (an empty one: the sink has had it) when the sink said stop. After the last two
  // the rest of the chunk waits for Next() or Drain().
  template <std::invocable<const FrameView&> Sink>
  DecodeResult Push(ByteView chunk, Sink&& sink) UNSTICK_LIFETIME_BOUND;

  // No more bytes will come: kNeedMore is now impossible.
  void Finish() { finished_ = true; }
  bool finished() const { return finished_; }

  DecodeResult Next() UNSTICK_LIFETIME_BOUND {
    const ByteSpan window = buffer_.writable();
    const auto step = engine_.Next(framer_, window, finished_);
    buffer_.Consume(step.dropped);
    if (step.kind == DecodeResult::Kind::kFrame) {
      buffer_.Consume(step.extent.wire_size);
      return DecodeResult::Frame(
          View(window.subspan(step.dropped, step.extent.wire_size), step.extent));
    }
    needed_ = step.needed;
    return Other(step.kind);
  }

  // Gives every frame that is there to `sink` and returns what came then: never kFrame, unless the
  // sink said stop (an empty frame: the sink has had it).
  template <std::invocable<const FrameView&> Sink>
  DecodeResult Drain(Sink&& sink) UNSTICK_LIFETIME_BOUND {
    if (Waits()) return DecodeResult::NeedMore(needed_);
    for (;;) {
      if (engine_.framing() && !Assembles()) {
        bool stopped = false;
        buffer_.Consume(engine_.Frames(framer_, buffer_.readable(), stopped, sink));
        if (stopped) return DecodeResult::Frame({});
      }
      DecodeResult next = Next();  // whatever is no plain frame, or a frame behind filler
      if (!next) return next;
      if (!detail::Deliver(sink, *next)) return DecodeResult::Frame({});
    }
  }

  // Hands the stream over, behind the last frame that was given out: nothing is lost or copied. To
  // stop right behind a frame, let the sink say so. Invalidates earlier frames; nothing but
  // destruction is left to this decoder.
  Remaining TakeRemaining() && { return {std::move(buffer_), engine_.offset(), finished_}; }

  // Gives away the memory that the last frame of Next() lies in: views of it live as long as what
  // is returned. The bytes behind it are copied, so this pays for large frames.
  StreamBuffer TakeMemory() {
    StreamBuffer rest;
    rest.Append(buffer_.readable());
    return std::exchange(buffer_, std::move(rest));
  }

  // The bytes that no frame has taken yet.
  ByteView Unread() const UNSTICK_LIFETIME_BOUND { return buffer_.readable(); }
  // The size of the preamble in front of the first frame, once it has been passed over; 0 before,
  // and for framings without one.
  std::uint64_t preamble_size() const { return engine_.preamble_size(); }
  // How many more bytes the frame in progress needs at least, as of the last kNeedMore.
  std::size_t bytes_needed() const { return needed_; }
  // True between two frames of a stream that has told nothing: a new decoder of what remains would
  // go on as this one.
  bool at_rest() const { return buffer_.empty() && engine_.at_rest(); }
  // True between a frame's first byte and its last.
  bool mid_frame() const { return !buffer_.empty() || !engine_.framing(); }
  std::uint64_t stream_offset() const { return engine_.offset(); }  // where the next frame starts
  // How many bytes have come of the frame in progress. Of one that is passed over these are more
  // than Unread(): what has been dropped counts too, so that it has a beginning, and a deadline.
  std::uint64_t progress() const { return engine_.offset() - engine_.began() + buffer_.size(); }
  std::uint64_t progress_began() const { return engine_.began(); }  // that frame, in the stream
  const F& framer() const UNSTICK_LIFETIME_BOUND { return framer_; }
  std::size_t memory() const { return buffer_.capacity(); }  // bytes of buffer held

  // Gives back memory that the bytes held do not need; all of it between frames. Invalidates
  // earlier frames. For streams that go idle.
  void Trim() { buffer_.Trim(); }

 private:
  // Is there more memory than what is held now accounts for?
  bool Beyond(std::size_t bytes) const { return buffer_.capacity() > bytes + kSpareMemory; }
  void Keep(ByteView bytes) {
    if (Beyond(2 * (buffer_.size() + bytes.size()))) buffer_.Trim();
    buffer_.Append(bytes);
  }

  // Is what is held so far not enough for anything new to be said?
  bool Waits() {
    const std::size_t more = finished_ ? 0 : engine_.Awaits(buffer_.size());
    if (more > 0) needed_ = more;
    return more > 0;
  }

  bool Assembles() const {
    if constexpr (AssemblesFrames<F>) return framer_.assembles();
    return false;
  }

  FrameView View(ByteSpan wire, const Extent& found) const {
    const std::uint64_t offset = engine_.offset() - found.wire_size;
    if constexpr (AssemblesFrames<F>) {
      if (framer_.assembles()) {
        return detail::AssembledView(wire, framer_.Assemble(wire, found, engine_.state_before()),
                                     offset);
      }
    }
    return {wire.data(), found, offset};
  }

  DecodeResult Other(DecodeResult::Kind kind) const UNSTICK_LIFETIME_BOUND {
    switch (kind) {
      case DecodeResult::Kind::kError:
        return DecodeResult::Error(engine_.error());
      case DecodeResult::Kind::kGap:
        return DecodeResult::OfGap(engine_.gap());
      case DecodeResult::Kind::kEnd:
        return DecodeResult::End();
      case DecodeResult::Kind::kNeedMore:
      case DecodeResult::Kind::kFrame:
        break;
    }
    return DecodeResult::NeedMore(needed_);
  }

  F framer_;
  detail::ScanEngine<F> engine_;
  StreamBuffer buffer_;
  std::size_t needed_ = 1;
  bool finished_ = false;
};

// A frame that straddles chunks is put together in the buffer; all others are read where they lie.
//
//     buffer: | leftover | first part of chunk |        chunk: |#####|frame|frame|leftover'|
//                         '--- copied, and the bytes behind the frame given back ---'
template <FrameScanner F>
template <std::invocable<const FrameView&> Sink>
DecodeResult FrameDecoder<F>::Push(ByteView chunk, Sink&& sink) {
  if (engine_.done()) return Next();
  if (Assembles()) {  // the caller's bytes are not ours to change
    buffer_.Append(chunk);
    return Drain(sink);
  }
  std::size_t at = 0;
  for (std::size_t step = kStraddle; !buffer_.empty(); step *= 2) {
    const std::size_t n = std::min(chunk.size() - at, std::max(step, needed_));
    Keep(chunk.subspan(at, n));
    at += n;
    if (Waits()) {
      if (at < chunk.size()) continue;
      return DecodeResult::NeedMore(needed_);
    }
    DecodeResult next = Next();
    if (next.kind() == DecodeResult::Kind::kNeedMore && at < chunk.size()) continue;
    if (next && detail::Deliver(sink, *next)) {
      const std::size_t behind = std::min(buffer_.size(), at);
      buffer_.Unwrite(behind);
      at -= behind;
      step = kStraddle / 2;
      continue;
    }
    Keep(chunk.subspan(at));
    return next ? DecodeResult::Frame({}) : next;
  }
  for (;;) {
    bool stopped = false;
    if (engine_.framing()) at += engine_.Frames(framer_, chunk.subspan(at), stopped, sink);
    const ByteView rest = chunk.subspan(at);
    if (!stopped) {
      const auto step = engine_.Next(framer_, rest, finished_);
      at += step.dropped;
      if (step.kind == DecodeResult::Kind::kFrame) {
        at += step.extent.wire_size;
        stopped = !detail::Deliver(sink, FrameView(rest.data() + step.dropped, step.extent,
                                                   engine_.offset() - step.extent.wire_size));
        if (!stopped) continue;
      } else {
        needed_ = step.needed;
        Keep(chunk.subspan(at));
        return Other(step.kind);
      }
    }
    Keep(chunk.subspan(at));
    return DecodeResult::Frame({});
  }
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_DECODER_H_
