#include "unstick/core/described_framer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "src/core/described_encode.h"
#include "src/core/described_scan.h"
#include "src/core/described_spec.h"
#include "src/core/description.h"
#include "src/core/signatures.h"
#include "src/core/spec_text.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0 {

using detail::SpecText;
using State = DescribedFramer::State;

namespace {

absl::StatusOr<std::shared_ptr<const detail::Description>> Read(std::string_view spec, Side side,
                                                                const FramingOverrides& overrides) {
  absl::StatusOr<SpecText> text = detail::ReadSpecText(spec, overrides);
  if (!text.ok()) return text.status();
  return detail::ReadDescription(*text, side);
}

}  // namespace

absl::StatusOr<DescribedFramer> DescribedFramer::FromSpec(std::string_view spec, Side side,
                                                          const FramingOverrides& overrides) {
  auto both = Read(spec, side, overrides);
  if (!both.ok()) return both.status();
  return DescribedFramer(*both, *both, detail::NameOf(spec));
}

absl::StatusOr<DescribedFramer> DescribedFramer::ForEnd(std::string_view spec, Side own,
                                                        const FramingOverrides& overrides) {
  auto writes = Read(spec, own, overrides);
  auto reads = Read(spec, OtherSide(own), overrides);
  if (!writes.ok()) return writes.status();
  if (!reads.ok()) return reads.status();
  return DescribedFramer(*std::move(reads), *std::move(writes), detail::NameOf(spec));
}

DescribedFramer::DescribedFramer(std::shared_ptr<const detail::Description> reads,
                                 std::shared_ptr<const detail::Description> writes,
                                 std::string_view name)
    : reads_(std::move(reads)), writes_(std::move(writes)), name_(name) {}

ScanStep<State> DescribedFramer::Scan(ByteView window, ScanNote note, State state) const {
  return detail::ScanStream(*reads_, window, note, state);
}

ScanStep<State> DescribedFramer::ScanFinal(ByteView rest, State state) const {
  return detail::ScanStreamEnd(*reads_, rest, state);
}

SeekResult DescribedFramer::Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                                 SeekMemory& memory) const {
  return detail::SeekFrame(*reads_, window, resume, finished, state, memory);
}

bool DescribedFramer::SearchesCutOff(const NeedMore& /*more*/, State state) const {
  return detail::CanResync(*reads_) && !detail::IsCounted(*reads_, state) &&
         !detail::AwaitsPreamble(*reads_, state);
}

bool DescribedFramer::IsOwnStart(ByteView head) const { return detail::IsOwnStart(name_, head); }

std::size_t DescribedFramer::max_frame_size() const { return detail::MaxFrameSize(*reads_); }

bool DescribedFramer::assembles() const { return detail::Assembles(*reads_); }

Assembled DescribedFramer::Assemble(ByteSpan wire, const Extent& found, State before) const {
  return detail::AssemblePayload(*reads_, wire, found, before);
}

bool DescribedFramer::AwaitsPreamble(State state) const {
  return detail::AwaitsPreamble(*reads_, state);
}

std::optional<FrameError> DescribedFramer::EncodeTo(ByteView payload, StreamBuffer& out,
                                                    State& sent) const {
  return detail::EncodeFrame(*writes_, payload, out, sent);
}

std::optional<FrameError> DescribedFramer::EncodeTo(ByteView payload, const FrameEnds& ends,
                                                    StreamBuffer& out, State& sent) const {
  return detail::EncodeFrame(*writes_, payload, ends, out, sent);
}

std::optional<FrameError> DescribedFramer::PreambleTo(ByteView preamble, StreamBuffer& out,
                                                      State& sent) const {
  return detail::EncodePreamble(*writes_, preamble, out, sent);
}

std::optional<FrameError> DescribedFramer::FillerTo(ByteView filler, StreamBuffer& out,
                                                    State& sent) const {
  return detail::EncodeFiller(*writes_, filler, out, sent);
}

bool DescribedFramer::can_resync() const { return detail::CanResync(*reads_); }

const std::string& DescribedFramer::spec() const { return reads_->spec; }

}  // namespace unstick::inline v0
