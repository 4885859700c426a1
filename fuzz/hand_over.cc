// A stream that changes its framing, at any frame, as often as it likes: what one decoder leaves
// the next one gets, whatever the cuts. Each framing's frames are those that it finds alone in the
// bytes behind the last one, and offsets count on; what one end of a connection writes
// (ForEnd(spec, side)) the other end reads.
//
// Input: 16 bytes of cuts, then up to four stages: a framing, who writes, how the decoder is
// driven, how many frames it gives, and the payloads in its part of the stream. A byte that is not
// 0 in front of the stages changes one byte of the stream.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/spec_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/stream_events.h"

namespace unstick::fuzz {
namespace {

using Kind = DecodeResult::Kind;
using testing::StreamEvent;

constexpr std::size_t kMostStages = 4;
constexpr std::size_t kMostStream = 4096;

struct Stage {
  AnyFramer reader;
  std::size_t frames = 0;  // it gives, then hands over
  std::size_t way = 0;
};

// The frames, and the error or end that was in the way of more.
struct Seen {
  std::vector<StreamEvent> events;
  std::string rest;
  std::uint64_t rest_at = 0;
};

// The framer of one end, made once.
const std::optional<AnyFramer>& End(const std::string& spec, Side own) {
  static std::vector<std::pair<std::string, std::optional<AnyFramer>>> made;
  const std::string key = spec + (own == Side::kServer ? " server" : " client");
  for (const auto& [name, framer] : made) {
    if (name == key) return framer;
  }
  auto framer = AnyFramer::ForEnd(spec, own);
  made.reserve(4 * SpecBases().size());  // what was given out stays where it is
  made.emplace_back(key, framer.ok() ? std::optional<AnyFramer>(*framer) : std::nullopt);
  return made.back().second;
}

// Each stage by itself, on the bytes behind the stage before it.
Seen Expected(const std::vector<Stage>& stages, const std::string& stream) {
  Seen seen;
  std::size_t at = 0;
  for (const Stage& stage : stages) {
    std::size_t begins = at;
    std::size_t frames = 0;
    for (StreamEvent event : testing::EventsOf(stage.reader, AsBytes(stream).subspan(begins))) {
      if (frames == stage.frames) break;
      event.offset += begins;
      event.error.offset += event.kind == Kind::kError ? begins : 0;
      seen.events.push_back(event);
      at = event.offset + event.wire_size;
      ++frames;
      if (event.kind != Kind::kFrame) break;
    }
    if (!seen.events.empty() && seen.events.back().kind != Kind::kFrame) break;
  }
  seen.rest = stream.substr(at);
  seen.rest_at = at;
  return seen;
}

// Bytes come in pieces to whichever decoder is in charge.
class Chain {
 public:
  Chain(const std::vector<Stage>& stages, std::string_view stream, std::vector<std::size_t> cuts)
      : stages_(stages), stream_(AsBytes(stream)), cuts_(std::move(cuts)) {
    cuts_.push_back(stream.size());
  }

  Seen Run() {
    Remaining rest;
    for (const Stage& stage : stages_) {
      rest = RunStage(stage, std::move(rest));
      if (over_) break;
    }
    seen_.rest =
        std::string(AsText(rest.bytes.readable())) + std::string(AsText(stream_.subspan(taken_)));
    seen_.rest_at = rest.stream_offset;
    return std::move(seen_);
  }

 private:
  Remaining RunStage(const Stage& stage, Remaining from) {
    FrameDecoder<AnyFramer> decoder(stage.reader, std::move(from));
    left_ = stage.frames;
    while (left_ > 0 && !over_) {
      Take(decoder, stage.way);
      if (left_ == 0 || over_) break;
      if (taken_ < stream_.size()) {
        Give(decoder, stage.way);
      } else if (decoder.finished()) {
        Fail("more bytes are wanted behind the end");
      } else {
        decoder.Finish();
      }
    }
    return std::move(decoder).TakeRemaining();
  }

  bool Keep(const FrameView& frame) {
    seen_.events.push_back(StreamEvent::OfFrame(frame));
    return --left_ > 0;
  }

  void Take(FrameDecoder<AnyFramer>& decoder, std::size_t way) {
    const auto sink = [this](const FrameView& frame) { return Keep(frame); };
    while (left_ > 0 && !over_) {
      const DecodeResult next = way % 2 == 0 ? decoder.Next() : decoder.Drain(sink);
      if (next.kind() == Kind::kNeedMore) return;
      if (next && way % 2 == 0) (void)Keep(*next);
      if (!next) End(next, decoder.stream_offset());
    }
  }

  void Give(FrameDecoder<AnyFramer>& decoder, std::size_t way) {
    while (cuts_[next_cut_] <= taken_) ++next_cut_;
    const ByteView chunk = stream_.subspan(taken_, cuts_[next_cut_] - taken_);
    if (way / 2 % 3 == 0) {
      taken_ += decoder.Feed(chunk);
    } else if (way / 2 % 3 == 1) {
      const ByteSpan room = decoder.Prepare();
      const std::size_t n = std::min(room.size(), chunk.size());
      std::copy_n(chunk.begin(), n, room.begin());
      decoder.Commit(n);
      taken_ += n;
    } else {
      taken_ += chunk.size();
      const DecodeResult next =
          decoder.Push(chunk, [this](const FrameView& frame) { return Keep(frame); });
      if (!next && next.kind() != Kind::kNeedMore) End(next, decoder.stream_offset());
    }
  }

  void End(const DecodeResult& result, std::uint64_t offset) {
    seen_.events.push_back(StreamEvent::Of(result, offset));
    over_ = true;
  }

  const std::vector<Stage>& stages_;
  ByteView stream_;
  std::vector<std::size_t> cuts_;
  std::size_t next_cut_ = 0;
  std::size_t taken_ = 0;
  std::size_t left_ = 0;  // frames that the stage still gives
  bool over_ = false;
  Seen seen_;
};

void RequireSame(const Seen& expected, const Seen& seen, const std::vector<Stage>& stages) {
  std::string how;
  const std::size_t n = std::max(expected.events.size(), seen.events.size());
  for (std::size_t i = 0; i < n && how.empty(); ++i) {
    const bool both = i < expected.events.size() && i < seen.events.size();
    if (both && expected.events[i] == seen.events[i]) continue;
    how = "event " + std::to_string(i) + " is " +
          (i < seen.events.size() ? seen.events[i].ToString() : "missing") + ", not " +
          (i < expected.events.size() ? expected.events[i].ToString() : "there");
  }
  const bool whole = expected.events.empty() || expected.events.back().kind == Kind::kFrame;
  if (how.empty() && whole && seen.rest != expected.rest) how = "other bytes are left";
  if (how.empty() && whole && seen.rest_at != expected.rest_at) how = "they are left elsewhere";
  if (how.empty()) return;
  for (const Stage& stage : stages) {
    how += "\n  " + std::to_string(stage.frames) + " of " + stage.reader.spec();
  }
  Fail(how);
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  auto cuts = fuzz::TakeCuts(input, fuzz::kMostStream);
  const std::size_t change = input.Byte();

  std::vector<fuzz::Stage> stages;
  StreamBuffer written;
  std::vector<std::string> payloads;
  bool all = true;  // each stage gives just the frames that are its own
  while (!input.empty() && stages.size() < fuzz::kMostStages) {
    const std::string& spec = fuzz::TakeSpecBase(input);
    const Side own = fuzz::TakeSide(input);
    const auto& writer = fuzz::End(spec, own);
    const auto& reader = fuzz::End(spec, fuzz::OtherSide(own));
    const std::size_t way = input.Byte();
    const std::size_t frames = input.Below(4);
    if (!writer || !reader) continue;
    AnyFramer::State sent;
    std::size_t accepted = 0;
    const std::size_t before = written.size();
    for (std::size_t i = 0; i < frames && written.size() < fuzz::kMostStream / 2; ++i) {
      const std::string payload = input.Text();
      if (AppendFrame(*writer, AsBytes(payload), written, sent)) continue;
      payloads.push_back(payload);
      ++accepted;
    }
    // What ends where the next frame begins, or the stream, cannot be told from what follows it.
    FrameDecoder alone(*reader);
    std::size_t whole = 0;
    (void)alone.Push(written.readable().subspan(before), [&](const FrameView&) { ++whole; });
    all = all && whole == accepted;
    stages.push_back({.reader = *reader, .frames = frames, .way = way});
    all = all && accepted == frames;
  }
  std::string stream(AsText(written.readable()));
  stream += input.Rest(100);
  stream.resize(std::min(stream.size(), fuzz::kMostStream));
  if (change != 0 && !stream.empty()) {
    char& byte = stream[change % stream.size()];
    byte = static_cast<char>(byte ^ 1 << change / 32);
  }
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();

  const fuzz::Seen expected = fuzz::Expected(stages, stream);
  const fuzz::Seen seen = [&] {
    const fuzz::Bounded bounded(2'000 * stream.size() + 2'000'000,
                                64 * stream.size() + (512 << 10));
    return fuzz::Chain(stages, stream, cuts).Run();
  }();
  fuzz::RequireSame(expected, seen, stages);
  if (!all || change != 0) return 0;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (i >= seen.events.size() || seen.events[i].payload != payloads[i]) {
      fuzz::Fail("what one end writes the other does not read: " +
                 (i < seen.events.size() ? seen.events[i].ToString() : "nothing"));
    }
  }
  return 0;
}
