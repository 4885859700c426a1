#include "src/cli/demo_command.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "src/cli/demo_page.h"
#include "src/cli/demo_parts.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"

namespace unstick::inline v0::cli {
namespace {

constexpr absl::Status (*kParts[])(DemoPage&) = {
    ShowGluedReads, ShowTornReads, ShowSleepFailing, ShowCures, ShowDatagrams, ShowTypedMessages,
};

bool WantsColour() {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
         std::string_view(terminal) != "dumb" && (no_colour == nullptr || *no_colour == '\0');
}

void Summarise(DemoPage& page) {
  page.Heading("Counted in this run");
  const std::uint64_t lost = page.messages_sent - page.messages_whole;
  page.Say(Count(page.messages_sent, "message") + " sent, " + std::to_string(page.messages_whole) +
           " received whole and in order, " + std::to_string(lost) + " lost or damaged; " +
           Count(page.reads, "read") + " in all");
  page.Check(page.messages_sent > 0 && lost == 0, "every message came out as it went in");
  const std::uint64_t held = page.checks() - page.failed();
  page.Say(std::to_string(held) + " of " + Count(page.checks(), "check") + " held");
  if (page.failed() == 0) page.Say("Next: unstick decode --help, unstick echo serve --help");
}

}  // namespace

int Run(const DemoOptions& /*options*/) {
  Output out(STDOUT_FILENO);
  DemoPage page(out, WantsColour());
  page.Say("unstick " UNSTICK_VERSION ": where messages end, on connections that do not know");
  for (const auto part : kParts) {
    if (!out.ok()) break;
    const absl::Status shown = part(page);
    if (!shown.ok()) {
      Say("the demo cannot go on: " + MessageOf(shown));
      return kIo;
    }
  }
  Summarise(page);
  return out.Finish(page.failed() == 0 ? kDone : kFraming);
}

}  // namespace unstick::inline v0::cli
