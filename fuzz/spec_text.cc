// A spec is refused with a message that quotes it, or makes a framer that prints itself in
// canonical form; what is printed makes the same framer again. Any framer that a spec can make
// keeps the laws.
//
// Input: the spec, up to a zero byte, then a stream for the framers to agree on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/scan_laws.h"
#include "unstick/testing/stream_events.h"

namespace {

// One byte of a quoted string. What has no escape of its own is written as \xHH or as it stands.
std::string Quoted(unsigned char byte, bool escape) {
  constexpr char kHex[] = "0123456789abcDEF";
  const std::string hex = {'\\', 'x', kHex[byte / 16], kHex[byte % 16]};
  switch (byte) {
    case '\r':
      return escape ? "\\r" : hex;
    case '\n':
      return escape ? "\\n" : hex;
    case '\t':
      return escape ? "\\t" : "\t";
    case '\0':
      return escape ? "\\0" : hex;
    case '\\':
    case '\'':
      return escape ? std::string{'\\', static_cast<char>(byte)} : hex;
    default:
      return escape ? hex : std::string(1, static_cast<char>(byte));
  }
}

void CheckQuotes(const std::string& mark, unstick::fuzz::FuzzInput& styles) {
  if (mark.empty()) return;
  std::string quoted, hex;
  for (const char c : mark) {
    const auto byte = static_cast<unsigned char>(c);
    quoted += Quoted(byte, styles.Flag());
    constexpr char kHex[] = "0123456789abcdef";
    hex += {kHex[byte / 16], kHex[byte % 16]};
  }
  const std::string text = "delim:end='" + quoted + "',start=00";
  const auto framer = unstick::AnyFramer::FromSpec(text);
  if (!framer.ok()) unstick::fuzz::Fail(framer.status().ToString());
  if (framer->spec() != "delim:end=" + hex + ",start=00") {
    unstick::fuzz::Fail("'" + text + "' is taken for " + framer->spec());
  }
}

// What becomes of a payload that most framings carry, as a stream's first message and its second.
std::string Encoded(const unstick::AnyFramer& framer) {
  unstick::StreamBuffer out;
  unstick::AnyFramer::State sent;
  const bool first = !AppendFrame(framer, unstick::AsBytes("abc"), out, sent);
  const bool second = !AppendFrame(framer, unstick::AsBytes("abc"), out, sent);
  return std::string(unstick::AsText(out.readable())) + (first ? "1" : "") + (second ? "2" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = bytes.substr(0, bytes.find('\0'));
  const std::size_t behind = std::min(size, text.size() + 1);
  fuzz::FuzzInput input(data + behind, size - behind);
  std::string mark, styles;
  for (std::size_t n = input.Below(9); mark.size() < n;) mark += static_cast<char>(input.Byte());
  while (styles.size() < 8) styles += static_cast<char>(input.Byte());
  fuzz::FuzzInput style_input(reinterpret_cast<const std::uint8_t*>(styles.data()), styles.size());
  CheckQuotes(mark, style_input);
  const std::string stream = input.Rest(100);

  const auto framer = [&text] {
    const fuzz::Bounded bounded(20'000 * (text.size() + 10), 2'000 * text.size() + (64 << 10));
    return AnyFramer::FromSpec(text);
  }();
  if (!framer.ok()) {
    if (framer.status().code() != absl::StatusCode::kInvalidArgument ||
        framer.status().message().empty()) {
      fuzz::Fail("refused without a reason: " + text);
    }
    return 0;
  }
  const std::string canonical = framer->spec();
  const auto again = AnyFramer::FromSpec(canonical);
  if (!again.ok()) {
    fuzz::Fail("'" + text + "' prints as '" + canonical +
               "', which is refused: " + again.status().ToString());
  }
  if (again->spec() != canonical) {
    fuzz::Fail("'" + canonical + "' prints itself as '" + again->spec() + "'");
  }
  if (again->max_frame_size() != framer->max_frame_size() || Encoded(*again) != Encoded(*framer)) {
    fuzz::Fail("'" + text + "' and its canonical form '" + canonical + "' differ");
  }
  const auto events = testing::EventsOf(*framer, AsBytes(stream), OnError::kSkip);
  if (events != testing::EventsOf(*again, AsBytes(stream), OnError::kSkip)) {
    fuzz::Fail("'" + text + "' and its canonical form '" + canonical + "' decode differently");
  }
  testing::ScanLaws scan_laws(*framer, AsBytes(stream));
  if (std::string broken = scan_laws.Check(); !broken.empty()) fuzz::Fail(text + ": " + broken);
  testing::ChunkLaws chunk_laws(*framer, AsBytes(stream), OnError::kSkip, events);
  if (!chunk_laws.HoldsInPiecesOf(1, {})) fuzz::Fail(text + ": " + chunk_laws.broken());
  fuzz::RequireBounded(*framer, stream, OnError::kSkip);
  return 0;
}
