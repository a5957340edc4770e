"""The house limits that no other linter checks.

- A module has at most 400 lines (those in a folder ``tables`` are exempt), the median at most 200.
- A function has at most 40 lines, the median at most 10; its docstring and decorators do not
  count, because both explain and neither runs.
- A function takes at most 5 positional parameters besides ``self`` or ``cls``.
- Every parameter and every result is annotated.
- Public classes and functions of the domain, the ports, the services and the API have a docstring.
- A suppression names what it suppresses and says why; a whole file is never exempt.
- ``TODO`` carries the number of an issue.
- The tests have at least as many lines of code as the program; a line of code is one with more
  on it than a comment or a docstring.

Source: *style anchors* 6.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PROGRAM: Final = ("bridge", "api", "tray", "installer")
TOOLS: Final = ("dev.py", "tools", "benchmarks")
DOCUMENTED: Final = ("bridge/domain/", "bridge/ports/", "bridge/service/", "api/")

MOST_MODULE_LINES: Final = 400
LEAST_TEST_SHARE: Final = 0.65
"""Lines of test code for one line of program code; the aim is 1, and this only ever rises."""

MEDIAN_MODULE_LINES: Final = 200
MOST_FUNCTION_LINES: Final = 40
MEDIAN_FUNCTION_LINES: Final = 10
MOST_POSITIONAL: Final = 5

_WHOLE_FILE: Final = re.compile(r"#\s*(ruff|flake8|mypy):")
_MARKER: Final = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:)", re.IGNORECASE)
_WELL_FORMED: Final = re.compile(
    r"#\s*("
    r"noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*"
    r"|type: ignore\[[a-z-]+(, ?[a-z-]+)*\]"
    r"|pragma: no (cover|branch)"
    r")  (# )?[^\s#]\S*( \S+)+"
)
_TODO: Final = re.compile(r"\b(TODO|FIXME|XXX)\b")
_TODO_WITH_ISSUE: Final = re.compile(r"\bTODO\b.*#[0-9]+")

_LAYOUT: Final = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documentable = Function | ast.ClassDef


@dataclass(frozen=True)
class Violation:
    """One limit that one place exceeds."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Module:
    """One source file, read once.

    Attributes:
        path: Relative to the project, with forward slashes.
    """

    path: str
    source: str
    tree: ast.Module

    @classmethod
    def parse(cls, source: str, *, path: str) -> Module:
        """Read the text of a file.

        Raises:
            SyntaxError: it is no Python.
        """
        return cls(path=path, source=source, tree=ast.parse(source))

    @property
    def lines(self) -> int:
        """Lines in all."""
        return len(self.source.splitlines())

    @property
    def is_table(self) -> bool:
        """Whether the module is a table and may be long."""
        return "/tables/" in self.path

    def functions(self) -> list[Function]:
        """List every function and method, nested ones as well."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def comments(self) -> Iterator[tuple[int, str]]:
        """Give every comment with its line."""
        for token in self._tokens():
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def code_lines(self) -> int:
        """Count the lines that carry more than comments and docstrings."""
        docstrings = {line for node in ast.walk(self.tree) for line in docstring_lines(node)}
        code = {
            line
            for token in self._tokens()
            if token.type not in _LAYOUT
            for line in range(token.start[0], token.end[0] + 1)
        }
        return len(code - docstrings)

    def _tokens(self) -> Iterator[tokenize.TokenInfo]:
        return tokenize.generate_tokens(io.StringIO(self.source).readline)


def docstring_lines(node: ast.AST) -> range:
    """Give the lines of a node's docstring; none for a node without."""
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
            | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
            | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
        ):
            return range(first.lineno, (first.end_lineno or first.lineno) + 1)
        case _:
            return range(0)


def function_lines(function: Function) -> int:
    """Count a function's lines from ``def`` to its end, without its docstring."""
    end = function.end_lineno or function.lineno
    return end - function.lineno + 1 - len(docstring_lines(function))


def of_sizes(module: Module) -> Iterator[Violation]:
    """Find a module, functions and parameter lists that are too long."""
    if module.lines > MOST_MODULE_LINES and not module.is_table:
        yield Violation(module.path, 1, f"{module.lines} lines, at most {MOST_MODULE_LINES}")
    for function in module.functions():
        length = function_lines(function)
        if length > MOST_FUNCTION_LINES:
            said = f"{function.name} has {length} lines, at most {MOST_FUNCTION_LINES}"
            yield Violation(module.path, function.lineno, said)
        count = len([name for name in positional(function) if name.arg not in ("self", "cls")])
        if count > MOST_POSITIONAL:
            said = f"{function.name} takes {count} positional parameters, at most {MOST_POSITIONAL}"
            yield Violation(module.path, function.lineno, said)


def positional(function: Function) -> list[ast.arg]:
    """List the parameters that may be given by position."""
    return [*function.args.posonlyargs, *function.args.args]


def of_annotations(module: Module) -> Iterator[Violation]:
    """Find functions with a parameter or a result that is not annotated."""
    for function in module.functions():
        given = function.args
        parameters = [*positional(function), *given.kwonlyargs, given.vararg, given.kwarg]
        bare = [
            parameter.arg
            for parameter in parameters
            if parameter and not parameter.annotation and parameter.arg not in ("self", "cls")
        ]
        if bare or function.returns is None:
            missing = ", ".join([*bare, *([] if function.returns else ["its result"])])
            said = f"{function.name} does not annotate {missing}"
            yield Violation(module.path, function.lineno, said)


def of_docstrings(module: Module) -> Iterator[Violation]:
    """Find public classes and functions without a docstring, where one is required."""
    if not module.path.startswith(DOCUMENTED):
        return
    for node in public(module.tree.body):
        if not ast.get_docstring(node):
            yield Violation(module.path, node.lineno, f"{node.name} has no docstring")


def public(body: Iterable[ast.stmt]) -> Iterator[Documentable]:
    """Give the public classes and functions of a body, and the methods of the classes."""
    for node in body:
        if isinstance(node, Documentable) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def of_comments(module: Module) -> Iterator[Violation]:
    """Find suppressions without name or reason, and work left undone without an issue."""
    for line, comment in module.comments():
        if _WHOLE_FILE.match(comment):
            yield Violation(module.path, line, "a whole file is exempt from a check")
        elif _MARKER.search(comment) and not _WELL_FORMED.search(comment):
            yield Violation(module.path, line, "a suppression without a name or without a reason")
        if _TODO.search(comment) and not _TODO_WITH_ISSUE.search(comment):
            yield Violation(module.path, line, "a TODO without the number of an issue")


def of_medians(modules: Iterable[Module]) -> Iterator[Violation]:
    """Find out whether modules or functions are too long on the whole."""
    sizes = [module.lines for module in modules if not module.is_table]
    lengths = [function_lines(node) for module in modules for node in module.functions()]
    for what, values, most in (
        ("module", sizes, MEDIAN_MODULE_LINES),
        ("function", lengths, MEDIAN_FUNCTION_LINES),
    ):
        median = statistics.median(values) if values else 0
        if median > most:
            yield Violation(".", 0, f"the median {what} has {median:g} lines, at most {most}")


def of_tests(*, program: Iterable[Module], tests: Iterable[Module]) -> Iterator[Violation]:
    """Find out whether the share of test code fell below what was reached before."""
    have, want = sum(test.code_lines() for test in tests), sum(m.code_lines() for m in program)
    if have < want * LEAST_TEST_SHARE:
        yield Violation("tests", 0, f"{have} lines of test code for {want} lines of code")


def read(*places: str) -> list[Module]:
    """Read every module below some places of the project, in order."""
    files: list[Path] = []
    for place in places:
        whole = ROOT / place
        files.extend([whole] if whole.is_file() else sorted(whole.rglob("*.py")))
    return [
        Module.parse(file.read_text("utf-8"), path=file.relative_to(ROOT).as_posix())
        for file in files
    ]


def violations(
    *,
    program: list[Module],
    tools: list[Module],
    tests: list[Module],
) -> Iterator[Violation]:
    """Find every violation of the project."""
    for module in [*program, *tools]:
        yield from of_sizes(module)
        yield from of_annotations(module)
        yield from of_docstrings(module)
    for module in [*program, *tools, *tests]:
        yield from of_comments(module)
    yield from of_medians(program)
    yield from of_tests(program=program, tests=tests)


def main() -> int:
    """Print every violation and the figures; give 1 when there is a violation."""
    program, tests = read(*PROGRAM), read("tests")
    found = list(violations(program=program, tools=read(*TOOLS), tests=tests))
    for violation in found:
        print(violation)
    functions = [function_lines(node) for module in program for node in module.functions()]
    print(
        f"{len(program)} modules, median {statistics.median([m.lines for m in program]):g} lines;"
        f" {len(functions)} functions, median {statistics.median(functions):g} lines;"
        f" {sum(m.code_lines() for m in tests)} lines of test code"
        f" for {sum(m.code_lines() for m in program)} lines of code"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
