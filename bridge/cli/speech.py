"""What the command line says, and how it ends: one place for messages and exit statuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from getpass import getpass
from typing import Any, Final, ParamSpec, TypeVar

import typer

from bridge import i18n
from bridge.adapters.systemlanguage import system_language_tags
from bridge.errors import BridgeError

P = ParamSpec("P")
R = TypeVar("R")

EXIT_PROBLEM: Final = 1
EXIT_NOT_RUNNING: Final = 3

_FIRST_REFUSAL: Final = 400


class NotRunning(BridgeError):
    """No daemon of this user is running."""

    code = "daemon_not_running"


class ProblemAnswer(BridgeError):
    """The daemon answered with a problem document; its own texts are shown."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Keep the document."""
        super().__init__(code=str(document.get("code", "internal_error")))
        self.document = document


def talk(text: str) -> None:
    """Say something to the person, on standard error."""
    sys.stderr.write(text + "\n")


def read_secret(label: str) -> str:
    """Read a secret without showing it; from standard input when that is no terminal."""
    if sys.stdin.isatty():
        return getpass(label, stream=sys.stderr)
    return sys.stdin.readline().rstrip("\r\n")


def give(value: Any, *, as_json: bool, lines: list[str]) -> None:
    """Print the result on standard output: one JSON document, or lines for people."""
    sys.stdout.write((json.dumps(value) if as_json else "\n".join(lines)) + "\n")
    sys.stdout.flush()


def checked(status: int, document: Any) -> Any:
    """Give the document of a good answer.

    Raises:
        ProblemAnswer: it is a problem.
    """
    if status >= _FIRST_REFUSAL:
        raise ProblemAnswer(document if isinstance(document, dict) else {})
    return document


def speaks_problems(command: Callable[P, R]) -> Callable[P, R]:
    """Turn every expected error of a command into two sentences and an exit status."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ProblemAnswer as error:
            _say(error.document.get("title"), error.document.get("detail"), error.problem_code)
            raise typer.Exit(EXIT_PROBLEM) from None
        except BridgeError as error:
            tell_problem(error)
            is_absent = isinstance(error, NotRunning)
            raise typer.Exit(EXIT_NOT_RUNNING if is_absent else EXIT_PROBLEM) from None

    return wrapped


def tell_problem(error: BridgeError) -> None:
    """Say what went wrong, in the user's language."""
    _say(*_texts(error), error.problem_code)


def language() -> str:
    """Give the language of this user's system, if it is one of ours, else Dutch."""
    return i18n.negotiate(system_language_tags())


def _texts(error: BridgeError) -> tuple[str, str]:
    params = dict(error.params)
    return (
        i18n.text(error.problem_code, "title", language(), params),
        i18n.text(error.problem_code, "detail", language(), params),
    )


def _say(title: Any, detail: Any, code: str) -> None:
    talk(f"{title}. {detail} [{code}]")
