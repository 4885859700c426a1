#include "src/core/delimiter_matcher.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "src/core/kernels/kernels.h"

namespace unstick::inline v0::detail {

DelimiterMatcher::DelimiterMatcher(const std::vector<std::string>& marks) : states_(1) {
  for (const std::string& mark : marks) {
    std::uint32_t state = 0;
    for (const std::byte byte : AsBytes(mark)) state = AddChild(state, byte);
    bool& starts = starts_[static_cast<unsigned char>(mark.front())];
    if (!starts && start_count_ < first_.size()) {
      first_[start_count_] = static_cast<std::byte>(mark.front());
    }
    start_count_ += starts ? 0 : 1;
    starts = true;
    sizes_.push_back(mark.size());
    longest_ = std::max(longest_, mark.size());
  }
  Link();
  Judge(marks);
}

std::uint32_t DelimiterMatcher::Child(std::uint32_t state, std::byte byte) const {
  std::uint32_t child = states_[state].first_child;
  while (child != kNone && states_[child].byte != byte) child = states_[child].next_sibling;
  return child;
}

std::uint32_t DelimiterMatcher::AddChild(std::uint32_t state, std::byte byte) {
  if (const std::uint32_t child = Child(state, byte); child != kNone) return child;
  const auto added = static_cast<std::uint32_t>(states_.size());
  states_.push_back({.depth = states_[state].depth + 1,
                     .next_sibling = states_[state].first_child,
                     .byte = byte});
  states_[state].first_child = added;
  return added;
}

// Breadth first, so that every shorter prefix is linked before the longer ones need it.
void DelimiterMatcher::Link() {
  std::vector<std::uint32_t> queue = {0};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const std::uint32_t parent = queue[i];
    for (std::uint32_t s = states_[parent].first_child; s != kNone; s = states_[s].next_sibling) {
      queue.push_back(s);
      std::uint32_t fail = states_[parent].fail;
      while (fail != 0 && Child(fail, states_[s].byte) == kNone) fail = states_[fail].fail;
      const std::uint32_t suffix = Child(fail, states_[s].byte);
      states_[s].fail = suffix == kNone || suffix == s ? 0 : suffix;
    }
  }
}

// For each prefix: which mark in it would win, and whether a mark listed earlier could still grow
// out of the whole prefix and win instead.
void DelimiterMatcher::Judge(const std::vector<std::string>& marks) {
  for (const std::string& mark : marks) {
    std::uint32_t state = 0;
    for (std::size_t depth = 1; depth <= mark.size(); ++depth) {
      state = Child(state, static_cast<std::byte>(mark[depth - 1]));
      const std::string_view prefix = std::string_view(mark).substr(0, depth);
      State& s = states_[state];
      for (std::size_t offset = 0; offset < depth && s.best_mark == kNone; ++offset) {
        const auto wins = [&](const std::string& m) {
          return prefix.substr(offset).starts_with(m);
        };
        const auto best = std::find_if(marks.begin(), marks.end(), wins);
        if (best == marks.end()) continue;
        s.best_mark = static_cast<std::uint32_t>(best - marks.begin());
        s.best_offset = static_cast<std::uint32_t>(offset);
      }
      const auto grows = [&](const std::string& m) {
        return m.size() > depth && m.starts_with(prefix);
      };
      s.decided = s.best_mark != kNone && s.best_offset == 0 &&
                  std::none_of(marks.begin(), marks.begin() + s.best_mark, grows);
    }
  }
}

// The first position in [from, to) whose byte can start a mark, or `to`.
std::size_t DelimiterMatcher::FindCandidate(ByteView text, std::size_t from, std::size_t to) const {
  if (from >= to) return to;
  if (start_count_ == 1) {
    const void* hit = std::memchr(text.data() + from, std::to_integer<int>(first_[0]), to - from);
    if (hit == nullptr) return to;
    return static_cast<std::size_t>(static_cast<const std::byte*>(hit) - text.data());
  }
  if (start_count_ == 2)
    return from + FindEither(text.subspan(from, to - from), first_[0], first_[1]);
  while (from < to && !starts_[std::to_integer<std::size_t>(text[from])]) ++from;
  return from;
}

DelimiterMatcher::Match DelimiterMatcher::MatchAt(const State& state, std::size_t at) const {
  return {static_cast<std::ptrdiff_t>(at) - static_cast<std::ptrdiff_t>(state.depth) +
              static_cast<std::ptrdiff_t>(state.best_offset),
          sizes_[state.best_mark], state.best_mark};
}

bool DelimiterMatcher::BestSoFar(const Progress& progress, Match& match) const {
  const State& state = states_[progress.state];
  if (state.best_mark == kNone) return false;
  match = MatchAt(state, progress.at);
  return true;
}

DelimiterMatcher::Outcome DelimiterMatcher::Search(ByteView text, std::size_t last_start,
                                                   Progress& progress, Match& match) const {
  std::size_t at = progress.at;
  std::uint32_t state = progress.state;
  const auto found = [&](std::uint32_t s) {
    match = MatchAt(states_[s], at);
    const bool late = match.start > 0 && static_cast<std::size_t>(match.start) > last_start;
    return late ? Outcome::kTooLate : Outcome::kFound;
  };
  for (;;) {
    if (state == 0) {
      const std::size_t to = last_start < text.size() ? last_start + 1 : text.size();
      at = FindCandidate(text, at, to);
      if (at > last_start) return Outcome::kTooLate;
    }
    if (at >= text.size()) break;
    // Falls back to shorter prefixes until one goes on with this byte. What a prefix leaves behind
    // on the way can no longer grow: a whole mark in there has won.
    std::uint32_t child = Child(state, text[at]);
    while (child == kNone && state != 0) {
      const State& dead = states_[state];
      const std::uint32_t left_behind = dead.depth - states_[dead.fail].depth;
      if (dead.best_mark != kNone && dead.best_offset < left_behind) return found(state);
      state = dead.fail;
      if (states_[state].decided) return found(state);
      child = Child(state, text[at]);
    }
    if (child != kNone) state = child;
    ++at;
    if (states_[state].decided) return found(state);
    if (at > last_start && at - states_[state].depth > last_start) return Outcome::kTooLate;
  }
  progress = {at, state};
  return Outcome::kNotYet;
}

}  // namespace unstick::inline v0::detail
