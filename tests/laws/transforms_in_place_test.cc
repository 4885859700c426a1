// Payloads that do not lie on the wire as they are (escaped, masked, in chunks, in fragments) are
// put together inside the decoder's buffer: not an allocation for a frame, at any size.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/heap_use.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::testing {
namespace {

// All bytes, in an order that is not theirs.
std::string AllBytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + i / 256);
  return bytes;
}

const std::vector<std::string>& Payloads() {
  static const std::vector<std::string> payloads = {"",
                                                    "a",
                                                    std::string(1, '\0'),
                                                    "\xc0\xdb\xdc\xdd",
                                                    "\x7e\x7d\x5e\x5d",
                                                    "\x10\x10\x10",
                                                    ".",
                                                    "..",
                                                    ".a\n.b\r\n.",
                                                    std::string(253, 'x'),
                                                    std::string(254, 'x'),
                                                    std::string(255, 'x'),
                                                    std::string(508, 'y'),
                                                    std::string(300, '\0'),
                                                    std::string(300, '\xdb'),
                                                    std::string(300, '\x7d'),
                                                    std::string(300, '.'),
                                                    AllBytes(256),
                                                    AllBytes(70000)};
  return payloads;
}

// Decodes a stream that is already in the decoder and compares without copying; counts what comes
// from the heap meanwhile.
void DecodeInPlace(const DescribedFramer& framer, const std::string& stream,
                   const std::vector<std::string>& due) {
  for (const std::size_t piece : {stream.size(), std::size_t{1}}) {
    if (stream.size() / piece > 5000) continue;
    FrameDecoder decoder(framer);
    std::size_t next = 0, different = 0, allocations = 0;
    const auto compare = [&](const FrameView& frame) {
      different += next < due.size() && frame.text() == due[next] ? 0 : 1;
      ++next;
    };
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_EQ(decoder.Feed(AsBytes(stream).subspan(at, std::min(piece, stream.size() - at))),
                std::min(piece, stream.size() - at));
      const HeapUse heap;
      (void)decoder.Drain(compare);
      allocations += heap.allocations();
    }
    decoder.Finish();
    const HeapUse heap;
    EXPECT_EQ(decoder.Drain(compare).kind(), DecodeResult::Kind::kEnd);
    EXPECT_EQ(allocations + heap.allocations(), 0);
    EXPECT_EQ(next, due.size());
    EXPECT_EQ(different, 0);
  }
}

TEST(TransformsInPlace, EscapesAtTheirEdges) {
  for (const char* const preset :
       {"slip", "cobs", "hdlc", "smtp-data", "dle-stx", "bolt", "http-chunk", "http1", "tds"}) {
    SCOPED_TRACE(preset);
    const auto framer = DescribedFramer::FromSpec(preset);
    ASSERT_TRUE(framer.ok());
    StreamBuffer out;
    std::vector<std::string> carried;
    DescribedFramer::State sent{.preamble_done = true};
    for (const std::string& payload : Payloads()) {
      if (!framer->EncodeTo(AsBytes(payload), out, sent)) carried.push_back(payload);
    }
    // SLIP passes over empty frames, a line of one dot ends a dot block, TDS has 16-bit lengths.
    EXPECT_GE(carried.size() + 2, Payloads().size());
    const std::string stream(AsText(out.readable()));
    std::string preamble;
    while (framer->AwaitsPreamble({}) && preamble.size() < 4) preamble += 'p';
    DecodeInPlace(*framer, preamble + stream, carried);
  }
}

// RFC 6455 section 5.3, by hand: a key of its own for each frame, in all forms of the length.
TEST(TransformsInPlace, WebsocketMasks) {
  const auto framer = DescribedFramer::FromSpec("websocket", Side::kClient);
  ASSERT_TRUE(framer.ok());
  std::string stream = "GET / HTTP/1.1\r\n\r\n";
  std::vector<std::string> due;
  for (const std::size_t size : {0U, 1U, 3U, 4U, 5U, 125U, 126U, 127U, 65535U, 65536U}) {
    const std::string key = {static_cast<char>(size), '\x01', '\x80', '\xff'};
    due.push_back(AllBytes(size));
    stream += '\x82';
    stream += static_cast<char>(0x80 | (size < 126 ? size : size < 65536 ? 126 : 127));
    const std::size_t width = size < 126 ? 0 : size < 65536 ? 2 : 8;
    for (std::size_t i = width; i > 0; --i) stream += static_cast<char>(size >> (8 * (i - 1)));
    stream += key;
    for (std::size_t i = 0; i < size; ++i) stream += static_cast<char>(due.back()[i] ^ key[i % 4]);
  }
  DecodeInPlace(*framer, stream, due);
}

// Fragments of one byte: the most pieces that a message can have.
TEST(TransformsInPlace, ManyFragments) {
  const auto framer = DescribedFramer::FromSpec("sunrm");
  ASSERT_TRUE(framer.ok());
  std::string stream, whole;
  for (std::size_t i = 0; i < 4000; ++i) {
    whole += static_cast<char>(i);
    stream +=
        std::string(i + 1 < 4000 ? "\0" : "\x80", 1) + std::string("\0\0\1", 3) + whole.back();
  }
  DecodeInPlace(*framer, stream + stream, {whole, whole});
}

}  // namespace
}  // namespace unstick::inline v0::testing
