// Promise D7: the search for a boundary does not look at the same bytes again and again, whatever
// the cuts. No clock is asked. Two things are shown instead, which together bound the work:
//   - a scanner that is given its own note back does not touch bytes it has seen: their pages are
//     taken away, and whoever reads one dies;
//   - a decoder does not ask a scanner more often than it can have something to say.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>

#include "tests/support/delim_configs.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::testing {
namespace {

// Bytes on pages of their own, which can be taken away from the front.
class FadingBytes {
 public:
  explicit FadingBytes(const std::string& bytes)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), size_(bytes.size()) {
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ != MAP_FAILED) std::copy(bytes.begin(), bytes.end(), static_cast<char*>(memory_));
  }
  FadingBytes(const FadingBytes&) = delete;
  FadingBytes& operator=(const FadingBytes&) = delete;
  ~FadingBytes() { munmap(memory_, size_); }

  ByteView first(std::size_t n) const { return {static_cast<const std::byte*>(memory_), n}; }
  // No byte of the pages that lie wholly before `end` can be read any more.
  void TakeAwayBefore(std::size_t end) {
    const std::size_t pages = end / page_ * page_;
    if (pages > 0) mprotect(memory_, pages, PROT_NONE);
  }

 private:
  std::size_t page_;
  std::size_t size_;
  void* memory_;
};

// Longer than any mark below: a scanner may go back to where a mark could begin.
constexpr std::size_t kMark = 64;

std::vector<DelimiterFramer::Options> HardMarks() {
  const std::string many_a(kMark - 1, 'a');
  return {{.ends = {many_a + "b"}},                // every byte almost ends the frame
          {.ends = {many_a + "b", "aaab", "ab"}},  // and several marks at once
          {.ends = {many_a + "b"}, .starts = {"aa"}, .trailer = 3},
          {.ends = {"b" + many_a}, .keep = true}};
}

TEST(LinearTime, ADelimiterSearchDoesNotLookBack) {
  const std::string stream(40'000, 'a');
  for (const auto& options : HardMarks()) {
    const auto framer = DelimiterFramer::Create(options);
    ASSERT_TRUE(framer.ok());
    for (const std::size_t step : {1U, 63U, 1000U}) {
      FadingBytes bytes(stream);
      std::uint64_t resume = 0;
      for (std::size_t n = 0; n <= stream.size(); n += step) {
        const ScanResult result = framer->Scan(bytes.first(n), resume);
        const auto* more = std::get_if<NeedMore>(&result);
        ASSERT_NE(more, nullptr) << n;
        resume = more->resume;
        if (n > kMark) bytes.TakeAwayBefore(n - kMark);
      }
    }
  }
}

TEST(LinearTimeDeathTest, LookingBackIsSeen) {
  const DelimiterFramer framer(HardMarks().front());
  FadingBytes bytes(std::string(40'000, 'a'));
  bytes.TakeAwayBefore(30'000);
  EXPECT_DEATH((void)framer.Scan(bytes.first(40'000), 0), "");
}

// While an over-long frame is dropped, no more than a possible beginning of a mark is held back.
TEST(LinearTime, DroppingKeepsNoMoreThanAMark) {
  for (const auto& options : HardMarks()) {
    const auto framer = DelimiterFramer::Create(options);
    ASSERT_TRUE(framer.ok());
    const std::string stream(10'000, 'a');
    std::size_t at = 0, resume = 0;
    for (std::size_t n = 1; n <= stream.size(); ++n) {
      const SeekResult seek = framer->Seek(AsBytes(stream).subspan(at, n - at), resume, false);
      ASSERT_FALSE(seek.found);
      at += seek.drop;
      resume = seek.resume;
      ASSERT_LT(n - at, kMark);
    }
  }
}

// Counts how often a decoder asks.
template <typename F>
struct Counting {
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    ++*calls;
    return framer.Scan(window, resume);
  }
  std::size_t max_frame_size() const { return framer.max_frame_size(); }
  F framer;
  std::size_t* calls;
};

// A frame of 10,000 bytes, byte by byte: the scanner is asked while the header comes in, and then
// not before the whole frame is there.
template <typename F>
std::size_t CallsForOneFrame(const F& framer, const std::string& payload) {
  StreamBuffer out;
  EXPECT_FALSE(AppendFrame(framer, AsBytes(payload), out));
  std::size_t calls = 0;
  FrameDecoder<Counting<F>> decoder(Counting<F>{framer, &calls});
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(decoder.Next().kind(), DecodeResult::Kind::kNeedMore);
    EXPECT_EQ(decoder.Feed(out.readable().subspan(i, 1)), 1);
  }
  EXPECT_TRUE(decoder.Next());
  return calls;
}

TEST(LinearTime, AScannerIsAskedOnlyWhenItCanAnswer) {
  const std::string payload(10'000, 'x');
  EXPECT_LE(CallsForOneFrame(LengthFieldFramer(), payload), 3);
  EXPECT_LE(CallsForOneFrame(VarintFramer(), payload), 5);
  EXPECT_LE(CallsForOneFrame(HeaderFramer(), payload), 9);
  const auto fixed = FixedFramer::Create({.size = payload.size(), .sync = "xx"});
  ASSERT_TRUE(fixed.ok());
  EXPECT_LE(CallsForOneFrame(*fixed, payload), 5);
}

}  // namespace
}  // namespace unstick::inline v0::testing
