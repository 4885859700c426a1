// kind `switch`: the first bytes of a frame choose how it is framed (STUN, RTSP, syslog).

#ifndef UNSTICK_SRC_CORE_KINDS_SWITCH_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_SWITCH_KIND_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

struct SwitchCase {
  enum class On : std::uint8_t { kValue, kDigit, kElse } on = On::kValue;
  std::uint8_t value = 0;
  std::shared_ptr<const FrameKind> kind = {};
};

// The byte at `at`, masked, picks the first case that matches; no case: kBadMagic.
class SwitchKind final : public FrameKind {
 public:
  SwitchKind(std::size_t at, std::uint8_t mask, std::vector<SwitchCase> cases)
      : at_(at), mask_(mask), cases_(std::move(cases)) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return ScanIn(std::endian::big, window, resume);
  }
  ScanResult ScanIn(std::endian order, ByteView window, std::uint64_t resume) const override;
  std::endian OrderAfter(ByteView frame, std::endian before) const override;
  ScanResult ScanFinal(ByteView rest) const override { return ScanFinalIn(std::endian::big, rest); }
  ScanResult ScanFinalIn(std::endian order, ByteView rest) const override;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override;
  bool seeks() const override { return Seeker() != nullptr; }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    return EncodeAs(std::nullopt, payload, out);
  }
  std::optional<FrameError> EncodeIn(std::endian order, ByteView payload,
                                     StreamBuffer& out) const override {
    return EncodeAs(order, payload, out);
  }
  bool Refit(std::endian order, std::size_t payload_size, std::string& header,
             std::string& trailer) const override;
  void EncodeAround(std::endian order, ByteView payload, std::string header, std::string trailer,
                    StreamBuffer& out) const override;
  std::size_t max_frame_size() const override;
  Extent Delivered(ByteView frame, const Extent& payload) const override;
  bool delivers_payload() const override;
  bool assembles() const override;
  bool in_pieces() const override;
  Assembled Assemble(ByteSpan wire, const Extent& found) const override;
  FramePicture Picture() const override;

  // The kind that frames `window`; nullptr if its first bytes choose none, or are not there.
  const FrameKind* Chosen(ByteView window) const {
    const SwitchCase* chosen = window.size() > at_ ? CaseOf(window) : nullptr;
    return chosen == nullptr ? nullptr : chosen->kind.get();
  }

 private:
  std::optional<FrameError> EncodeAs(std::optional<std::endian> order, ByteView payload,
                                     StreamBuffer& out) const;
  const SwitchCase* CaseOf(ByteView window) const;
  const SwitchCase* Seeker() const;

  std::size_t at_;
  std::uint8_t mask_;
  std::vector<SwitchCase> cases_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_SWITCH_KIND_H_
