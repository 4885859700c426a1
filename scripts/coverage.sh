#!/usr/bin/env bash
# scripts/coverage.sh BUILD_DIRECTORY: sums up the profiles that the tests of a coverage build left there:
# a table of the library's and the program's files, and BUILD_DIRECTORY/html with every line.
set -euo pipefail
build=$1

llvm-profdata-19 merge -sparse "$build"/profiles/*.profraw -o "$build/tests.profdata"

# Every test program counts, and the program, which the script tests run.
objects=()
while IFS= read -r -d '' program; do
  objects+=(--object "$program")
done < <(find "$build" -type f -executable \
  \( -name '*_test' -o -name 'replay_*' -o -path '*/bin/unstick' \) -print0)
((${#objects[@]} > 0)) || { echo "coverage: no test program in $build" >&2; exit 1; }

show=("${objects[@]}" --instr-profile "$build/tests.profdata"
  --ignore-filename-regex '(^|/)(tests|fuzz|bench|examples|build)/|^/usr/')
llvm-cov-19 show "${show[@]:1}" --format html --output-dir "$build/html" >/dev/null
llvm-cov-19 report "${show[@]:1}" --show-branch-summary=false --show-region-summary=false
echo "Line by line: $build/html/index.html"
