// `unstick inspect` on any bytes and any framing, in any pieces: each frame, gap and error that a
// decoder finds has its line, the error on standard error too, and with --whole the dump has every
// byte of the stream in order. How the bytes came changes nothing but how many of a frame that
// broke are there to be drawn. What it writes is text, and bounded by what it reads.
//
// Input: flags (mode, whole, colour), a framing, a side, 16 bytes of cuts, then stretches of a
// stream (spec_input.h).

#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/spec_input.h"
#include "src/cli/exit_code.h"
#include "src/cli/inspect_command.h"
#include "src/cli/messages.h"
#include "unstick/core/any_framer.h"
#include "unstick/testing/stream_events.h"

namespace unstick::fuzz {
namespace {

constexpr std::size_t kMostStream = std::size_t{4} << 10;

// Standard input and output while the command runs.
struct Terminal {
  std::string_view in;
  std::vector<std::size_t> cuts;
  std::size_t taken = 0;
  std::string out;
  std::string err;
  int exit_code = 0;
};
Terminal* running = nullptr;

using Kind = DecodeResult::Kind;

void Inspect(const cli::InspectOptions& options, Terminal& terminal) {
  running = &terminal;
  terminal.exit_code = cli::Run(options);
  running = nullptr;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) Fail("a line without end");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool IsRow(std::string_view line) {
  return line.size() > 62 && line.find_first_not_of(' ') < 10 && line[9] != ' ' &&
         line[10] == ' ' && line.find_first_not_of("0123456789 ") > 10;
}

// The bytes of a row of the dump: see WirePicture::Row.
std::string BytesOf(std::string_view row) {
  std::string bytes;
  for (std::size_t i = 0; i < row.size() - 62; ++i) {
    const std::string hex(row.substr(11 + 3 * i + 1, 2));
    bytes += static_cast<char>(std::stoul(hex, nullptr, 16));
  }
  return bytes;
}

// What each event's line begins with.
std::string LineOf(const testing::StreamEvent& event, std::size_t& frames, std::size_t& gaps) {
  const std::string at = " at " + std::to_string(event.offset) + ": ";
  switch (event.kind) {
    case Kind::kFrame:
      return "frame " + std::to_string(frames++) + at + cli::Count(event.wire_size, "byte");
    case Kind::kGap:
      ++gaps;
      return "gap" + at + cli::Count(event.skipped, "byte") + " skipped: " + event.error.ToString();
    case Kind::kError:
      return "error: " + event.error.ToString();
    case Kind::kEnd:
    case Kind::kNeedMore:
      break;
  }
  return "end" + at + cli::Count(frames, "frame") +
         (gaps > 0 ? ", " + cli::Count(gaps, "gap") : "");
}

void RequirePicture(const AnyFramer& framer, const std::string& stream, const Terminal& terminal,
                    const cli::InspectOptions& options) {
  const auto events = testing::EventsOf(framer, AsBytes(stream), options.on_error);
  std::vector<std::string_view> lines = Lines(terminal.out);
  std::size_t line = 0, frames = 0, gaps = 0;
  std::string dumped;
  for (const auto& event : events) {
    const std::string due = LineOf(event, frames, gaps);
    while (line < lines.size() && !lines[line].starts_with(due)) {
      if (lines[line].starts_with("frame ") || lines[line].starts_with("gap ") ||
          lines[line].starts_with("error:") || lines[line].starts_with("end ")) {
        Fail(framer.spec() + ": \"" + std::string(lines[line]) + "\" instead of \"" + due + "\"");
      }
      if (IsRow(lines[line])) dumped += BytesOf(lines[line]);
      ++line;
    }
    if (line++ == lines.size()) Fail(framer.spec() + ": no \"" + due + "\"");
  }
  for (; line < lines.size(); ++line) {
    if (!IsRow(lines[line]) && lines[line].find(" ... ") == std::string_view::npos) {
      Fail("more than there is: " + std::string(lines[line]));
    }
    dumped += options.whole ? BytesOf(lines[line]) : "";
  }
  const bool error = events.back().kind == Kind::kError;
  if (options.whole && dumped != std::string_view(stream).substr(0, dumped.size())) {
    Fail("other bytes are drawn");
  }
  if (options.whole && dumped.size() != stream.size()) Fail("bytes are left out");
  if (terminal.exit_code != (error ? cli::kFraming : cli::kDone)) Fail("another exit code");
  if (error != (terminal.err == "unstick: " + events.back().error.ToString() + "\n")) {
    Fail("it says " + terminal.err);
  }
}

// Up to the bytes of a frame that broke. Rows begin otherwise, whatever the stream says.
std::string_view Certain(std::string_view picture, bool colour) {
  const std::string error = colour ? "\n\x1b[1merror: " : "\nerror: ";
  if (picture.starts_with(error.substr(1))) return picture.substr(0, picture.find('\n'));
  const std::size_t at = picture.find(error);
  return at == picture.npos ? picture : picture.substr(0, picture.find('\n', at + 1));
}

}  // namespace
}  // namespace unstick::fuzz

// The system, for the command.
extern "C" {

ssize_t __real_read(int fd, void* into, std::size_t size);
ssize_t __wrap_read(int fd, void* into, std::size_t size) {
  using namespace unstick::fuzz;
  if (running == nullptr || fd != STDIN_FILENO) return __real_read(fd, into, size);
  Terminal& t = *running;
  while (!t.cuts.empty() && t.cuts.front() <= t.taken) t.cuts.erase(t.cuts.begin());
  const std::size_t end = t.cuts.empty() ? t.in.size() : std::min(t.cuts.front(), t.in.size());
  const std::size_t n = std::min(size, end - t.taken);
  std::memcpy(into, t.in.data() + t.taken, n);
  t.taken += n;
  return static_cast<ssize_t>(n);
}

ssize_t __real_write(int fd, const void* bytes, std::size_t size);
ssize_t __wrap_write(int fd, const void* bytes, std::size_t size) {
  using namespace unstick::fuzz;
  if (running == nullptr || (fd != STDOUT_FILENO && fd != STDERR_FILENO)) {
    return __real_write(fd, bytes, size);
  }
  (fd == STDOUT_FILENO ? running->out : running->err).append(static_cast<const char*>(bytes), size);
  return static_cast<ssize_t>(size);
}

int __real_poll(pollfd* fds, nfds_t count, int timeout);
int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
  if (unstick::fuzz::running == nullptr) return __real_poll(fds, count, timeout);
  return static_cast<int>(unstick::fuzz::running->taken % 2);  // what is written is flushed, or not
}

}  // extern "C"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const std::size_t flags = input.Byte();
  cli::InspectOptions options{.spec = fuzz::TakeSpecBase(input), .side = fuzz::TakeSide(input)};
  options.on_error = static_cast<OnError>(flags % 3);
  options.whole = flags / 3 % 2 == 1;
  const bool colour = flags / 6 % 4 == 3;
  options.colour =
      colour ? cli::InspectOptions::Colour::kAlways : cli::InspectOptions::Colour::kNever;
  const auto short_cuts = fuzz::TakeCuts(input, 4096);
  const auto framer = AnyFramer::FromSpec(options.spec, options.side, {.join = false});
  const std::string stream =
      framer.ok() ? fuzz::TakeStretches(input, *framer, fuzz::kMostStream) : "";

  fuzz::Terminal whole, pieces;
  whole.in = pieces.in = stream;
  pieces.cuts = fuzz::Stretched(short_cuts, stream.size());
  {
    const fuzz::Bounded bounded(40'000 * (stream.size() + 100), 100 * stream.size() + (1 << 20));
    fuzz::Inspect(options, whole);
  }
  fuzz::Inspect(options, pieces);
  if (whole.exit_code == cli::kUsage) return 0;  // no such spec, or it cannot resync
  if (fuzz::Certain(whole.out, colour) != fuzz::Certain(pieces.out, colour) ||
      whole.err != pieces.err || whole.exit_code != pieces.exit_code) {
    fuzz::Fail(options.spec + " is drawn otherwise in pieces:\n" + whole.out + pieces.out);
  }
  if (!colour) fuzz::RequirePicture(*framer, stream, whole, options);
  return 0;
}
