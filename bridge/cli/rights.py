"""The verbs ``rights …``: who may ask, send, fetch, process and archive what.

They speak to the daemon over the owner-only local channel.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.cli.actors import ActorId, AsJson, Folder, line_of
from bridge.cli.pairings import asked
from bridge.cli.speech import give, language, speaks_problems
from bridge.domain.rights import MessageKind, Right

rights = typer.Typer(no_args_is_help=True, help="What people may do with which messages.")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(rights, name="rights")


@rights.command()
@speaks_problems
def show(actor_id: ActorId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Show what somebody may do, for each registration and kind of message."""
    _tell(asked(folder, {"verb": "rights", "actor_id": actor_id}), json=json)


@rights.command("set")
@speaks_problems
def change(
    actor_id: ActorId,
    *,
    allow: Annotated[
        list[Right] | None, typer.Option("--allow", help="What is given; may be repeated.")
    ] = None,
    deny: Annotated[
        list[Right] | None,
        typer.Option("--deny", help="What is taken, whatever else allows it; may be repeated."),
    ] = None,
    kind: Annotated[
        MessageKind | None, typer.Option(help="Kind of message; default: all of them.")
    ] = None,
    registration: Annotated[
        str | None, typer.Option(help="Identifier of a registration; default: all of them.")
    ] = None,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Replace what was said about one kind and registration; with neither word it is taken back."""
    request = {
        "verb": "rights-set",
        "actor_id": actor_id,
        "registration_id": registration,
        "kind": None if kind is None else kind.value,
        "allow": _names(allow),
        "deny": _names(deny),
    }
    _tell(asked(folder, request), json=json)


def _names(chosen: list[Right] | None) -> list[str]:
    return [each.value for each in chosen or []]


def _tell(found: dict[str, Any], *, json: bool) -> None:
    lines = [line_of(found["actor"]), *(_line(each) for each in found["allowed"])]
    give(found, as_json=json, lines=lines)


def _line(row: dict[str, Any]) -> str:
    spoken = language()
    kind = i18n.phrase("rights", row["kind"], spoken)
    may = ", ".join(i18n.phrase("rights", each, spoken) for each in row["actions"])
    nothing = i18n.phrase("rights", "nothing", spoken)
    return f"  {row['registration_id']}  {kind}: {may or nothing}"
