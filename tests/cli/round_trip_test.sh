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
