#!/usr/bin/env bash
# inspect: a stream's bytes with their boundaries.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

# drawn WHAT TEXT: what came out, behind a first empty line
drawn() { same "$1" "${2#$'\n'}"; }

printf '\0\0\0\5hello\0\0\0\0\0\0\0\2ok' >in
run inspect length
drawn "frames with headers" '
frame 0 at 0: 9 bytes: header 4, payload 5
         0 |00 00 00 05|68 65 6c 6c 6f|                       ....hello
frame 1 at 9: 4 bytes: header 4, payload 0
         9 |00 00 00 00|                                      ....
frame 2 at 13: 6 bytes: header 4, payload 2
        13 |00 00 00 02|6f 6b|                                ....ok
end at 19: 3 frames
'
exits "frames with headers" 0
cp in stream
run inspect length stream
exits "from a file" 0
cmp -s out expected || fail "from a file it is the same"

printf 'one||\033\200||thr' >in
run inspect "delim:end='||'"
drawn "trailers, and a frame that is cut" '
frame 0 at 0: 5 bytes: payload 3, trailer 2
         0 |6f 6e 65|7c 7c|                                   one||
frame 1 at 5: 4 bytes: payload 2, trailer 2
         5 |1b 80|7c 7c|                                      ..||
error: truncated at offset 9: input ended inside a frame, after 3 bytes of it
         9 |74 68 72|                                         thr
'
exits "a frame that is cut" 3 "truncated at offset 9"

printf '\0\020' >in
printf '0123456789abcdef' >>in
run inspect length:width=2
drawn "a row that is full" '
frame 0 at 0: 18 bytes: header 2, payload 16
         0 |00 10|30 31 32 33 34 35 36 37 38 39 61 62 63 64   ..0123456789abcd
        16  65 66|                                            ef
end at 18: 1 frame
'

# Colours say the same as the bars.
printf '\0\1h' >in
run inspect length:width=2 --color always
same "colours" $'\e[1mframe 0 at 0: 3 bytes: header 2, payload 1\e[0m
         0  \e[36m00 01 \e[0m68 \e[0m                                         \e[36m..\e[0mh\e[0m
end at 3: 1 frame
'

# What is skipped stands where it is; of long stretches the middle is left out, of frames too.
{ printf '\0\1a\1\0'; head -c 256 /dev/zero; printf '\0\1b'; } >in
run inspect length:width=2,max=100 --on-error skip
grep -qx 'gap at 3: 258 bytes skipped: payload_too_large at offset 3: .*' out || fail "the gap: $(cat out)"
grep -qx '           \.\.\. 96 bytes \.\.\.' out || fail "what is left out: $(cat out)"
grep -qx 'end at 264: 2 frames, 1 gap' out || fail "the end: $(cat out)"
exits "gaps alone are no failure" 0
run inspect length:width=2
grep -q ' bytes \.\.\.$' out || fail "a long frame: $(cat out)"
run inspect length:width=2 --full
grep -q ' bytes \.\.\.$' out && fail "--full leaves something out"
[[ $(grep -c '^ *[0-9]' out) == 19 ]] || fail "--full: $(cat out)"
run inspect length:width=2 --max 100
exits "--max" 3 "payload_too_large at offset 3"

# A preamble, and bytes between frames.
printf 'PRE\0\1h' >in
run inspect 'length:width=2;preamble=3'
drawn "a preamble" '
preamble at 0: 3 bytes
         0 |50 52 45|                                         PRE
frame 0 at 3: 3 bytes: header 2, payload 1
         3 |00 01|68|                                         ..h
end at 6: 1 frame
'
printf '\300hi\300\300' >in
run inspect slip
grep -qx 'between frames at 0: 1 byte' out || fail "bytes between frames: $(cat out)"
grep -qx 'frame 0 at 1: 3 bytes, put together to a payload of 2' out || fail "assembled: $(cat out)"

# A big file does not have to fit into memory, even when all of it is one line that is skipped.
head -c 100000000 /dev/zero >in
limit=150000
(ulimit -v "$limit"; "$UNSTICK" --version) >/dev/null 2>&1 || limit=unlimited  # a sanitizer needs more by itself
(ulimit -v "$limit"; run inspect line:max=1MiB --on-error skip; exit "$code") || fail "out of memory"
[[ $(wc -l <out) -lt 20 ]] || fail "all of it is drawn"
rm in

: >in
run inspect length:width=0
exits "a wrong spec" 2 "width"
run inspect length /nosuch/file
exits "no such file" 4 "/nosuch/file"
run inspect length --on-error resync
exits "nothing to search for" 2 "no boundary that can be proved"
finish
