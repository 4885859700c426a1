"""Makes a copy of the sources that holds many mutants, of which the environment chooses one at run time.

    mutate.py BUILD_DIR OUT_DIR LAYER...      as core: src/core and include/unstick/core

clang's syntax tree says where the operators are; the copy has calls of mutant.h in their place, so that one build
serves all mutants. What only the compiler evaluates (constexpr, template arguments, case labels) stays as it is.
by_hand.txt adds mutants that no operator gives.

Writes the mutated sources into OUT_DIR/tree and OUT_DIR/mutants.json: [{"id", "file", "line", "function", "what",
"name"}]. A mutant's name, "file function what", does not hold the line, so that a list of known ones survives edits
elsewhere in the file. Each file has a block of numbers of its own, kept in OUT_DIR/blocks.json: an edit of one file
compiles only what includes it.
"""

import concurrent.futures
import hashlib
import json
import os
import pickle
import re
import sys

from clang import cindex
from clang.cindex import CursorKind as K

cindex.Config.set_library_file("libclang-19.so.1")
BINARY = {"<": ("lt", "<="), "<=": ("le", "<"), ">": ("gt", ">="), ">=": ("ge", ">"), "==": ("eq", "!="),
          "!=": ("ne", "=="), "+": ("add", "-"), "-": ("sub", "+")}
FUNCTIONS = {K.FUNCTION_DECL, K.CXX_METHOD, K.CONSTRUCTOR, K.DESTRUCTOR, K.FUNCTION_TEMPLATE, K.CONVERSION_FUNCTION}
BLOCK = 1024  # numbers of one file; mutant.h has room for 512 files
STATEMENTS = {K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.CALL_EXPR, K.UNARY_OPERATOR, K.UNEXPOSED_EXPR}


HERE = os.path.dirname(os.path.abspath(__file__))


class File:
    """The edits of one source: texts to put in at byte offsets, and operators to cover."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as source:
            self.bytes = source.read()
        self.before = {}  # offset -> [(end of the range, text)]: an outer range opens first
        self.after = {}   # offset -> [(start of the range, text)]: an inner range closes first
        self.covered = {}  # offset -> (size, text)
        self.seen = set()

    def text(self, start, end):
        return " ".join(self.bytes[start:end].decode().split())

    def wrap(self, start, end, opens, closes):
        self.before.setdefault(start, []).append((end, opens))
        self.after.setdefault(end, []).append((start, closes))

    def mutated(self):
        out = [b'#include "tests/mutants/mutant.h"\n#line 1\n']
        at = 0
        places = sorted(set(self.before) | set(self.after) | set(self.covered))
        for place in places:
            out.append(self.bytes[at:place])
            at = place
            for _, text in sorted(self.after.get(place, []), key=lambda e: -e[0]):
                out.append(text.encode())
            for _, text in sorted(self.before.get(place, []), key=lambda e: -e[0]):
                out.append(text.encode())
            if place in self.covered:
                size, text = self.covered[place]
                out.append(text.encode())
                at = place + size
        out.append(self.bytes[at:])
        return b"".join(out)


class Mutator:
    def __init__(self, root, subjects, blocks):
        self.root = root
        self.blocks = blocks
        self.subjects = [os.path.join(root, s) for s in subjects]
        self.files = {}
        self.mutants = []
        self.counts = {}  # file -> its mutants

    def number_of(self, name):
        count = self.counts.get(name, 0)
        if count == BLOCK:
            sys.exit(f"mutate: {name} has more than {BLOCK} mutants")
        self.counts[name] = count + 1
        return self.blocks[name] + count

    def file_of(self, cursor):
        start, end = cursor.extent.start, cursor.extent.end
        if start.file is None or end.file is None or start.file.name != end.file.name:
            return None
        path = os.path.realpath(start.file.name)
        if not any(path == s or path.startswith(s + os.sep) for s in self.subjects):
            return None
        if path not in self.files:
            self.files[path] = File(path)
        return self.files[path]

    def add(self, file, cursor, function, what):
        name = os.path.relpath(file.path, self.root)
        number = self.number_of(name)
        self.mutants.append({"id": number, "file": name, "line": cursor.extent.start.line, "function": function,
                             "what": what})
        return number

    def by_hand(self, name, what, old, new):
        """An entry of by_hand.txt."""
        file, place = self.files[os.path.join(self.root, name)], 1
        if old.startswith("#"):
            place, old = int(old[1:old.index(" ")]), old[old.index(" ") + 1:]
        places = [m.start() for m in re.finditer(re.escape(old.encode()), file.bytes)]
        if len(places) < place or (place == 1 and len(places) > 1):
            sys.exit(f"mutate: by_hand.txt: {name} holds {len(places)} times: {old}")
        start = places[place - 1]
        number = self.number_of(name)
        self.mutants.append({"id": number, "file": name, "line": file.bytes[:start].count(b"\n") + 1,
                             "function": "by hand", "what": what})
        end = start + len(old.encode())  # outside of what the tree gave for the same range
        file.before.setdefault(start, []).append((end + 0.5, f"(unstick_mutant::on({number}) ? ({new}) : ("))
        file.after.setdefault(end, []).append((start - 0.5, "))"))

    def visit(self, cursor, function, parent):
        """Looks at what the runtime evaluates below `cursor`."""
        for child in cursor.get_children():
            kind = child.kind
            if kind in FUNCTIONS:
                self.enter(child)
                continue
            if kind == K.LAMBDA_EXPR and function is None:
                continue
            if function is not None and not self.mutate(child, function, cursor):
                continue
            if kind in (K.CASE_STMT,):
                for part in list(child.get_children())[1:]:
                    self.one(part, function, child)
                continue
            self.visit(child, function, cursor)

    def one(self, cursor, function, parent):
        if self.mutate(cursor, function, parent):
            self.visit(cursor, function, parent)

    def enter(self, function):
        file = self.file_of(function) if function.is_definition() else None
        if file is None:
            return
        body = [c for c in function.get_children() if c.kind == K.COMPOUND_STMT]
        if not body:
            return
        start, end = function.extent.start.offset, body[0].extent.start.offset
        head = file.bytes[start:end].decode(errors="replace")
        if "constexpr" in head or "consteval" in head or (start, end) in file.seen:
            return
        line = file.bytes[file.bytes.rfind(b"\n", 0, start) + 1:start].decode(errors="replace")
        if "#define" in line:
            return
        file.seen.add((start, end))
        self.visit(body[0], function.spelling, body[0])

    # True: go on inside.
    def mutate(self, cursor, function, parent):
        kind = cursor.kind
        if kind in (K.TEMPLATE_REF, K.TYPE_REF, K.STATIC_ASSERT):
            return False
        file = self.file_of(cursor)
        if file is None:
            return kind == K.COMPOUND_STMT
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        text = file.bytes[start:end].decode(errors="replace")
        if kind == K.DECL_STMT or kind == K.VAR_DECL:
            if text.startswith(("constexpr", "static", "using")):
                return False
        if kind == K.IF_STMT and text.startswith("if constexpr"):
            parts = list(cursor.get_children())[1:]
            for part in parts:
                self.one(part, function, cursor)
            return False
        if kind == K.BINARY_OPERATOR:
            self.binary(file, cursor, function)
        if kind in (K.IF_STMT, K.WHILE_STMT):
            self.condition(file, cursor, function)
        if kind == K.CALL_EXPR and cursor.spelling in ("min", "max"):
            self.extreme(file, cursor, function, text)
        if parent.kind == K.COMPOUND_STMT and kind in STATEMENTS and kind != K.UNEXPOSED_EXPR:
            self.statement(file, cursor, function, text)
        return True

    def binary(self, file, cursor, function):
        sides = list(cursor.get_children())
        if len(sides) != 2:
            return
        left, right = sides
        if left.extent.end.offset >= right.extent.start.offset or self.file_of(left) is not file:
            return
        gap = file.bytes[left.extent.end.offset:right.extent.start.offset].decode(errors="replace")
        operator = gap.strip()
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if (start, end, operator) in file.seen:
            return
        file.seen.add((start, end, operator))
        whole = file.text(start, end)
        place = left.extent.end.offset + gap.index(operator) if operator else 0
        if operator in BINARY:
            name, wrong = BINARY[operator]
            mutant = self.add(file, cursor, function, f"{whole}: {operator} to {wrong}")
            file.wrap(start, end, f"unstick_mutant::{name}({mutant}, ", ")")
            file.covered[place] = (len(operator), ",")
        elif operator in ("&&", "||"):
            name = "yes" if operator == "&&" else "no"
            for side in sides:
                a, b = side.extent.start.offset, side.extent.end.offset
                if file.bytes[a:b].startswith(b"requires"):
                    continue
                mutant = self.add(file, side, function, f"{whole}: without {file.text(a, b)}")
                file.wrap(a, b, f"unstick_mutant::{name}({mutant}, static_cast<bool>(", "))")

    def condition(self, file, cursor, function):
        children = list(cursor.get_children())
        if any(c.kind in (K.VAR_DECL, K.DECL_STMT) for c in children[:2]):
            return
        test = children[0]
        start, end = test.extent.start.offset, test.extent.end.offset
        if (start, end, "if") in file.seen or end <= start:
            return
        file.seen.add((start, end, "if"))
        mutant = self.add(file, test, function, f"if ({file.text(start, end)}): the other way")
        file.wrap(start, end, f"unstick_mutant::flip({mutant}, static_cast<bool>(", "))")

    def extreme(self, file, cursor, function, text):
        arguments = list(cursor.get_arguments())
        if not text.startswith(("std::min", "std::max")) or len(arguments) != 2:
            return
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        first = arguments[0].extent.start.offset
        opening = file.bytes.rfind(b"(", start, first)
        if opening < 0 or first - opening > 1 or (start, end, "extreme") in file.seen:
            return
        file.seen.add((start, end, "extreme"))
        name, wrong = ("min", "max") if text.startswith("std::min") else ("max", "min")
        mutant = self.add(file, cursor, function, f"{file.text(start, end)}: {name} to {wrong}")
        file.covered[start] = (len("std::min"), f"unstick_mutant::{name}")
        file.before.setdefault(opening + 1, []).append((1 << 60, f"{mutant}, "))

    def statement(self, file, cursor, function, text):
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        if (start, end, "statement") in file.seen or text.startswith(("co_await", "static_assert")):
            return
        if file.bytes[end:end + 1] != b";" or file.bytes[:start].rstrip().endswith(b"return"):
            return  # the latter: a macro has made a statement of it
        file.seen.add((start, end, "statement"))
        mutant = self.add(file, cursor, function, f"without: {file.text(start, end)}")
        file.before.setdefault(start, []).append((1 << 61, f"if (!unstick_mutant::on({mutant})) "))

    def visit_unit(self, unit):
        def walk(cursor):
            for child in cursor.get_children():
                if child.location.file is None:
                    continue
                path = os.path.realpath(child.location.file.name)
                if not any(path == s or path.startswith(s + os.sep) for s in self.subjects):
                    continue
                if child.kind in FUNCTIONS:
                    self.enter(child)
                elif child.kind in (K.NAMESPACE, K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE,
                                    K.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION, K.UNEXPOSED_DECL, K.LINKAGE_SPEC):
                    walk(child)
        walk(unit)


def arguments_of(command):
    """The flags that matter to clang, out of one entry of compile_commands.json."""
    words = command["command"].split()
    kept = [w for w in words if w.startswith(("-I", "-D", "-std=", "-isystem"))]
    for i, word in enumerate(words):
        if word == "-isystem":
            kept.append(words[i + 1])
    return kept + ["-DASIO_HAS_CO_AWAIT", "-DASIO_HAS_STD_COROUTINE"]


def written(path, new):
    """Writes only what differs: the time of a file decides what is compiled."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path) or open(path, "rb").read() != new:
        with open(path, "wb") as to:
            to.write(new)


def parsed(index, name, command, unsaved=None):
    unit = index.parse(name, arguments_of(command), unsaved_files=unsaved)
    errors = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if errors:
        sys.exit(f"mutate: {name}: {errors[0]}")
    return unit


def layer_of(root, out, layer, commands, blocks):
    """The Mutator of one layer, from out/LAYER.pickle if its sources are what they were."""
    subjects = [f"src/{layer}", f"include/unstick/{layer}"]
    sources = sorted(os.path.join(path, name) for subject in subjects for path, _, names in os.walk(subject)
                     for name in names)
    sha = hashlib.sha256(b"".join(open(name, "rb").read() for name in [__file__, *sources])).hexdigest()
    kept = os.path.join(out, layer + ".pickle")
    if os.path.exists(kept):
        with open(kept, "rb") as source:
            old, mutator = pickle.load(source)
        if old == sha:
            return mutator
    mutator = Mutator(root, subjects, blocks)
    index = cindex.Index.create()
    prefix = os.path.join(root, subjects[0]) + os.sep
    wanted = {c["file"]: c for c in commands
              if c["file"].startswith(prefix) and "unstick_core_counted" not in c["command"]}
    for name, command in wanted.items():
        mutator.visit_unit(parsed(index, name, command).cursor)
    # Templates that no source of the library includes.
    text = "".join(f'#include "{os.path.relpath(name, "include")}"\n' for name in sources
                   if name.startswith("include"))
    name = os.path.join(root, f"every_header_of_{layer}.cc")
    mutator.visit_unit(parsed(index, name, next(iter(wanted.values())), [(name, text)]).cursor)
    written(kept, pickle.dumps((sha, mutator)))
    return mutator


def blocks_of(out, layers):
    """{file: its first number}; a file keeps its block."""
    kept = os.path.join(out, "blocks.json")
    blocks = json.load(open(kept)) if os.path.exists(kept) else {}
    for layer in layers:
        for folder in (f"src/{layer}", f"include/unstick/{layer}"):
            for path, _, names in sorted(os.walk(folder)):
                for name in sorted(names):
                    blocks.setdefault(os.path.join(path, name), 1 + BLOCK * len(blocks))
    written(kept, json.dumps(blocks).encode())
    return blocks


def main():
    build, out, layers = sys.argv[1], sys.argv[2], sys.argv[3:]
    root = os.path.realpath(os.getcwd())
    with open(os.path.join(build, "compile_commands.json")) as commands:
        commands = json.load(commands)
    blocks = blocks_of(out, layers)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        mutators = list(pool.map(layer_of, *zip(*((root, out, layer, commands, blocks) for layer in layers))))
    with open(os.path.join(HERE, "by_hand.txt")) as lines:
        entries = [line.rstrip() for line in lines if line.strip() and not line.startswith("#")]
    for head, old, new in zip(entries[0::3], entries[1::3], entries[2::3], strict=True):
        name, what = head.split(": ", 1)
        next(m for m in mutators if os.path.join(root, name) in m.files).by_hand(name, what, old.strip(), new.strip())
    mutants, names = [m for mutator in mutators for m in mutator.mutants], {}
    for mutant in mutants:  # several of one text in one function are counted
        name = f"{mutant['file']} {mutant['function']} {mutant['what']}"
        names[name] = names.get(name, 0) + 1
        mutant["name"] = name if names[name] == 1 else f"{name} #{names[name]}"
    files = {path: file for mutator in mutators for path, file in mutator.files.items()}
    for path, file in sorted(files.items()):
        written(os.path.join(out, "tree", os.path.relpath(path, root)), file.mutated())
    written(os.path.join(out, "mutants.json"), json.dumps(mutants, indent=1).encode())
    print(f"{len(mutants)} mutants in {len(files)} files")


if __name__ == "__main__":
    main()
