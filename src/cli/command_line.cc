#include "src/cli/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/cli/call_arguments.h"
#include "src/cli/chaos_arguments.h"
#include "src/cli/exit_code.h"
#include "src/cli/help_text.h"
#include "src/cli/messages.h"
#include "src/cli/option_values.h"
#include "src/cli/output.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::string_view kNoSubcommand = "A subcommand is required";  // CLI11's words

void AddSide(CLI::App* command, Side& side) {
  AddChoice(command, "--side", Names<Side>{{"client", Side::kClient}, {"server", Side::kServer}},
            side, "which end wrote the bytes, for framings that start differently (client)");
}

void AddOnError(CLI::App* command, OnError& on_error) {
  AddChoice(
      command, "--on-error",
      Names<OnError>{
          {"fail", OnError::kFail}, {"skip", OnError::kSkip}, {"resync", OnError::kResync}},
      on_error,
      "fail: stop; skip: drop a frame that is over-long, or bad where a mark ends it; resync:\n"
      "also search for the next provable boundary (fail)");
}

void AddMax(CLI::App* command, std::optional<std::string>& max) {
  command->add_option("--max", max, "the largest payload, instead of the framing's: 64KiB, 8MiB")
      ->type_name("SIZE");
}

void AddDecode(CLI::App& program, DecodeOptions& o) {
  CLI::App* command = program.add_subcommand("decode", "Take a byte stream apart into messages");
  command->add_option("SPEC", o.spec, "the framing")->required()->type_name("");
  command->add_option("FILE", o.file, "what to read; - is standard input (default)")->type_name("");
  AddChoice(command, "--output",
            Names<EventFormat>{{"jsonl", EventFormat::kJsonl},
                               {"text", EventFormat::kText},
                               {"hex", EventFormat::kHex},
                               {"raw", EventFormat::kRaw},
                               {"none", EventFormat::kNone}},
            o.output, "what to write (jsonl; text on a terminal)");
  AddSide(command, o.side);
  command->add_flag_callback(
      "--no-join", [&o] { o.join = false; }, "deliver the fragments of a message one by one");
  command->add_flag("--headers", o.headers,
                    "jsonl: also the bytes around each payload, and the preamble");
  CLI::Option* chunk =
      AddNumber(command, "--chunk", 1, o.chunk, "feed the decoder so many bytes at a time");
  AddNumber(command, "--chunk-random", 0, o.random_seed, "feed it in random cuts, the same by seed")
      ->type_name("SEED")
      ->excludes(chunk);
  AddOnError(command, o.on_error);
  AddMax(command, o.max);
  command->footer(std::string(kFramings) + "\n\n" + kDecodeFooter);
}

void AddInspect(CLI::App& program, InspectOptions& o) {
  using Colour = InspectOptions::Colour;
  CLI::App* command =
      program.add_subcommand("inspect", "Draw a byte stream with its boundaries, for people");
  command->add_option("SPEC", o.spec, "the framing")->required()->type_name("");
  command->add_option("FILE", o.file, "what to read; - is standard input (default)")->type_name("");
  AddSide(command, o.side);
  AddOnError(command, o.on_error);
  AddMax(command, o.max);
  command->add_flag("--full", o.whole, "leave nothing out");
  AddChoice(command, "--color",
            Names<Colour>{
                {"auto", Colour::kAuto}, {"always", Colour::kAlways}, {"never", Colour::kNever}},
            o.colour, "colours instead of bars (auto: on a terminal)");
  command->footer(std::string(kFramings) + "\n\n" + kInspectFooter);
}

void AddEncode(CLI::App& program, EncodeOptions& o) {
  CLI::App* command = program.add_subcommand("encode", "Frame messages into a byte stream");
  command->add_option("SPEC", o.spec, "the framing")->required()->type_name("");
  command->add_option("FILE", o.file, "what to read; - is standard input (default)")->type_name("");
  AddChoice(command, "--input",
            Names<MessageFormat>{{"jsonl", MessageFormat::kJsonl},
                                 {"lines", MessageFormat::kLines},
                                 {"hex", MessageFormat::kHex},
                                 {"raw", MessageFormat::kRaw}},
            o.input, "what to read (jsonl; lines on a terminal)");
  AddSide(command, o.side);
  command
      ->add_option("--preamble", o.preamble,
                   "the bytes before the first frame, where the framing leaves them to you")
      ->type_name("HEX");
  command->add_flag_callback(
      "--no-join", [&o] { o.join = false; }, "each message is a fragment, as decode has them");
  command->footer(std::string(kFramings) + "\n\n" + kEncodeFooter);
}

void AddTlsFiles(CLI::App* command, TlsFiles& files, const std::string& about_ca) {
  command->add_option("--cert", files.cert, "what this side shows over TLS: PEM, its own first")
      ->type_name("FILE");
  command->add_option("--key", files.key, "the key of that, not encrypted")->type_name("FILE");
  command->add_option("--ca", files.ca, about_ca)->type_name("FILE");
}

void AddEchoServe(CLI::App* echo, EchoServeOptions& o) {
  CLI::App* command = echo->add_subcommand("serve", "Send every message back to who sent it");
  command->add_option("ENDPOINT", o.endpoint, "where to listen")->required()->type_name("");
  command->add_option("--framing", o.framing, "how messages are told apart")
      ->required()
      ->type_name("SPEC");
  command->add_flag("--timestamp", o.timestamp, "say when a message came, before it");
  AddTlsFiles(command, o.tls, "who must have signed what a client shows (clients are not asked)");
  command
      ->add_option("--stats", o.stats,
                   "keep figures in this file, for Prometheus: at SIGUSR1 and at the end")
      ->type_name("FILE");
  command->footer(std::string(kEndpoints) + "\n\n" + kFramings + "\n\n" + kServeFooter);
}

void AddEchoCall(CLI::App* echo, EchoCallOptions& o) {
  CLI::App* command = echo->add_subcommand("call", "Send messages and print what comes back");
  command->add_option("ENDPOINT", o.endpoint, "where the server is")->required()->type_name("");
  command
      ->add_option("MESSAGE", o.messages, "what to send; without any, each line of standard input")
      ->type_name("");
  command->add_option("--framing", o.framing, "how messages are told apart")
      ->required()
      ->type_name("SPEC");
  const TakeValue take = Time("--timeout", std::chrono::microseconds(1), o.timeout);
  command
      ->add_option_function<std::string>(
          "--timeout", [take](const std::string& given) { take(Unmarked(given)); },
          "for connecting, and for each reply (5s)")
      ->type_name("TIME");
  AddTlsFiles(command, o.tls, "who must have signed what the server shows (the system's)");
  command->footer(std::string(kEndpoints) + "\n\n" + kFramings + "\n\n" + kCallFooter);
}

void AddPresets(CLI::App& program, PresetsOptions& o) {
  using Format = PresetsOptions::Format;
  CLI::App* command =
      program.add_subcommand("presets", "List the framings that have a name, or draw one");
  CLI::Option* name =
      command->add_option("NAME", o.name, "what to draw: a preset, or any other framing")
          ->type_name("");
  CLI::Option* json =
      command->add_flag_callback("--json", [&o] { o.format = Format::kJson; }, "an object a line");
  command
      ->add_flag_callback(
          "--markdown", [&o] { o.format = Format::kMarkdown; }, "the page docs/presets.md")
      ->excludes(json)
      ->excludes(name);
  command->footer(kPresetsFooter);
}

void AddDetect(CLI::App& program, DetectCommandOptions& o) {
  CLI::App* command =
      program.add_subcommand("detect", "Find out which framing a captured stream has");
  command->add_option("FILE", o.file, "what to read; - is standard input (default)")->type_name("");
  AddChoice(command, "--side", Names<Side>{{"client", Side::kClient}, {"server", Side::kServer}},
            o.side, "which end wrote the bytes (try both)");
  AddNumber(command, "--top", 1, o.top, "how many to print (5)");
  command->add_flag("--json", o.json, "an object a line");
  command->footer(kDetectFooter);
}

// Where one has to name a command, and has not, or one that is not there.
const CLI::App& NamedLast(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// "there is no command x; there are a, b".
std::string WhichCommand(const CLI::App& at) {
  std::string there;
  for (const CLI::App* command : at.get_subcommands([](const CLI::App*) { return true; })) {
    there += (there.empty() ? "" : ", ") + command->get_name();
  }
  const std::vector<std::string> given = at.remaining();
  if (given.empty()) return "a command is missing; there are " + there;
  return "there is no command \"" + given.front() + "\"; there are " + there;
}

// Help and version go to standard output, refusals to standard error. There is no help about what
// does not exist.
Answered Answer(const CLI::App& program, const CLI::ParseError& outcome) {
  const CLI::App& at = NamedLast(program);
  const bool no_command = at.get_require_subcommand_min() > 0 && !at.remaining().empty();
  if (no_command || outcome.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
    const std::string what = outcome.what();
    Say((no_command || what == kNoSubcommand ? WhichCommand(at) : what) +
        "\n\"unstick --help\" and \"unstick COMMAND --help\" say more.");
    return {kUsage};
  }
  std::ostringstream text;
  std::ostringstream none;
  program.exit(outcome, text, none);
  Output out(STDOUT_FILENO);
  out.Append(text.str());
  if (!text.str().ends_with('\n')) out.Append("\n");
  return {out.Finish(kDone)};
}

}  // namespace

Command ParseCommandLine(int argc, const char* const* argv) {
  CLI::App program("unstick: reliable message boundaries over byte streams", "unstick");
  program.require_subcommand(1);
  program.get_formatter()->column_width(34);
  program.footer(kProgramFooter);
  program.set_version_flag("--version", "unstick " UNSTICK_VERSION, "print the version");
  DecodeOptions decode;
  EncodeOptions encode;
  InspectOptions inspect;
  PresetsOptions presets;
  DetectCommandOptions detect;
  EchoServeOptions echo_serve;
  EchoCallOptions echo_call;
  ChaosOptions chaos;
  program.add_subcommand("demo", "Watch the problem and its cure on real sockets; start here")
      ->footer(kDemoFooter);
  AddDecode(program, decode);
  AddEncode(program, encode);
  AddInspect(program, inspect);
  AddPresets(program, presets);
  AddDetect(program, detect);
  CLI::App* echo = program.add_subcommand("echo", "Talk framed messages over a network");
  echo->require_subcommand(1);
  AddEchoServe(echo, echo_serve);
  AddEchoCall(echo, echo_call);
  AddChaos(program, chaos);
  try {
    std::vector<std::string> arguments = MarkedForCall({argv + std::min(argc, 1), argv + argc});
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    program.parse(std::move(arguments));
  } catch (const CLI::ParseError& outcome) {
    return Answer(program, outcome);
  }
  if (program.got_subcommand("demo")) return DemoOptions();
  if (program.got_subcommand("decode")) return decode;
  if (program.got_subcommand("encode")) return encode;
  if (program.got_subcommand("inspect")) return inspect;
  if (program.got_subcommand("presets")) return presets;
  if (program.got_subcommand("detect")) return detect;
  if (program.got_subcommand("chaos")) return chaos;
  if (echo->got_subcommand("serve")) return echo_serve;
  return Unmarked(std::move(echo_call));
}

}  // namespace unstick::inline v0::cli
