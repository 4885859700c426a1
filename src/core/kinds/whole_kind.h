// Kinds of which more than the payload is delivered: `strip=none` and `keep`.

#ifndef UNSTICK_SRC_CORE_KINDS_WHOLE_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_WHOLE_KIND_H_

#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "src/core/kinds/frame_kind.h"
#include "src/core/kinds/plain_kind.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"

namespace unstick::inline v0::detail {

// Any kind, delivering each frame as it stands on the wire.
class WholeKind final : public FrameKind {
 public:
  explicit WholeKind(std::shared_ptr<const FrameKind> inner) : inner_(std::move(inner)) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return inner_->Scan(window, resume);
  }
  ScanResult ScanIn(std::endian order, ByteView window, std::uint64_t resume) const override {
    return inner_->ScanIn(order, window, resume);
  }
  std::endian OrderAfter(ByteView frame, std::endian before) const override {
    return inner_->OrderAfter(frame, before);
  }
  ScanResult ScanFinal(ByteView rest) const override { return inner_->ScanFinal(rest); }
  ScanResult ScanFinalIn(std::endian order, ByteView rest) const override {
    return inner_->ScanFinalIn(order, rest);
  }
  bool ends_at_mark() const override { return inner_->ends_at_mark(); }
  bool seeks() const override { return inner_->seeks(); }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override {
    return inner_->Seek(window, resume, finished);
  }
  // The payload is the frame; whether it is one, the description sees.
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    if (payload.empty()) return Refused(0, Obstacle::kBytes);
    out.Append(payload);
    return std::nullopt;
  }
  std::size_t max_frame_size() const override { return inner_->max_frame_size(); }
  Extent Delivered(ByteView /*frame*/, const Extent& payload) const override {
    return {payload.wire_size, 0, payload.wire_size};
  }
  bool delivers_payload() const override { return false; }
  bool in_pieces() const override { return inner_->in_pieces(); }
  FramePicture Picture() const override { return inner_->Picture(); }
  const FrameKind& inner() const { return *inner_; }

 private:
  std::shared_ptr<const FrameKind> inner_;
};

// Delimiters with `keep`: the end mark is delivered, and is no part of the payload.
class KeptMarkKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const KeptMarkKind>> Create(
      const DelimiterFramer::Options& options) {
    DelimiterFramer::Options without = options;
    without.keep = false;
    absl::StatusOr<DelimiterFramer> reads = DelimiterFramer::Create(without);
    absl::StatusOr<DelimiterFramer> writes = DelimiterFramer::Create(options);
    if (!reads.ok()) return reads.status();
    if (!writes.ok()) return writes.status();
    return std::make_shared<const KeptMarkKind>(*std::move(reads), *std::move(writes));
  }
  // For Create().
  KeptMarkKind(DelimiterFramer reads, DelimiterFramer writes)
      : reads_(std::move(reads)), writes_(std::move(writes)) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return reads_.Scan(window, resume);
  }
  ScanResult ScanFinal(ByteView rest) const override { return reads_.ScanFinal(rest); }
  bool ends_at_mark() const override { return true; }
  bool seeks() const override { return reads_.seeks(); }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override {
    return reads_.Seek(window, resume, finished);
  }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    return AppendFrame(writes_, payload, out);
  }
  std::size_t max_frame_size() const override { return reads_.max_frame_size(); }
  Extent Delivered(ByteView /*frame*/, const Extent& payload) const override {
    const std::size_t start = payload.payload_offset;
    const std::size_t trailer = reads_.framer().options().trailer.size();
    const std::size_t end = start + payload.payload_size;  // where a tail ends, nothing follows
    const std::size_t kept = payload.wire_size == end ? end : payload.wire_size - trailer;
    return {payload.wire_size, start, kept - start};
  }
  bool delivers_payload() const override { return false; }
  FramePicture Picture() const override { return PictureOf(writes_); }

 private:
  PlainKind<DelimiterFramer> reads_;
  DelimiterFramer writes_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WHOLE_KIND_H_
