// The harness itself: for each law a scanner that breaks just that one, which must be found, and
// scanners that keep them all, which must not.

#include "unstick/testing/framer_laws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace unstick::inline v0::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kStreams = {
    {}, {1, 'a', 2, 'b', 'c', 0}, {4, 'a', 'b', 'c', 'd', 1, 'x'}, {3, 'a'}, {5, 1, 1, 1}};

// One length byte, payloads of at most four bytes. Keeps the laws; those below break one each.
struct ByteFramer {
  ScanResult Scan(ByteView window, std::size_t) const {
    if (window.empty()) return NeedMore{.min_window = 1};
    const std::size_t size = std::to_integer<std::size_t>(window[0]);
    if (size > 4) {
      return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                        .recovery = Recovery::kKnownEnd,
                        .resume = 1 + size};
    }
    if (window.size() < 1 + size) return NeedMore{.min_window = 1 + size, .frame_size = 1 + size};
    return Extent{1 + size, 1, size};
  }
  std::size_t max_frame_size() const { return 5; }
  Overhead OverheadFor(std::size_t) const { return {.header = 1}; }
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan) const {
    if (payload.size() > 4) return FrameError{.code = FrameErrorCode::kUnencodable};
    header[0] = static_cast<std::byte>(payload.size());
    return std::nullopt;
  }
};

TEST(FramerLaws, AFramerThatKeepsThemPasses) {
  const LawReport report = CheckFramerLaws(ByteFramer(), kStreams, {"", "a", "abcd", "abcde"});
  EXPECT_TRUE(report.ok()) << report.broken;
  EXPECT_EQ(report.streams, kStreams.size() + 1);
  EXPECT_EQ(report.payloads, 4);
  EXPECT_EQ(report.refused, 1);
  EXPECT_GT(report.windows, 30);
  // All cuts in all ways: 2^(n-1) for n = 0 (one), 6, 7, 2, 4 and for "\0" "\1a" "\4abcd", n = 8;
  // the one with an over-long frame in skip mode too.
  EXPECT_EQ(report.chunkings, Way::kCount * (1 + 32 + 64 + 2 + 2 * 8 + 128));
}

struct Unstable : ByteFramer {  // judges the limit by how much has arrived
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    if (window.size() > 6) return FrameError{.code = FrameErrorCode::kPayloadTooLarge};
    return ByteFramer::Scan(window, resume);
  }
};
struct NoProgress : ByteFramer {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    if (!window.empty() && window[0] == std::byte{0}) return Extent{0, 0, 0};
    return ByteFramer::Scan(window, resume);
  }
};
struct EmptyPromise : ByteFramer {  // asks for no more than it has
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ScanResult result = ByteFramer::Scan(window, resume);
    if (auto* more = std::get_if<NeedMore>(&result)) more->min_window = window.size();
    return result;
  }
};
struct Dishonest : ByteFramer {  // asks for a byte that it can do without
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    if (window.size() == 1) return NeedMore{.min_window = 3};
    return ByteFramer::Scan(window, resume);
  }
};
struct Boundless : ByteFramer {
  std::size_t max_frame_size() const { return 4; }
};
struct PayloadOutside : ByteFramer {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ScanResult result = ByteFramer::Scan(window, resume);
    if (auto* extent = std::get_if<Extent>(&result)) ++extent->payload_size;
    return result;
  }
};
struct BadNote : ByteFramer {  // forgets the length when it goes on
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ScanResult result = ByteFramer::Scan(window, resume);
    auto* more = std::get_if<NeedMore>(&result);
    if (more != nullptr && window.size() > 1) more->resume = 1;
    if (resume == 1 && more == nullptr) return Skip{1};
    return result;
  }
};
struct WrongFrameSize : ByteFramer {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ScanResult result = ByteFramer::Scan(window, resume);
    auto* more = std::get_if<NeedMore>(&result);
    if (more != nullptr && more->frame_size > 0) ++more->frame_size;
    return result;
  }
  std::size_t max_frame_size() const { return 6; }
};
struct LengthBeforeMagic {  // judges a later field before an earlier one has arrived
  ScanResult Scan(ByteView window, std::size_t) const {
    if (window.size() < 2) return NeedMore{.min_window = 2};
    if (window.size() >= 3 && window[2] != std::byte{'c'}) {
      return FrameError{.code = FrameErrorCode::kBadVersion};
    }
    if (window[0] != std::byte{'a'}) return FrameError{.code = FrameErrorCode::kBadMagic};
    if (window.size() < 3) return NeedMore{.min_window = 3};
    return Extent{3, 0, 3};
  }
  std::size_t max_frame_size() const { return 3; }
};

template <typename F>
std::string BrokenBy(const std::vector<std::string>& streams = kStreams) {
  return CheckScannerLaws(F(), streams).broken;
}

TEST(FramerLaws, EachBrokenLawIsNamed) {
  EXPECT_THAT(BrokenBy<Unstable>(), StartsWith("Stable is broken for 0461626364"));
  EXPECT_THAT(BrokenBy<NoProgress>(), StartsWith("Progress is broken for 00"));
  EXPECT_THAT(BrokenBy<EmptyPromise>(), StartsWith("Progress"));
  EXPECT_THAT(BrokenBy<Dishonest>(), StartsWith("Honest"));
  EXPECT_THAT(BrokenBy<Boundless>(), StartsWith("Bounded"));
  EXPECT_THAT(BrokenBy<PayloadOutside>(), StartsWith("Bounded"));
  EXPECT_THAT(BrokenBy<BadNote>(), StartsWith("Resume"));
  EXPECT_THAT(BrokenBy<WrongFrameSize>(), StartsWith("Honest"));
  EXPECT_THAT(BrokenBy<LengthBeforeMagic>({"xyz"}), StartsWith("Stable"));
}

// The scan laws of a stream hold for what it is asked at resume 0; a scanner that cheats by state
// of its own is caught by the cuts.
struct Impure : ByteFramer {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ScanResult result = ByteFramer::Scan(window, resume);
    auto* extent = std::get_if<Extent>(&result);
    if (extent != nullptr && ++*calls > 200) extent->payload_size = 0;
    return result;
  }
  std::size_t* calls;
};

TEST(FramerLaws, CutsThatMatterAreShown) {
  std::size_t calls = 0;
  Impure impure;
  impure.calls = &calls;
  EXPECT_THAT(CheckScannerLaws(impure, kStreams).broken, StartsWith("Cuts matter for 0161026263"));
}

struct Truncating : ByteFramer {  // the classic: a length that wraps instead of being refused
  Overhead OverheadFor(std::size_t) const { return {.header = 1}; }
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan) const {
    header[0] = static_cast<std::byte>(payload.size() % 4);
    return std::nullopt;
  }
};
struct LateRefusal : ByteFramer {
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const {
    header[0] = std::byte{1};
    return ByteFramer::Wrap(payload, header, trailer);
  }
};
struct LeftOver : ByteFramer {  // does not write a byte of its trailer
  Overhead OverheadFor(std::size_t) const { return {.header = 1, .trailer = 1}; }
};

template <typename F>
std::string NotInverse(const std::string& payload) {
  LawReport report;
  CheckPayload(F(), AsBytes(payload), report);
  return report.broken;
}

TEST(FramerLaws, AnEncoderThatIsNoInverseIsFound) {
  EXPECT_THAT(NotInverse<ByteFramer>("abcd"), "");
  EXPECT_THAT(NotInverse<Truncating>("abc"), "");
  EXPECT_THAT(NotInverse<Truncating>("abcd"), StartsWith("Inverse"));
  EXPECT_THAT(NotInverse<LateRefusal>("abcde"), HasSubstr("refused after bytes were written"));
  EXPECT_THAT(NotInverse<LeftOver>("abc"), StartsWith("Inverse"));
}

// A byte order told once by the stream's first byte, 'L' or 'B', then two-byte lengths.
struct ToldOrder {
  struct State {
    char order = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  ScanStep<State> Scan(ByteView window, std::size_t, State state) const {
    if (state.order == 0) {
      if (window.empty()) return {NeedMore{.min_window = 1}, state};
      return {Skip{1}, {forgetful && window.size() > 4 ? 'B' : AsText(window)[0]}};
    }
    if (window.size() < 2) return {NeedMore{.min_window = 2}, state};
    const auto order = state.order == 'L' ? std::endian::little : std::endian::big;
    const std::size_t size = 2 + static_cast<std::size_t>(LoadUint(window, 0, 2, order));
    if (size > 300) return {FrameError{.code = FrameErrorCode::kPayloadTooLarge}, state};
    if (window.size() < size) return {NeedMore{.min_window = size, .frame_size = size}, state};
    return {Extent{size, 2, size - 2}, state};
  }
  std::size_t max_frame_size() const { return 300; }
  bool forgetful = false;
};

TEST(FramerLaws, ScannersWithStateToo) {
  const std::vector<std::string> streams = {std::string("L\2\0ab\0\0\1\0x", 10),
                                            std::string("B\0\2ab\0\0\0\1x", 10), "L", "L\2"};
  const LawReport report = CheckScannerLaws(ToldOrder(), streams);
  EXPECT_TRUE(report.ok()) << report.broken;
  EXPECT_EQ(EventsOf(ToldOrder(), AsBytes(streams[0])).size(), 4);
  EXPECT_EQ(EventsOf(ToldOrder(), AsBytes(streams[1]))[2].payload, "x");
  EXPECT_THAT(CheckScannerLaws(ToldOrder{.forgetful = true}, streams).broken, StartsWith("Stable"));
}

TEST(FramerLaws, LongStreamsAreCutAtRandom) {
  std::string stream;
  for (int i = 0; i < 40; ++i) stream += std::string{4, 'a', 'b', 'c', 'd', 0};
  const LawReport report =
      CheckScannerLaws(ByteFramer(), {stream}, {.random_cuts = 10, .every_way = false});
  EXPECT_TRUE(report.ok()) << report.broken;
  EXPECT_EQ(report.chunkings, 1 + 4 + 10);
}

}  // namespace
}  // namespace unstick::inline v0::testing
