#!/usr/bin/env bash
# Which framing a captured stream has: what is printed, in text and as JSON, and when nothing fits.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"
golden=$(cd "$(dirname "$0")/../golden" && pwd)

cp "$golden/redis/resp2.c2s.bin" in
run detect
exits "a Redis client" 0
head -n 5 out >top
cp top out
same "a Redis client" "1. resp
   walk:resp
   29 frames of 14 to 442 bytes (median 26), 1290 of 1290 bytes; evidence $(grep -o '[0-9]*\.[0-9]* bits' top | head -n 1)
$(sed -n 4p top)
   + starts with '*' ?? 0d0a '\$'
"
grep -q '^   + [0-9]* bits a frame are as they must be for it to end there; [0-9]* would say where that is$' top ||
  fail "reasons: $(cat top)"

run detect "$golden/http2/nghttp.c2s.bin" --top 1 --json
exits "as JSON" 0
[[ $(wc -l <out) == 1 ]] || fail "--top 1: $(cat out)"
grep -q '^{"rank":1,"presets":\["http2"\],"spec":"length:width=3,[^"]*","side":"client","bits":[0-9.]*,"enough":true,"frames":9,"bytes":482,"of":482,"preamble":24,"smallest":9,"median":21,"largest":316,"boundaries_as":null,"error":null,"reasons":\["' out ||
  fail "as JSON: $(cat out)"

# Several names, one framing: said so, on standard error.
cp "$(dirname "$0")/../../docs/design.md" in
run encode length --input lines
cp out in
run detect --top 1
exits "a tie" 0 "nothing in the bytes tells those of the first line apart"
grep -q '^1\. .*len32be, kafka' out || fail "a tie: $(cat out)"

# Another framing with the same boundaries.
run detect
grep -q '^   = the same boundaries as 1$' out || fail "the same boundaries: $(cat out)"

printf 'just\nsome\nlines\nof text\n' >in
run detect --top 1
exits "text" 0 "nothing fits for sure"
grep -q '^1\. line-lf, ' out && grep -q ', a guess$' out || fail "text: $(cat out)"

printf 'hello world' >in
run detect
exits "nothing" 3 "nothing fits"
same "nothing" ""
: >in
run detect
exits "an empty stream" 3 "nothing to go by: - is empty"

# More than it looks at: told, and not taken for cut off.
for _ in $(seq 40); do cat "$golden/erlang-packet/packet4.c2s.bin"; done >large
run detect large --top 1
exits "a large stream" 0 "looking at the first 1 MiB"
grep -q 'len32be' out && grep -q ' of 1048576 bytes' out || fail "a large stream: $(cat out)"

run detect missing
exits "no such file" 4 "cannot open missing"
run detect --side nobody
exits "no such side" 2 "--side"

finish
