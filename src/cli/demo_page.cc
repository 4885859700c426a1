#include "src/cli/demo_page.h"

namespace unstick::inline v0::cli {
namespace {

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kCyan = "\x1b[36m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kRed = "\x1b[31m";
constexpr const char* kReset = "\x1b[0m";
constexpr std::string_view kIndent = "  ";

// Each byte takes one column.
std::string OneColumnEach(std::string_view bytes) {
  std::string text(bytes);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '.';
  }
  return text;
}

// "\__2__/" in `width` columns; what does not fit is left out.
std::string Bracket(std::size_t width, const std::string& label) {
  if (width < 2) return std::string(width, '|');
  const std::size_t inside = width - 2;
  const std::string shown = label.size() <= inside ? label : "";
  const std::size_t left = (inside - shown.size()) / 2;
  return "\\" + std::string(left, '_') + shown + std::string(inside - shown.size() - left, '_') +
         "/";
}

}  // namespace

void DemoPage::Heading(std::string_view text) {
  Line("");
  Line(text, kBold);
}

void DemoPage::Say(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    Line(std::string(kIndent) + std::string(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void DemoPage::Draw(const Picture& picture) {
  std::string brackets;
  for (std::size_t i = 0; i < picture.pieces.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string named = std::string(picture.name) + number;
    const std::size_t width = picture.pieces[i];
    brackets += Bracket(width, named.size() + 2 <= width ? named : number);
  }
  const std::string margin(10, ' ');
  Line(margin + OneColumnEach(picture.bytes));
  Line(margin + brackets, kCyan);
}

void DemoPage::Check(bool held, std::string_view text) {
  ++checks_;
  if (!held) ++failed_;
  Line(std::string(kIndent) + (held ? "[ok] " : "[FAILED] ") + std::string(text),
       held ? kGreen : kRed);
}

void DemoPage::Line(std::string_view text, const char* colour) {
  const bool coloured = colour_ && *colour != '\0';
  if (coloured) out_.Append(colour);
  out_.Append(text);
  if (coloured) out_.Append(kReset);
  out_.Append("\n");
  out_.Flush();
}

}  // namespace unstick::inline v0::cli
