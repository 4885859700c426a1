#!/usr/bin/env bash
# The limit on a payload at exactly max and max + 1, with the delimiter cut, in skip mode too.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

repeat() { printf "%${2}s" '' | tr ' ' "$1"; } # CHARACTER COUNT

# each_cut WHAT ARGUMENT...: the last run() again in small chunks, which cut each mark at each of its bytes.
# Every cut of every short stream, at the limits too, is tried without a process for each: tests/laws.
each_cut() {
  local what=$1 n expected=$code
  shift
  cp out whole
  for n in 1 2 3; do
    run "$@" --chunk "$n"
    checks=$((checks + 1))
    cmp -s out whole && ((code == expected)) || fail "$what: --chunk $n: $(cat out)"
  done
}

# check_mark MARK SPEC: payloads at and over a limit of 5 bytes, and one more behind them
check_mark() {
  local mark=$1 spec=$2 size=${#1} length at
  for length in 0 4 5; do # within the limit
    printf '%s%s%s%s' "$(repeat a $length)" "$mark" ok "$mark" >in
    at=$((length + size))
    within() {
      frame 0 0 "$at" 0 "$(repeat a $length)"
      frame 1 "$at" $((2 + size)) 0 ok
      end $((at + 2 + size)) 2
    }
    for mode in fail skip; do
      run decode "$spec" --max 5 --on-error $mode
      emits "$spec, $length of 5 bytes, $mode" within
      exits "$spec, $length of 5 bytes, $mode" 0
    done
    each_cut "$spec, $length of 5 bytes" decode "$spec" --max 5 --on-error skip
  done
  for length in 6 9; do # over it
    printf '%s%s%s%s' "$(repeat a $length)" "$mark" ok "$mark" >in
    at=$((length + size))
    run decode "$spec" --max 5
    grep -q '^{"error":"payload_too_large","offset":0,"message":"..*"}$' out && (($(wc -l <out) == 1)) ||
      fail "$spec, $length of 5 bytes: $(cat out)"
    exits "$spec, $length of 5 bytes" 3 payload_too_large
    each_cut "$spec, $length of 5 bytes" decode "$spec" --max 5
    skipped() {
      gap payload_too_large 0 "$at"
      frame 0 "$at" $((2 + size)) 0 ok
      end $((at + 2 + size)) 1
    }
    run decode "$spec" --max 5 --on-error skip
    emits "$spec, $length of 5 bytes skipped" skipped
    exits "$spec, $length of 5 bytes skipped" 0 "1 gap, $at bytes skipped"
    each_cut "$spec, $length of 5 bytes skipped" decode "$spec" --max 5 --on-error skip
  done
  # The input ends inside what is being skipped: the gap, then the end.
  printf '%s%s%s' ok "$mark" "$(repeat a 9)" >in
  at=$((2 + size))
  tail_skipped() {
    frame 0 0 "$at" 0 ok
    gap payload_too_large "$at" 9
    end $((at + 9)) 1
  }
  run decode "$spec" --max 5 --on-error skip
  emits "$spec, input ends in a skipped frame" tail_skipped
  exits "$spec, input ends in a skipped frame" 0 "1 gap, 9 bytes skipped"
  each_cut "$spec, input ends in a skipped frame" decode "$spec" --max 5 --on-error skip
}
check_mark $'\n' line
check_mark $'\r\n' line
check_mark '||' "delim:end='||'"
check_mark 'END' "delim:end='END'"

# Half a delimiter is payload until the other half is there, at the limit too.
printf 'aaaa|||ok||' >in
run decode "delim:end='||'" --max 5 --output text
same "the mark that starts earliest" $'aaaa\n|ok\n'
printf 'a|b|c||' >in
run decode "delim:end='||'" --max 5 --output text
same "half marks inside" $'a|b|c\n'
each_cut "half marks inside" decode "delim:end='||'" --max 5 --output text
printf 'aaaaa|' >in
run decode "delim:end='||'" --max 5
grep -q '"truncated","offset":0,"buffered":6,"needed":null' out || fail "half a mark at the end: $(cat out)"
each_cut "half a mark at the end" decode "delim:end='||'" --max 5
printf 'aaaaa|b||' >in
run decode "delim:end='||'" --max 5
grep -q '"payload_too_large","offset":0' out || fail "half a mark over the limit: $(cat out)"
each_cut "half a mark over the limit" decode "delim:end='||'" --max 5
printf 'aaaaa\rb\n' >in
run decode line --max 5
grep -q '"payload_too_large","offset":0' out || fail "a CR that ends no line: $(cat out)"

# A length field: exactly max, max + 1, and skipped exactly.
printf '\5hello\6hello!\2ok' >in
run decode length:width=1 --max 5
emits "over the limit" eval 'frame 0 0 6 1 hello; error payload_too_large 6 \
"payload_too_large at offset 6: payload of 6 bytes, more than the limit of 5 (the frame starts with 06)"'
exits "over the limit" 3 payload_too_large
each_cut "over the limit" decode length:width=1 --max 5
run decode length:width=1 --max 5 --on-error skip
emits "skipped" eval 'frame 0 0 6 1 hello; gap payload_too_large 6 7; frame 1 13 3 1 ok; end 16 2'
exits "skipped" 0 "1 gap, 7 bytes skipped"
each_cut "skipped" decode length:width=1 --max 5 --on-error skip
printf '\6hel' >in
run decode length:width=1 --max 5 --on-error skip
emits "ends while skipping" eval 'gap payload_too_large 0 4; end 4 0'

# A frame over the limit is refused as soon as that is known, while more may still come.
mkfifo pipe
for bytes in 'aaaaaa' 'aaaaa\rb'; do
  exec 9<>pipe
  printf "$bytes" >&9
  timeout 20 "$UNSTICK" decode line --max 5 <pipe >out 2>err
  code=$?
  exec 9>&-
  exits "refused at once" 3 payload_too_large
done

finish
