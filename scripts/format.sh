#!/usr/bin/env bash
# scripts/format.sh [--check]: formats every C++ file in place; with --check only says which are not.
set -euo pipefail
cd "$(dirname "$0")/.."

# The first line that clang-format would change in each file is enough to find it.
format=(clang-format-19 -i)
[[ ${1-} != --check ]] || format=(clang-format-19 --dry-run --Werror --ferror-limit=1)

# A deleted file stays listed until it is committed.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc')
status=0
for file in "${files[@]}"; do
  [[ ! -e $file ]] || "${format[@]}" "$file" || status=1
done
((status == 0)) || echo "format: scripts/format.sh puts that right" >&2
exit $status
