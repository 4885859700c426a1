#include "src/core/kinds/trailer.h"

#include <algorithm>
#include <string_view>

#include "src/core/spec_text.h"

namespace unstick::inline v0::detail {
const char* WhyNotTrailer(const Trailer& trailer) {
  if (trailer.size() > kMaxTrailer) return "trailer is at most 65535 bytes";
  if (trailer.constants() > kMaxTrailerConstants) return "trailer has at most 256 constant bytes";
  return nullptr;
}

std::optional<ScanResult> CheckTrailer(const Trailer& trailer, ByteView window, std::size_t at,
                                       std::size_t& judged) {
  const std::size_t end = at + trailer.size();
  std::size_t part_at = at;
  for (const Trailer::Part& part : trailer.parts()) {
    const std::string* const constant = part.constant();
    const std::size_t part_end = part_at + part.size();
    for (std::size_t i = std::max(part_at, at + judged); constant != nullptr && i < part_end; ++i) {
      if (i >= window.size()) {
        judged = i - at;
        return NeedMore{.min_window = i + 1, .frame_size = end};
      }
      const char right = (*constant)[i - part_at];
      if (AsText(window)[i] == right) continue;
      return FrameError{.code = FrameErrorCode::kBadMagic,
                        .rule = FrameRule::kTrailer,
                        .found = i,
                        .allowed = static_cast<unsigned char>(right)}
          .With(window.first(i + 1));
    }
    part_at = part_end;
  }
  judged = trailer.size();
  if (window.size() < end) return NeedMore{.min_window = end, .frame_size = end};
  return std::nullopt;
}

void WriteTrailer(const Trailer& trailer, ByteSpan to) {
  std::ranges::fill(to, std::byte{0});
  for (const Trailer::Part& part : trailer.parts()) {
    if (part.constant() != nullptr) std::ranges::copy(AsBytes(*part.constant()), to.begin());
    to = to.subspan(part.size());
  }
}

std::string TrailerBytes(const Trailer& trailer) {
  std::string bytes(trailer.size(), '\0');
  WriteTrailer(trailer, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string PrintTrailer(const Trailer& trailer) {
  std::string text;
  for (const Trailer::Part& part : trailer.parts()) {
    if (!text.empty()) text += '/';
    text +=
        part.constant() != nullptr ? PrintQuoted(*part.constant()) : std::to_string(*part.any());
  }
  return text.empty() ? "0" : text;
}

}  // namespace unstick::inline v0::detail
