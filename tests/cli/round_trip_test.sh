#!/usr/bin/env bash
# decode --headers | encode: captured streams come back to the byte. And --no-join, --preamble, --max.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"
golden=$(cd "$(dirname "$0")/../golden" && pwd)

# comes_back SIDE PRESET STREAM
comes_back() {
  : >in
  run decode --headers --side "$1" "$2" "$golden/$3"
  exits "decode $3" 0
  mv out in
  run encode --side "$1" "$2"
  exits "encode $3" 0
  checks=$((checks + 1))
  cmp -s out "$golden/$3" || fail "$3: other bytes than the stream"
}
comes_back client 9p 9p/diodcat.c2s.bin
comes_back client cassandra-v4 cassandra-v4/cassandra-driver.c2s.bin
comes_back client dbus dbus/dbus-next.c2s.bin
comes_back client fix fix/quickfix.c2s.bin
comes_back client http2 http2/nghttp.c2s.bin
comes_back client jdwp jdwp/jdb.c2s.bin
comes_back client lsp lsp/clangd.c2s.bin
comes_back client mongodb mongodb/node.c2s.bin
comes_back server mqtt mqtt/mqttv311-pub-big.s2c.bin
comes_back client nats nats/nats-node.c2s.bin
comes_back client postgresql postgresql/psql-plain.c2s.bin
comes_back client resp redis/resp2.c2s.bin
comes_back client tpkt tpkt/nodes7.c2s.bin
# Bytes between frames; chunks; a body up to the end of the input.
comes_back client stomp stomp/stompit.c2s.bin
comes_back server stomp stomp/stomp.py.s2c.bin
comes_back client slip slip/npm-slip.c2s.bin
comes_back client http1 http1/curl-post-head.c2s.bin
comes_back server http1 http1/to-the-end.s2c.bin

# text_comes_back SPEC TEXT [OPTION...]: the same of a few bytes, in any cuts.
text_comes_back() {
  local spec=$1 text=$2
  shift 2
  printf '%b' "$text" >in
  cp in stream
  run decode --headers "$@" "$spec"
  exits "decode $spec $*" 0
  every_cut "$spec" decode --headers "$@" "$spec"
  mv whole in
  run encode "$@" "$spec"
  exits "encode $spec $*" 0
  checks=$((checks + 1))
  cmp -s out stream || fail "$spec $*: other bytes than the stream"
}
# A last record without its end, and numbers, which something else ends.
text_comes_back jsonl '{"a":1}\n{"b":2}'
text_comes_back line:tail=deliver 'a\r\nb'
text_comes_back 'line:tail=deliver;magic=61' 'a\nab'
text_comes_back walk:json '\n1 2\n\n{} 3'
text_comes_back walk:json "\n1 2$(printf '%9000s' '')3"
# An extension is the sender's, a trailer field is kept; fragments one by one are what they were.
text_comes_back http1 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n'
text_comes_back 'length:offset=1,width=1;join=last=0.7' '\0000\0001a\x80\0001b' --no-join

# Nothing goes behind what only the end can end.
printf '%s\n' '{"text":"a","trailer":""}' '{"text":"b"}' >in
run encode line:tail=deliver
exits "behind the end" 3 "message 1 (line 2): unencodable: the framing cannot carry more: the frame before goes on"
same "behind the end" a
printf '%s\n' '{"filler":true,"bytes":"0a"}' '{"filler":true,"bytes":"41"}' >in
run encode stomp
exits "no filler" 3 "the filler before message 0 (line 2): unencodable: the framing cannot carry these 1 bytes"

# The client's preface, from the option.
preface=505249202a20485454502f322e300d0a0d0a534d0d0a0d0a
: >in
run encode --preamble "$preface" --side client http2
exits "preamble" 0
same "preamble" $'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

# Fragments that would be one message are delivered one by one.
printf '\0\1a\x80\1b' >in
run decode --output jsonl --no-join 'length:offset=1,width=1;join=last=0.7'
exits "no-join" 0
emits "no-join" printf '%s\n%s\n%s\n' "$(frame 0 0 3 2 a)" "$(frame 1 3 3 2 b)" \
  '{"end":true,"offset":6,"frames":2}'

# A preset with --max is still that preset: it does not hint at itself.
printf 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234567890123456789' >in
run decode --max 10 http1
checks=$((checks + 1))
((code != 0)) || fail "max: a body of 20 bytes is too large"
! grep -qi 'looks like' err || fail "max: $(cat err)"

finish
