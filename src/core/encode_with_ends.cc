#include "src/core/encode_with_ends.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "unstick/core/frame_view.h"

namespace unstick::inline v0::detail {
namespace {

ByteSpan Writable(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}

// What the framer itself would write around this payload.
template <typename F>
std::optional<std::pair<std::string, std::string>> Own(const F& framer, ByteView payload) {
  const Overhead overhead = framer.OverheadFor(payload.size());
  std::pair<std::string, std::string> own(std::string(overhead.header, '\0'),
                                          std::string(overhead.trailer, '\0'));
  if (framer.Wrap(payload, Writable(own.first), Writable(own.second))) return std::nullopt;
  return own;
}

}  // namespace

bool Refit(const LengthFieldFramer& framer, ByteView payload, std::string& header,
           std::string& trailer) {
  const LengthFieldFramer::Options& o = framer.options();
  const auto own = Own(framer, payload);
  if (!own || own->first.size() != header.size()) return false;
  for (std::size_t at = o.offset; at < std::min(o.offset + o.width, header.size()); ++at) {
    header[at] = own->first[at];
  }
  trailer.erase(0, trailer.size() - std::min(trailer.size(), o.trailer));
  trailer.insert(0, own->second.size() - trailer.size(), '\0');  // the padding
  return true;
}

bool Refit(const VarintFramer& framer, ByteView payload, std::string& header,
           std::string& /*trailer*/) {
  const std::size_t offset = framer.options().offset;
  const auto own = Own(framer, payload);
  if (!own || header.size() < offset) return false;
  header = header.substr(0, offset) + own->first.substr(offset);
  return true;
}

bool Refit(const HeaderFramer& framer, ByteView payload, std::string& header,
           std::string& trailer) {
  // Only a header that proves its own sizes can be read.
  const ScanResult scanned = framer.Scan(AsBytes(header), 0);
  const auto* more = std::get_if<NeedMore>(&scanned);
  const bool proven =
      more != nullptr ? more->frame_size > 0 : std::holds_alternative<Extent>(scanned);
  if (!proven) return false;
  const Extent all{header.size(), header.size(), 0};
  const HeaderValues values =
      framer.HeaderOf(FrameView(reinterpret_cast<const std::byte*>(header.data()), all, 0));
  const auto own = Own(framer.With(values), payload);
  if (!own || own->first.size() != header.size()) return false;
  const auto& [made, behind] = *own;
  header = made;
  trailer = behind;
  return true;
}

}  // namespace unstick::inline v0::detail
