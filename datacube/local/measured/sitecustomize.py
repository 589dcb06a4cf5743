"""Marks which lines run in any process of `./dev coverage`, which puts this folder on the PYTHONPATH of all.

Python imports this module when it starts. In a measured module each statement is preceded by `__marks__[n] = 1`,
where `__marks__` is a file that all processes map into their memory: nothing is saved at the end of a process, so
that one that is killed is measured too, and a thread or greenlet needs no attention. A trace function is called in
all of the code of a process, Django's and the driver's as well, and makes it several times slower.

The folder that DATACUBE_COVERAGE names has `places.json`, the index of line 0 of each measured file; `marks`, a
byte for each of their lines; and `code/`, the compiled modules.
"""

from __future__ import annotations

import ast
import builtins
import json
import marshal
import mmap
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

DIRECTORY = "DATACUBE_COVERAGE"
_BLOCKS = ("body", "orelse", "finalbody")
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def marked(source: bytes, *, path: str, place: int) -> ast.Module:
    """Return the syntax tree of a module in which each statement marks its line, at `place` plus its number."""
    tree = ast.parse(source, path)
    for node in reversed([*ast.walk(tree)]):  # the inner ones first
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                first = _first_statement(node, block) if name == "body" else 0
                imports = [each for each in block[:first] if isinstance(each, ast.ImportFrom)]
                marks = [_mark(each.lineno, place, at=each) for each in imports]
                block[first:] = marks + [
                    each for following in block[first:] for each in _with_mark(following, place)
                ]
        _mark_branches(getattr(node, "handlers", ()), place)
        _mark_branches(getattr(node, "cases", ()), place)
    return tree


def _first_statement(node: ast.AST, block: Sequence[ast.stmt]) -> int:
    """Return the index of the first statement that others may precede: not a docstring, nor `from __future__`."""
    is_documented = isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None
    first = int(is_documented)
    while len(block) > first and isinstance(each := block[first], ast.ImportFrom) and each.module == "__future__":
        first += 1
    return first


def _with_mark(statement: ast.stmt, place: int) -> Iterator[ast.stmt]:
    """Yield what marks a statement, and it; one that is decorated begins at its first decorator."""
    for node in (*getattr(statement, "decorator_list", ()), statement):
        yield _mark(node.lineno, place, at=statement)
    yield statement


def _mark_branches(branches: Sequence[ast.ExceptHandler | ast.match_case], place: int) -> None:
    """Let each branch mark its own line and those of the branches before it, which were tried."""
    lines = [(branch if isinstance(branch, ast.ExceptHandler) else branch.pattern).lineno for branch in branches]
    for count, branch in enumerate(branches, start=1):
        branch.body[:0] = [_mark(line, place, at=branch.body[0]) for line in lines[:count]]


def _mark(line: int, place: int, *, at: ast.stmt) -> ast.stmt:
    names = ast.Name("__marks__", ast.Load())
    mark = ast.Assign([ast.Subscript(names, ast.Constant(place + line), ast.Store())], ast.Constant(1))
    for node in ast.walk(mark):
        ast.copy_location(node, at)
    return mark


class _Loader(SourceFileLoader):
    """Loads a module with marks; compiled once for all processes."""

    def __init__(self, name: str, path: str, finder: Finder) -> None:
        super().__init__(name, path)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType:
        compiled = f"{self._finder.directory}/code/{self._finder.places[self.path]}"
        try:
            return marshal.loads(self.get_data(compiled))
        except FileNotFoundError:
            tree = marked(self.get_data(self.path), path=self.path, place=self._finder.places[self.path])
        code = compile(tree, self.path, "exec", dont_inherit=True)
        scratch = f"{compiled}.{os.getpid()}"
        with open(scratch, "wb") as file:
            marshal.dump(code, file)
        os.replace(scratch, compiled)
        return code


class Finder:
    """Finds the modules that are measured."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        with open(f"{directory}/places.json", "rb") as file:
            self.places: dict[str, int] = json.load(file)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin in self.places:
            spec.loader = _Loader(fullname, spec.origin, self)
        return spec


def start(directory: str) -> None:
    """Map the marks into this process, and measure what it imports from now on."""
    with open(f"{directory}/marks", "r+b") as file:
        vars(builtins)["__marks__"] = mmap.mmap(file.fileno(), 0)
    sys.meta_path.insert(0, Finder(directory))


if DIRECTORY in os.environ:
    start(os.environ[DIRECTORY])
