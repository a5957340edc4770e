"""Verbs over the running daemon: ``status``, ``session``, ``insurability``.

They speak to the same API as every front end; the token comes over the owner-only local socket
(D10) and lives for a few minutes.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.cli.connection import Connection, connect
from bridge.cli.later import Verbs
from bridge.cli.speech import ProblemAnswer, checked, give, language, speaks_problems, talk

_PROMPT_WAIT_S: Final = 150
_FINAL: Final = frozenset({"succeeded", "failed", "cancelled", "outcome_unknown"})

app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
session = typer.Typer(no_args_is_help=True, help="Open or end the eHealth session.")
app.add_typer(session, name="session")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]


@app.command()
@speaks_problems
def status(*, json: AsJson = False, folder: Folder = None) -> None:
    """Tell whether the daemon runs and what is well."""
    with connect(folder, language()) as daemon:
        instance = _get(daemon, "/v1/instance")
        health = _get(daemon, "/v1/health", any_status=True)
    lines = [f"Carebridge {instance['version']}: {health['status']}"]
    lines += [
        _check_line(name, entry) for name, entries in health["checks"].items() for entry in entries
    ]
    give({"instance": instance, "health": health}, as_json=json, lines=lines)


@session.command("open")
@speaks_problems
def open_session(*, json: AsJson = False, folder: Folder = None) -> None:
    """Open an eHealth session: card in the reader, PIN in the prompt."""
    with connect(folder, language()) as daemon:
        answer = daemon.request("POST", "/v1/ehealth-sessions", body={})
        operation = checked(answer.status, answer.document)
        talk(operation["progress"]["label"])
        operation = _follow(daemon, operation)
        result = _get(daemon, operation["result"]["links"]["self"])
    give(result, as_json=json, lines=[f"open until {result['expires_at']}"])


@session.command("end")
@speaks_problems
def end_session(*, json: AsJson = False, folder: Folder = None) -> None:
    """End the eHealth session."""
    with connect(folder, language()) as daemon:
        current = _get(daemon, "/v1/ehealth-sessions/current")
        answer = daemon.request("DELETE", f"/v1/ehealth-sessions/{current['id']}")
        checked(answer.status, answer.document)
    give({"id": current["id"], "state": "ended"}, as_json=json, lines=["ended"])


@app.command()
@speaks_problems
def insurability(
    *,
    mutuality: Annotated[
        str | None,
        typer.Option(help="Ask by sickness fund and membership number instead of NISS."),
    ] = None,
    from_on: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    to_on: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    invoicing: Annotated[bool, typer.Option(help="Ask for invoicing.")] = False,
    hospitalized: Annotated[bool, typer.Option(help="The patient is in hospital.")] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Ask whether a patient is insured; the number is read from stdin, never from arguments.

    Other users of a computer can read the arguments of every program (SEC-13).
    """
    patient = _read_patient(mutuality)
    question: dict[str, Any] = {
        "patient": patient,
        "purpose": "invoicing" if invoicing else "information",
        "contact_type": "hospitalized" if hospitalized else "other",
    }
    if from_on is not None:
        question["period"] = {"from_on": from_on, "to_on": to_on or from_on}
    with connect(folder, language()) as daemon:
        answer = daemon.request(
            "POST",
            "/v1/insurability-checks",
            body=question,
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        operation = _follow(daemon, checked(answer.status, answer.document))
        check = _get(daemon, operation["result"]["links"]["self"])
    give(check, as_json=json, lines=_check_lines(check))


def _read_patient(mutuality: str | None) -> dict[str, str]:
    label = "NISS / INSZ" if mutuality is None else "Membership number"
    if sys.stdin.isatty():
        sys.stderr.write(f"{label}: ")
        sys.stderr.flush()
    number = sys.stdin.readline().strip()
    if mutuality is None:
        return {"niss": number}
    return {"mutuality": mutuality, "membership_number": number}


def _follow(daemon: Connection, operation: dict[str, Any]) -> dict[str, Any]:
    """Wait for an operation and give it, or raise its problem."""
    final = daemon.follow(operation["id"], until=_FINAL, seconds=_PROMPT_WAIT_S)
    if final["status"] != "succeeded":
        raise ProblemAnswer(final["problem"] or {"code": "internal_error"})
    return final


def _get(daemon: Connection, path: str, *, any_status: bool = False) -> Any:
    answer = daemon.request("GET", path)
    return answer.document if any_status else checked(answer.status, answer.document)


def _check_line(name: str, entry: dict[str, Any]) -> str:
    """Give a line of health; what does not pass also says which thing is meant."""
    words = [f"  {name}:", entry["status"]]
    if entry["output"] is not None:
        words += [entry["output"], *([f"({entry['about']})"] if entry["about"] else [])]
    return " ".join(words)


def _check_lines(check: dict[str, Any]) -> list[str]:
    lines = [f"status: {check['status']}", f"insured: {check['is_insured']}"]
    lines += [f"{name}: {check[name]}" for name in ("insurer", "mutuality", "ct1", "ct2")]
    lines += [f"refused: {refusal['title']}" for refusal in check["refusals"]]
    return lines
