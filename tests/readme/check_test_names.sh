#!/usr/bin/env bash
# check_test_names.sh TREE DOCUMENT: the tests that the document names (`Suite.Name`, `fuzz/name`) exist.
set -euo pipefail
cd "$1"

tests=$(grep -rhoE '^(TEST|TEST_F|TEST_P|TYPED_TEST)\([A-Za-z0-9_]+, *[A-Za-z0-9_]+' --include='*_test.cc' tests |
  sed -E 's/.*\(([A-Za-z0-9_]+), */\1./')
# shellcheck disable=SC2016  # the backquotes are Markdown's
quoted='`([A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*|fuzz/[a-z_]+)`'
names=0 missing=0
while IFS= read -r name; do
  names=$((names + 1))
  case $name in
    fuzz/*) [[ ! -e $name.cc ]] || continue ;;
    *) ! grep -qxF "$name" <<<"$tests" || continue ;;
  esac
  missing=$((missing + 1))
  echo "$2: there is no test $name"
done < <(grep -oE "$quoted" "$2" | tr -d '\140')
echo "$names names of tests, $missing of them of none"
((names > 0 && missing == 0))
