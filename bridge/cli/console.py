"""The verb ``console``: our own page in the user's browser, signed in (SEC-48).

The running daemon gives a ticket over the owner-only local channel; typing the verb is the user's
approval.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.adapters.folders import Folders
from bridge.adapters.launching import show_page
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.cli.connection import channel_key
from bridge.cli.speech import NotRunning, give, language, speaks_problems, talk
from bridge.domain.openuris import console_address
from bridge.errors import BridgeError
from bridge.i18n import phrase

TICKET: Final = "console-ticket"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("console")(console)


@speaks_problems
def console(
    *,
    only_address: Annotated[
        bool,
        typer.Option("--print", help="Print the address instead; it is good once, for 30 seconds."),
    ] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Open Carebridge's own page in your browser."""
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    address = fresh_address(
        folders, lambda request: LocalClient(folders.runtime, key=channel_key).call(request)
    )
    is_shown = not only_address and show_page(address)
    if not is_shown and not only_address:
        talk(phrase("console", "no_browser", language()))
    said = {"is_page_shown": is_shown, "address": None if is_shown else address}
    shown = phrase("console", "page_shown", language())
    give(said, as_json=json, lines=[shown if is_shown else address])


def fresh_address(folders: Folders, call: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    """Give the address of the page with a ticket of its own.

    Args:
        folders: Where the running daemon says its port.
        call: Asks the running daemon.

    Raises:
        NotRunning: there is none.
    """
    instance = RuntimeFile(folders.runtime).read()
    if instance is None:
        raise NotRunning
    try:
        answer = call({"verb": TICKET})
    except (OSError, BridgeError) as error:
        raise NotRunning from error
    if "error" in answer:
        raise BridgeError(code=str(answer["error"]))
    return console_address(port=instance.port, ticket=str(answer["ticket"]))
