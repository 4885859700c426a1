#!/usr/bin/env bash
# Standard streams: events come out as soon as they are known, a reader that leaves ends the program
# quietly, and a full disk is told.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

for format in lines jsonl; do
  yes '{"text":"a line that is long enough to fill a pipe before long"}' | head -n 200000 >in
  ((checks += 1))
  # The reader takes one line and leaves: no message, no failure.
  "$UNSTICK" encode line --input $format <in 2>err | head -n 1 >out
  codes=("${PIPESTATUS[@]}")
  ((codes[0] == 0)) || fail "encode --input $format into head: exit code ${codes[0]}"
  [[ ! -s err && $(wc -l <out) -eq 1 ]] || fail "encode --input $format into head: $(cat err)"
done
for format in jsonl text hex raw; do
  ((checks += 1))
  "$UNSTICK" decode line --output $format <in 2>err | head -c 10 >out
  codes=("${PIPESTATUS[@]}")
  ((codes[0] == 0)) || fail "decode --output $format into head: exit code ${codes[0]}"
  [[ ! -s err && $(wc -c <out) -eq 10 ]] || fail "decode --output $format into head: $(cat err)"
done

# What cannot be written.
head -n 3 in >few
for input in few in; do
  for command in "decode line" "decode line --output raw" "encode length --input lines" "--help" "--version"; do
    # shellcheck disable=SC2086
    "$UNSTICK" $command <$input >/dev/full 2>err
    code=$?
    exits "$command <$input >/dev/full" 4 "standard output: No space left on device"
    # shellcheck disable=SC2086
    "$UNSTICK" $command <$input >&- 2>err
    code=$?
    exits "$command <$input >&-" 4 "standard output"
  done
done
# A broken stream into a full disk: the disk is what stopped it.
printf '\0' | "$UNSTICK" decode length >/dev/full 2>err
code=$?
exits "an error that cannot be written" 4 "No space left on device"
"$UNSTICK" decode line <&- >out 2>err
code=$?
exits "no standard input" 4 "standard input"

# A frame is out before the next one has come, and before the input ends.
mkfifo to from
"$UNSTICK" decode line --output text <to >from &
decoder=$!
exec 8>to 9<from
for word in one two three; do
  printf '%s\n' "$word" >&8
  ((checks += 1))
  read -r -t 60 line <&9 && [[ $line == "$word" ]] || fail "decode holds back $word: ${line-}"
done
exec 8>&-
wait "$decoder" || fail "decode from a pipe"
exec 9<&-
"$UNSTICK" encode line --input hex <to >from &
encoder=$!
exec 8>to 9<from
for word in 61 6262; do
  printf '%s\n' "$word" >&8
  ((checks += 1))
  read -r -t 60 line <&9 && [[ $(printf '%s' "$line" | od -An -tx1 | tr -d ' ') == "$word" ]] ||
    fail "encode holds back $word: ${line-}"
done
exec 8>&-
wait "$encoder" || fail "encode into a pipe"
exec 9<&-

# Large input: the same frames come out as went in, whatever the cuts.
((checks += 1))
for cut in "" "--chunk 1000000" "--chunk 4097" "--chunk-random 3"; do
  # shellcheck disable=SC2086
  "$UNSTICK" encode unstick --input lines in | "$UNSTICK" decode unstick --output text $cut | cmp -s - in ||
    fail "200000 messages, $cut"
done

finish
