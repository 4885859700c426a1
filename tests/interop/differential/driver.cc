// unstick_differential SPEC [SEED]: decodes each stream of a file under one random cut, and says
// what it made of it. tests/interop/differential/run.py sets that beside what foreign parsers say.
//
//   stdin:  | size u32 BE | bytes | size | bytes | ...       one record a stream
//   stdout: END:SIZE END:SIZE ... end|truncated|error CODE RULE        one line a stream

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/interop/driver/cutter.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"

namespace {

using namespace unstick;  // NOLINT: a program, not a header

constexpr std::size_t kHead = 4;

int Fail(std::string_view what) {
  std::fprintf(stderr, "unstick_differential: %.*s\n", static_cast<int>(what.size()), what.data());
  return 2;
}

void PrintFrame(const FrameView& frame) {
  std::printf("%llu:%zu ",
              static_cast<unsigned long long>(frame.stream_offset() + frame.wire_size()),
              frame.payload().size());
}

void PrintEnd(const DecodeResult& last) {
  if (last.kind() == DecodeResult::Kind::kEnd) {
    std::puts("end");
  } else if (last.error().code == FrameErrorCode::kTruncated) {
    std::puts("truncated");
  } else {
    const FrameError& error = last.error();
    std::printf("error %s %s\n", std::string(CodeName(error.code)).c_str(),
                std::string(RuleName(error.rule)).c_str());
  }
}

void Decode(const AnyFramer& framer, ByteView stream, interop::Cutter& cutter) {
  FrameDecoder<AnyFramer> decoder(framer);
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t piece = cutter.Next(stream.size() - at);
    const DecodeResult result = decoder.Push(stream.subspan(at, piece), PrintFrame);
    if (result.kind() != DecodeResult::Kind::kNeedMore) return PrintEnd(result);
    at += piece;
  }
  decoder.Finish();
  PrintEnd(decoder.Drain(PrintFrame));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return Fail("usage: unstick_differential SPEC [SEED] <STREAMS");
  const auto framer = AnyFramer::FromSpec(argv[1]);
  if (!framer.ok()) return Fail(framer.status().ToString());
  std::ios::sync_with_stdio(false);
  const std::string records{std::istreambuf_iterator<char>(std::cin), {}};
  interop::Cutter cutter(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  const ByteView all = AsBytes(records);
  for (std::size_t at = 0; at < all.size();) {
    if (all.size() - at < kHead) return Fail("the last record is cut off");
    const auto size = static_cast<std::size_t>(LoadUint(all, at, kHead, std::endian::big));
    at += kHead;
    if (all.size() - at < size) return Fail("the last record is cut off");
    Decode(*framer, all.subspan(at, size), cutter);
    at += size;
  }
  return 0;
}
