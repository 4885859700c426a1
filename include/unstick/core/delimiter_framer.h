// Delimiter: a byte string, one of several, ends each frame. Lines are the everyday case.

#ifndef UNSTICK_CORE_DELIMITER_FRAMER_H_
#define UNSTICK_CORE_DELIMITER_FRAMER_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/detail/byte_masks.h"
#include "unstick/core/framer.h"
#include "unstick/core/trailer.h"

namespace unstick::inline v0 {

namespace detail {
class DelimiterMatcher;
}

// What bytes mean that no delimiter had ended when the input did.
enum class Tail : std::uint8_t {
  kError,    // kTruncated
  kDeliver,  // they are the last frame
  kDrop,     // they belong to no frame
};

//     | start | payload | end | trailer |        `start` and `trailer` are empty unless asked for
//
// Of several end marks the one that starts earliest wins, and among those that start at the same
// byte the first listed; where a longer mark is still possible, the answer waits for it. A payload
// over the limit is refused as soon as no mark can start within the limit, in one pass that looks
// at each byte at most twice, whatever the cuts (Aho and Corasick, 1975).
//
// The encoder writes the first start and the first end. It refuses a payload that would not read
// back: one that holds an end mark, or whose last bytes form one with the mark that follows ("ba"
// with delimiter "aa"). Thread-safe: immutable after construction; copies share the search tables.
class UNSTICK_EXPORT DelimiterFramer {
 public:
  struct Options {
    std::vector<std::string> ends = {"\n"};  // 1..16 marks of 1..256 bytes
    std::vector<std::string> starts = {};  // one of these must come first; all of one size, <= 256
    bool keep = false;                     // deliver the end mark with the payload
    bool skip_empty = false;               // pass over empty frames instead of delivering them
    Trailer trailer = {};                  // after the end mark, at most 65535 bytes
    Tail tail = Tail::kError;
    std::uint64_t min_payload = 0;  // bytes, marks not counted
    std::uint64_t max_payload = kDefaultMaxPayload;
    friend bool operator==(const Options&, const Options&) = default;
  };

  // LF lines, one CR before the LF dropped: what most text protocols mean by a line.
  static Options Lines() { return {.ends = {"\n", "\r\n"}}; }

  // Refuses options that could never frame anything (kInvalidArgument, naming the option).
  static absl::StatusOr<DelimiterFramer> Create(const Options& options);
  // For options known to be right. With those that Create() refuses it is not usable(), and refuses
  // every stream (kBadMagic, kWrongOptions) and every payload (kUnencodable).
  explicit DelimiterFramer(const Options& options);
  bool usable() const { return usable_; }
  DelimiterFramer() : DelimiterFramer(Lines()) {}
  DelimiterFramer(const DelimiterFramer&) = default;
  DelimiterFramer(DelimiterFramer&&) noexcept = default;
  DelimiterFramer& operator=(const DelimiterFramer&) = default;
  DelimiterFramer& operator=(DelimiterFramer&&) noexcept = default;
  ~DelimiterFramer();

  ScanResult Scan(ByteView window, std::uint64_t resume) const;
  ScanResult ScanFinal(ByteView rest) const;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const;
  std::size_t max_frame_size() const { return max_frame_size_; }

  template <typename Sink>
  std::size_t ScanRun(ByteView window, Sink&& sink) const;

  Overhead OverheadFor(std::size_t payload_size) const;
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;

  const Options& options() const { return options_; }

 private:
  DelimiterFramer(const Options& checked, bool usable);
  std::optional<ScanResult> CheckStart(ByteView window) const;
  ScanResult Frame(ByteView window, std::size_t payload_size, std::size_t end_size,
                   std::size_t judged = 0) const;
  FrameError TooLarge(ByteView window) const;
  bool Carries(ByteView payload) const;

  // How the marks can be found many at a time.
  enum class Run : std::uint8_t {
    kNot,        // several marks, a start mark, a trailer
    kByte,       // one mark of one byte
    kLine,       // LF, and a CR before it belongs to the mark
    kTwoBytes,   // its last byte is looked for, then the one before
    kManyBytes,  // first and last byte at their distance are looked for, then what is between
  };
  struct Mark {
    std::size_t start;
    std::size_t end;  // 0: none is there
  };
  static constexpr std::size_t kGiveUp = ~std::size_t{0};
  static Run RunFor(const Options& options);
  template <typename MarkAll, typename MarkAt, typename Sink>
  std::size_t RunOf(std::size_t places, const MarkAll& mark_all, const MarkAt& mark_at,
                    Sink& sink) const;

  Options options_;
  std::shared_ptr<const detail::DelimiterMatcher> matcher_;
  std::size_t start_size_ = 0;
  std::size_t max_payload_ = 0;
  std::size_t max_frame_size_ = 0;
  Run run_ = Run::kNot;
  bool usable_ = true;
};

// Bits first, frames second: the places where a mark may be are marked in a bit each for up to 4
// KiB of text, then gone through (Langdale and Lemire, "Parsing Gigabytes of JSON per Second",
// 2019). `mark_at(place, frame)` says which mark a place stands for, if it does, in a frame that
// starts there; one that starts at kGiveUp says that this way has looked at too much in vain.
template <typename MarkAll, typename MarkAt, typename Sink>
std::size_t DelimiterFramer::RunOf(std::size_t places, const MarkAll& mark_all,
                                   const MarkAt& mark_at, Sink& sink) const {
  detail::ByteMasks masks;
  const std::size_t least =
      std::max<std::size_t>(static_cast<std::size_t>(options_.min_payload), options_.skip_empty);
  const std::size_t span = max_payload_ - least;
  const std::size_t keep = options_.keep ? ~std::size_t{0} : 0;
  std::size_t frame = 0;    // where the frame in progress starts
  std::size_t piece = 256;  // little at first: the caller may want one frame only
  for (std::size_t from = 0; from < places; from += piece, piece = detail::kMarkedAtOnce) {
    piece = std::min(piece, places - from);
    mark_all(from, piece, masks);
    for (std::uint64_t words = masks.not_zero; words != 0; words &= words - 1) {
      const auto word = static_cast<std::size_t>(std::countr_zero(words));
      for (std::uint64_t bits = masks.bits[word]; bits != 0; bits &= bits - 1) {
        const std::size_t place =
            from + word * detail::kMaskBits + static_cast<std::size_t>(std::countr_zero(bits));
        const Mark mark = mark_at(place, frame);
        if (mark.end == 0) {
          if (mark.start == kGiveUp) return frame;
          continue;
        }
        const std::size_t payload = mark.start - frame;
        if (payload - least > span) return frame;
        const std::size_t start = frame;
        frame = mark.end;
        const std::size_t kept = (mark.end - mark.start) & keep;
        if (!sink(start, Extent{frame - start, 0, payload + kept})) return frame;
      }
    }
  }
  return frame;
}

template <typename Sink>
std::size_t DelimiterFramer::ScanRun(ByteView window, Sink&& sink) const {
  if (run_ == Run::kNot) return 0;
  const std::byte* const text = window.data();
  const auto wanted = static_cast<std::byte>(options_.ends.front().back());
  const auto mark_wanted = [=](std::size_t from, std::size_t size, detail::ByteMasks& masks) {
    detail::MarkBytes(window.subspan(from, size), wanted, masks);
  };
  if (run_ == Run::kByte) {
    return RunOf(
        window.size(), mark_wanted,
        [](std::size_t place, std::size_t) { return Mark{place, place + 1}; }, sink);
  }
  if (run_ == Run::kLine) {
    const auto with_cr = [text](std::size_t lf, std::size_t frame) {
      const std::size_t cr = lf > frame && text[lf - 1] == std::byte{'\r'} ? 1 : 0;
      return Mark{lf - cr, lf + 1};
    };
    return RunOf(window.size(), mark_wanted, with_cr, sink);
  }
  if (run_ == Run::kTwoBytes) {
    const auto first = static_cast<std::byte>(options_.ends.front().front());
    const auto both = [text, first](std::size_t last, std::size_t frame) {
      const bool whole = last > frame && text[last - 1] == first;
      return Mark{last - 1, whole ? last + 1 : 0};
    };
    return RunOf(window.size(), mark_wanted, both, sink);
  }
  const std::string& end = options_.ends.front();
  if (window.size() < end.size()) return 0;
  const auto mark_both = [&](std::size_t from, std::size_t size, detail::ByteMasks& masks) {
    detail::MarkPairs(window.subspan(from), size, static_cast<std::byte>(end.front()),
                      static_cast<std::byte>(end.back()), end.size() - 1, masks);
  };
  std::size_t in_vain = 0;  // bytes
  const auto whole = [&](std::size_t first, std::size_t frame) {
    if (first < frame) return Mark{first, 0};  // inside the mark before
    if (detail::SameBytes(text + first + 1, AsBytes(end).data() + 1, end.size() - 2)) {
      return Mark{first, first + end.size()};
    }
    in_vain += end.size();
    return Mark{in_vain > first + detail::kMaskBits ? kGiveUp : first, 0};
  };
  return RunOf(window.size() - end.size() + 1, mark_both, whole, sink);
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_DELIMITER_FRAMER_H_
