// A preset or a spec chosen by the fuzzer, and streams for it of which an input need not hold all
// bytes.

#ifndef UNSTICK_FUZZ_SPEC_INPUT_H_
#define UNSTICK_FUZZ_SPEC_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/presets.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::fuzz {

inline std::size_t TakeSize(FuzzInput& input) {  // two bytes
  const std::size_t high = input.Byte();
  return high << 8 | input.Byte();
}

// What no preset has, behind all presets.
inline const std::vector<std::string>& SpecBases() {
  static const std::vector<std::string> bases = [] {
    std::vector<std::string> all;
    for (const Preset& preset : Presets()) all.emplace_back(preset.name);
    for (const char* spec : {"",
                             "length:width=2",
                             "varint",
                             "delim:end='||'",
                             "line",
                             "fixed:size=3",
                             "unstick",
                             "headers",
                             "ascii:until=':'",
                             "chunks:width=2",
                             "table",
                             "list",
                             "walk:json",
                             "walk:cbor",
                             "walk:resp",
                             "walk:bencode",
                             "walk:msgpack",
                             "walk:ber",
                             "length:width=1;join=full=255",
                             "length:width=1;join=last=0.7",
                             "delim:end=7e;unescape=hdlc;check=fcs16",
                             "delim:end=00,skip-empty;unescape=cobs",
                             "line;preamble:through-line=ff",
                             "line;preamble:until=0000",
                             "line;once",
                             "length:offset=9,width=4,header=13,counts=payload,"
                             "trailer=2,max=64KiB;magic=aa55;check=crc16-ccitt",
                             "switch:61>(delim:end=0a),0>(walk:cbor),else>(line)",
                             "switch:61>(switch:at=1,20>(line),else>(headers)),else>(walk:resp)"}) {
      all.emplace_back(spec);
    }
    return all;
  }();
  return bases;
}
// Two bytes choose one, whichever goes with them best: a new preset takes few of the choices away
// from the others, so that kept inputs stay what they are called.
inline const std::string& TakeSpecBase(FuzzInput& input) {
  static const std::vector<std::uint64_t> hashes = [] {
    std::vector<std::uint64_t> all;
    for (const std::string& base : SpecBases()) {
      std::uint64_t hash = 0xcbf29ce484222325;
      for (const char c : base) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
      all.push_back(hash);
    }
    return all;
  }();
  const std::uint64_t salt = (TakeSize(input) + 1) * 0x9e3779b97f4a7c15;
  const auto lot = [salt](std::uint64_t hash) {
    hash = (hash ^ salt) * 0xff51afd7ed558ccd;
    return hash ^ hash >> 33;
  };
  const auto best =
      std::max_element(hashes.begin(), hashes.end(),
                       [&lot](std::uint64_t a, std::uint64_t b) { return lot(a) < lot(b); });
  return SpecBases()[static_cast<std::size_t>(best - hashes.begin())];
}

inline Side TakeSide(FuzzInput& input) { return input.Flag() ? Side::kServer : Side::kClient; }
inline Side OtherSide(Side side) { return side == Side::kClient ? Side::kServer : Side::kClient; }

// Stretches, each a byte that says how and then: bytes as they are; bytes and how often they are
// repeated; a frame, of a payload as it is or of one byte repeated.
inline std::string TakeStretches(FuzzInput& input, const AnyFramer& framer, std::size_t most) {
  StreamBuffer stream;
  AnyFramer::State sent;
  while (!input.empty() && stream.size() < most) {
    const std::size_t how = input.Byte() % 4;
    std::string text = input.Text();
    if (how % 2 == 1) {
      const std::size_t times = TakeSize(input);
      const std::string unit = text.substr(0, how == 1 ? text.size() : 1);
      text.clear();
      for (std::size_t n = 0; n < times && text.size() < most - stream.size(); ++n) text += unit;
    }
    if (how < 2) {
      stream.Append(AsBytes(text));
    } else {
      (void)AppendFrame(framer, AsBytes(text), stream, sent);
    }
  }
  return std::string(AsText(stream.readable())).substr(0, most);
}

// As TakeCuts(), in pieces that grow with the stream, so that there are not too many.
inline std::vector<std::size_t> Stretched(std::vector<std::size_t> cuts, std::size_t size) {
  const std::size_t factor = 1 + size / 4096;
  for (std::size_t& cut : cuts) cut *= factor;
  while (!cuts.empty() && cuts.back() >= size) cuts.pop_back();
  return cuts;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_SPEC_INPUT_H_
