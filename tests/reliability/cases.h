// What strangers do to a server, at full size: each case prints its figures and says whether they
// keep within their goals.

#ifndef UNSTICK_TESTS_RELIABILITY_CASES_H_
#define UNSTICK_TESTS_RELIABILITY_CASES_H_

#include <cstdio>

namespace unstick::inline v0::testing {

// Prints "name   12.3 unit   (at most 20)" and remembers whether it is within its goal.
class Figures {
 public:
  explicit Figures(const char* name) { std::printf("%s\n", name); }
  void Say(const char* what, double value, const char* unit) {
    std::printf("  %-58s %12.1f %s\n", what, value, unit);
  }
  void AtMost(const char* what, double value, double goal, const char* unit) {
    Judge(what, value, "at most", goal, unit, value <= goal);
  }
  void AtLeast(const char* what, double value, double goal, const char* unit) {
    Judge(what, value, "at least", goal, unit, value >= goal);
  }
  void Exactly(const char* what, double value, double goal, const char* unit) {
    Judge(what, value, "exactly", goal, unit, value == goal);
  }
  int ExitCode() const { return missed_ ? 1 : 0; }

 private:
  void Judge(const char* what, double value, const char* sense, double goal, const char* unit,
             bool met) {
    std::printf("  %-58s %12.1f %s (%s %.1f)%s\n", what, value, unit, sense, goal,
                met ? "" : "  MISSED");
    missed_ = missed_ || !met;
  }

  bool missed_ = false;
};

// `small`: what a test run has time for.
int IdleConnections(bool small);
int DeclaredFrames(bool small);
int DrippingClients(bool small);
int ClientThatNeverReads(bool small);
int NoDescriptors(bool small);
int GracefulClose(bool small);
int ProcessorTime(bool small);
int LargeFrames(bool small);

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_RELIABILITY_CASES_H_
