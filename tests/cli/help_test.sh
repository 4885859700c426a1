#!/usr/bin/env bash
# What --help shows can be typed: each example is run, or its framing is checked where it would wait for
# somebody.
# shellcheck source=checks.sh
. "$(dirname "$0")/checks.sh"

printf 'one\ntwo\n' | tee capture.log words.txt old.log >in
printf 'a||b||' >stream.bin
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >capture.bin
printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' >replies.bin

# The program as examples call it; failures go to a file, for it runs in pipes.
unstick() {
  local -a arguments=("$@")
  if [[ $1 == echo ]]; then
    while (($# > 1)) && [[ $1 != --framing ]]; do shift; done
    arguments=(presets "${2-}")
  elif [[ $1 == chaos ]]; then
    arguments=("$@" --no-such-option) # the last thing that is checked before it starts
  fi
  "$UNSTICK" "${arguments[@]}" 2>said
  local code=$?
  [[ $1 != chaos ]] || { grep -qF 'The following argument was not expected: --no-such-option' said && code=0; }
  echo "$code" >>codes
}
less() { cat; }

for command in decode encode inspect presets detect "echo serve" "echo call" chaos demo; do
  # shellcheck disable=SC2086
  run $command --help
  exits "$command --help" 0
  while IFS= read -r example; do
    example=${example%%   *(then*}
    : >codes
    eval "$example" >shown 2>&1 <in
    checks=$((checks + 1))
    [[ -s codes ]] || fail "$command --help: not run: $example"
    ! grep -qvx 0 codes || fail "$command --help: $example: $(cat said shown)"
  done < <(sed -n '/^Examples\{0,1\}:$/,$ s/^  //p' out)
done

# All kinds are named.
kinds=$("$UNSTICK" presets no-such-kind 2>&1 | sed -n 's/.*kinds are //p')
[[ $kinds == *length* ]] || fail "the kinds: $kinds"
for command in decode encode inspect "echo serve" "echo call"; do
  # shellcheck disable=SC2086
  run $command --help
  for kind in $kinds; do
    checks=$((checks + 1))
    sed -n '/^Framings:/,/^$/p' out | grep -qwF -- "$kind" || fail "$command --help does not name $kind"
  done
done

finish
