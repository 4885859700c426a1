// FrameMetadata in the native header: what a frame says beside its payload.

#ifndef UNSTICK_PROTO_METADATA_H_
#define UNSTICK_PROTO_METADATA_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/proto/message.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::inline v0::proto {

// Metadata in the shape that a header wants it: the section in front of the payload.
//
//     absl::StatusOr<MetadataSection> section = MetadataSection::Of(metadata);
//     AppendFrame(framer.With(section->values()), payload, out);
//
// For payloads that are no messages; AppendMessage() below is for those that are. Works with any
// layout that has a section before the payload, the native header first of all.
class UNSTICK_EXPORT MetadataSection {
 public:
  // kInvalidArgument as MeasureMessage(). A section over the header's limit (65,535 bytes in the
  // native one) is refused by the framer.
  static absl::StatusOr<MetadataSection> Of(const v1::FrameMetadata& metadata);

  MetadataSection(MetadataSection&& other) noexcept : MetadataSection(std::move(other.bytes_)) {}
  MetadataSection& operator=(MetadataSection&&) = delete;

  const HeaderValues& values() const UNSTICK_LIFETIME_BOUND { return values_; }

 private:
  explicit MetadataSection(std::string bytes);

  std::string bytes_;
  HeaderValues values_;
};

// Appends one frame with `message` as its payload and `metadata` in its header. kInvalidArgument,
// `out` as it was, if either is refused or the layout has no section for metadata.
[[nodiscard]] UNSTICK_EXPORT absl::Status AppendMessage(const HeaderFramer& framer,
                                                        const v1::FrameMetadata& metadata,
                                                        const MessageLite& message,
                                                        StreamBuffer& out);

// What the header of `frame`, which `framer`'s decoder gave, says; empty metadata if it says
// nothing. kDataLoss when the section does not parse; the payload may be fine all the same.
[[nodiscard]] UNSTICK_EXPORT absl::Status ReadMetadata(const HeaderFramer& framer,
                                                       const FrameView& frame,
                                                       v1::FrameMetadata& metadata);

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_METADATA_H_
