#!/usr/bin/env bash
# check_commands.sh TREE PROGRAMS DOCUMENT...: runs the commands that the documents show ("$ " in front,
# in fenced blocks of `console`) and compares what they print with what stands below them. $UNSTICK is the
# program; the directory PROGRAMS has the examples.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 programs=$2
shift 2

mkdir -p bin
ln -sf "$UNSTICK" bin/unstick
export PATH="$PWD/bin:$programs:$PATH" LC_ALL=C.UTF-8

commands=0 wrong=0
run() {  # run DOCUMENT COMMAND EXPECTED
  [[ -n $2 ]] || return 0
  commands=$((commands + 1))
  local actual
  actual=$(timeout 30 bash -c "$2" 2>&1 </dev/null) || true
  if [[ $actual != "${3%$'\n'}" ]]; then
    wrong=$((wrong + 1))
    printf '%s: $ %s\n' "$1" "$2"
    diff <(printf '%s\n' "${3%$'\n'}") <(printf '%s\n' "$actual") || true
  fi
}

for document in "$@"; do
  [[ -r $tree/$document ]] || { echo "there is no $document" >&2; exit 1; }
  command='' expected=''
  while IFS= read -r line; do
    case $line in
      '$ '* | $'\f')
        run "$document" "$command" "$expected"
        command=${line#'$ '} expected=''
        [[ $line != $'\f' ]] || command=''
        ;;
      *) expected+=$line$'\n' ;;
    esac
  done < <(awk -v language=console -f "$here/blocks.awk" "$tree/$document")
done
echo "$commands commands, $wrong of them print something else"
((commands > 0 && wrong == 0))
