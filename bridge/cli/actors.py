"""The verbs ``actor …``: people software acts for.

They speak to the daemon over the owner-only local channel; a name is read from standard input,
because other users of a computer can read the arguments of every program (SEC-13).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.cli.pairings import asked
from bridge.cli.speech import give, language, speaks_problems

actor = typer.Typer(no_args_is_help=True, help="People software acts for.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]
ActorId = Annotated[str, typer.Argument(help="Identifier, as `actor list` shows it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(actor, name="actor")


@actor.command("list")
@speaks_problems
def show(*, json: AsJson = False, folder: Folder = None) -> None:
    """List the people, and you as the owner."""
    actors = asked(folder, {"verb": "actors"})["actors"]
    lines = [line_of(each) for each in actors]
    if len(actors) == 1:
        lines.append(i18n.phrase("rights", "nobody", language()))
    give({"actors": actors}, as_json=json, lines=lines)


@actor.command()
@speaks_problems
def add(*, json: AsJson = False, folder: Folder = None) -> None:
    """Add a person, without rights at first; the name is read from stdin."""
    _tell(asked(folder, {"verb": "actor-add", "name": _read_name()}), json=json)


@actor.command()
@speaks_problems
def rename(actor_id: ActorId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Give somebody another name, which is read from stdin."""
    request = {"verb": "actor-change", "actor_id": actor_id, "name": _read_name()}
    _tell(asked(folder, request), json=json)


@actor.command()
@speaks_problems
def disable(actor_id: ActorId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Take all rights from somebody, until `enable` gives the same ones back."""
    request = {"verb": "actor-change", "actor_id": actor_id, "is_active": False}
    _tell(asked(folder, request), json=json)


@actor.command()
@speaks_problems
def enable(actor_id: ActorId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Give somebody the rights back that `disable` took."""
    request = {"verb": "actor-change", "actor_id": actor_id, "is_active": True}
    _tell(asked(folder, request), json=json)


@actor.command()
@speaks_problems
def card(
    actor_id: ActorId,
    *,
    forget: Annotated[bool, typer.Option("--forget", help="No card is needed any more.")] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Let somebody act only while the session of her own card is open: the one open now."""
    request = {"verb": "actor-card", "actor_id": actor_id, "is_forgotten": forget}
    _tell(asked(folder, request), json=json)


def line_of(found: dict[str, Any]) -> str:
    """Give the line that shows one of them."""
    spoken = language()
    parts = [found["id"], found["name"] or i18n.phrase("rights", "owner", spoken)]
    if not found["is_active"]:
        parts.append(i18n.phrase("rights", "disabled", spoken))
    if found["is_card_needed"]:
        parts.append(i18n.phrase("rights", "card", spoken))
    return "  ".join(parts)


def _tell(found: dict[str, Any], *, json: bool) -> None:
    give(found, as_json=json, lines=[line_of(found)])


def _read_name() -> str:
    if sys.stdin.isatty():
        sys.stderr.write(i18n.phrase("pairing", "name", language()) + ": ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()
