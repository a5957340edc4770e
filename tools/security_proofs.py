"""Which tests stand for which attack or rule, read from their source, and how they ended.

An attack or a rule is claimed by its number in the name of a test, in an id the test is
parametrised with, or in its docstring; a rule also by the docstring of a module, which then claims
it with all its tests.
Source: *Local API security* 3 to 18 and 21.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from tools.attack_list import FAMILIES

PASSES: Final = "passes"
FAILS: Final = "**fails**"
ELSEWHERE: Final = {"windows": "Windows", "macos": "macOS"}
"""Tiers of tests that run on another system than the one whose results are written down."""

RELEASED_WITH: Final = "in the workflow for that system"
"""What is said of tests whose system gave no report."""

_OWN_TESTS: Final = ("test_security_table.py", "test_attack_list.py")
"""The tests of this tool name attacks too, and prove none."""

_LETTERS: Final = "|".join(FAMILIES)
_NAME_ID: Final = re.compile(rf"(?:^|_)((?:{_LETTERS.lower()})_[0-9]{{2}}|sec_[0-9]{{2,3}})(?=_|$)")
_TEXT_ID: Final = re.compile(rf"\b(?:(?:{_LETTERS})-[0-9]{{2}}|SEC-[0-9]{{2,3}})(?![0-9])")
_RULE: Final = "SEC-"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Proof:
    """A test that stands for attacks or rules, or a module that stands for rules.

    Attributes:
        place: Module, relative to the folder of the tests, and the function, where it is one.
        tier: When, or where, it runs.
        claims: Numbers of attacks and rules.
    """

    place: str
    tier: str
    claims: frozenset[str]

    @property
    def reported(self) -> str:
        """Give the place as a JUnit file writes it; of a module what all its places begin with."""
        module, *names = self.place.split("::")
        places = ["tests", module.removesuffix(".py").replace("/", "."), *names[:-1]]
        return "::".join([".".join(places), *names[-1:]])

    def is_of(self, outcome: Outcome) -> bool:
        """Tell whether a run was one of this test, or of a test of this module."""
        if "::" in self.place:
            return outcome.place == self.reported
        return outcome.place.startswith((f"{self.reported}::", f"{self.reported}."))


@dataclass(frozen=True)
class Outcome:
    """How one run of a test ended.

    Attributes:
        place: Module and function, as a JUnit file writes them.
        kind: ``passes``, ``failure``, ``error`` or ``skipped``.
    """

    place: str
    parameters: str
    kind: str


def proofs_in(source: str, path: str) -> Iterator[Proof]:
    """Find what of a module stands for attacks or rules.

    Raises:
        SyntaxError: it is no Python.
    """
    tree = ast.parse(source)
    values = _module_values(tree)
    everywhere = _seen_from([values["pytestmark"]], values) if "pytestmark" in values else []
    said = {each for each in _said(tree) if each.startswith(_RULE)}
    if said:
        yield Proof(path, _tier(everywhere), frozenset(said))
    for name, function in _test_functions(tree):
        seen = _seen_from(function.decorator_list, values)
        claims = _in_name(function.name) | _in_texts(seen) | _said(function)
        if claims - said:
            tier = _tier([*everywhere, *seen])
            yield Proof(f"{path}::{name}", tier, frozenset(claims - said))


def _said(node: ast.Module | Function) -> set[str]:
    """Give what a docstring claims."""
    return set(_TEXT_ID.findall(ast.get_docstring(node) or ""))


def _test_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Give each test with its name, behind that of its class where it has one."""
    for node in tree.body:
        prefix, members = "", [node]
        if isinstance(node, ast.ClassDef):
            prefix, members = f"{node.name}::", node.body
        for member in members:
            if isinstance(member, Function) and member.name.startswith("test_"):
                yield f"{prefix}{member.name}", member


def _module_values(tree: ast.Module) -> dict[str, ast.expr]:
    """Give what names of the module are made of, as far as one assignment tells it."""
    values = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            values[node.target.id] = node.value
    return values


def _seen_from(expressions: Iterable[ast.expr], values: Mapping[str, ast.expr]) -> list[ast.AST]:
    """Give every node of expressions, and of what the names in them stand for."""
    waiting = list(expressions)
    followed: set[str] = set()
    seen: list[ast.AST] = []
    while waiting:
        for node in ast.walk(waiting.pop()):
            seen.append(node)
            if isinstance(node, ast.Name) and node.id in values and node.id not in followed:
                followed.add(node.id)
                waiting.append(values[node.id])
    return seen


def _in_name(name: str) -> set[str]:
    return {found.upper().replace("_", "-") for found in _NAME_ID.findall(name)}


def _in_texts(nodes: Iterable[ast.AST]) -> set[str]:
    texts = [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {claim for text in texts for claim in _TEXT_ID.findall(text)}


def _tier(nodes: Iterable[ast.AST]) -> str:
    """Tell from the marks on a test when, or on which system only, it runs."""
    for node in nodes:
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        tier = text.rpartition("mark.")[2]
        if tier in {"slow", *ELSEWHERE}:
            return tier
    return "fast"


def proofs(folder: Path) -> list[Proof]:
    """Find all that stands for attacks or rules, by place."""
    found = (
        proof
        for path in folder.rglob("test_*.py")
        if path.name not in _OWN_TESTS
        for proof in proofs_in(path.read_text("utf-8"), path.relative_to(folder).as_posix())
    )
    return sorted(found, key=lambda proof: proof.place)


def outcomes(report: str) -> list[Outcome]:
    """Read a JUnit file.

    The file is one that pytest has just written here, so the parser of the standard library does.

    Raises:
        xml.etree.ElementTree.ParseError: it is no XML.
    """
    found = []
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314  # our own file, see above
        name, _, parameters = str(case.get("name")).partition("[")
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        kind = min(kinds, default=PASSES)
        found.append(Outcome(f"{case.get('classname')}::{name}", parameters, kind))
    return found


def result_of(claim: str, tests: Iterable[Proof], ended: Iterable[Outcome]) -> str:
    """Say in a few words how the tests of one attack or rule ended, on each system they are of."""
    tests, ended = list(tests), list(ended)
    here = [proof for proof in tests if proof.tier not in ELSEWHERE]
    said = [_word(claim, here, ended)] if here else []
    for tier, system in ELSEWHERE.items():
        away = [proof for proof in tests if proof.tier == tier]
        word = _word(claim, away, ended)
        if away:
            said.append(f"{system}: {RELEASED_WITH if word in _NO_REPORT else word}")
    return "; ".join(said)


_NO_REPORT: Final = ("skipped", "not run")


def _word(claim: str, tests: Iterable[Proof], ended: Iterable[Outcome]) -> str:
    runs = []
    for proof in tests:
        all_of_it = [each for each in ended if proof.is_of(each)]
        own = [each for each in all_of_it if claim in _TEXT_ID.findall(each.parameters)]
        runs.append({each.kind for each in own or all_of_it})
    together = set().union(*runs)
    if together & {"failure", "error"}:
        return FAILS
    if PASSES not in together:
        return "skipped" if together else "not run"
    return PASSES if all(PASSES in each for each in runs) else f"{PASSES}, the others did not run"
