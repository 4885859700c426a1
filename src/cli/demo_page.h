// What `demo` draws on.

#ifndef UNSTICK_SRC_CLI_DEMO_PAGE_H_
#define UNSTICK_SRC_CLI_DEMO_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/cli/output.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::cli {

// One row of bytes and the pieces it is made of:
//
//     HELLOHOW ARE YOUBYE
//     \_1_/\____2____/\3/
struct Picture {
  std::string_view bytes;
  std::vector<std::size_t> pieces;  // sizes, from the first byte on
  std::string_view name = {};       // stands before each piece's number where there is room
};

// Writes the demo's text and counts what it showed. In colour on a terminal (unless NO_COLOR is
// set, https://no-color.org), plain otherwise. Every line is out when the call returns.
class DemoPage {
 public:
  DemoPage(Output& out, bool colour) : out_(out), colour_(colour) {}

  void Heading(std::string_view text);
  void Say(std::string_view text);  // several lines are indented alike
  void Draw(const Picture& picture);
  // Says `text` with a mark that it held, or did not. Every promise of the demo goes through here.
  void Check(bool held, std::string_view text);

  std::uint64_t checks() const { return checks_; }
  std::uint64_t failed() const { return failed_; }
  bool ok() const { return out_.ok(); }

  // What the run has counted.
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_whole = 0;  // byte for byte what was sent, in order
  std::uint64_t reads = 0;

 private:
  void Line(std::string_view text, const char* colour = "");

  Output& out_;
  bool colour_;
  std::uint64_t checks_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_DEMO_PAGE_H_
