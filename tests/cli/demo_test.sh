#!/usr/bin/env bash
# demo: every part is shown, everything it shows held, plain when piped, coloured on a terminal only.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

: >in
start=$SECONDS
run demo
exits "demo" 0
((SECONDS - start <= 30)) || fail "demo takes $((SECONDS - start)) seconds" # one or two, on a machine at rest

shows() { # TEXT
  checks=$((checks + 1))
  grep -qF -- "$1" out || fail "demo does not show: $1"
}
shows 'HELLOHOW ARE YOUBYE'
shows '\_1_/\____2____/\3/'
shows '[ok] 3 sends came as 1 read'
shows '\_____read 1_____/\_____read 2_____/\__read 3__/'
shows '[ok] 1 send came as 3 reads'
shows '[ok] one send of 1 MiB came in '
shows '[ok] 3 sends with pauses came as 1 read all the same'
for strategy in 'length prefix' delimiter 'structured header'; do
  checks=$((checks + 1))
  grep -qE "^ *$strategy +300 +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +300$" out || fail "demo: $strategy: $(cat out)"
done
shows '[ok] 3 of 3 strategies rebuilt every message'
shows 'recv 2  0 bytes'
shows 'recv 4  1000 bytes of 3000: truncated'
shows '[ok] 4 of the 4 datagrams'
shows 'reply  text: "hello" sequence: 1'
shows '[ok] 3 of 3 typed requests'
shows '907 messages sent, 907 received whole and in order, 0 lost or damaged'
shows '8 of 8 checks held'
checks=$((checks + 1))
! grep -q $'\x1b' out || fail "demo colours a file"
! grep -q 'FAILED' out || fail "demo: $(grep FAILED out)"
(($(awk '{ print length }' out | sort -n | tail -n 1) <= 100)) || fail "demo has lines over 100 columns"

"$UNSTICK" demo <in 2>err | head -n 3 >out
codes=("${PIPESTATUS[@]}")
checks=$((checks + 1))
((codes[0] == 0)) && [[ ! -s err ]] || fail "demo into head: exit code ${codes[0]}, $(cat err)"
"$UNSTICK" demo <in >/dev/full 2>err
code=$?
exits "demo >/dev/full" 4 "No space left on device"
run demo again
exits "demo with an argument" 2 "not expected"

finish
