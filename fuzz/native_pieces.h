// Streams of native frames, made by the reference's rules from what the fuzzer chose: sound frames,
// damaged ones, debris. A fuzzer cannot guess a checksum; here it need not.

#ifndef UNSTICK_FUZZ_NATIVE_PIECES_H_
#define UNSTICK_FUZZ_NATIVE_PIECES_H_

#include <cstddef>
#include <string>

#include "fuzz/fuzz_input.h"
#include "tests/support/reference_native.h"

namespace unstick::fuzz {

inline std::string BigEndianBytes(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = width - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

// `payload_size` need not be the truth.
inline std::string NativeHeader(std::size_t version, std::size_t flags, const std::string& meta,
                                std::uint64_t payload_size) {
  const std::string start = std::string("\xb7USK") + static_cast<char>(version) +
                            static_cast<char>(flags) + BigEndianBytes(meta.size(), 2) +
                            BigEndianBytes(payload_size, 4);
  return start + BigEndianBytes(reference::BitwiseCrc32c(start + meta), 4) + meta;
}

inline std::string NativeFrame(std::size_t flags, const std::string& meta,
                               const std::string& payload) {
  const std::string frame = NativeHeader(1, flags, meta, payload.size()) + payload;
  return flags == 1 ? frame + BigEndianBytes(reference::BitwiseCrc32c(payload), 4) : frame;
}

// One more piece of a stream.
inline std::string TakePiece(FuzzInput& input) {
  switch (input.Below(8)) {
    case 0:
    case 1: {
      const std::string meta = input.Text();
      return NativeFrame(1, meta, input.Text());
    }
    case 2:
      return NativeFrame(0, "", input.Text());
    case 3: {  // a bit is flipped
      std::string frame = NativeFrame(1, "meta", input.Text());
      char& byte = frame[input.Byte() % frame.size()];
      byte = static_cast<char>(byte ^ 1 << input.Below(8));
      return frame;
    }
    case 4: {  // a header that may say anything, with a checksum that is right
      const std::size_t version = input.Below(4), flags = input.Byte();
      const std::string meta = input.Text();
      return NativeHeader(version, flags, meta, input.Byte());
    }
    case 5: {  // the beginning of a frame
      const std::string frame = NativeFrame(1, "meta", input.Text());
      return frame.substr(0, input.Byte() % frame.size());
    }
    case 6:  // a header that wants much metadata
      return std::string("\xb7USK\1\0", 6) + BigEndianBytes(input.Byte() * 8, 2) + input.Text();
    default:
      return input.Text();
  }
}

inline std::string TakePieces(FuzzInput& input, std::size_t most) {
  std::string stream;
  while (!input.empty() && stream.size() < most) stream += TakePiece(input);
  return stream;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_NATIVE_PIECES_H_
