"""Prints how the code is organized and written: sizes, import cycles, exports, docstrings, names, types.

`python -m bench.structure` prints a table, in half a minute without mypy's cache; tests/test_structure.py,
tests/test_language.py and tests/test_types.py hold the limits.
"""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from datacube.local.paths import ROOT

PACKAGES = (
    *("accounts", "audit", "catalog", "clients", "dashboard", "dataapi", "datacube"),
    *("dialects", "engine", "features", "identity", "management", "web"),
)
# `None` in code is not the word.
BANNED = re.compile(
    r"\b([Ww]hoever|[Ww]hom|[Aa]new|[Mm]eanwhile|[Tt]hereby|[Aa]like|of ours|is none|are none|so many|goes on"
    r"|hears of|has told|[Tt]here is no such|[Ss]omebody else's)\b"
)
BANNED_VARIABLES = frozenset(
    {"found", "given", "wanted", "asked", "made", "told", "there", "kept", "shown", "problem"}
)
# What parses requests and builds the OpenAPI document for all operations; and their declarations, each of
# which is both parser and description.
_PARSING = re.compile(r"web/(openapi\.py|operations/|requests/)|management/declarations\.py")
_DECLARATIONS = re.compile(r"/(operations|serializers)(/\w+)?\.py$")
_NOT_MIRRORED = frozenset({"__init__", "__main__", "urls", "admin"})
# The first words of docstrings that are in the imperative; English verbs have no form of their own.
VERBS = frozenset((Path(__file__).parent / "verbs.txt").read_text().split())


@dataclass(frozen=True)
class Module:
    """A parsed source file."""

    path: Path
    tree: ast.Module
    text: str

    @property
    def name(self) -> str:
        """Return the name by which the module is imported. Each client is a distribution in a folder of its own."""
        name = ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        return re.sub(r"^clients\.\w+\.", "", name)

    @property
    def lines(self) -> int:
        return self.text.count("\n")


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Return the modules of these packages without migrations, which Django writes."""
    return tuple(
        Module(path, ast.parse(text), text)
        for package in packages or PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
        for text in [path.read_text()]
    )


def functions(*packages: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for module in modules(*packages):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def function_lines(*packages: str) -> list[int]:
    """Return the length of each function without its docstring."""
    return [node.end_lineno - node.lineno + 1 - _docstring_lines(node) for node in functions(*packages)]


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def verb_docstrings(*packages: str) -> tuple[int, int]:
    """Return how many function docstrings begin with a verb in the imperative, and how many there are."""
    first = [
        text.split()[0].strip("`.,:;").lower() for node in functions(*packages) if (text := ast.get_docstring(node))
    ]
    return sum(word in VERBS for word in first), len(first)


def folders() -> dict[str, int]:
    """Return the number of modules of each folder, without `__init__.py`."""
    counts = Counter(
        str(module.path.parent.relative_to(ROOT)) for module in modules() if module.path.name != "__init__.py"
    )
    return dict(counts)


def mirrored() -> tuple[list[str], list[str]]:
    """Return the modules `x/y.py` with a test module `tests/x/test_y.py`, and those without."""
    with_tests: list[str] = []
    without: list[str] = []
    for module in modules():
        path = module.path.relative_to(ROOT)
        if path.stem not in _NOT_MIRRORED:
            has_tests = (ROOT / "tests" / path.parent / f"test_{path.name}").exists()
            (with_tests if has_tests else without).append(str(path))
    return with_tests, without


def class_homonyms() -> dict[str, list[str]]:
    """Return the class names that stand for more than one class, with their modules.

    The service and its clients have names of their own: the database of a client is another class.
    """
    places = defaultdict(list)
    for module in modules():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name, "clients" in module.path.parts].append(module.name)
    return {name: where for (name, _), where in places.items() if len(where) > 1}


def exports() -> dict[str, int]:
    """Return how many names each package's `__init__.py` exports by `__all__`."""
    return {
        module.name: len(ast.literal_eval(node.value))
        for module in modules()
        if module.path.name == "__init__.py"
        for node in module.tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__all__"
    }


@cache
def import_cycles() -> tuple[str, ...]:
    """Return a cycle of each package whose modules or subpackages import each other, as `a -> b -> a`."""
    names = {module.name for module in modules()}
    edges: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module in modules():
        for imported in names.intersection(_imports(module.tree)):
            parts, others = module.name.split("."), imported.split(".")
            pairs = enumerate(zip(parts, others, strict=False))
            common = next((place for place, (part, other) in pairs if part != other), None)
            if common is not None:  # else one of them is the package of the other
                edges[tuple(parts[:common])][parts[common]].add(others[common])
    return tuple(filter(None, (_cycle(package, siblings) for package, siblings in edges.items())))


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield the names of imports; of `from a import b` both `a` and `a.b`, one of which may be no module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _cycle(package: Sequence[str], siblings: dict[str, set[str]]) -> str:
    try:
        TopologicalSorter(siblings).prepare()
    except CycleError as error:
        return " -> ".join(".".join([*package, name]) for name in error.args[1])
    return ""


def parsing_lines() -> tuple[int, int]:
    """Return the lines that parse requests and build the OpenAPI document, and those of declared operations."""
    parsing = declarations = 0
    for module in modules():
        path = str(module.path.relative_to(ROOT))
        if _PARSING.match(path):
            parsing += module.lines
        elif _DECLARATIONS.search(path) and not path.startswith("engine/"):
            declarations += module.lines
    return parsing, declarations


def mypy_errors() -> list[str]:
    command = [sys.executable, "-m", "mypy", "--no-pretty", "--no-error-summary"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()


def banned_words(texts: Sequence[Path]) -> list[str]:
    """Return `file:line: word` for each banned word in these files."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in texts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for match in BANNED.finditer(line)
    ]


def banned_variables(*packages: str) -> list[str]:
    """Return `module:line: name` for each variable that is named after how its value was obtained."""
    return [
        f"{module.name}:{node.lineno}: {node.id}"
        for module in modules(*packages)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in BANNED_VARIABLES
    ]


def prose() -> list[Path]:
    """Return the files whose text people read: sources, templates, documentation."""
    return [
        *(module.path for module in modules()),
        *(ROOT / "templates").rglob("*.html"),
        *(path for path in (ROOT / "docs").rglob("*.md") if "decisions" not in path.parts),
        *(ROOT / "clients").glob("*/README.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    ]


def _quantiles(values: Sequence[int]) -> str:
    ordered = sorted(values)
    return f"median {statistics.median(ordered):.0f}, p95 {ordered[int(len(ordered) * 0.95)]}, max {ordered[-1]}"


def _fronts() -> str:
    """Return the packages that export most."""
    largest = sorted(exports().items(), key=lambda item: -item[1])[:8]
    return ", ".join(f"{name} {count}" for name, count in largest)


def table() -> list[tuple[str, str]]:
    """Return the figures as (name, value)."""
    sizes = [module.lines for module in modules()]
    verbs, all_docstrings = verb_docstrings()
    tests = sum(path.read_text().count("\n") for path in (ROOT / "tests").rglob("*.py"))
    with_tests, without = mirrored()
    parsing, declarations = parsing_lines()
    largest = max(folders().items(), key=lambda item: item[1])
    return [
        ("modules", str(len(sizes))),
        ("lines", str(sum(sizes))),
        ("lines of a module", _quantiles(sizes)),
        ("lines of a function", _quantiles(function_lines())),
        ("modules of a folder", f"{_quantiles([*folders().values()])} ({largest[0]})"),
        ("import cycles", f"{len(import_cycles())} {', '.join(import_cycles())}".strip()),
        ("exported names of a package", f"{_quantiles([*exports().values()])}: {_fronts()}"),
        ("docstrings that begin with a verb", f"{verbs} of {all_docstrings} ({verbs / all_docstrings:.0%})"),
        ("banned words", str(len(banned_words(prose())))),
        ("banned variable names", str(len(banned_variables()))),
        ("class names used twice", f"{len(class_homonyms())}: {', '.join(sorted(class_homonyms()))}"),
        (
            "modules with a test module",
            f"{len(with_tests)} of {len(with_tests) + len(without)}"
            f" ({len(with_tests) / len(with_tests + without):.0%})",
        ),
        ("OpenAPI and parsing", f"{parsing} lines, with {declarations} lines of declarations"),
        ("tests to code", f"{tests / sum(sizes):.2f}"),
    ]


def main() -> None:
    for name, value in table():
        print(f"{name:36} {value}")
    print(f"{'errors of mypy':36} {len(mypy_errors())}")


if __name__ == "__main__":
    main()
