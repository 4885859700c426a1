#include "src/cli/chaos_arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "src/cli/chaos_plan.h"

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
    "SIZE: 100, 4KiB, 1MiB. TIME: 500us, 20ms, 1s. \"About SIZE\" is drawn from 1 to twice "
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

class Adder {
 public:
  Adder(CLI::App* command, ChaosOptions& options) : command_(command), options_(options) {}

  // Sizes stop where sums of them still fit.
  void Size(const std::string& flag, std::uint64_t& to, const std::string& about) {
    Add(flag, "SIZE", about, [flag, &to](const std::string& given) {
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
    Add(flag, "TIME", about, [flag, &to](const std::string& given) {
      std::uint64_t value = 0;
      std::string_view unit;
      const bool number = Split(given, value, unit);
      const std::uint64_t times = unit == "us"   ? 1
                                  : unit == "ms" ? 1000
                                  : unit == "s"  ? 1000000
                                                 : 0;
      if (!number || times == 0 || value > std::numeric_limits<std::uint32_t>::max()) {
        throw CLI::ValidationError(flag, "\"" + given + "\" is no time; 500us, 20ms and 1s are");
      }
      to = std::chrono::microseconds(value * times);
    });
  }

  // `take` may refuse by throwing.
  template <typename Take>
  void Add(const std::string& flag, const std::string& type, const std::string& about,
           const Take& take) {
    command_
        ->add_option_function<std::string>(
            flag,
            [take, &any = options_.any_fault](const std::string& given) {
              take(given);
              any = true;
            },
            about)
        ->type_name(type);
  }

 private:
  CLI::App* command_;
  ChaosOptions& options_;
};

template <typename Value>
auto OneOf(const std::string& flag, std::vector<std::pair<std::string, Value>> names, auto& to) {
  return [flag, names = std::move(names), &to](const std::string& given) {
    for (const auto& [name, value] : names) {
      if (name != given) continue;
      to = value;
      return;
    }
    throw CLI::ValidationError(flag, "\"" + given + "\" is not known; --help says which are");
  };
}

}  // namespace

void AddChaos(CLI::App& program, ChaosOptions& o) {
  CLI::App* command =
      program.add_subcommand("chaos", "Pass connections on, cut and broken on purpose, by seed");
  command->add_option("LISTEN", o.listen, "where clients come: tcp, unix or udp")
      ->required()
      ->type_name("");
  command->add_option("TARGET", o.target, "where their bytes go")->required()->type_name("");
  command->add_option("--seed", o.seed, "what is drawn depends on it (1)")->type_name("N");
  command->add_option("--log", o.log, "write what was done, a JSON object a line")
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--only",
          OneOf<ChaosDirection>(
              "--only",
              {{"to-target", ChaosDirection::kToTarget}, {"to-client", ChaosDirection::kToClient}},
              o.faults.only),
          "harm one direction alone (both)")
      ->type_name("to-target|to-client");
  Adder add(command, o);
  add.Size("--split", o.faults.split, "cut into pieces of 1 to SIZE bytes");
  add.Size("--merge", o.faults.merge,
           "hold bytes back until 1 to SIZE are there, or none come for 20 ms;\n"
           "with --split now one, now the other");
  add.Time("--delay", o.faults.delay, "wait up to TIME between pieces, or datagrams");
  add.Size("--rate", o.faults.rate, "pass at most SIZE bytes a second");
  add.Size("--cut", o.faults.cut, "end each connection after about SIZE bytes of one direction");
  add.Add("--cut-with", "fin|rst|either", "how: orderly, with a reset, or as it is drawn (either)",
          OneOf<ChaosCut>(
              "--cut-with",
              {{"fin", ChaosCut::kFin}, {"rst", ChaosCut::kRst}, {"either", ChaosCut::kEither}},
              o.faults.cut_with));
  add.Size("--half-close", o.faults.half_close, "end one direction after about SIZE bytes");
  add.Size("--stall", o.faults.stall, "stop one direction for ever after about SIZE bytes");
  add.Size("--flip", o.faults.flip, "flip a bit in about SIZE bytes");
  add.Percent("--drop", o.faults.drop, "of the datagrams");
  add.Percent("--duplicate", o.faults.duplicate, "of the datagrams");
  add.Percent("--reorder", o.faults.reorder, "of the datagrams: held back for 20 ms");
  command->footer(kFooter);
}

}  // namespace unstick::inline v0::cli
