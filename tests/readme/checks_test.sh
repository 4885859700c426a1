#!/usr/bin/env bash
# checks_test.sh DIRECTORY: the checks of this directory find what they are for.
set -euo pipefail
checks=$1

rm -rf tree
mkdir -p tree/examples tree/docs
printf 'int main() {\n  return 0;\n}\n' >tree/examples/a.cc
: >tree/examples/a.h
fence='```'

must_pass() { "$@" >/dev/null || { echo "fails: $*" >&2; exit 1; }; }
must_fail() { ! "$@" >/dev/null 2>&1 || { echo "passes: $*" >&2; exit 1; }; }

printf '%scpp\nreturn 0;\n}\n%s\n%ssh\nreturn 7;\n%s\n' $fence $fence $fence $fence >tree/good.md
printf '%scpp\nreturn 1;\n%s\n' $fence $fence >tree/bad.md
printf 'no code\n' >tree/none.md
must_pass bash "$checks/check_code.sh" tree good.md
must_fail bash "$checks/check_code.sh" tree good.md bad.md
must_fail bash "$checks/check_code.sh" tree none.md

export UNSTICK=/bin/true
printf '%sconsole\n$ printf "a\\nb\\n"\na\nb\n$ echo c\nc\n%s\n' $fence $fence >tree/good.md
printf '%sconsole\n$ printf "a\\nb\\n"\na\n$ echo c\nc\n%s\n' $fence $fence >tree/bad.md
must_pass bash "$checks/check_commands.sh" tree /bin good.md
must_fail bash "$checks/check_commands.sh" tree /bin bad.md
must_fail bash "$checks/check_commands.sh" tree /bin none.md

printf '[a](examples/a.cc) [b](https://example.org/) [c](#there)\n' >tree/good.md
printf '[a](examples/b.cc)\n' >tree/bad.md
must_pass bash "$checks/check_links.sh" tree good.md
must_fail bash "$checks/check_links.sh" tree bad.md

mkdir -p tree/tests
echo 'TEST(Suite, Name) {' >tree/tests/a_test.cc
# shellcheck disable=SC2016  # the backquotes are Markdown's
printf '`Suite.Name`\n' >tree/good.md
# shellcheck disable=SC2016
printf '`Suite.Name` `Suite.Gone`\n' >tree/bad.md
must_pass bash "$checks/check_test_names.sh" tree good.md
must_fail bash "$checks/check_test_names.sh" tree bad.md
must_fail bash "$checks/check_test_names.sh" tree none.md

printf '# One\n%ssh\nx\n%s\n' $fence $fence >tree/good.md
printf '# Eins\n%ssh\nx\n%s\n' $fence $fence >tree/same.md
printf '# Eins\n%ssh\ny\n%s\n' $fence $fence >tree/bad.md
must_pass bash "$checks/check_translation.sh" tree/good.md tree/same.md
must_fail bash "$checks/check_translation.sh" tree/good.md tree/bad.md

# shellcheck disable=SC2016  # the program expands it
printf '#!/bin/sh\necho hello $(cat)\n' >tree/program
chmod +x tree/program
printf '// Input:\n//   you\n// Output:\n//   hello you\n' >tree/good.cc
printf '// Output:\n//   hello\n//   you\n' >tree/bad.cc
must_pass bash "$checks/../../examples/check_output.sh" tree/program tree/good.cc
must_fail bash "$checks/../../examples/check_output.sh" tree/program tree/bad.cc
must_fail bash "$checks/../../examples/check_output.sh" tree/program tree/none.md
