#include "src/cli/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "src/cli/chaos_arguments.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::string_view kNoSubcommand = "A subcommand is required";  // CLI11's words

constexpr const char* kFramings =
    "Framings: length, varint, delim, line, fixed, unstick, each with options behind a colon:\n"
    "  length:width=2,endian=little   varint   delim:end='||'   line:eol=crlf,max=64KiB   "
    "fixed:size=188";

constexpr const char* kProgramFooter =
    "unstick COMMAND --help explains a command.\n\n"
    "Exit codes: 0 done; 2 usage (unknown option, wrong framing, wrong endpoint); 3 the bytes "
    "broke\n"
    "the framing, or a payload cannot be framed; 4 input or output failed.";

constexpr const char* kDecodeFooter =
    "Formats: jsonl has every event, an object a line: frames (payload in hex), gaps, and the end "
    "or\n"
    "an error last. text, hex and raw have the payloads alone: a line each with everything\n"
    "unprintable escaped, a line each in hex, or one after another as they are. none has nothing "
    "but\n"
    "the exit code. Gaps and errors are told on standard error.\n\n"
    "The output never depends on how the bytes were cut: --chunk and --chunk-random let you "
    "see.\n\n"
    "Examples:\n"
    "  printf '\\0\\0\\0\\5hello\\0\\0\\0\\2ok' | unstick decode length\n"
    "  unstick decode line capture.log --output text --on-error skip --max 4KiB\n"
    "  unstick decode \"delim:end='||'\" --chunk-random 7 < stream.bin";

constexpr const char* kEncodeFooter =
    "Formats: jsonl has an object a line, with \"payload\" in hex or \"text\"; what decode writes "
    "is\n"
    "read too. lines and hex have a message a line; raw is one message in all. A payload that the\n"
    "framing cannot carry stops it (exit 3), after the frames of the messages before it; the "
    "message\n"
    "names it by its number, counted from 0 as decode counts frames. So does a line that is no\n"
    "message.\n\n"
    "Examples:\n"
    "  echo '{\"text\":\"hello\"}' | unstick encode length:width=2 | unstick decode "
    "length:width=2\n"
    "  unstick encode varint --input lines words.txt > words.bin\n"
    "  unstick decode line old.log | unstick encode unstick > new.bin";

template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

constexpr const char* kDemoFooter =
    "Glued and torn reads on a loopback TCP connection, sleep() that does not help, then each\n"
    "framing strategy rebuilding every message, UDP, and typed messages. Takes a second or two,\n"
    "needs no network. Exit code 0 only if everything that was shown held.\n\n"
    "Example:\n"
    "  unstick demo";

constexpr const char* kEndpoints =
    "Endpoints: tcp:HOST:PORT, udp:HOST:PORT, unix:PATH, tls:HOST:PORT. An empty host means every\n"
    "interface when listening, port 0 any free port; IPv6 addresses stand in brackets:\n"
    "tcp:[::1]:4000.";

constexpr const char* kServeFooter =
    "Prints \"listening on ENDPOINT\" with the port that was chosen, then serves any number of\n"
    "clients at once. What one of them does wrong ends that one, and standard error has it. "
    "Ctrl-C\n"
    "answers what has arrived and ends; a second one ends at once.\n\n"
    "Examples:\n"
    "  unstick echo serve tcp::4000 --framing line --timestamp     (then: nc localhost 4000)\n"
    "  unstick echo serve unix:/tmp/echo.sock --framing length:width=2\n"
    "  unstick echo serve tls::4433 --framing line --cert cert.pem --key key.pem";

constexpr const char* kCallFooter =
    "Each message is sent when the reply to the one before has been printed. On a terminal there "
    "is\n"
    "a prompt, and bytes of a reply that could disturb it are escaped. No reply in time: exit "
    "4.\n\n"
    "Examples:\n"
    "  unstick echo call tcp:localhost:4000 --framing line hello 'how are you'\n"
    "  seq 3 | unstick echo call udp:localhost:4000 --framing length --timeout 500ms\n"
    "  unstick echo call tls:localhost:4433 --framing line --ca cert.pem hello";

constexpr const char* kDetectFooter =
    "The bytes of one direction, from the start of a connection. Looks at the first 1 MiB, tries\n"
    "every framing that has a name, and ranks those that explain the bytes by how unlikely it is\n"
    "that others would fit as well. Under 28 bits of evidence it is a guess. Framings that are "
    "the\n"
    "same but for names and limits are one entry. Nothing fits: exit 3.\n\n"
    "Examples:\n"
    "  unstick detect capture.bin\n"
    "  unstick detect --side server --json < replies.bin";

constexpr const char* kInspectFooter =
    "Each frame starts a line. Bars stand between header, payload and trailer, and around what is "
    "none of\n"
    "them: a preamble, bytes between frames, a gap, the bytes that broke the framing; on a "
    "terminal "
    "these\n"
    "have colours. Numbers on the left are offsets in the stream. Of long stretches the middle is "
    "left\n"
    "out. Fragments are drawn one by one.\n\n"
    "Examples:\n"
    "  printf '\\0\\5hello\\0\\2ok' | unstick inspect length:width=2\n"
    "  unstick inspect http capture.bin | less";

constexpr const char* kPresetsFooter =
    "Without a NAME: name, strategy, spec and reference of each, a line each. With one: who speaks "
    "it,\n"
    "where it is written down, and its bytes as a picture made from the spec. Options may follow "
    "the\n"
    "name, and any spec will do.\n\n"
    "Examples:\n"
    "  unstick presets | grep RFC\n"
    "  unstick presets websocket\n"
    "  unstick presets 'length:width=2,align=4;check=crc32c'";

// An option whose value is one of a few names.
template <typename Value, typename To>
CLI::Option* AddChoice(CLI::App* command, const std::string& flag, const Names<Value>& names,
                       To& to, const std::string& about) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : "|") + name.first;
  const auto take = [flag, names, all, &to](const std::string& given) {
    for (const auto& [name, value] : names) {
      if (name != given) continue;
      to = value;
      return;
    }
    throw CLI::ValidationError(flag, "\"" + given + "\" is none of " + all);
  };
  return command->add_option_function<std::string>(flag, take, about)->type_name(all);
}

// An option whose value is a whole number, at least `least`.
CLI::Option* AddNumber(CLI::App* command, const std::string& flag, std::uint64_t least,
                       std::optional<std::uint64_t>& to, const std::string& about) {
  const auto take = [flag, least, &to](const std::string& given) {
    std::uint64_t value = 0;
    const char* const end = given.data() + given.size();
    const auto [behind, error] = std::from_chars(given.data(), end, value);
    if (error != std::errc() || behind != end || value < least) {
      throw CLI::ValidationError(
          flag, "\"" + given + "\" is no whole number from " + std::to_string(least) + " up");
    }
    to = value;
  };
  return command->add_option_function<std::string>(flag, take, about);
}

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
      "fail: stop; skip: drop an over-long frame and go on; resync: also search for the next\n"
      "provable boundary (fail)");
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
  command->add_flag("!--no-join", o.join, "deliver the fragments of a message one by one");
  CLI::Option* chunk =
      AddNumber(command, "--chunk", 1, o.chunk, "feed the decoder so many bytes at a time")
          ->type_name("N");
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
  command->footer(std::string(kFramings) + "\n\n" + kEncodeFooter);
}

// An option whose value is a time: 5s, 200ms, 2m.
CLI::Option* AddDuration(CLI::App* command, const std::string& flag, net::Duration& to,
                         const std::string& about) {
  const auto take = [flag, &to](const std::string& given) {
    std::uint32_t count = 0;
    const char* const end = given.data() + given.size();
    const auto [behind, error] = std::from_chars(given.data(), end, count);
    const std::string_view unit(behind, static_cast<std::size_t>(end - behind));
    const int milliseconds = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
    if (error != std::errc() || milliseconds == 0 || count == 0) {
      throw CLI::ValidationError(flag,
                                 "\"" + given + "\" is no time; 5s, 200ms and 2m are, 0 is not");
    }
    to = std::chrono::milliseconds(std::int64_t{count} * milliseconds);
  };
  return command->add_option_function<std::string>(flag, take, about)->type_name("TIME");
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
  AddDuration(command, "--timeout", o.timeout, "for connecting, and for each reply (5s)");
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
  AddNumber(command, "--top", 1, o.top, "how many to print (5)")->type_name("N");
  command->add_flag("--json", o.json, "an object a line");
  command->footer(kDetectFooter);
}

// CLI11 takes an argument such as "[a,b]" for a list of two. Messages are what they are, so such
// arguments of `echo call` carry a mark past it.
constexpr char kMark = '\x1a';

std::vector<std::string> Marked(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const bool is_call = arguments.size() > 2 && arguments[0] == "echo" && arguments[1] == "call";
  for (std::string& argument : arguments) {
    if (is_call && argument.starts_with('[')) argument.insert(argument.begin(), kMark);
  }
  return arguments;
}

EchoCallOptions Unmarked(EchoCallOptions o) {
  const auto unmark = [](std::string& argument) {
    if (argument.starts_with(kMark)) argument.erase(0, 1);
  };
  unmark(o.endpoint);
  unmark(o.framing);
  for (std::string* file : {&o.tls.cert, &o.tls.key, &o.tls.ca}) unmark(*file);
  for (std::string& message : o.messages) unmark(message);
  return o;
}

// "there is no command x; there are a, b", for the place where a command is missing.
std::string WhichCommand(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::string there;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
    there += (there.empty() ? "" : ", ") + command->get_name();
  }
  const std::vector<std::string> given = at->remaining();
  if (given.empty()) return "a command is missing; there are " + there;
  return "there is no command \"" + given.front() + "\"; there are " + there;
}

// Help and version go to standard output, refusals to standard error.
Answered Answer(const CLI::App& program, const CLI::ParseError& outcome) {
  if (outcome.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
    const std::string what = outcome.what();
    Say((what == kNoSubcommand ? WhichCommand(program) : what) +
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
    std::vector<std::string> arguments = Marked(argc, argv);
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
