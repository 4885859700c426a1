#!/usr/bin/env bash
# check_code.sh TREE DOCUMENT...: each fenced block of C++ in the documents stands, line for line, in a
# file below examples/, which the tests compile and run. Only the indentation may differ.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
shift

examples=$(cat examples/*.h examples/*.cc | sed 's/^ *//')
blocks=0 missing=0
for document in "$@"; do
  [[ -r $document ]] || { echo "there is no $document" >&2; exit 1; }
  while IFS= read -r -d $'\f' block; do
    block=$(sed 's/^ *//; /./,$!d' <<<"$block")
    [[ -n $block ]] || continue
    blocks=$((blocks + 1))
    if [[ $'\n'$examples$'\n' != *$'\n'"$block"$'\n'* ]]; then
      missing=$((missing + 1))
      printf '%s: no example has this code:\n%s\n\n' "$document" "$block"
    fi
  done < <(awk -v language=cpp -f "$here/blocks.awk" "$document")
done
echo "$blocks blocks of C++, $missing of them in no example"
((blocks > 0 && missing == 0))
