#include "unstick/core/delimiter_framer.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "absl/status/status.h"
#include "src/core/delimiter_matcher.h"
#include "src/core/kinds/trailer.h"

namespace unstick::inline v0 {
namespace {

using Matcher = detail::DelimiterMatcher;
using Options = DelimiterFramer::Options;

constexpr std::size_t kMaxMarks = 16;
constexpr std::size_t kMaxMarkSize = 256;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max() - 1;

absl::Status Check(const Options& o) {
  const auto wrong_size = [](const std::string& mark) {
    return mark.empty() || mark.size() > kMaxMarkSize;
  };
  if (o.ends.empty() || o.ends.size() > kMaxMarks) {
    return absl::InvalidArgumentError("end is given 1 to 16 times");
  }
  if (std::any_of(o.ends.begin(), o.ends.end(), wrong_size)) {
    return absl::InvalidArgumentError("end marks have 1 to 256 bytes");
  }
  for (auto mark = o.ends.begin(); mark != o.ends.end(); ++mark) {
    if (std::find(o.ends.begin(), mark, *mark) != mark) {
      return absl::InvalidArgumentError("end marks are all different");
    }
  }
  if (o.starts.size() > kMaxMarks) {
    return absl::InvalidArgumentError("start is given at most 16 times");
  }
  for (const std::string& mark : o.starts) {
    if (wrong_size(mark) || mark.size() != o.starts.front().size()) {
      return absl::InvalidArgumentError("start marks have 1 to 256 bytes, all the same number");
    }
  }
  if (const char* why = detail::WhyNotTrailer(o.trailer)) return absl::InvalidArgumentError(why);
  if (o.max_payload == 0) {
    return absl::InvalidArgumentError("max is at least 1: a limit always exists");
  }
  if (o.min_payload > std::min(o.max_payload, kMaxContiguousPayload)) {
    return absl::InvalidArgumentError("no payload fits: min is above max");
  }
  return absl::OkStatus();
}

// The answer of a framer whose options are wrong.
ScanResult RefuseAll(ByteView window) {
  if (window.empty()) return NeedMore{.min_window = 1};
  return FrameError{.code = FrameErrorCode::kBadMagic, .rule = FrameRule::kWrongOptions}.With(
      window.first(1));
}

// A note for the next Scan(): how far this one read, and the state it was in. The state is the low
// half-word; a mark set has at most 16 * 256 + 1 states.
std::size_t Pack(const Matcher::Progress& progress) { return progress.at << 16 | progress.state; }
Matcher::Progress Unpack(std::uint64_t resume) {
  return {resume >> 16, static_cast<std::uint32_t>(resume & 0xffff)};
}
// Behind the end mark the note is another one: the payload's size, the mark's, and how much of the
// trailer has been judged.
constexpr std::size_t kInTrailer = std::size_t{1} << 63;
std::size_t Pack(std::size_t payload_size, std::size_t end_size, std::size_t judged) {
  return kInTrailer | payload_size << 32 | end_size << 16 | judged;
}

}  // namespace

absl::StatusOr<DelimiterFramer> DelimiterFramer::Create(const Options& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  return DelimiterFramer(options, true);
}

DelimiterFramer::DelimiterFramer(const Options& options)
    : DelimiterFramer(Check(options).ok() ? options : Lines(), Check(options).ok()) {}

DelimiterFramer::DelimiterFramer(const Options& checked, bool usable)
    : options_(checked),
      matcher_(std::make_shared<const Matcher>(checked.ends)),
      start_size_(checked.starts.empty() ? 0 : checked.starts.front().size()),
      max_payload_(static_cast<std::size_t>(std::min(checked.max_payload, kMaxContiguousPayload))),
      max_frame_size_(start_size_ + max_payload_ + matcher_->longest() + checked.trailer.size()),
      run_(usable ? RunFor(checked) : Run::kNot),
      usable_(usable) {}

DelimiterFramer::Run DelimiterFramer::RunFor(const Options& options) {
  if (!options.starts.empty() || !options.trailer.empty()) return Run::kNot;
  if (options.ends == Lines().ends) return Run::kLine;
  if (options.ends.size() > 1) return Run::kNot;
  switch (options.ends.front().size()) {
    case 1:
      return Run::kByte;
    case 2:
      return Run::kTwoBytes;
    default:
      return Run::kManyBytes;
  }
}

DelimiterFramer::~DelimiterFramer() = default;

// An answer if the start mark is wrong or not all there yet.
std::optional<ScanResult> DelimiterFramer::CheckStart(ByteView window) const {
  const std::string_view seen = AsText(window.first(std::min(window.size(), start_size_)));
  std::size_t right = 0;  // bytes of `seen` that some start mark begins with
  const std::string* nearest = options_.starts.data();
  for (const std::string& start : options_.starts) {
    const auto differ = std::mismatch(seen.begin(), seen.end(), start.begin()).first;
    const auto same = static_cast<std::size_t>(differ - seen.begin());
    if (same > right) nearest = &start;
    right = std::max(right, same);
  }
  if (right < seen.size()) {
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = FrameRule::kStart,
                      .found = right,
                      .allowed = static_cast<unsigned char>((*nearest)[right])}
        .With(window.first(right + 1));
  }
  if (right < start_size_) return NeedMore{.min_window = right + 1};  // it may be the wrong one
  return std::nullopt;
}

ScanResult DelimiterFramer::Scan(ByteView window, std::uint64_t resume) const {
  if (!usable_) return RefuseAll(window);
  if ((resume & kInTrailer) != 0) {
    return Frame(window, resume >> 32 & 0x7fffffff, resume >> 16 & 0xffff, resume & 0xffff);
  }
  Matcher::Progress progress = Unpack(resume);
  if (start_size_ > 0 && resume == 0) {
    if (std::optional<ScanResult> answer = CheckStart(window)) return *answer;
  }
  const ByteView text = window.subspan(start_size_);
  Matcher::Match match;
  switch (matcher_->Search(text, max_payload_, progress, match)) {
    case Matcher::Outcome::kFound:
      return Frame(window, static_cast<std::size_t>(match.start), match.size);
    case Matcher::Outcome::kTooLate:
      return TooLarge(window);
    case Matcher::Outcome::kNotYet:
      break;
  }
  return NeedMore{.min_window = window.size() + 1, .resume = Pack(progress)};
}

// The payload and the mark behind it are there; the trailer may not be.
ScanResult DelimiterFramer::Frame(ByteView window, std::size_t payload_size, std::size_t end_size,
                                  std::size_t judged) const {
  const std::size_t trailer_at = start_size_ + payload_size + end_size;
  const std::size_t wire_size = trailer_at + options_.trailer.size();
  if (payload_size < options_.min_payload && !(options_.skip_empty && payload_size == 0)) {
    return FrameError{.code = FrameErrorCode::kPayloadTooSmall,
                      .found = payload_size,
                      .allowed = options_.min_payload}
        .With(window.first(trailer_at));
  }
  if (auto answer = detail::CheckTrailer(options_.trailer, window, trailer_at, judged)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) {
      more->resume = Pack(payload_size, end_size, judged);
    }
    return *answer;
  }
  if (options_.skip_empty && payload_size == 0) return Skip{wire_size};
  return Extent{wire_size, start_size_, payload_size + (options_.keep ? end_size : 0)};
}

FrameError DelimiterFramer::TooLarge(ByteView window) const {
  const std::size_t at_least = start_size_ + max_payload_ + 1;
  return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                    .recovery = Recovery::kSeek,
                    .allowed = max_payload_,
                    .resume = at_least}
      .With(window.first(at_least));
}

ScanResult DelimiterFramer::ScanFinal(ByteView rest) const {
  if (!usable_) return RefuseAll(rest);
  if (options_.tail == Tail::kDrop && rest.size() < start_size_) return Skip{rest.size()};
  if (rest.size() < start_size_) return NeedMore{.min_window = start_size_};
  const ByteView text = rest.subspan(start_size_);
  Matcher::Progress progress;
  Matcher::Match match;
  const Matcher::Outcome outcome = matcher_->Search(text, kNoLimit, progress, match);
  if (outcome == Matcher::Outcome::kFound || matcher_->BestSoFar(progress, match)) {
    const auto payload_size = static_cast<std::size_t>(match.start);
    if (payload_size > max_payload_) return TooLarge(rest);
    return Frame(rest, payload_size, match.size);
  }
  switch (options_.tail) {
    case Tail::kError:
      break;
    case Tail::kDrop:
      return Skip{rest.size()};
    case Tail::kDeliver:
      if (text.size() > max_payload_) return TooLarge(rest);
      if (text.empty() && options_.skip_empty) return Skip{rest.size()};
      if (text.size() < options_.min_payload) {
        return FrameError{.code = FrameErrorCode::kPayloadTooSmall,
                          .found = text.size(),
                          .allowed = options_.min_payload};
      }
      return Extent{rest.size(), start_size_, text.size()};
  }
  return NeedMore{.min_window = rest.size() + 1};
}

SeekResult DelimiterFramer::Seek(ByteView window, std::uint64_t resume, bool finished) const {
  Matcher::Progress progress = Unpack(resume);
  Matcher::Match match;
  const bool found =
      matcher_->Search(window, kNoLimit, progress, match) == Matcher::Outcome::kFound ||
      (finished && matcher_->BestSoFar(progress, match));
  if (!found) {
    const std::size_t pending = matcher_->Pending(progress);
    return {.drop = window.size() - pending,
            .resume = Pack({.at = pending, .state = progress.state})};
  }
  const auto start = static_cast<std::size_t>(match.start);
  const std::size_t end = start + match.size + options_.trailer.size();
  if (window.size() < end) return {.drop = start};
  return {.drop = end, .found = true};
}

Overhead DelimiterFramer::OverheadFor(std::size_t /*payload_size*/) const {
  return {start_size_,
          (options_.keep ? 0 : options_.ends.front().size()) + options_.trailer.size()};
}

// Would the decoder give back exactly this payload, whatever comes behind the frame?
bool DelimiterFramer::Carries(ByteView payload) const {
  Matcher::Progress progress;
  Matcher::Match match;
  Matcher::Outcome outcome = matcher_->Search(payload, kNoLimit, progress, match);
  std::size_t size = payload.size();
  if (options_.keep) {
    if (outcome != Matcher::Outcome::kFound) return false;
    size = static_cast<std::size_t>(match.start);
    if (size + match.size != payload.size()) return false;
  } else {
    if (outcome != Matcher::Outcome::kNotYet) return false;
    progress.at = 0;
    outcome = matcher_->Search(AsBytes(options_.ends.front()), kNoLimit, progress, match);
    if (outcome != Matcher::Outcome::kFound || match.start != 0 || match.mark != 0) return false;
  }
  if (size == 0 && options_.skip_empty) return false;
  return size >= options_.min_payload && size <= max_payload_;
}

std::optional<FrameError> DelimiterFramer::Wrap(ByteView payload, ByteSpan header,
                                                ByteSpan trailer) const {
  if (!usable_) return detail::NotUsable(payload.size());
  if (!Carries(payload)) {
    const bool too_large = payload.size() > max_payload_;
    const bool too_small = payload.size() < options_.min_payload;
    return FrameError{.code = FrameErrorCode::kUnencodable,
                      .obstacle = too_large || too_small ? Obstacle::kSize : Obstacle::kBytes,
                      .found = payload.size(),
                      .allowed = too_large   ? max_payload_
                                 : too_small ? options_.min_payload
                                             : 0};
  }
  detail::WriteTrailer(options_.trailer, trailer.last(options_.trailer.size()));
  if (start_size_ > 0) std::ranges::copy(AsBytes(options_.starts.front()), header.begin());
  if (!options_.keep) std::ranges::copy(AsBytes(options_.ends.front()), trailer.begin());
  return std::nullopt;
}

}  // namespace unstick::inline v0
