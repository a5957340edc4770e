"""The house limits find what they must, and leave good code alone."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tools.house_limits import (
    Module,
    Violation,
    function_lines,
    of_annotations,
    of_comments,
    of_docstrings,
    of_medians,
    of_sizes,
    of_tests,
    positional,
    public,
    read,
    violations,
)

GOOD = '''
"""A module as it should be."""

from __future__ import annotations

LIMIT = 5  # noqa: PLR2004  # the number of fingers


class Box:
    """Holds one number."""

    def __init__(self, content: int) -> None:
        self.content = content

    def doubled(self) -> int:
        """Give twice the content."""
        return 2 * self.content
'''


def module(source: str, *, path: str = "bridge/domain/sample.py") -> Module:
    return Module.parse(dedent(source), path=path)


def function_of(lines: int, *, docstring: int = 0) -> str:
    """Write a function with a body of some lines, and a docstring of some lines."""
    text = ['    """' + "\n    x" * (docstring - 1) + '"""'] if docstring else []
    return "\n".join(["def sample() -> None:", *text, *["    print()"] * (lines - 1)])


def texts(found: list[Violation]) -> list[str]:
    return [violation.text for violation in found]


def test_good_module_has_no_violation():
    good = module(GOOD)
    assert list(violations(program=[good], tools=[good], tests=[good])) == []


# -- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "lines", "is_long"),
    [
        pytest.param("bridge/domain/sample.py", 400, False, id="limit"),
        pytest.param("bridge/domain/sample.py", 401, True, id="one-more"),
        pytest.param("bridge/i18n/tables/sample.py", 2_000, False, id="table"),
        pytest.param("bridge/tables_of_codes.py", 401, True, id="only-named-like-a-table"),
    ],
)
def test_module_length(path, lines, is_long):
    found = list(of_sizes(module("x = 1\n" * lines, path=path)))
    assert bool(found) is is_long


@pytest.mark.parametrize(
    ("body", "docstring", "is_long"),
    [
        pytest.param(40, 0, False, id="limit"),
        pytest.param(41, 0, True, id="one-more"),
        pytest.param(40, 30, False, id="docstring-does-not-count"),
        pytest.param(41, 30, True, id="docstring-hides-nothing"),
    ],
)
def test_function_length(body, docstring, is_long):
    found = texts(list(of_sizes(module(function_of(body, docstring=docstring)))))
    assert found == (["sample has 41 lines, at most 40"] if is_long else [])


def test_decorators_do_not_count():
    node = ast.parse("@first\n@second\ndef sample():\n    return 1").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert function_lines(node) == 2


def test_nested_functions_and_methods_are_measured_too():
    inner = function_of(45).replace("\n", "\n        ")
    source = f"class Outer:\n    def outer(self) -> None:\n        {inner}\n"
    found = texts(list(of_sizes(module(source))))
    assert [text.split()[0] for text in found] == ["outer", "sample"]


@pytest.mark.parametrize(
    ("signature", "count"),
    [
        pytest.param("a, b, c, d, e", None, id="five"),
        pytest.param("a, b, c, d, e, f", 6, id="six"),
        pytest.param("self, a, b, c, d, e", None, id="self-is-free"),
        pytest.param("cls, a, b, c, d, e", None, id="cls-is-free"),
        pytest.param("a, b, /, c, d, e, f", 6, id="positional-only-count"),
        pytest.param("a, *, b, c, d, e, f, g", None, id="keyword-only-are-free"),
        pytest.param("a, b, c, d, e, *rest", None, id="rest-is-free"),
    ],
)
def test_positional_parameters(signature, count):
    found = texts(list(of_sizes(module(f"def sample({signature}): ..."))))
    expected = [] if count is None else [f"sample takes {count} positional parameters, at most 5"]
    assert found == expected


def test_positional_lists_both_kinds():
    node = ast.parse("def sample(a, /, b, *, c): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert [argument.arg for argument in positional(node)] == ["a", "b"]


# -- annotations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        pytest.param("def sample(a: int) -> int: ...", None, id="complete"),
        pytest.param("def sample(self, a: int) -> int: ...", None, id="self"),
        pytest.param("def sample(a) -> int: ...", "a", id="parameter"),
        pytest.param("def sample(*, a) -> int: ...", "a", id="keyword"),
        pytest.param("def sample(*rest) -> int: ...", "rest", id="rest"),
        pytest.param("def sample(**rest) -> int: ...", "rest", id="keywords"),
        pytest.param("def sample(a: int): ...", "its result", id="result"),
        pytest.param("async def sample(a, b): ...", "a, b, its result", id="everything"),
    ],
)
def test_annotations(source, missing):
    found = texts(list(of_annotations(module(source))))
    assert found == ([] if missing is None else [f"sample does not annotate {missing}"])


# -- docstrings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "is_required"),
    [
        pytest.param("bridge/domain/sample.py", True, id="domain"),
        pytest.param("bridge/ports/sample.py", True, id="ports"),
        pytest.param("bridge/service/sample.py", True, id="service"),
        pytest.param("api/routes/sample.py", True, id="api"),
        pytest.param("bridge/adapters/sample.py", False, id="adapters"),
        pytest.param("tools/api/sample.py", False, id="elsewhere"),
    ],
)
def test_docstring_is_required_by_place(path, is_required):
    found = list(of_docstrings(module("def sample() -> None: ...", path=path)))
    assert bool(found) is is_required


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        pytest.param('class A:\n    "Text."\n', [], id="class-with"),
        pytest.param("class A: ...", ["A"], id="class-without"),
        pytest.param('class A:\n    "T."\n    def b(self): ...', ["b"], id="method"),
        pytest.param('class A:\n    "T."\n    def _b(self): ...', [], id="private-method"),
        pytest.param('class A:\n    "T."\n    def __eq__(self, o): ...', [], id="magic-method"),
        pytest.param("class _A:\n    def b(self): ...", [], id="inside-private-class"),
        pytest.param("def _a(): ...", [], id="private-function"),
        pytest.param('def a():\n    "T."\n    def b(): ...', [], id="nested-function"),
        pytest.param("async def a(): ...", ["a"], id="coroutine"),
    ],
)
def test_docstring_is_required_of_the_public(source, bare):
    found = texts(list(of_docstrings(module(source))))
    assert found == [f"{name} has no docstring" for name in bare]


def test_public_gives_methods_after_their_class():
    tree = ast.parse("class A:\n    def b(self): ...\ndef c(): ...\nd = 1")
    assert [node.name for node in public(tree.body)] == ["A", "b", "c"]


# -- suppressions and work left undone -----------------------------------------------------------


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("# noqa: S603  # our own list of words", id="noqa"),
        pytest.param("# noqa: S603  our own list of words", id="noqa-without-second-sign"),
        pytest.param("# noqa: S603, S607  # our own list of words", id="two-codes"),
        pytest.param("# type: ignore[import-untyped]  # publishes no types", id="type"),
        pytest.param("# pragma: no cover  # only on Windows", id="pragma"),
        pytest.param("# TODO(#12): write the other half", id="todo-with-issue"),
        pytest.param("# says why and suppresses nothing", id="ordinary"),
        pytest.param("# the todo list of the nurse", id="small-letters"),
    ],
)
def test_good_comment(comment):
    assert list(of_comments(module(f"x = 1  {comment}\n"))) == []


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        pytest.param("# noqa", "a suppression", id="noqa-of-everything"),
        pytest.param("# noqa: S603", "a suppression", id="noqa-without-reason"),
        pytest.param("# noqa: S603  # because", "a suppression", id="one-word-is-no-reason"),
        pytest.param("# NOQA", "a suppression", id="capitals"),
        pytest.param("# type: ignore", "a suppression", id="type-of-everything"),
        pytest.param("# type: ignore[misc]", "a suppression", id="type-without-reason"),
        pytest.param("# pragma: no cover", "a suppression", id="pragma-without-reason"),
        pytest.param("# ruff: noqa", "a whole file", id="file-ruff"),
        pytest.param("# mypy: ignore-errors", "a whole file", id="file-mypy"),
        pytest.param("# TODO: later", "a TODO", id="todo"),
        pytest.param("# FIXME #12", "a TODO", id="fixme-is-never-right"),
    ],
)
def test_bad_comment(comment, text):
    (found,) = of_comments(module(f"x = 1  {comment}\n"))
    assert found.text.startswith(text)
    assert found.line == 1


def test_text_that_looks_like_a_comment_is_none():
    assert list(of_comments(module('x = "# noqa and # TODO"\n'))) == []


# -- the whole -----------------------------------------------------------------------------------


def test_median_module():
    modules = [module("x = 1\n" * lines) for lines in (10, 201, 300)]
    assert texts(list(of_medians(modules))) == ["the median module has 201 lines, at most 200"]


def test_median_ignores_tables():
    modules = [module("x = 1\n" * 10), module("x = 1\n" * 900, path="bridge/tables/a.py")]
    assert list(of_medians(modules)) == []


def test_median_function():
    modules = [module(function_of(lines)) for lines in (2, 11, 12)]
    assert texts(list(of_medians(modules))) == ["the median function has 11 lines, at most 10"]


def test_medians_of_nothing():
    assert list(of_medians([])) == []


@pytest.mark.parametrize(
    ("have", "want", "is_enough"),
    [
        pytest.param(13, 20, True, id="as-many-as-were-reached"),
        pytest.param(12, 20, False, id="one-less"),
    ],
)
def test_the_share_of_tests_does_not_fall(have, want, is_enough):
    tests, program = [module("x = 1\n" * have)], [module("x = 1\n" * want)]
    found = texts(list(of_tests(program=program, tests=tests)))
    assert found == ([] if is_enough else ["12 lines of test code for 20 lines of code"])


@pytest.mark.parametrize(
    ("source", "count"),
    [
        pytest.param('"""Text\nof two lines."""\n', 0, id="module-docstring"),
        pytest.param("# a comment\n\nx = 1  # another\n", 1, id="comments-and-blanks"),
        pytest.param('x = """a\nb\nc"""\n', 3, id="text-value"),
        pytest.param('def a():\n    """Text."""\n    return 1\n', 2, id="function"),
        pytest.param("x = (\n    1,\n    2,\n)\n", 4, id="expression-on-lines"),
    ],
)
def test_code_lines(source, count):
    assert module(source).code_lines() == count


def test_violation_is_clickable():
    assert str(Violation("bridge/a.py", 3, "is too long")) == "bridge/a.py:3: is too long"


def test_read_takes_files_and_folders():
    paths = [found.path for found in read("dev.py", "tools")]
    assert paths[0] == "dev.py"
    assert "tools/house_limits.py" in paths
