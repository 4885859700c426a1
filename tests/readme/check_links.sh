#!/usr/bin/env bash
# check_links.sh TREE DOCUMENT...: what the documents link to in this tree exists.
set -euo pipefail
cd "$1"
shift

dead=0 links=0
for document in "$@"; do
  [[ -r $document ]] || { echo "there is no $document" >&2; exit 1; }
  while IFS= read -r target; do
    links=$((links + 1))
    target=${target%%#*}
    if [[ -n $target && ! -e $(dirname "$document")/$target ]]; then
      dead=$((dead + 1))
      echo "$document: there is no $target"
    fi
  done < <(awk '/^ *```/ { code = !code; next } !code' "$document" | grep -oE '\]\([^)]+\)' | sed -E 's/^\]\((.*)\)$/\1/' | grep -vE '^(https?|mailto):' || true)
done
echo "$links links, $dead of them dead"
((dead == 0))
