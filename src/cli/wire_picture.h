// Bytes of a stream with their boundaries, drawn as a hex dump.

#ifndef UNSTICK_SRC_CLI_WIRE_PICTURE_H_
#define UNSTICK_SRC_CLI_WIRE_PICTURE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "src/cli/output.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::cli {

// A stretch of bytes that belong together.
struct WirePart {
  enum class Kind { kHeader, kPayload, kTrailer, kOther, kBad };
  Kind kind;
  std::uint64_t size;
};

// Keeps the bytes that are not drawn yet and draws stretches of them, in order. A boundary is a
// bar, or where there is colour a change of it:
//
//     frame 0 at 0: 9 bytes: header 4, payload 5
//            0 |00 00 00 05|68 65 6c 6c 6f|                    ....hello
class WirePicture {
 public:
  // `whole`: nothing is left out of long stretches.
  WirePicture(Output& out, bool colour, bool whole) : out_(out), colour_(colour), whole_(whole) {}

  // The next bytes of the stream. Of those that are not drawn, the last ones are kept, at least as
  // many as `most` says; what is lost counts as left out.
  void Add(ByteView bytes, std::size_t most);
  std::uint64_t drawn_to() const { return drawn_to_; }
  std::uint64_t known_to() const { return base_ + bytes_.size(); }

  // Draws the bytes behind those that are drawn already, under a line that says `what`. False when
  // there is no use in going on.
  bool Draw(std::string_view what, std::initializer_list<WirePart> parts);

 private:
  class Row;
  bool Rows(std::initializer_list<WirePart> parts, std::uint64_t from, std::uint64_t to);
  bool LeftOut(std::uint64_t count);
  ByteView At(std::uint64_t offset) const;

  Output& out_;
  bool colour_;
  bool whole_;
  StreamBuffer bytes_;
  std::uint64_t base_ = 0;  // the stream offset of the first byte that is kept
  std::uint64_t drawn_to_ = 0;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_WIRE_PICTURE_H_
