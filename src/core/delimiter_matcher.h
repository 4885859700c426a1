// Finds the first of several byte strings in a text that arrives in pieces, in one pass.

#ifndef UNSTICK_SRC_CORE_DELIMITER_MATCHER_H_
#define UNSTICK_SRC_CORE_DELIMITER_MATCHER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

// The automaton of Aho and Corasick ("Efficient string matching", CACM 1975), changed to answer
// with the mark that starts earliest, not the one that ends first; among marks that start at the
// same byte, with the first listed. A state is the longest suffix of the text read so far that is a
// prefix of some mark: no mark that starts further left is still possible. Immutable.
//
//     marks "ab", "b"     text: x a b        after 'a': state "a"; "b" alone must not win yet
//                               ^ root       after 'b': state "ab", decided: mark 0 at text[1]
class DelimiterMatcher {
 public:
  // Where the search stands: `at` bytes read, `state` the automaton's. {0, 0} is the start.
  struct Progress {
    std::size_t at = 0;
    std::uint32_t state = 0;
  };
  struct Match {
    std::ptrdiff_t start = 0;  // negative when the mark began before this text
    std::size_t size = 0;
    std::size_t mark = 0;  // which one, as listed
  };
  enum class Outcome : std::uint8_t {
    kFound,
    kNotYet,   // read it all; `progress` goes on from here
    kTooLate,  // no mark starts at or before `last_start`
  };

  explicit DelimiterMatcher(const std::vector<std::string>& marks);

  // Goes on from `progress`. Reads on only while a mark could still start at or before
  // `last_start`.
  Outcome Search(ByteView text, std::size_t last_start, Progress& progress, Match& match) const;

  // What the text means if nothing follows: fills in the best mark seen whole, if there is one.
  bool BestSoFar(const Progress& progress, Match& match) const;

  // How many of the bytes read may be the beginning of a mark.
  std::size_t Pending(const Progress& progress) const { return states_[progress.state].depth; }

  std::size_t longest() const { return longest_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct State {
    std::uint32_t depth = 0;  // bytes of the prefix this state stands for
    std::uint32_t fail = 0;   // the state of its longest proper suffix
    std::uint32_t first_child = kNone;
    std::uint32_t next_sibling = kNone;
    std::uint32_t best_mark = kNone;  // the leftmost mark that lies whole in the prefix, ...
    std::uint32_t best_offset = 0;    // ... and where in the prefix
    bool decided = false;             // that mark wins, whatever follows
    std::byte byte{};                 // last byte of the prefix
  };

  std::uint32_t Child(std::uint32_t state, std::byte byte) const;
  std::uint32_t AddChild(std::uint32_t state, std::byte byte);
  void Link();
  void Judge(const std::vector<std::string>& marks);
  std::size_t FindCandidate(ByteView text, std::size_t from, std::size_t to) const;
  Match MatchAt(const State& state, std::size_t at) const;

  std::vector<State> states_;
  std::vector<std::size_t> sizes_;
  std::array<bool, 256> starts_{};    // can a mark start with this byte
  std::size_t start_count_ = 0;       // how many different bytes that are
  std::array<std::byte, 2> first_{};  // the first two of them
  std::size_t longest_ = 0;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DELIMITER_MATCHER_H_
