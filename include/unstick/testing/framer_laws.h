// Checks a framer, yours or a built-in one, against the laws of unstick/core/framer.h and the
// promises that decoders make for it. Needs no test framework; in a GoogleTest it is one line:
//
//     const LawReport report = CheckFramerLaws(my_framer, {stream1, stream2}, {payload1,
//     payload2}); EXPECT_TRUE(report.ok()) << report.broken;
//
// Good streams hold whole frames, several of them, broken ones, and ones cut off at the end, and
// are short: up to LawOptions::all_cuts_up_to bytes every way to cut them is tried.

#ifndef UNSTICK_TESTING_FRAMER_LAWS_H_
#define UNSTICK_TESTING_FRAMER_LAWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "unstick/core/append_frame.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/scan_laws.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0::testing {

struct LawOptions {
  std::size_t all_cuts_up_to = 10;   // bytes; such a stream is cut in all 2^(n-1) ways. At most 24
  std::size_t pair_cuts_up_to = 40;  // a longer one at each pair of places
  std::size_t random_cuts = 48;      // a still longer one in equal pieces and in random ways
  bool every_way = true;  // drive the decoder in all Way::kCount ways for each cut, not one in turn
  std::uint64_t seed = 1;  // of the random cuts
};

// What was checked, and the first thing that was found wrong.
struct LawReport {
  std::string broken;  // empty if every law held: which law, on which bytes, cut where
  std::uint64_t streams = 0;
  std::uint64_t windows = 0;    // answers of Scan() that were judged
  std::uint64_t chunkings = 0;  // whole streams decoded, each in one way to cut it
  std::uint64_t payloads = 0;   // encoded and decoded, or refused
  std::uint64_t refused = 0;    // of these

  bool ok() const { return broken.empty(); }
};

// Stable, Progress, Honest, Bounded and Resume for one stream, then that all ways to cut it and to
// drive a FrameDecoder say what a FrameCursor over the whole says, in every OnError mode. Adds to
// `report`; returns false when something was broken.
template <FrameScanner F>
bool CheckStream(const F& framer, ByteView stream, const LawOptions& options, LawReport& report) {
  ++report.streams;
  ScanLaws<F> scan_laws(framer, stream);
  report.broken = scan_laws.Check();
  report.windows += scan_laws.windows();

  std::mt19937_64 random(options.seed + report.streams);
  std::vector<std::vector<StreamEvent>> seen;
  for (const OnError mode : {OnError::kFail, OnError::kSkip, OnError::kResync}) {
    if (!report.ok()) break;
    std::vector<StreamEvent> expected = EventsOf(framer, stream, mode);
    if (std::find(seen.begin(), seen.end(), expected) != seen.end()) continue;  // the mode is idle
    ChunkLaws<F> laws(framer, stream, mode, expected);
    const std::size_t ways = options.every_way ? Way::kCount : 1;
    for (std::size_t i = 0; i < ways && laws.broken().empty(); ++i) {
      std::size_t turn = i + static_cast<std::size_t>(report.streams);
      const auto way = [&turn] { return Way::Number(turn++ % Way::kCount); };
      if (stream.size() <= options.all_cuts_up_to) {
        const std::uint64_t masks = stream.empty() ? 1 : std::uint64_t{1} << (stream.size() - 1);
        for (std::uint64_t cuts = 0; cuts < masks && laws.Holds(cuts, way()); ++cuts) {
        }
      } else if (stream.size() <= options.pair_cuts_up_to) {
        bool holds = laws.HoldsInPiecesOf(1, way());
        for (std::size_t a = 0; holds && a < stream.size(); ++a) {
          for (std::size_t b = a; holds && b < stream.size(); ++b) {
            holds = laws.Holds((std::uint64_t{1} << a | std::uint64_t{1} << b) >> 1, way());
          }
        }
      } else {
        bool holds = laws.HoldsInPiecesOf(stream.size(), way());
        for (const std::size_t size : {1u, 2u, 3u, 7u}) {
          holds = holds && laws.HoldsInPiecesOf(size, way());
        }
        for (std::size_t n = 0; holds && n < options.random_cuts; ++n) {
          holds = laws.HoldsInRandomPieces(random, way());
        }
      }
    }
    report.chunkings += laws.runs();
    report.broken = laws.broken();
    seen.push_back(std::move(expected));
  }
  return report.ok();
}

template <FrameScanner F>
LawReport CheckScannerLaws(const F& framer, const std::vector<std::string>& streams,
                           const LawOptions& options = {}) {
  LawReport report;
  for (const std::string& stream : streams) {
    if (!CheckStream(framer, AsBytes(stream), options, report)) break;
  }
  return report;
}

// Wrap() must not care what lay in its place before, and write nothing when it refuses. Says how
// that is broken.
template <FrameWrapper W>
std::string WrapDiffers(const W& framer, ByteView payload, bool refused, std::string_view frame) {
  const Overhead overhead = framer.OverheadFor(payload.size());
  std::string header(overhead.header, '\xa5');
  std::string trailer(overhead.trailer, '\xa5');
  const bool refused_too = framer
                               .Wrap(payload, std::as_writable_bytes(std::span(header)),
                                     std::as_writable_bytes(std::span(trailer)))
                               .has_value();
  if (refused != refused_too) return "what lay in its place before mattered";
  if (refused) {
    const bool touched = (header + trailer).find_first_not_of('\xa5') != std::string::npos;
    return touched ? "refused after bytes were written" : "";
  }
  const std::string again = header + std::string(AsText(payload)) + trailer;
  return again == frame ? "" : "what lay in its place before mattered";
}

// Inverse for one payload: it is refused with nothing written, or written so that it comes back,
// alone and behind another frame of itself. For a scanner with state, a stream's first frames.
template <Framer F>
bool CheckPayload(const F& framer, ByteView payload, LawReport& report) {
  ++report.payloads;
  const auto broken = [&](const std::string& how) {
    report.broken = "Inverse is broken for the payload " + Hex(payload) + ": " + how;
    return false;
  };
  StreamBuffer stream;
  StreamState<F> sent{};
  for (std::size_t copies = 1; copies <= 2; ++copies) {
    const std::string before(AsText(stream.readable()));
    const StreamState<F> sent_before = sent;
    const bool refused = AppendFrame(framer, payload, stream, sent).has_value();
    if constexpr (FrameWrapper<F>) {
      const std::string wrong =
          WrapDiffers(framer, payload, refused, AsText(stream.readable()).substr(before.size()));
      if (!wrong.empty()) return broken(wrong);
    }
    if (refused) {  // a framing of one frame refuses the second
      report.refused += copies == 1 ? 1 : 0;
      const bool touched = AsText(stream.readable()) != before || !(sent == sent_before);
      return touched ? broken("refused after bytes were written") : true;
    }
    const std::vector<StreamEvent> events = EventsOf(framer, stream.readable());
    bool came_back = events.size() == copies + 1 && events.back().kind == DecodeResult::Kind::kEnd;
    for (std::size_t i = 0; came_back && i < copies; ++i) {
      came_back = Equal(AsBytes(events[i].payload), payload);
    }
    if (!came_back) {
      return broken("encoded as " + Hex(stream.readable()) + ", which decodes to " +
                    events.front().ToString() + ", then " + events.back().ToString());
    }
  }
  return true;
}

// All of the above: the laws for `streams` and for what `payloads` are encoded to.
template <Framer F>
LawReport CheckFramerLaws(const F& framer, const std::vector<std::string>& streams,
                          const std::vector<std::string>& payloads,
                          const LawOptions& options = {}) {
  LawReport report = CheckScannerLaws(framer, streams, options);
  StreamBuffer all;
  StreamState<F> sent{};
  for (const std::string& payload : payloads) {
    if (!report.ok() || !CheckPayload(framer, AsBytes(payload), report)) return report;
    (void)AppendFrame(framer, AsBytes(payload), all, sent);
  }
  if (report.ok()) CheckStream(framer, all.readable(), options, report);
  return report;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTING_FRAMER_LAWS_H_
