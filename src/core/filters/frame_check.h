// The checksum of a frame: where it stands, what it covers, how it is written.
//
//     | header | payload            | trailer: ... check [end mark] |   it has its place there, or
//     | header | payload ... check  | [trailer]                     |   is the payload's last
//     bytes,
//                                                                       which are not delivered

#ifndef UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_
#define UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "src/core/filters/checksum.h"
#include "src/core/filters/unescape.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0::detail {

struct FrameCheck {
  enum class Form : std::uint8_t {
    kNone,
    kBinary,
    kHex,      // two hexadecimal digits
    kStarHex,  // '*' and two hexadecimal digits: the payload's last bytes, and delivered (NMEA)
  };
  enum class Place : std::uint8_t { kTrailer, kPayload };

  Form form = Form::kNone;
  Place place = Place::kPayload;
  std::size_t behind = 0;   // kTrailer: bytes between it and the frame's end
  bool in_payload = false;  // kPayload whatever trailer there is (RFC 1662)
  bool before_end = false;  // it stands before an end mark, as the text says it
  bool over_payload = false;
  // What it covers otherwise, counted from the frame's first byte (negative: from its end), as the
  // bytes are once they are unescaped; up to the checksum itself unless something else is said.
  std::int64_t from = 0;
  std::optional<std::int64_t> to = {};
  std::endian order = std::endian::big;
  std::shared_ptr<const Checksum> sum = {};

  explicit operator bool() const { return form != Form::kNone; }
  // How many bytes it takes.
  std::size_t size() const;
  // How many of the payload's last bytes are the checksum and no payload.
  std::size_t room() const {
    return form == Form::kNone || form == Form::kStarHex || place == Place::kTrailer ? 0 : size();
  }
};

// What a frame holds and what it should.
struct Checked {
  bool holds = false;
  FrameRule rule = FrameRule::kMismatch;
  std::uint64_t found = 0;
  std::uint64_t computed = 0;
};

// States of `sum` at places of a window, for asking about many frames in it without adding up the
// bytes again.
class PrefixSums {
 public:
  virtual ~PrefixSums() = default;
  // The checksum of the window's bytes from `from` to `to`.
  virtual std::uint64_t Of(std::size_t from, std::size_t to) const = 0;
};

// Judges a frame whose payload, as it stands on the wire, is where `extent` says; `escape` says
// what it stands for, and is right. `sums`: of a window that `frame` is the start of.
Checked JudgeCheck(const FrameCheck& check, const Escaping& escape, ByteView frame,
                   const Extent& extent, const PrefixSums* sums = nullptr);

// Writes the checksum into its place in a frame that is complete but for it, and whose payload is
// not escaped. False: there is no place.
bool WriteCheck(const FrameCheck& check, ByteSpan frame, const Extent& extent);

// The bytes of the checksum that `value` is.
void PutCheck(const FrameCheck& check, std::uint64_t value, ByteSpan place);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_
