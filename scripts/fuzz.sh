#!/usr/bin/env bash
# scripts/fuzz.sh DIRECTORY [SECONDS] [TARGET...]: runs every fuzz target of DIRECTORY (or the named ones)
# for SECONDS (60) each, as many at a time as there are processors. One summary line each; fails if any
# target failed, and says which input did it. What the targets learn is kept in DIRECTORY for next time.
#
# With FUZZ_SEED and FUZZ_RUNS in the environment: that many runs from that seed, the same ones each time as
# long as SECONDS suffice and DIRECTORY has learnt nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$1
seconds=${2-60}
shift $(($# < 2 ? $# : 2))
[[ $seconds =~ ^[0-9]+$ ]] || { echo "fuzz: '$seconds' is not a number of seconds" >&2; exit 2; }

targets=("$@")
if ((${#targets[@]} == 0)); then
  for source in fuzz/*.cc; do
    name=$(basename "$source" .cc)
    [[ -x $directory/$name ]] && targets+=("$name")
  done
fi
((${#targets[@]} > 0)) || { echo "fuzz: no fuzz target was built" >&2; exit 1; }
for name in "${targets[@]}"; do
  [[ -x $directory/$name ]] || { echo "fuzz: there is no target '$name'" >&2; exit 2; }
done

# fuzz_one TARGET: runs it and prints its line; fails as it does.
fuzz_one() {
  local report status=0
  report=$(run_target "$1") || status=1
  printf '%s\n' "$report"  # in one piece: another target runs at the same time
  return $status
}

run_target() {
  local name=$1
  local learnt=$directory/learnt/$name crashes=$directory/crashes/$name log=$directory/$name.log
  mkdir -p "$learnt" "$crashes"
  local arguments=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
    -artifact_prefix="$crashes/")
  [[ -z ${FUZZ_SEED-} ]] || arguments+=(-seed="$FUZZ_SEED" -runs="${FUZZ_RUNS:?how many}")
  [[ -e fuzz/dict/$name.dict ]] && arguments+=(-dict="fuzz/dict/$name.dict")
  arguments+=("$learnt")
  [[ -d fuzz/corpus/$name ]] && arguments+=("fuzz/corpus/$name")

  local verdict=OK
  "$directory/$name" "${arguments[@]}" </dev/null >"$log" 2>&1 || verdict=FAILED

  # libFuzzer's last progress line: "#4213 DONE cov: 31 ft: 40 corp: 9/88b lim: 4 exec/s: 2106 rss: 31Mb"
  local progress
  progress=$(grep -aE '^#[0-9]+[[:space:]].*cov: ' "$log" | tail -n 1 || true)
  field() { sed -nE "s|.*$1 ([0-9]+).*|\1|p" <<<"$progress"; }
  local runs edges inputs speed
  runs=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+).*/\1/p' "$log")
  speed=$(sed -nE 's/^stat::average_exec_per_sec: *([0-9]+).*/\1/p' "$log")
  edges=$(field cov:)
  inputs=$(field corp:)
  printf '%-28s %11s runs %8s/s %6s edges %6s inputs  %s\n' \
    "$name" "${runs:-?}" "${speed:-?}" "${edges:-?}" "${inputs:-?}" "$verdict"
  [[ $verdict == OK ]] && return 0

  grep -aE -m 3 'ERROR: |runtime error|SUMMARY: |libFuzzer: ' "$log" | sed 's/^/    /' || true
  local input
  input=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$log" | tail -n 1)
  if [[ -n $input ]]; then
    echo "    the input: $input"
    echo "    again:     $directory/$name $input"
  fi
  echo "    all it said: $log"
  return 1
}

export directory seconds
export -f fuzz_one run_target
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

# shellcheck disable=SC2016  # the inner bash expands it
printf '%s\0' "${targets[@]}" |
  xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$@"' bash || {
  echo "fuzz: at least one target failed" >&2
  exit 1
}
