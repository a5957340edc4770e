"""The verbs ``open-uri`` and ``scheme``: the second way in from a web page (SEC-45).

A desktop calls ``open-uri`` for whoever clicked, in that user's session.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.adapters.folders import Folders
from bridge.adapters.launching import show_page, start_daemon
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.selfcall import own_command
from bridge.adapters.urischeme import ARGUMENT, user_scheme
from bridge.cli.connection import channel_key
from bridge.cli.speech import NotRunning, give, speaks_problems, tell_problem
from bridge.daemon.openverbs import OPEN
from bridge.domain.openuris import parse
from bridge.errors import BridgeError, InputError, NotDelivered

EXIT_WRONG_CALL: Final = 2
_START_S: Final = 60
_POLL_S: Final = 0.25

scheme = typer.Typer(no_args_is_help=True, help="Links of web pages that lead to Carebridge.")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What opening an address needs from outside.

    Attributes:
        call: Asks the running daemon; raises ``NotDelivered`` when there is none.
        start: Starts it.
        show: Shows a page; tells whether that went well.
        sleep: Waits some seconds.
        patience_s: How long the start may take.
    """

    call: Callable[[dict[str, Any]], dict[str, Any]]
    start: Callable[[], object]
    show: Callable[[str], bool]
    sleep: Callable[[float], None] = time.sleep
    patience_s: float = _START_S


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("open-uri")(open_uri)
    app.add_typer(scheme, name="scheme")


@speaks_problems
def open_uri(
    uri: Annotated[str, typer.Argument(help="Such as carebridge://start.")],
    *,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Start the daemon if it is not running, and show the page of connected software."""
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    around = Surroundings(
        call=lambda request: LocalClient(folders.runtime, key=channel_key).call(request),
        start=lambda: start_daemon(folder),
        show=show_page,
    )
    try:
        shown = opened(uri, around)
    except InputError as error:
        tell_problem(error)
        raise typer.Exit(EXIT_WRONG_CALL) from None
    give({"is_page_shown": shown}, as_json=json, lines=["page shown" if shown else "running"])


def opened(uri: str, around: Surroundings) -> bool:
    """Do what an address asks for; tells whether a page was shown.

    Raises:
        InputError: ``open_uri_refused``; nothing was started or shown.
        NotRunning: the daemon did not start.
        BridgeError: what it answered.
    """
    parse(uri)  # before anything is started
    request = {"verb": OPEN, "uri": uri}
    answer = _answer(request, around)
    if "error" in answer:
        code = str(answer["error"])
        raise (InputError if code == "open_uri_refused" else BridgeError)(code=code)
    address = answer.get("address")
    return around.show(str(address)) if address else False


def _answer(request: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    try:
        return around.call(request)
    except NotDelivered:
        around.start()
    for _ in range(int(around.patience_s / _POLL_S)):
        around.sleep(_POLL_S)
        try:
            return around.call(request)
        except NotDelivered:
            continue
    raise NotRunning


@scheme.command()
@speaks_problems
def register() -> None:
    """Let links that begin with carebridge: open Carebridge, for you alone."""
    user_scheme().register(own_command(ARGUMENT))


@scheme.command()
@speaks_problems
def unregister() -> None:
    """Take that back."""
    user_scheme().unregister()


@scheme.command()
@speaks_problems
def status(*, json: AsJson = False) -> None:
    """Tell whether such links open Carebridge."""
    found = user_scheme().is_registered()
    give(
        {"is_registered": found}, as_json=json, lines=["registered" if found else "not registered"]
    )
