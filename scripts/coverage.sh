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

show=("${objects[@]:1}" --instr-profile "$build/tests.profdata" --compilation-dir "$build"
  --ignore-filename-regex '(^|/)(tests|fuzz|bench|examples|build)/|^/usr/')
llvm-cov-19 show "${show[@]}" --format html --output-dir "$build/html" >/dev/null
llvm-cov-19 report "${show[@]}" --show-region-summary=false >"$build/report.txt"
cat "$build/report.txt"

# What each layer has: the sums of its files' columns "lines missed branches missed".
for layer in core net tls asio proto cli; do
  awk -v layer="$layer" '
    $1 ~ "(^|/)(src|include/unstick)/" layer "/" || $1 ~ "^" layer "/" {
      lines += $5; lines_missed += $6; branches += $8; branches_missed += $9
    }
    END {
      printf "%-6s lines %6.2f%% of %5d   branches %6.2f%% of %5d\n", layer,
        lines ? 100 * (1 - lines_missed / lines) : 0, lines,
        branches ? 100 * (1 - branches_missed / branches) : 0, branches
    }' "$build/report.txt"
done
echo "Line by line: $build/html/index.html"
