// Runs the benchmarks of a program and closes with a table of ratios to the hand-written limit of
// the same work in the same run. A benchmark is named work/who/size; `hand` is the limit.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Measured {
  std::string name;
  double nanoseconds = 0;
};

// Passes everything on to the console and keeps one time a benchmark: the median of its
// repetitions.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.error_occurred || run.iterations == 0) continue;
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median") continue;
      Keep(run.run_name.function_name + (run.run_name.args.empty() ? "" : "/" + run.run_name.args),
           run.GetAdjustedRealTime() * PerItem(run));
    }
  }

  void PrintRatios() const {
    std::printf("\n%-44s %12s %12s\n", "work", "ns", "of the limit");
    for (const Measured& measured : kept_) {
      const auto limit = times_.find(LimitOf(measured.name));
      if (limit == times_.end()) continue;
      std::printf("%-44s %12.2f %11.2fx\n", measured.name.c_str(), measured.nanoseconds,
                  measured.nanoseconds / limit->second);
    }
  }

 private:
  // A run that counts items is shown in time per item.
  static double PerItem(const Run& run) {
    const auto rate = run.counters.find("items_per_second");
    if (rate == run.counters.end() || rate->second.value <= 0) return 1;
    return 1e9 / rate->second.value / run.GetAdjustedRealTime();
  }

  static std::string LimitOf(const std::string& name) {
    const std::size_t first = name.find('/');
    const std::size_t second = name.find('/', first + 1);
    if (second == std::string::npos) return {};
    return name.substr(0, first) + "/hand" + name.substr(second);
  }

  void Keep(const std::string& name, double nanoseconds) {
    if (times_.insert_or_assign(name, nanoseconds).second) kept_.push_back({name, 0});
    for (Measured& measured : kept_) {
      if (measured.name == name) measured.nanoseconds = nanoseconds;
    }
  }

  std::vector<Measured> kept_;
  std::map<std::string, double> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.PrintRatios();
  return 0;
}
