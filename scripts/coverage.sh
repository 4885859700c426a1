#!/usr/bin/env bash
# scripts/coverage.sh BUILD_DIRECTORY: sums up the profiles that the tests of a coverage build left there: what each layer
# has, BUILD_DIRECTORY/report.txt with each file, BUILD_DIRECTORY/html with every line. Fails where more lines
# and branches of the core are not run than tests/coverage/uncovered.txt allows, or where it names one that is.
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

show=("${objects[@]:1}" --instr-profile "$build/tests.profdata" --compilation-dir "$build"
  --ignore-filename-regex '(^|/)(tests|fuzz|bench|examples|build)/|^/usr/')
llvm-cov-19 report "${show[@]}" --show-region-summary=false --show-mcdc-summary >"$build/report.txt" &
llvm-cov-19 show "${show[@]}" --format html --show-mcdc --output-dir "$build/html" >/dev/null
wait "$!"
llvm-cov-19 export "${show[@]}" --skip-functions --skip-expansions >"$build/coverage.json" &
llvm-cov-19 export "${show[@]}" --format lcov >"$build/coverage.lcov"
wait "$!"
/usr/bin/python3 scripts/coverage.py "$build/coverage.json" "$build/coverage.lcov" tests/coverage/uncovered.txt
echo "Line by line: $build/html/index.html"
