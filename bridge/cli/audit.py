"""Verbs for the audit log: ``audit verify`` and ``audit show``."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.adapters.auditlog import FileAudit
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, speaks_problems
from bridge.daemon import audit as log
from bridge.daemon import real
from bridge.domain.audit import Action, members_of, parse_witness

EXIT_NOT_INTACT: Final = 4
_DAY: Final = ["%Y-%m-%d"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]

audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what and when.")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(audit, name="audit")


@audit.command()
@speaks_problems
def verify(
    *,
    witness: Annotated[
        str | None,
        typer.Option(help="An end as the system's own log has it, SEQUENCE:MAC."),
    ] = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Say whether the audit log is intact: exit status 0, or 4 with the place of what is not."""
    known = None if witness is None else parse_witness(witness)
    folders = real.configuration(None, folder).folders
    if RuntimeFile(folders.runtime).read() is None:
        trail = log.own_trail(folders.data, KeyringSecrets())
        document = log.document_of(trail.verify(known))
    else:
        client = LocalClient(folders.runtime, key=channel_key)
        document = log.verified_by_daemon(client.call, witness)
    give(document, as_json=json, lines=_verdict_lines(document))
    if not document["is_intact"]:
        raise typer.Exit(EXIT_NOT_INTACT)


@audit.command()
@speaks_problems
def show(
    *,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First day, UTC.")
    ] = None,
    to_on: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last day, UTC.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only of this client.")] = None,
    action: Annotated[Action | None, typer.Option(help="Only this action.")] = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Show records, oldest first; they name resources and clients, never a patient."""
    wanted = {"client": client, "action": None if action is None else action.value}
    first = None if from_on is None else from_on.replace(tzinfo=UTC)
    last = None if to_on is None else datetime.combine(to_on, time.max, tzinfo=UTC)
    file = FileAudit(real.configuration(None, folder).folders.data / log.FOLDER)
    found = []
    for line in file.lines():
        record = members_of(line)
        if record is None or not _is_within(record, first, last):
            continue
        if all(value in {None, record.get(name)} for name, value in wanted.items()):
            found.append(record)
    give(found, as_json=json, lines=[_record_line(record) for record in found])


def _is_within(record: dict[str, Any], first: datetime | None, last: datetime | None) -> bool:
    at = datetime.fromisoformat(record["at"])
    return (first is None or at >= first) and (last is None or at <= last)


def _verdict_lines(document: dict[str, Any]) -> list[str]:
    if document["is_intact"]:
        return [f"intact: {document['records']} records"]
    return [
        f"{finding['kind']}: record {finding['sequence']}"
        + ("" if finding["line"] is None else f", line {finding['line']}")
        for finding in document["findings"]
    ]


def _record_line(record: dict[str, Any]) -> str:
    shown = ("sequence", "at", "action", "result", "client", "object_id", "actor")
    words = [str(record.get(name) or "-") for name in shown]
    repeats = record.get("repeats")
    return " ".join([*words, f"(again {repeats} times)"] if repeats else words)
