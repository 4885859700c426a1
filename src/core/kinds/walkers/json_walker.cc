// walk:json, JSON texts one after another (RFC 8259; RFC 7047 section 4, jq's and OVSDB's streams).
//
// All of the grammar is checked but for what needs no more than a look at a finished string: that
// it is UTF-8, and that surrogates come in pairs. Whitespace between texts belongs to none. An
// array, an object, a string and a word end where they end; a number by itself ends in front of the
// first byte that no number has, or with the input. `[1]2"x"` is three texts, `1 2` are two, `01`
// is none.

#include <string_view>

#include "src/core/kinds/walkers/json_walk.h"
#include "src/core/kinds/walkers/open_brackets.h"
#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

class JsonWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    if (window.empty()) return NeedMore{.min_window = 1};
    if (resume == 0 && IsJsonSpace(AsText(window).front())) return Skip{1};
    auto walk = Start(window, resume);
    Stop stop = walk.Run();
    if (stop.why == Stop::Why::kWhole && walk.open().forgotten()) {
      stop = JsonWalk<AllBrackets>(window.first(stop.at), most()).Run();
    }
    return Answer(*this, window, stop, walk.note());
  }

  ScanResult ScanFinal(ByteView rest) const override {
    auto walk = Start(rest, 0);
    const Stop stop = walk.Run();
    if (stop.why == Stop::Why::kMore && walk.MayEnd()) return Whole(rest, rest.size());
    return FrameKind::ScanFinal(rest);
  }

  // Behind a number, a line feed that belongs to no text, so that the next one does not prolong it.
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    std::optional<FrameError> refused = ValueWalker::Encode(payload, out);
    if (!refused && IsJsonDigit(AsText(payload).back())) out.Append(AsBytes("\n"));
    return refused;
  }

  // A number of the largest size is known to be whole by the byte behind it.
  std::size_t max_frame_size() const override { return most() + 1; }

 private:
  std::string_view Grammar() const override {
    return "A JSON text: it ends where its brackets close, a number where something else begins.";
  }
  JsonWalk<RecentBrackets> Start(ByteView window, std::uint64_t resume) const {
    if (resume == 0) return {window, most()};
    return {window, most(), resume};
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeJsonWalker(const PayloadLimits& limits) {
  return std::make_unique<JsonWalker>(limits);
}

}  // namespace unstick::inline v0::detail
