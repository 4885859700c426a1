#include "unstick/proto/metadata.h"

#include <cstddef>
#include <optional>
#include <span>

#include "unstick/core/append_frame.h"

namespace unstick::inline v0::proto {
namespace {

bool HasMetadata(const HeaderFramer& framer) { return framer.layout().sections() >= 2; }

}  // namespace

MetadataSection::MetadataSection(std::string bytes) : bytes_(std::move(bytes)) {
  values_.sections[0] = AsBytes(bytes_);
}

absl::StatusOr<MetadataSection> MetadataSection::Of(const v1::FrameMetadata& metadata) {
  const absl::StatusOr<std::size_t> size = MeasureMessage(metadata);
  if (!size.ok()) return size.status();
  std::string bytes(*size, '\0');
  WriteMessage(metadata, std::as_writable_bytes(std::span(bytes)));
  return MetadataSection(std::move(bytes));
}

absl::Status AppendMessage(const HeaderFramer& framer, const v1::FrameMetadata& metadata,
                           const MessageLite& message, StreamBuffer& out) {
  if (!HasMetadata(framer)) {
    return absl::InvalidArgumentError("the header's layout has no section for metadata");
  }
  const absl::StatusOr<MetadataSection> section = MetadataSection::Of(metadata);
  if (!section.ok()) return section.status();
  return AppendMessage(framer.With(section->values()), message, out);
}

absl::Status ReadMetadata(const HeaderFramer& framer, const FrameView& frame,
                          v1::FrameMetadata& metadata) {
  if (!HasMetadata(framer)) {
    metadata.Clear();
    return absl::OkStatus();
  }
  return ParseMessage(framer.HeaderOf(frame).sections[0], metadata);
}

}  // namespace unstick::inline v0::proto
