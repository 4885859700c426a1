#include "unstick/core/any_framer.h"

#include <optional>
#include <type_traits>
#include <utility>

#include "src/core/described_spec.h"
#include "src/core/encode_with_ends.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/plain_spec.h"
#include "src/core/signatures.h"
#include "src/core/spec_text.h"
#include "unstick/core/append_frame.h"

namespace unstick::inline v0 {
namespace {

using detail::SpecText;

template <typename F, typename... Before>
std::optional<AnyFramer> Made(const absl::StatusOr<typename F::Options>& options,
                              const Before&... before) {
  if (!options.ok()) return std::nullopt;
  absl::StatusOr<F> framer = F::Create(before..., *options);
  if (!framer.ok()) return std::nullopt;
  return AnyFramer(*std::move(framer));
}

// The plain framer of `spec`, if one can be all of that.
std::optional<AnyFramer> Plain(std::string_view text, const FramingOverrides& overrides) {
  const absl::StatusOr<SpecText> spec = detail::ReadSpecText(text, overrides);
  if (!spec.ok() || !spec->clauses().empty()) return std::nullopt;
  const std::string_view kind = spec->kind();
  if (kind == "length") return Made<LengthFieldFramer>(detail::ReadPlainLengthOptions(*spec));
  if (kind == "varint") return Made<VarintFramer>(detail::ReadPlainVarintOptions(*spec));
  if (kind == "delim") return Made<DelimiterFramer>(detail::ReadDelimiterOptions(*spec));
  if (kind == "line") return Made<DelimiterFramer>(detail::ReadPlainLineOptions(*spec));
  if (kind == "unstick") {
    return Made<HeaderFramer>(detail::ReadNativeOptions(*spec), HeaderLayout::Native());
  }
  if (kind == "fixed") {
    return Made<FixedFramer>(detail::ReadFixedOptions(*spec, {.max = kMaxContiguousPayload}));
  }
  return std::nullopt;
}

}  // namespace

// What no plain framer can be, a described one may; if not, its refusal knows all keys and values.
absl::StatusOr<AnyFramer> AnyFramer::FromSpec(std::string_view spec, Side side,
                                              const FramingOverrides& overrides) {
  if (std::optional<AnyFramer> plain = Plain(spec, overrides)) {
    return (*std::move(plain)).Named(detail::NameOf(spec));
  }
  return DescribedFramer::FromSpec(spec, side, overrides);
}

absl::StatusOr<AnyFramer> AnyFramer::ForEnd(std::string_view spec, Side own,
                                            const FramingOverrides& overrides) {
  if (std::optional<AnyFramer> plain = Plain(spec, overrides)) {
    return (*std::move(plain)).Named(detail::NameOf(spec));
  }
  return DescribedFramer::ForEnd(spec, own, overrides);
}

std::string AnyFramer::spec() const {
  return Visit([](const auto& framer) -> std::string {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (std::is_same_v<Chosen, DescribedFramer>) {
      return framer.spec();
    } else {
      if constexpr (std::is_same_v<Chosen, HeaderFramer>) {
        if (framer.layout() != HeaderLayout::Native()) return {};
      } else if constexpr (!std::is_same_v<Chosen, FixedFramer>) {
        if (!framer.usable()) return {};
      }
      return detail::Print(framer.options());
    }
  });
}

bool AnyFramer::can_resync() const {
  if (const auto* described = std::get_if<DescribedFramer>(&framer_)) {
    return described->can_resync();
  }
  const auto* header = std::get_if<HeaderFramer>(&framer_);
  return header != nullptr && header->layout().provable();
}

ScanStep<AnyFramer::State> AnyFramer::ScanFinal(ByteView rest, State state) const {
  return Visit([&](const auto& framer) -> ScanStep<State> {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (HasStatefulScanFinal<Chosen>) {
      return framer.ScanFinal(rest, state);
    } else if constexpr (HasScanFinal<Chosen>) {
      return {framer.ScanFinal(rest), state};
    } else {
      return {NeedMore{.min_window = rest.size() + 1}, state};
    }
  });
}

bool AnyFramer::IsOwnStart(ByteView head) const {
  return Visit([&](const auto& framer) {
    if constexpr (HasOwnStart<std::decay_t<decltype(framer)>>) {
      return framer.IsOwnStart(head);
    } else {
      return detail::IsOwnStart(name_, head);
    }
  });
}

SeekResult AnyFramer::Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                           SeekMemory& memory) const {
  return Visit([&](const auto& framer) -> SeekResult {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (std::is_same_v<Chosen, DescribedFramer>) {
      return framer.Seek(window, resume, finished, state, memory);
    } else if constexpr (HasProvingSeek<Chosen>) {
      return framer.Seek(window, resume, finished, {}, memory);
    } else if constexpr (HasSeek<Chosen>) {
      return framer.Seek(window, resume, finished);
    } else {
      return {.drop = window.size()};
    }
  });
}

bool AnyFramer::SearchesCutOff(const NeedMore& more, State state) const {
  return Visit([&](const auto& framer) {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (std::is_same_v<Chosen, DescribedFramer>) {
      return framer.SearchesCutOff(more, state);
    } else if constexpr (HasProvingSeek<Chosen>) {
      return framer.SearchesCutOff(more, {});
    } else {
      return false;
    }
  });
}

std::optional<FrameError> AnyFramer::EncodeTo(ByteView payload, StreamBuffer& out,
                                              State& sent) const {
  if (sent.needs == DescribedFramer::Needs::kEnd) {
    return detail::Refused(payload.size(), Obstacle::kNoEnd);
  }
  return AppendFrame(*this, payload, out, sent);
}

std::optional<FrameError> AnyFramer::EncodeTo(ByteView payload, const FrameEnds& ends,
                                              StreamBuffer& out, State& sent) const {
  return Visit([&](const auto& framer) {
    if constexpr (std::is_same_v<std::decay_t<decltype(framer)>, DescribedFramer>) {
      return framer.EncodeTo(payload, ends, out, sent);
    } else {
      return detail::AppendWithEnds(framer, payload, ends, out, sent);
    }
  });
}

std::optional<FrameError> AnyFramer::PreambleTo(ByteView preamble, StreamBuffer& out,
                                                State& sent) const {
  if (const auto* described = std::get_if<DescribedFramer>(&framer_)) {
    return described->PreambleTo(preamble, out, sent);
  }
  return detail::Refused(preamble.size(), Obstacle::kNoPreamble);
}

std::optional<FrameError> AnyFramer::FillerTo(ByteView filler, StreamBuffer& out,
                                              State& sent) const {
  return Visit([&](const auto& framer) {
    if constexpr (std::is_same_v<std::decay_t<decltype(framer)>, DescribedFramer>) {
      return framer.FillerTo(filler, out, sent);
    } else {
      return detail::AppendFiller(framer, filler, out, sent);
    }
  });
}

}  // namespace unstick::inline v0
