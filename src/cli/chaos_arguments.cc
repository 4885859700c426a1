#include "src/cli/chaos_arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "src/cli/chaos_plan.h"
#include "src/cli/option_values.h"

namespace unstick::inline v0::cli {
namespace {

constexpr const char* kFooter =
    "Start it between a client and its server: the client connects to LISTEN, and every "
    "connection\n"
    "goes on to TARGET. TCP passes a stream of bytes on, cut and glued as it likes; this does so "
    "on\n"
    "purpose, in both directions. A correct program behind --split, --merge, --delay and --rate\n"
    "notices nothing. One that takes what a read returns for a message breaks soon.\n\n"
    "Without any fault named, streams get --split 16 --merge 4KiB, and datagrams --drop 5\n"
    "--duplicate 5 --reorder 5. What happens depends on the seed, the number of the connection, "
    "the\n"
    "direction and the place in the stream alone: the same traffic meets the same faults again. "
    "The\n"
    "log has a JSON object for each, with its offset. Ctrl-C prints a summary and ends.\n\n"
    "SIZE: 100, 4KiB, 1MiB. TIME: 500us, 20ms, 5s, 2m. \"About SIZE\" is drawn from 1 to twice "
    "that.\n\n"
    "Examples:\n"
    "  unstick chaos tcp::5000 tcp:localhost:4000\n"
    "  unstick chaos tcp::5000 tcp:localhost:4000 --split 3 --delay 1ms --only to-client\n"
    "  unstick chaos tcp::5000 unix:/run/app.sock --cut 100KiB --cut-with rst --seed 7 --log "
    "run.jsonl\n"
    "  unstick chaos udp::5353 udp:localhost:53 --drop 20 --reorder 10";

// A number and what stands behind it.
bool Split(const std::string& given, std::uint64_t& value, std::string_view& unit) {
  const char* const end = given.data() + given.size();
  const auto [behind, error] = std::from_chars(given.data(), end, value);
  unit = {behind, static_cast<std::size_t>(end - behind)};
  return error == std::errc();
}

// Adds the options of faults.
class Adder {
 public:
  // `named` gets the name of an option that was given.
  Adder(CLI::App* command, std::string& named) : command_(command), named_(named) {}

  // Sizes stop where sums of them still fit.
  CLI::Option* Size(const std::string& flag, std::uint64_t& to, const std::string& about) {
    return Add(flag, "SIZE", about, [flag, &to](const std::string& given) {
      constexpr std::uint64_t kMost = std::uint64_t{1} << 50;
      const std::vector<std::pair<std::string_view, std::uint64_t>> units = {
          {"", 1},          {"KiB", 1 << 10}, {"MiB", 1 << 20},
          {"GiB", 1 << 30}, {"k", 1000},      {"M", 1'000'000}};
      std::uint64_t value = 0;
      std::string_view unit;
      const bool number = Split(given, value, unit);
      for (const auto& [name, times] : units) {
        if (!number || name != unit || value == 0 || value > kMost / times) continue;
        to = value * times;
        return;
      }
      throw CLI::ValidationError(flag, "\"" + given + "\" is no size; 1, 100, 4KiB and 1MiB are");
    });
  }

  void Percent(const std::string& flag, std::uint64_t& to, const std::string& about) {
    Add(flag, "PERCENT", about, [flag, &to](const std::string& given) {
      std::uint64_t value = 0;
      std::string_view unit;
      if (!Split(given, value, unit) || !(unit.empty() || unit == "%") || value > 100) {
        throw CLI::ValidationError(flag, "\"" + given + "\" is none of 0 to 100");
      }
      to = value;
    });
  }

  void Time(const std::string& flag, std::chrono::microseconds& to, const std::string& about) {
    Add(flag, "TIME", about, cli::Time(flag, std::chrono::microseconds::zero(), to));
  }

  CLI::Option* Add(const std::string& flag, const std::string& type, const std::string& about,
                   const TakeValue& take) {
    return command_
        ->add_option_function<std::string>(
            flag,
            [flag, take, &named = named_](const std::string& given) {
              take(given);
              named = flag;
            },
            about)
        ->type_name(type);
  }

 private:
  CLI::App* command_;
  std::string& named_;
};

}  // namespace

void AddChaos(CLI::App& program, ChaosOptions& o) {
  CLI::App* command =
      program.add_subcommand("chaos", "Pass connections on, cut and broken on purpose, by seed");
  command->add_option("LISTEN", o.listen, "where clients come: tcp, unix or udp")
      ->required()
      ->type_name("");
  command->add_option("TARGET", o.target, "where their bytes go")->required()->type_name("");
  AddNumber(command, "--seed", 0, o.seed, "what is drawn depends on it (1)");
  command->add_option("--log", o.log, "write what was done, a JSON object a line")
      ->type_name("FILE");
  AddChoice(command, "--only",
            Names<ChaosDirection>{{"to-target", ChaosDirection::kToTarget},
                                  {"to-client", ChaosDirection::kToClient}},
            o.faults.only, "harm one direction alone (both)");
  Adder streams(command, o.of_streams);
  Adder datagrams(command, o.of_datagrams);
  Adder both(command, o.of_both);
  streams.Size("--split", o.faults.split, "cut into pieces of 1 to SIZE bytes");
  streams.Size("--merge", o.faults.merge,
               "hold bytes back until 1 to SIZE are there, or none come for 20 ms;\n"
               "with --split now one, now the other");
  both.Time("--delay", o.faults.delay, "wait up to TIME between pieces, or datagrams");
  streams.Size("--rate", o.faults.rate, "pass at most SIZE bytes a second");
  CLI::Option* cut = streams.Size("--cut", o.faults.cut,
                                  "end each connection after about SIZE bytes of one direction");
  streams
      .Add("--cut-with", "fin|rst|either", "how: orderly, with a reset, or as it is drawn (either)",
           OneOf(
               "--cut-with",
               Names<ChaosCut>{
                   {"fin", ChaosCut::kFin}, {"rst", ChaosCut::kRst}, {"either", ChaosCut::kEither}},
               o.faults.cut_with))
      ->needs(cut);
  streams.Size("--half-close", o.faults.half_close, "end one direction after about SIZE bytes");
  streams.Size("--stall", o.faults.stall,
               "stop one direction after about SIZE bytes, until its receiver\n"
               "leaves: neither bytes nor an end come any more");
  both.Size("--flip", o.faults.flip, "flip a bit in about SIZE bytes");
  datagrams.Percent("--drop", o.faults.drop, "of the datagrams");
  datagrams.Percent("--duplicate", o.faults.duplicate, "of the datagrams");
  datagrams.Percent("--reorder", o.faults.reorder, "of the datagrams: held back for 20 ms");
  command->footer(kFooter);
}

}  // namespace unstick::inline v0::cli
