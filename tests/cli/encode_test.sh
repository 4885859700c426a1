#!/usr/bin/env bash
# encode: every kind of input, what cannot be framed, and that decode gives the messages back.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

# bytes WHAT HEX: the file `out` in hex
bytes() {
  checks=$((checks + 1))
  local got
  got=$(od -An -v -tx1 out | tr -d ' \n')
  [[ $got == "$2" ]] || fail "$1: expected $2, got $got"
}

printf '%s\n' '{"text":"hello"}' '{"payload":""}' '' '{"payload":"6F6b"}' >in
run encode length:width=4
bytes "jsonl" 0000000568656c6c6f00000000000000026f6b
exits "jsonl" 0
run encode length:width=4 in
bytes "from a file" 0000000568656c6c6f00000000000000026f6b
run encode varint --side server
bytes "varint" 0568656c6c6f00026f6b
printf 'hello\n\r\nok' >in
run encode length:width=1 --input lines
bytes "lines" 0568656c6c6f00026f6b
printf '68656C6c6f\r\n\n6f6b\n' >in
run encode length:width=1 --input hex
bytes "hex" 0568656c6c6f00026f6b
printf 'hello\n\0' >in
run encode length:width=1 --input raw
bytes "raw" 0768656c6c6f0a00
: >in
run encode length:width=1 --input raw
bytes "raw, empty" 00
run encode length:width=1
bytes "no messages" ''
exits "no messages" 0

# JSON text: every escape, and characters of every size in UTF-8.
printf '%s' '{ "text" : "\u0041\u00e9\u20ac\ud83d\ude00 \" \\ \/ \b\f\n\r\t \u0000" , "n":-1.5e+3,"t":true,"f":false,"z":null}' >in
run encode length:width=1
bytes "escapes" 1841c3a9e282acf09f98802022205c202f20080c0a0d092000
printf '{"text":"\xf0\x9f\x98\x80"}' >in
run encode length:width=1
bytes "UTF-8 as it is" 04f09f9880

# A line that is no message ends it behind the frames before it: exit 3 with line and column.
refused() { # LINE TEXT [FORMAT]
  printf '%s\n' '{"text":"a"}' "$1" '{"text":"b"}' >in
  [[ ${3-jsonl} == jsonl ]] || printf '%s\n' 61 "$1" 62 >in
  run encode length:width=1 --input "${3-jsonl}"
  bytes "behind $1" 0161
  exits "refused: $1" 3 "line 2: "
  exits "refused: $1" 3 "$2"
}
refused 'hello' "column 1: an object is expected"
refused '["a"]' "column 1"
refused '{"text":"a"} x' "column 14: nothing may follow"
refused '{"text":"a"}{}' "column 13"
refused '{"text":"a",}' "column 13: a key in double quotes"
refused '{"text" "a"}' "column 9: ':'"
refused '{"text":"a"' "column 12: ',' or '}'"
refused '{"text":"a' "no closing quote"
refused '{"text":"a\q"}' "column 11: there is no such escape"
refused '{"text":"\u12g4"}' "four hex digits"
refused '{"text":"\ud800"}' "a high surrogate stands alone"
refused '{"text":"\ud800\u0041"}' "a high surrogate stands alone"
refused '{"text":"\udc00"}' "a low surrogate stands alone"
refused $'{"text":"a\tb"}' "a control character"
refused $'{"text":"\xc0\x80"}' "not UTF-8"
refused $'{"text":"\xed\xa0\x80"}' "not UTF-8"
refused '{"text":01}' "no leading zeros"
refused '{"text":1.}' "a digit is expected"
refused '{"text":nul}' "true, false or null"
refused '{"text":"a","text":"b"}' "column 13: this key is there already"
refused '{"text":"a","x":{}}' "a string, a number"
refused '{"text":"a","payload":"61"}' 'either "payload" or "text"'
refused '{"text":7}' "are strings"
refused '{"payload":"6"}' "pairs of hex digits"
refused '{"payload":"6g"}' "pairs of hex digits"
refused '{"frame":0}' 'needs "payload" (hex) or "text"'
refused '{"end":false}' 'needs "payload" (hex) or "text"'
refused '{"error":"truncated","offset":1,"message":"cut"}' "decoding stopped here, so that messages are missing: cut"
refused '6' "pairs of hex digits" hex
refused '6x' "pairs of hex digits" hex
refused '61 62' "pairs of hex digits" hex

# A payload that the framing cannot carry: nothing of its frame is written, the message has its number.
unencodable() { # WHAT SPEC FORMAT NUMBER HEX_BEFORE
  run encode "$2" --input "$3"
  bytes "$1" "$5"
  exits "$1" 3 "message $4"
  exits "$1" 3 unencodable
}
printf 'a\nbb\nccc\ndddd\neeee\n' >in
unencodable "over max" length:width=1,max=3 lines 3 016102626203636363
exits "over max" 3 "message 3 (line 4): unencodable: the framing cannot carry a payload of 4 bytes"
printf '61\n0a\n' >in
unencodable "a line end in a line" line hex 1 610a
printf 'a\nb||c\n' >in
unencodable "a delimiter inside" "delim:end='||'" lines 1 617c7c
printf 'b\nba\n' >in
unencodable "a delimiter across the seam" "delim:end='aa'" lines 1 626161
printf 'abcd\nabc\n' >in
unencodable "not the record's size" fixed:size=4 lines 1 61626364
printf 'abc' >in
run encode fixed:size=4 --input raw
bytes "raw, not the record's size" ''
exits "raw, not the record's size" 3 "message 0: unencodable"
run encode nng-sp-tcp --input raw
bytes "a preamble that is the writer's" ''
exits "a preamble that is the writer's" 3 "its stream starts with a preamble that is yours to send"
run encode "nng-sp-tcp;preamble='12345678'" --input raw
bytes "a preamble that is given" 31323334353637380000000000000003616263

# decode of encode gives the messages back, and encode reads what decode writes.
{
  printf '%s\n' '{"payload":""}' '{"payload":"00"}' '{"payload":"7c"}' '{"payload":"ff00fe0d"}'
  printf '{"payload":"%s"}\n' "$(head -c 70000 /dev/zero | od -An -v -tx1 | tr -d ' \n')"
} >messages
sed 's/"}/7c7c78"}/' messages >marked
for spec in length length:width=3,endian=little,counts=frame varint unstick unstick:crc=off \
  "delim:end='||x',keep" "delim:end='\\x01\\x02'" length:align=8,trailer=2; do
  given=messages
  [[ $spec != *keep* ]] || given=marked
  cp $given in
  run encode "$spec"
  exits "encode $spec" 0
  cp out wire
  cp out in
  run decode "$spec"
  exits "decode $spec" 0
  checks=$((checks + 2))
  sed -n 's/.*"payload":\("[0-9a-f]*"\)}/{"payload":\1}/p' out | cmp -s - $given || fail "decode of encode: $spec"
  cp out in
  run encode "$spec"
  cmp -s out wire || fail "encode of decode: $spec"
done

# Gaps are no messages.
printf 'a\nbbbbbb\nc\n' | "$UNSTICK" decode line --max 3 --on-error skip 2>/dev/null >in
run encode length:width=1
bytes "behind a gap" 01610163

usage() { # WHAT TEXT ARGUMENT...
  run "${@:3}"
  same "$1" ''
  exits "$1" 2 "$2"
}
usage "no framing" "SPEC is required" encode
usage "wrong framing" "lenght" encode lenght
usage "wrong input" "json" encode length --input json
usage "decode's option" "--chunk" encode length --chunk 1
run encode length no/such/file
exits "no such file" 4 "No such file or directory"

finish
