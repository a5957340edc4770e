"""The verbs ``pairing …``: see, approve, refuse, block and withdraw connected software (D10).

They speak to the daemon over the owner-only local channel, never over HTTP.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge import i18n
from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient
from bridge.cli.connection import channel_key
from bridge.cli.speech import NotRunning, give, language, speaks_problems, talk
from bridge.daemon.localverbs import only_waiting
from bridge.domain.rights import OWNER_ID
from bridge.errors import BridgeError, NotDelivered, NotFound

pairing = typer.Typer(no_args_is_help=True, help="Connected software, and what asks to be.")
_YES: Final = frozenset({"yes", "ja", "oui"})

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]
PairingId = Annotated[str, typer.Argument(help="Identifier, as `pairing list` shows it.")]
Waiting = Annotated[
    str | None,
    typer.Argument(help="Identifier, as `pairing list` shows it; default: the only one waiting."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(pairing, name="pairing")
    app.command("stop-everything")(stop_everything)


@speaks_problems
def stop_everything(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """End all eHealth sessions, disconnect all software and keep back what waits to be sent."""
    found = asked(folder, {"verb": "stop-everything"})
    if not yes and not _is_wanted(i18n.phrase("stopping", "ask", language(), found)):
        raise typer.Exit(1)
    stopped = asked(folder, {"verb": "stop-everything", "is_confirmed": True})
    line = i18n.phrase("stopping", "done", language(), stopped)
    give(stopped, as_json=json, lines=[line])


@pairing.command("list")
@speaks_problems
def show(*, json: AsJson = False, folder: Folder = None) -> None:
    """List connected, waiting, refused and blocked software."""
    pairings = asked(folder, {"verb": "pairings"})["pairings"]
    lines = [_line(each) for each in pairings]
    empty = i18n.phrase("pairing", "none", language())
    give({"pairings": pairings}, as_json=json, lines=lines or [empty])


@pairing.command()
@speaks_problems
def approve(
    pairing_id: Waiting = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    all_history: Annotated[
        bool,
        typer.Option("--all-history", help="Also let it see exchanges made by other software."),
    ] = False,
    actor_id: Annotated[
        str | None,
        typer.Option("--actor", help="Whom it acts for, as `actor list` shows it; default: you."),
    ] = None,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Connect software that asks: shows who asks, what for, and the code; then asks you."""
    pairings = asked(folder, {"verb": "pairings"})["pairings"]
    found = _named(pairings, pairing_id)
    for line in _question(found, actor_id):
        talk(line)
    if not yes and not _is_wanted(i18n.phrase("pairing", "ask", language())):
        raise typer.Exit(1)
    chosen = {"has_all_history": all_history, "actor_id": actor_id}
    _decide(found["id"], "approve", json=json, folder=folder, chosen=chosen)


@pairing.command()
@speaks_problems
def deny(pairing_id: Waiting = None, *, json: AsJson = False, folder: Folder = None) -> None:
    """Refuse software that asks."""
    pairings = asked(folder, {"verb": "pairings"})["pairings"]
    _decide(_named(pairings, pairing_id)["id"], "deny", json=json, folder=folder)


@pairing.command()
@speaks_problems
def block(pairing_id: PairingId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Refuse software now and every time it asks again, and withdraw what it has."""
    _decide(pairing_id, "block", json=json, folder=folder)


@pairing.command()
@speaks_problems
def unblock(pairing_id: PairingId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Let blocked software ask again."""
    _decide(pairing_id, "unblock", json=json, folder=folder)


@pairing.command()
@speaks_problems
def revoke(pairing_id: PairingId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Disconnect software: its token is refused from its next request on."""
    _decide(pairing_id, "revoke", json=json, folder=folder)


@pairing.command("actor")
@speaks_problems
def assign(
    pairing_id: PairingId,
    actor_id: Annotated[str, typer.Argument(help="Whom it acts for, as `actor list` shows it.")],
    *,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Say whom connected software acts for, from its next request on."""
    request = {"verb": "pairing-actor", "pairing_id": pairing_id, "actor_id": actor_id}
    assigned = asked(folder, request)
    give(assigned, as_json=json, lines=[_line(assigned)])


@pairing.command()
@speaks_problems
def confirm(
    pairing_id: PairingId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Let a program go on that uses the connection of software for the first time."""
    found = _named(asked(folder, {"verb": "pairings"})["pairings"], pairing_id)
    if found["new_program"] is None:
        raise NotFound
    talk(_line(found))
    talk(f"{i18n.phrase('pairing', 'new_program', language())} {found['new_program']}")
    if not yes and not _is_wanted(i18n.phrase("pairing", "ask_program", language())):
        raise typer.Exit(1)
    confirmed = asked(folder, {"verb": "program-confirmed", "pairing_id": pairing_id})
    give(confirmed, as_json=json, lines=[_line(confirmed)])


@pairing.command()
@speaks_problems
def pause(pairing_id: PairingId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Let software do nothing until you resume it; it stays connected."""
    _decide(pairing_id, "pause", json=json, folder=folder)


@pairing.command()
@speaks_problems
def resume(pairing_id: PairingId, *, json: AsJson = False, folder: Folder = None) -> None:
    """Let paused software go on."""
    _decide(pairing_id, "resume", json=json, folder=folder)


@pairing.command()
@speaks_problems
def expect(*, folder: Folder = None) -> None:
    """Say that you are about to connect something: its window then opens by itself."""
    asked(folder, {"verb": "pairing-expected"})


def _decide(
    pairing_id: str,
    decision: str,
    *,
    json: bool,
    folder: Path | None,
    chosen: dict[str, Any] | None = None,
) -> None:
    request = {
        "verb": "pairing-decision",
        "decision": decision,
        "pairing_id": pairing_id,
        **(chosen or {}),
    }
    decided = asked(folder, request)
    give(decided, as_json=json, lines=[_line(decided)])


def asked(folder: Path | None, request: dict[str, Any]) -> dict[str, Any]:
    """Ask the running daemon of this user.

    Raises:
        NotRunning: there is none.
        BridgeError: what it answered.
    """
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    try:
        answer = LocalClient(folders.runtime, key=channel_key).call(request)
    except NotDelivered as error:
        raise NotRunning from error
    if "error" in answer:
        raise BridgeError(code=str(answer["error"]))
    return answer


def _named(pairings: list[dict[str, Any]], pairing_id: str | None) -> dict[str, Any]:
    if pairing_id is None:
        return only_waiting(pairings)
    for each in pairings:
        if each["id"] == pairing_id:
            return each
    raise NotFound


def _question(found: dict[str, Any], actor_id: str | None) -> list[str]:
    spoken = language()
    is_web = found["client_kind"] == "web"
    lines = [i18n.phrase("pairing", "web" if is_web else "native", spoken)]
    if is_web:
        lines.append(f"  {i18n.phrase('pairing', 'origin', spoken)}: {found['origin']}")
    lines += [
        f"  {i18n.phrase('pairing', 'name', spoken)}: {found['display_name']}",
        f"  {_proof(found['vendor'], spoken)}",
        i18n.phrase("pairing", "wants", spoken),
        *(f"  - {i18n.scope_name(scope, spoken)}" for scope in found["scopes"]),
    ]
    if actor_id is not None:
        lines.append(f"{i18n.phrase('pairing', 'acts_for', spoken)}: {actor_id}")
    key = "compare" if is_web else "type"
    return [*lines, i18n.phrase("pairing", key, spoken, {"code": found["code"]})]


def _proof(vendor: str | None, spoken: str) -> str:
    if vendor is None:
        return i18n.phrase("pairing", "unproven", spoken)
    return i18n.phrase("pairing", "verified", spoken, {"vendor": vendor})


def _is_wanted(question: str) -> bool:
    sys.stderr.write(question + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in _YES


def _line(found: dict[str, Any]) -> str:
    parts = [found["id"], found["state"], found["origin"] or "-", found["display_name"]]
    if found["actor_id"] != OWNER_ID:
        parts.append(found["actor_id"])
    if found["code"]:
        parts.append(found["code"])
    if found["new_program"]:
        parts.append(f"! {found['new_program']}")
    if found["calls_today"] is not None:
        parts.append(i18n.phrase("pairing", "calls", language(), {"count": found["calls_today"]}))
    return "  ".join(parts)
