// The structured header: metadata beside the payload, checksums, and a way back after damage.

#include <iomanip>
#include <iostream>
#include <string>

#include "unstick/unstick.h"

using unstick::AppendFrame;
using unstick::AsBytes;
using unstick::AsText;
using unstick::ByteView;
using unstick::DecodeResult;
using unstick::FrameDecoder;
using unstick::HeaderFramer;
using unstick::HeaderValues;
using unstick::OnError;
using unstick::StreamBuffer;

namespace {

void PrintHex(ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool last_in_row = i % 16 == 15 || i + 1 == bytes.size();
    std::cout << std::hex << std::setw(2) << std::setfill('0') << std::to_integer<int>(bytes[i])
              << (last_in_row ? '\n' : ' ');
  }
  std::cout << std::dec;
}

}  // namespace

int main() {
  const HeaderFramer framer;  // the native header; CRC-32C over header and payload
  StreamBuffer wire;

  HeaderValues values;
  values.sections[0] = AsBytes("id=7");  // any bytes; unstick::proto puts a message here
  if (AppendFrame(framer.With(values), AsBytes("hello"), wire)) return 1;
  PrintHex(wire.readable());

  // Damage the next frame in its header. A decoder that resynchronises finds the one behind it.
  const std::size_t damaged = wire.size() + 9;
  if (AppendFrame(framer, AsBytes("lost"), wire)) return 1;
  if (AppendFrame(framer, AsBytes("found"), wire)) return 1;
  wire.writable()[damaged] ^= std::byte{1};

  FrameDecoder decoder(framer, OnError::kResync);
  if (decoder.Feed(wire.readable()) != wire.size()) return 1;
  decoder.Finish();
  for (;;) {
    DecodeResult next = decoder.Next();
    if (next) {
      const HeaderValues header = decoder.framer().HeaderOf(*next);
      std::cout << next->text() << " (metadata '" << AsText(header.sections[0]) << "')\n";
    } else if (next.kind() == DecodeResult::Kind::kGap) {
      std::cout << next.gap().skipped << " bytes dropped: " << CodeName(next.gap().why.code)
                << '\n';
    } else {
      return next.kind() == DecodeResult::Kind::kEnd ? 0 : 1;
    }
  }
}

// Output:
//   b7 55 53 4b 01 01 00 04 00 00 00 05 05 7b 68 91
//   69 64 3d 37 68 65 6c 6c 6f 9a 71 bb 4c
//   hello (metadata 'id=7')
//   24 bytes dropped: bad_checksum
//   found (metadata '')
