#!/usr/bin/env bash
# scripts/tidy.sh BUILD_DIRECTORY: clang-tidy over src/, with the flags of that build, in which the files were compiled
# with clang. A file that was clean is not looked at again as long as nothing of it changed: neither the file,
# nor a header of ours or of the system that it includes, nor its flags, .clang-tidy, the plugin, clang-tidy itself. What was
# clean is remembered in ~/.cache/unstick/tidy. scripts/tidy_scope.cc keeps the system's headers out of its sight: 3 s a
# file instead of 11.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
tidy=clang-tidy-19
remembered=${XDG_CACHE_HOME:-$HOME/.cache}/unstick/tidy
mkdir -p "$remembered"
find "$remembered" -type f -mtime +30 -delete

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The plugin: it finds clang's symbols in clang-tidy.
scope=$remembered/scope-$(cat scripts/tidy_scope.cc <("$tidy" --version) | sha256sum | cut -c 1-16).so
if [[ ! -e $scope ]]; then
  clang++-19 -std=c++20 -fno-rtti -fPIC -shared -isystem /usr/lib/llvm-19/include scripts/tidy_scope.cc -o "$work/scope.so"
  mv "$work/scope.so" "$scope"
fi

# Lines "KEY FILE" for what has to be looked at.
/usr/bin/python3 - "$build" "$remembered" "$tidy" >"$work/wanted" <<'END'
import hashlib, json, os, re, subprocess, sys

build, remembered, tidy = sys.argv[1:]
tree = os.getcwd()
common = open(".clang-tidy", "rb").read() + open("scripts/tidy_scope.cc", "rb").read() + subprocess.run(
    [tidy, "--version"], check=True, capture_output=True).stdout

# ninja's record of what each object was made of: "object: #deps N, ...", then a path a line, then an empty line.
made_of = {}
for block in subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True,
                            text=True).stdout.split("\n\n"):
    first, *paths = block.strip().split("\n")
    if first.endswith("(VALID)"):
        made_of[first.split(":")[0]] = [path.strip() for path in paths]

hashes = {}
def hash_of(path):
    if path not in hashes:
        hashes[path] = hashlib.sha256(open(path, "rb").read()).digest()
    return hashes[path]

for entry in json.load(open(os.path.join(build, "compile_commands.json"))):
    source = os.path.relpath(entry["file"], tree)
    output = re.search(r" -o (\S+)", entry["command"]).group(1)
    if not source.startswith("src/") or not output.startswith("src/"):  # the latter: part of a test as well
        continue
    key = hashlib.sha256(common + entry["command"].replace(tree, "").encode())
    known = output in made_of
    for path in sorted(made_of.get(output, [])):
        absolute = os.path.normpath(os.path.join(entry["directory"], path))
        key.update(absolute.removeprefix(tree).encode() + hash_of(absolute))
    # An object that was not built: nobody knows what it includes, so it is looked at.
    if not known or not os.path.exists(os.path.join(remembered, key.hexdigest())):
        print(key.hexdigest() if known else "-", source)
END

look_at() {
  local key file
  read -r key file <<<"$1"
  local report status=0
  report=$("$tidy" --load="$scope" -quiet -p "$build" "$file" 2>/dev/null) || status=$?
  if ((status == 0)) && ! grep -qE '(error|warning): ' <<<"$report"; then
    [[ $key == - ]] || : >"$remembered/$key"
    return 0
  fi
  printf '%s\n' "$report"
  return 1
}
export build tidy remembered scope
export -f look_at

echo "clang-tidy looks at $(wc -l <"$work/wanted") files"
tr '\n' '\0' <"$work/wanted" | xargs -0 -r -n 1 -P "$(nproc)" bash -c 'look_at "$@"' bash
