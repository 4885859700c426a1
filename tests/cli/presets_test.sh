#!/usr/bin/env bash
# The framings by name: the list, one of them drawn, and the page that is made from the same data.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"
: >in

run presets
exits "the list" 0
checks=$((checks + 1))
[[ $(wc -l <out) == 166 ]] || fail "the list has $(wc -l <out) lines"
grep -qE '^kafka +length prefix +length:width=4,max=104857600 +kafka\.apache\.org/protocol$' out ||
  fail "kafka in the list: $(grep '^kafka' out)"
cut -d' ' -f1 out >names

# Every name is taken by the commands that take a spec, and drawn.
while read -r name; do
  spec=$name
  [[ $name == fixed-n ]] && spec=fixed-n,size=4
  run decode "$spec" --output none
  [[ $name == fixed-n || $code != 2 ]] || fail "decode $name: $(cat err)"
  run presets "$name"
  exits "presets $name" 0
  grep -q "^$name: " out || fail "presets $name: $(head -n 3 out)"
  grep -q '^spec: ' out || fail "presets $name has no spec"
done <names

run presets 'websocket,max=1KiB'
exits "a preset with an option" 0
grep -qx 'strategy: structured header' out || fail "strategy: $(cat out)"
grep -qx 'reference: RFC 6455 5.2' out || fail "reference: $(cat out)"
grep -q 'A payload may have at most 1 KiB' out || fail "the option: $(cat out)"
run presets dns-tcp
grep -q '^the same framing: .*len16be' out || fail "the same framing: $(cat out)"

run presets "delim:end='||'"
exits "a spec without a name" 0
same "a spec without a name" "spec: delim:end=7c7c
stream:
    0
    | frame | frame | ... |
frame:
    0
    | payload            | '||' |
      up to the end mark   2
  The frame ends with '||'.
  A payload may have at most 8 MiB.
"

run presets nonsense
exits "no such preset" 2 'wrong spec "nonsense": at character 0, "nonsense": no such kind or preset'
same "no such preset" ""
run presets kafka,nonsense=1
exits "no such option" 2 'wrong spec "kafka,nonsense=1"'

run presets --json
exits "as JSON" 0
[[ $(wc -l <out) == 166 ]] || fail "JSON has $(wc -l <out) lines"
grep -q '^{"name":"kafka","title":"Kafka request/response","strategy":"length prefix","reference":"kafka.apache.org/protocol","spec":"length:width=4,max=104857600","about":"[^"]*"}$' out ||
  fail "kafka as JSON: $(grep '"kafka"' out)"
run presets kafka --json
grep -q '"spec":"length:max=100MiB"' out || fail "canonical as JSON: $(cat out)"

run presets ''
exits "an empty name" 2 "wrong spec"
same "an empty name" ""

# docs/presets.md is the page that the program prints.
run presets --markdown
exits "the page" 0
cmp out "$(dirname "$0")/../../docs/presets.md" ||
  fail "docs/presets.md is not what \"unstick presets --markdown\" prints"

finish
