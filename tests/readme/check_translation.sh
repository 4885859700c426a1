#!/usr/bin/env bash
# check_translation.sh DOCUMENT TRANSLATION: both show the same code, commands and pictures, in the same
# order, under the same number of headings.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

shown() {
  for language in cpp console sh cmake; do
    awk -v language=$language -f "$here/blocks.awk" "$1"
  done
  echo "headings: $(grep -c '^##* ' "$1")"
}
diff <(shown "$1") <(shown "$2")
