// Promise D1, that cuts do not matter, over one stream. See framer_laws.h for the door to all laws.

#ifndef UNSTICK_TESTING_CHUNK_LAWS_H_
#define UNSTICK_TESTING_CHUNK_LAWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/framer_ref.h"
#include "unstick/core/scan_engine.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0::testing {

// One way to drive a FrameDecoder: how bytes go in, how frames come out, when the end is told.
struct Way {
  enum class In : std::uint8_t {
    kFeed,
    kPrepare,
    kPush,
    kMixed
  };  // kMixed: another for each chunk
  enum class Out : std::uint8_t {
    kNext,
    kDrain,
    kStop
  };  // kStop: Drain, told to stop at each frame
  In in = In::kFeed;
  Out out = Out::kNext;
  bool finish_early = false;  // Finish() before the last frames are taken, not after
  bool take_late = false;     // nothing is taken before all bytes are in

  static constexpr std::size_t kCount = 48;
  static Way Number(std::size_t n) {  // 0..kCount-1
    return {static_cast<In>(n % 4), static_cast<Out>(n / 4 % 3), n / 12 % 2 == 1, n / 24 % 2 == 1};
  }
  std::string ToString() const {
    constexpr const char* kIn[] = {"Feed", "Prepare+Commit", "Push", "all three ways in"};
    constexpr const char* kOut[] = {"Next", "Drain", "a Drain that is stopped at each frame"};
    return std::string(kIn[static_cast<std::size_t>(in)]) + " and " +
           kOut[static_cast<std::size_t>(out)] + (finish_early ? ", Finish early" : "") +
           (take_late ? ", frames taken late" : "");
  }
};

// Decodes one stream again and again, cut in other ways, and holds what comes out against what the
// whole stream gave. Nothing is kept of a run, so that millions of them are cheap.
template <FrameScanner F>
class ChunkLaws {
 public:
  // Everything is borrowed.
  ChunkLaws(const F& framer, ByteView stream, OnError on_error,
            const std::vector<StreamEvent>& expected)
      : framer_(framer), stream_(stream), on_error_(on_error), expected_(expected) {}

  // Cuts behind byte i iff bit i of `cuts` is set. For streams of up to 64 bytes.
  bool Holds(std::uint64_t cuts, const Way& way) {
    ends_.clear();
    for (std::size_t i = 0; i + 1 < stream_.size(); ++i) {
      if ((cuts >> i & 1) != 0) ends_.push_back(i + 1);
    }
    return Run(way);
  }
  // Pieces of `size` bytes.
  bool HoldsInPiecesOf(std::size_t size, const Way& way) {
    ends_.clear();
    for (std::size_t at = size; at < stream_.size(); at += size) ends_.push_back(at);
    return Run(way);
  }
  // Cuts behind so many bytes, counted from the stream's first; ascending.
  bool HoldsAt(std::vector<std::size_t> cuts, const Way& way) {
    ends_ = std::move(cuts);
    return Run(way);
  }
  // Pieces of a size of their own each, up to a bound that differs from run to run.
  bool HoldsInRandomPieces(std::mt19937_64& random, const Way& way) {
    ends_.clear();
    const std::size_t bound = std::size_t{1} << random() % 18;
    for (std::size_t at = 0; (at += 1 + random() % bound) < stream_.size();) ends_.push_back(at);
    return Run(way);
  }

  const std::string& broken() const { return broken_; }  // empty while all runs agreed
  std::uint64_t runs() const { return runs_; }

 private:
  using Decoder = FrameDecoder<FramerRef<F>>;

  bool Run(const Way& way) {
    ++runs_;
    way_ = way;
    next_ = 0;
    over_ = false;
    Decoder decoder(FramerRef<F>(framer_), on_error_);
    std::size_t from = 0;
    for (std::size_t i = 0; i <= ends_.size() && broken_.empty(); ++i) {
      const std::size_t to = i < ends_.size() ? ends_[i] : stream_.size();
      Give(decoder, stream_.subspan(from, to - from), i);
      if (!way.take_late) Take(decoder);
      if (way.in == Way::In::kMixed) decoder.Trim();
      from = to;
    }
    if (!way.finish_early) Take(decoder);
    decoder.Finish();
    Take(decoder);
    if (!over_) Break("no end was told");
    CheckSticky(decoder);
    return broken_.empty();
  }

  void Give(Decoder& decoder, ByteView chunk, std::size_t number) {
    const Way::In in = way_.in == Way::In::kMixed ? static_cast<Way::In>(number % 3) : way_.in;
    if (in == Way::In::kPush) {
      Judge(decoder.Push(chunk, [this](const FrameView& frame) { return Frame(frame); }), decoder);
      return;
    }
    while (!chunk.empty() && !over_ && broken_.empty()) {
      std::size_t taken = 0;
      if (in == Way::In::kFeed) {
        taken = decoder.Feed(chunk);
      } else {
        const ByteSpan room = decoder.Prepare();
        taken = std::min(room.size(), chunk.size());
        std::copy_n(chunk.begin(), taken, room.begin());
        decoder.Commit(taken);
      }
      chunk = chunk.subspan(taken);
      if (!chunk.empty()) Take(decoder);
    }
  }

  // Takes all that is there.
  void Take(Decoder& decoder) {
    for (std::uint64_t calls = 0; !over_ && broken_.empty(); ++calls) {
      if (calls > stream_.size() + 2) return Break("outcomes come without end");
      if (way_.out != Way::Out::kNext) {
        const bool go_on = way_.out == Way::Out::kDrain;
        const auto sink = [&](const FrameView& frame) { return Frame(frame) && go_on; };
        if (!Judge(decoder.Drain(sink), decoder)) return;
      } else {
        const DecodeResult result = decoder.Next();
        if (result) {
          Frame(*result);
        } else if (!Judge(result, decoder)) {
          return;
        }
      }
    }
  }

  bool Frame(const FrameView& frame) {
    if (next_ < expected_.size() && expected_[next_].Is(frame)) {
      ++next_;
      return true;
    }
    Break("it gave " + StreamEvent::OfFrame(frame).ToString());
    return false;
  }

  // Anything but a frame. False when there is nothing more to take for now.
  bool Judge(const DecodeResult& result, const Decoder& decoder) {
    switch (result.kind()) {
      case DecodeResult::Kind::kFrame:
        return true;  // stopped; the sink has had it
      case DecodeResult::Kind::kNeedMore:
        if (decoder.finished()) Break("it wants more bytes after Finish()");
        if (result.bytes_needed() == 0) Break("it needs 0 more bytes");
        return false;
      case DecodeResult::Kind::kEnd:
        if (!decoder.finished()) Break("it ended before Finish()");
        break;
      case DecodeResult::Kind::kError:
      case DecodeResult::Kind::kGap:
        break;
    }
    if (over_) return false;
    const StreamEvent event = StreamEvent::Of(result, decoder.stream_offset());
    if (next_ < expected_.size() && expected_[next_] == event) {
      ++next_;
      over_ = next_ == expected_.size();
      return !over_;
    }
    Break("it gave " + event.ToString());
    return false;
  }

  // Ends and errors do not wear off, whatever comes behind them.
  void CheckSticky(Decoder& decoder) {
    if (!broken_.empty()) return;
    const StreamEvent& last = expected_.back();
    const bool took = decoder.Feed(stream_) != 0;
    for (int i = 0; i < 2 && broken_.empty(); ++i) {
      const DecodeResult again = decoder.Next();
      const StreamEvent event = again.kind() == DecodeResult::Kind::kNeedMore
                                    ? StreamEvent{.kind = again.kind()}
                                    : StreamEvent::Of(again, decoder.stream_offset());
      if (took || !(event == last)) Break("afterwards it gave " + event.ToString());
    }
  }

  void Break(const std::string& how) {
    if (!broken_.empty()) return;
    const std::string due =
        next_ < expected_.size() ? expected_[next_].ToString() : std::string("nothing more");
    broken_ = "Cuts matter for " + Hex(stream_) + " cut at";
    for (std::size_t i = 0; i < ends_.size() && i < 32; ++i) {
      broken_ += " " + std::to_string(ends_[i]);
    }
    if (ends_.empty()) broken_ += " no place";
    if (ends_.size() > 32) broken_ += " and " + std::to_string(ends_.size() - 32) + " more places";
    broken_ += ", decoded by " + way_.ToString() + ": " + how + "; whole it gives " + due;
  }

  const F& framer_;
  ByteView stream_;
  OnError on_error_;
  const std::vector<StreamEvent>& expected_;
  std::vector<std::size_t> ends_;  // where the chunks of the run in hand end; the last goes unsaid
  Way way_;
  std::size_t next_ = 0;  // of expected_, the event that is due
  bool over_ = false;
  std::uint64_t runs_ = 0;
  std::string broken_;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTING_CHUNK_LAWS_H_
