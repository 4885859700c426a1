#!/usr/bin/env bash
# scripts/format.sh [--check]: formats every C++ file in place; with --check only says which are not.
set -euo pipefail
cd "$(dirname "$0")/.."

action=(-i)
[[ ${1-} == --check ]] && action=(--dry-run --Werror)

git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' |
  while IFS= read -r -d '' file; do
    [[ -e $file ]] && printf '%s\0' "$file"  # a deleted file stays listed until it is committed
  done |
  xargs -0 --no-run-if-empty clang-format-19 "${action[@]}"
