#include "src/core/filters/window_sums.h"

#include <algorithm>

namespace unstick::inline v0::detail {
namespace {

// Forgets the marks in front of `base`.
void Forget(SeekMemory& m) {
  const std::uint64_t stale = m.base <= m.first_mark ? 0 : (m.base - m.first_mark) / kSumSpacing;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(stale, m.marks.size()));
  if (count < 64 || count < m.marks.size() / 2) return;  // moving the others costs as much as them
  m.marks.erase(m.marks.begin(), m.marks.begin() + static_cast<std::ptrdiff_t>(count));
  m.first_mark += count * kSumSpacing;
}

}  // namespace

// The state at a place of the window, bytes being added up that never were before.
std::uint64_t WindowSums::StateAt(std::size_t place) const {
  SeekMemory& m = memory_;
  const std::uint64_t wanted = m.base + place;
  const auto bytes = [&](std::uint64_t from, std::uint64_t to) {
    return window_.subspan(static_cast<std::size_t>(from - m.base),
                           static_cast<std::size_t>(to - from));
  };
  if (!m.begun || m.summed < m.base) {  // the first question, or bytes that were never asked about
    m.begun = true;
    m.marks.clear();
    m.summed = m.recent = m.base;
    m.summed_state = m.base_state = m.recent_state = sum_.Begin();
    m.first_mark = (m.base + kSumSpacing - 1) / kSumSpacing * kSumSpacing;
  }
  while (m.summed < wanted) {
    const std::uint64_t next_mark = m.first_mark + m.marks.size() * kSumSpacing;
    const std::uint64_t to = std::min(next_mark, wanted);
    m.summed_state = sum_.Extend(m.summed_state, bytes(m.summed, to));
    m.summed = to;
    if (to == next_mark) m.marks.push_back(m.summed_state);
  }
  if (wanted == m.summed) return m.summed_state;
  std::uint64_t from = m.base;
  std::uint64_t state = m.base_state;
  if (m.recent > from && m.recent <= wanted) {
    from = m.recent;
    state = m.recent_state;
  }
  if (wanted >= m.first_mark) {
    const std::uint64_t last = (wanted - m.first_mark) / kSumSpacing;
    const std::uint64_t mark = m.first_mark + last * kSumSpacing;
    if (mark > from && last < m.marks.size()) {
      from = mark;
      state = m.marks[static_cast<std::size_t>(last)];
    }
  }
  return sum_.Extend(state, bytes(from, wanted));
}

std::uint64_t WindowSums::Of(std::size_t from, std::size_t to) const {
  return sum_.End(After(sum_.Begin(), from, to));
}

std::uint64_t WindowSums::After(std::uint64_t state, std::size_t from, std::size_t to) const {
  from += at_;
  to += at_;
  if (to - from <= 2 * kSumSpacing) return sum_.Extend(state, window_.subspan(from, to - from));
  const std::uint64_t before = StateAt(from);
  const std::uint64_t after = StateAt(to);
  memory_.recent = memory_.base + from;
  memory_.recent_state = before;
  return sum_.Moved(state, before, after, to - from);
}

void WindowSums::Drop(std::size_t bytes) {
  SeekMemory& m = memory_;
  if (m.begun && m.summed >= m.base + bytes) m.base_state = StateAt(bytes);
  m.base += bytes;
  Forget(m);
}

}  // namespace unstick::inline v0::detail
