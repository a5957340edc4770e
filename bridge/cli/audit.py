"""Verbs for the audit log: ``audit verify``, ``audit show`` and ``audit who``."""

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
from bridge.cli.speech import give, read_secret, speaks_problems
from bridge.daemon import audit as log
from bridge.daemon import real
from bridge.domain.audit import Action, members_of, parse_witness
from bridge.domain.auditwho import Question, answer
from bridge.domain.identifiers import Niss

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


@audit.command()
@speaks_problems
def who(
    *,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First day, UTC.")
    ] = None,
    to_on: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last day, UTC.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only of this client.")] = None,
    patient: Annotated[
        bool, typer.Option("--patient", help="Only about the patient whose number is typed.")
    ] = False,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Say which software had to do with which patients, and when (by pseudonym).

    The number of a patient is read from stdin, never from arguments (SEC-13).
    """
    data = real.configuration(None, folder).folders.data
    question = Question(
        first=None if from_on is None else from_on.replace(tzinfo=UTC),
        last=None if to_on is None else datetime.combine(to_on, time.max, tzinfo=UTC),
        client=client,
        patient=_pseudonym(data) if patient else None,
    )
    records = (members_of(line) for line in FileAudit(data / log.FOLDER).lines())
    found = answer((each for each in records if each is not None), question)
    shown = [
        {
            "client": each.client,
            "first_at": each.first_at,
            "last_at": each.last_at,
            "actions": each.actions,
            "patients": sorted(each.patients),
        }
        for each in found
    ]
    give(shown, as_json=json, lines=[line for each in shown for line in _access_lines(each)])


def _pseudonym(data: Path) -> str:
    """Read the number of a patient and give her pseudonym; one that nobody has when unknown."""
    niss = Niss.parse(read_secret("NISS / INSZ: "))
    return log.own_trail(data, KeyringSecrets()).mark_of(niss) or "none"


def _access_lines(access: dict[str, Any]) -> list[str]:
    actions = ", ".join(f"{name} {count}" for name, count in sorted(access["actions"].items()))
    head = f"{access['client']}: {access['first_at']} to {access['last_at']} ({actions})"
    return [head, *(f"  {patient}" for patient in access["patients"])]


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
