// A framing chosen at run time, from a text.

#ifndef UNSTICK_CORE_ANY_FRAMER_H_
#define UNSTICK_CORE_ANY_FRAMER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0 {

// One of the built-in framers, made from a spec such as "length:width=2,endian=little",
// "delim:end='||',max=64KiB", or the name of a preset, "kafka,max=1MiB" (docs/framer-spec.md has
// the grammar). Visit() hands out the framer itself, so that a choice made once per connection
// costs nothing per frame:
//
//     any->Visit([&](const auto& framer) { Serve(FrameDecoder(framer)); });
//
// It is a Framer too, for where that is easier, and chooses once per chunk or batch then.
// Thread-safe: immutable after construction.
class UNSTICK_EXPORT AnyFramer {
 public:
  using Variant = std::variant<LengthFieldFramer, VarintFramer, DelimiterFramer, FixedFramer,
                               HeaderFramer, DescribedFramer>;
  using State = DescribedFramer::State;  // plain framers leave it as it is

  // Refuses a wrong spec (kInvalidArgument), naming the offending part, its position and what was
  // allowed there. `side` says whose bytes they are, for framings whose two directions differ.
  static absl::StatusOr<AnyFramer> FromSpec(std::string_view spec, Side side = Side::kEither,
                                            const FramingOverrides& overrides = {});
  // The same for one end of a connection: encodes what `own` writes, decodes what comes back.
  static absl::StatusOr<AnyFramer> ForEnd(std::string_view spec, Side own,
                                          const FramingOverrides& overrides = {});

  template <typename F>
    requires std::constructible_from<Variant, F>
  AnyFramer(F framer) : framer_(std::move(framer)) {}  // NOLINT: a framer is an AnyFramer

  // The spec in canonical form: presets spelled out, defaults left out, keys in the documented
  // order. FromSpec(f.spec())->spec() == f.spec(). Empty for a HeaderFramer with a layout of its
  // own, which has no text form, and for a framer that is not usable().
  std::string spec() const;

  template <typename Visitor>
  decltype(auto) Visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), framer_);
  }

  // True if OnError::kResync can find a boundary again after any error.
  bool can_resync() const;

  ScanStep<State> Scan(ByteView window, ScanNote note, State state) const {
    return Visit([&](const auto& framer) -> ScanStep<State> {
      if constexpr (StatefulScanner<std::decay_t<decltype(framer)>>) {
        return framer.Scan(window, note, state);
      } else {
        return {framer.Scan(window, note.note), state};
      }
    });
  }
  ScanStep<State> ScanFinal(ByteView rest, State state) const;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                  SeekMemory& memory) const;
  bool SearchesCutOff(const NeedMore& more, State state) const;
  // Do streams of this preset's protocol start like that? An error then gives no hint at another
  // one (FrameError::own_start). A plain framer that Visit() hands out does not know its name.
  bool IsOwnStart(ByteView head) const;
  std::size_t max_frame_size() const {
    return Visit([](const auto& framer) { return framer.max_frame_size(); });
  }

  // As DescribedFramer's; plain framers never assemble and have no preamble.
  bool assembles() const {
    const auto* described = std::get_if<DescribedFramer>(&framer_);
    return described != nullptr && described->assembles();
  }
  Assembled Assemble(ByteSpan wire, const Extent& found, State before) const {
    const auto* described = std::get_if<DescribedFramer>(&framer_);
    return described != nullptr ? described->Assemble(wire, found, before) : Assembled{found, 0};
  }
  bool AwaitsPreamble(State state) const {
    const auto* described = std::get_if<DescribedFramer>(&framer_);
    return described != nullptr && described->AwaitsPreamble(state);
  }

  // Appends the next frame of the stream that `sent` stands for, or refuses and leaves `out` and
  // `sent` as they were.
  std::optional<FrameError> EncodeTo(ByteView payload, StreamBuffer& out, State& sent) const;
  // As DescribedFramer's: with the bytes around the payload; the bytes before the first frame, and
  // those between two frames.
  std::optional<FrameError> EncodeTo(ByteView payload, const FrameEnds& ends, StreamBuffer& out,
                                     State& sent) const;
  std::optional<FrameError> PreambleTo(ByteView preamble, StreamBuffer& out, State& sent) const;
  std::optional<FrameError> FillerTo(ByteView filler, StreamBuffer& out, State& sent) const;

 private:
  AnyFramer Named(std::string_view preset) && {
    name_ = preset;
    return std::move(*this);
  }

  Variant framer_;
  std::string_view name_ = {};  // of a preset
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_ANY_FRAMER_H_
