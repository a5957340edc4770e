"""The verbs ``data …``: what is held, and one patient's data given to her or erased.

They speak to the daemon over the owner-only local channel; the patient is read from standard
input, because other users of a computer can read the arguments of every program (SEC-13).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.cli.pairings import asked
from bridge.cli.speech import give, language, read_secret, speaks_problems, talk
from bridge.errors import Conflict, InputError

data = typer.Typer(no_args_is_help=True, help="What is kept, and what is kept about one patient.")
YES = frozenset({"yes", "ja", "oui"})
"""Words that agree, in the four languages."""


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(data, name="data")


@data.command()
@speaks_problems
def held(*, json: AsJson = False, folder: Folder = None) -> None:
    """Report what is kept: how much of each kind, and since when; nothing about anybody."""
    kinds = asked(folder, {"verb": "data-held"})["kinds"]
    give({"kinds": kinds}, as_json=json, lines=[_held_line(each) for each in kinds])


@data.command("export")
@speaks_problems
def export(
    place: Annotated[
        Path, typer.Argument(help="Where to write; an ending is added. No names in it.")
    ],
    *,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help="Two files anybody can open, instead of one with a pass phrase."
        ),
    ] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Write everything that is kept about one patient; the person number is read from stdin.

    The file is a ZIP file that opens with a pass phrase (AES-256), which is asked twice; from
    standard input it is the second line.
    """
    request: dict[str, Any] = {
        "verb": "data-export",
        "niss": _read_niss(),
        "path": str(place.resolve()),
        "language": language(),
    }
    request |= {"is_plain": True} if plain else {"passphrase": _new_passphrase()}
    made = asked(folder, request)
    talk(i18n.phrase("kept_data", "plain" if plain else "sealed", language()))
    give(made, as_json=json, lines=made["files"])


@data.command()
@speaks_problems
def erase(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    despite_duty: Annotated[
        bool,
        typer.Option(
            "--despite-duty",
            help="Ask whether to erase although the law wants invoices kept; it is recorded.",
        ),
    ] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Erase everything that is kept about one patient; the person number is read from stdin."""
    niss = _read_niss()
    if not yes and not _is_wanted("ask"):
        raise typer.Exit(1)
    request = {"verb": "data-erase", "niss": niss}
    answer = asked(folder, request)
    if "retained_until" in answer and despite_duty:
        # Never answered by --yes: this one is decided with its date on the screen.
        if not _is_wanted("duty", until=str(answer["retained_until"])):
            raise typer.Exit(1)
        answer = asked(folder, {**request, "despite_duty": True})
    if "retained_until" in answer:
        raise Conflict(code="retention_required", until=str(answer["retained_until"]))
    count = sum(answer["counts"].values())
    line = i18n.phrase("kept_data", "erased", language(), {"id": answer["id"], "count": count})
    give(answer, as_json=json, lines=[line])


def _read_niss() -> str:
    if sys.stdin.isatty():
        sys.stderr.write("NISS / INSZ: ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def _new_passphrase() -> str:
    passphrase = read_secret(i18n.phrase("kept_data", "export_passphrase", language()) + " ")
    if sys.stdin.isatty():
        again = read_secret(i18n.phrase("kept_data", "once_more", language()) + " ")
        if again != passphrase:
            raise InputError(code="backup_passphrase_differs")
    return passphrase


def _is_wanted(question: str, **params: str) -> bool:
    sys.stderr.write(i18n.phrase("kept_data", question, language(), params) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in YES


def _held_line(held: dict[str, Any]) -> str:
    name = i18n.phrase("kept_data", held["kind"], language())
    since = "" if held["oldest_at"] is None else f"  {held['oldest_at'][:10]}"
    return f"{name}: {held['count']}{since}"
