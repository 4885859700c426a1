#!/usr/bin/env bash
# decode: events, formats, errors and exit codes, the same for every cut.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

three() { frame 0 0 9 4 hello; frame 1 9 4 4 ''; frame 2 13 6 4 ok; end 19 3; }

printf '\0\0\0\5hello\0\0\0\0\0\0\0\2ok' >in
run decode length:width=4
emits "three frames" three
exits "three frames" 0
every_cut "three frames" decode length:width=4
cp in stream
run decode length stream --output jsonl
emits "from a file" three
run decode length -
emits "from -" three
run decode --output hex length
same "hex" $'68656c6c6f\n\n6f6b\n'
run decode length --output raw
same "raw" hellook
run decode length --output none
same "none" ''
exits "none" 0
run decode length --output text --side server
same "text" $'hello\n\nok\n'

# Cut short: the frames before come first, then how much there is of the last.
cut() {
  frame 0 0 9 4 hello; frame 1 9 4 4 ''
  truncated 13 5 6 'truncated at offset 13: input ended inside a frame, after 5 of its 6 bytes'
}
printf '\0\0\0\5hello\0\0\0\0\0\0\0\2o' >in
run decode length:width=4
emits "cut one byte short" cut
exits "cut one byte short" 3 "truncated at offset 13"
every_cut "cut one byte short" decode length:width=4
for output in text hex raw none; do
  run decode length --output "$output"
  exits "cut short, $output" 3 "truncated at offset 13"
done
printf '\0\0' >in
run decode length
emits "size unknown" truncated 0 2 null \
  'truncated at offset 0: input ended inside a frame, after 2 bytes of it'
exits "size unknown" 3 "truncated"

# Nothing at all is a clean end.
: >in
run decode length
emits "no bytes" end 0 0
exits "no bytes" 0

# Several frames, then bytes that break the framing; what follows is not looked at.
too_large() {
  frame 0 0 6 4 ok
  error payload_too_large 6 "payload_too_large at offset 6: payload of 1195725856 bytes, more than the \
limit of 8388608 (the frame starts with 47455420); this looks like HTTP, is a client on the wrong port?"
}
printf '\0\0\0\2okGET / HTTP/1.1\r\n' >in
run decode length
emits "another protocol" too_large
exits "another protocol" 3 "HTTP"
every_cut "another protocol" decode length
run decode length --output text
same "frames before the error" $'ok\n'

# A broken frame that another broken one could follow: errors are final.
printf '\0\1\0' >in
run decode length:width=2,counts=frame
grep -q '^{"error":"length_below_header","offset":0,"message":"' out || fail "length_below_header: $(cat out)"
exits "length below header" 3 length_below_header

# Constants, checksums and resynchronisation.
printf '%s\n' '{"text":"one"}' '{"text":"two"}' '{"text":"three"}' >in
"$UNSTICK" encode unstick <in >native
size=$(wc -c <native)
first=$(((size - 3 - 3 - 5) / 3 + 3))
{ head -c "$first" native; printf 'garbage'; tail -c +$((first + 1)) native; } >in
run decode unstick --output text
same "garbage between frames" $'one\n'
exits "garbage between frames" 3 bad_magic
every_cut "garbage between frames" decode unstick --output text
run decode unstick --on-error resync --output text
same "resync" $'one\ntwo\nthree\n'
exits "resync" 0 "1 gap, 7 bytes skipped"
run decode unstick --on-error resync
grep -qx '{"gap":true,"code":"bad_magic","offset":'"$first"',"skipped":7}' out || fail "resync: $(cat out)"
every_cut "resync" decode unstick --on-error resync
for spec in length line fixed:size=4; do
  run decode "$spec" --on-error resync
  same "resync without a boundary to prove: $spec" ''
  exits "resync without a boundary to prove: $spec" 2 "no boundary that can be proved"
done

# What is not printable cannot reach the terminal.
printf 'a\x1b[31m\\ \tb\rc\0\x7f\xff\xc3\xa9\xc2\x85\xe2\x80\xae\xed\xa0\x80!\n' >in
run decode line --output text
same "escapes" $'a\\x1b[31m\\\\ \\tb\\rc\\0\\x7f\\xff\xc3\xa9\\xc2\\x85\\xe2\\x80\\xae\\xed\\xa0\\x80!\n'

# --max overrides the framing's own, whatever that was.
printf '\0\0\0\5hello' >in
for spec in length length:max=1 length:width=4,max=100; do
  run decode "$spec" --max 5 --output text
  same "--max 5 on $spec" $'hello\n'
  run decode "$spec" --max 4 --output text
  exits "--max 4 on $spec" 3 "payload of 5 bytes, more than the limit of 4"
done
run decode length --max 1KiB --output none
exits "--max in KiB" 0

# What it is asked for and cannot do.
usage() { # WHAT TEXT ARGUMENT...
  local what=$1 text=$2
  shift 2
  run "$@"
  same "$what" ''
  exits "$what" 2 "$text"
}
usage "no command" "a command is missing"
usage "no such command" 'no command "split"' split length
usage "no framing" "SPEC is required" decode
usage "unknown option" "--wat" decode length --wat
usage "no such kind" "lenght" decode lenght
usage "no such key, its position" 'character 7, "widht"' decode length:widht=3
usage "what is allowed" "offset width endian" decode length:widht=3
usage "never frames anything" "max" decode length:max=0
usage "wrong --max" "12q" decode length --max 12q
usage "max 0" "a limit always exists" decode length --max 0
usage "wrong output" "json" decode length --output json
usage "wrong side" "peer" decode length --side peer
usage "wrong on-error" "ignore" decode length --on-error ignore
usage "chunk 0" "--chunk" decode length --chunk 0
usage "chunk with a sign" "--chunk" decode length --chunk=-1
usage "chunk too large to be a number" "--chunk" decode length --chunk 99999999999999999999
usage "no seed" "--chunk-random" decode length --chunk-random x
usage "two ways to cut" "excludes" decode length --chunk 1 --chunk-random 1
usage "two files" "not expected" decode length in in
run decode length no/such/file
same "no such file" ''
exits "no such file" 4 "no/such/file: No such file or directory"
run decode length .
exits "a directory" 4 "Is a directory"

# Help and version.
run --version
exits "version" 0
grep -qE '^unstick [0-9]+\.[0-9]+\.[0-9]+$' out || fail "version: $(cat out)"
for command in '' decode encode echo 'echo serve' 'echo call' demo; do
  # shellcheck disable=SC2086
  run $command --help
  exits "$command --help" 0
  [[ $(wc -l <out) -ge 5 && -z $(tail -c 1 out) ]] || fail "$command --help: $(cat out)"
done

finish
