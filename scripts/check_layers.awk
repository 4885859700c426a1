# The judgement on one layer's files: see check_layers.sh, which sets
#   layer     its name                         layers    the layers it may include
#   packages  the packages it may include      library   "yes": it never prints, aborts or throws
#   std       the standard headers it may include; empty: any but those that print

BEGIN {
  known_packages = "absl isa-l hwy asio google openssl CLI gtest gmock benchmark"
  printing = "iostream print syncstream"
}

FNR == 1 { in_comment = 0 }

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
  path = $0
  sub(/^[^<"]*[<"]/, "", path)
  sub(/[>"].*$/, "", path)
  judge_include(path)
  next
}

library == "yes" {
  code = without_comments_and_strings($0)
  if (says(code, "throw")) refuse("the library never throws")
  if (calls(code, "abort|exit|_exit|quick_exit|_Exit|terminate"))
    refuse("the library never ends the process")
  if (calls(code, "printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|fputc|perror") ||
      says(code, "cout|cerr|clog|stdout|stderr"))
    refuse("the library never prints")
  # <cstdlib> is there for malloc() and its kin.
  if (std != "" && calls(code, "getenv|secure_getenv|system|rand|srand|atexit"))
    refuse(layer " may not ask for that: no operating system, clock, locale or threads here")
}

function refuse(reason) { printf "%s:%d: %s\n", FILENAME, FNR, reason }

function listed(word, list) { return index(" " squeezed(list) " ", " " word " ") > 0 }

function squeezed(list) { gsub(/[ \t\n]+/, " ", list); return list }

# First part of a path: "absl" of absl/status/status.h, "asio" of asio.hpp, "isa-l" of isa-l.h.
function package_of(path) { sub(/(\/|\.h).*$/, "", path); return path }

function judge_include(path,    parts, package) {
  if (path ~ /(^|\/)\.\.?\//) {
    refuse("\"" path "\": include by the path from the top of the tree")
    return
  }
  if (path ~ /^(unstick|src)\//) {
    split(path, parts, "/")
    if (!listed(parts[2], layers)) refuse(layer " may not include " path ": the arrow points the other way")
    return
  }
  package = package_of(path)
  if (listed(package, known_packages)) {
    if (!listed(package, packages)) refuse(layer " may not use the package of " path)
    return
  }
  if (std != "" && !listed(path, std))
    refuse(layer " may not include <" path ">: no operating system, clock, locale or threads here")
  else if (library == "yes" && listed(path, printing))
    refuse("the library never prints, so it needs no <" path ">")
}

# The word, or one of word|word, standing by itself.
function says(code, words) {
  return code ~ ("(^|[^A-Za-z0-9_])(" words ")([^A-Za-z0-9_]|$)")
}

function calls(code, words) {
  return code ~ ("(^|[^A-Za-z0-9_])(" words ")[ \t]*\\(")
}

function without_comments_and_strings(line,    start, end) {
  if (in_comment) {
    end = index(line, "*/")
    if (!end) return ""
    line = substr(line, end + 2)
    in_comment = 0
  }
  gsub(/'(\\.|[^'\\])'/, "0", line)
  gsub(/"(\\.|[^"\\])*"/, "\"\"", line)
  gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", line)
  sub(/\/\/.*$/, "", line)
  start = index(line, "/*")
  if (start) {
    in_comment = 1
    line = substr(line, 1, start - 1)
  }
  return line
}
