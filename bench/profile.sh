#!/usr/bin/env bash
# bench/profile.sh CELL...: where the time of these rows of core_bench goes, by function. A cell is
# WORK/ROW/SIZE, e.g. lf-contig/unstick/100. Installs linux-perf if it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

(($# > 0)) || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
scripts/install_packages.sh profile
program=build/release/bench/core_bench
[[ -x $program ]] || { echo "profile.sh: no $program: ./run bench --quick builds it" >&2; exit 2; }

data=$(mktemp)
trap 'rm -f "$data"' EXIT
for cell in "$@"; do
  echo "$cell"
  perf record --quiet --freq 5000 --output "$data" "$program" --benchmark_filter="^$cell\$" >/dev/null 2>&1 ||
    { echo "profile.sh: perf cannot record here" >&2; exit 1; }
  perf report --input "$data" --stdio --percent-limit 2 --sort symbol 2>/dev/null |
    sed -nE 's/^ *([0-9.]+%) +\[(.)\] (.*)$/  \1  \2  \3/p' |
    sed -E 's/unstick::v0::|detail::|\(anonymous namespace\):://g; s/\([^)]*\).*//; s/<.*//' | cut -c1-90
done
