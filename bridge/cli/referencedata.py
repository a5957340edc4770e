"""The verb ``reference-data import``: tariffs and official sentences from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, language, speaks_problems, talk
from bridge.daemon import real, referencedata
from bridge.errors import InputError

reference_data = typer.Typer(no_args_is_help=True, help="Tariffs and official sentences.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Keep all files here.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.add_typer(reference_data, name="reference-data")


@reference_data.command("import")
@speaks_problems
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Files in the format of the handbook.")],
    *,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Import lists, all or none, while Carebridge runs or not; the same twice changes nothing."""
    folders = real.configuration(None, folder).folders
    if RuntimeFile(folders.runtime).read() is None:
        answer = referencedata.import_by_ourselves(files, folders=folders, secrets=KeyringSecrets)
    else:
        client = LocalClient(folders.runtime, key=channel_key)
        answer = referencedata.import_by_daemon(files, client.call)
    if "findings" in answer:
        for line in wrong_lines(answer, files, language()):
            talk(line)
        raise InputError(code="reference_data_invalid")
    lines = [imported_line(each) for each in answer["editions"]]
    give({"editions": answer["editions"]}, as_json=json, lines=lines)


def wrong_lines(answer: dict[str, Any], files: list[Path], spoken: str) -> list[str]:
    """Say what is wrong, file by file and line by line; line 0 is the file itself."""
    lines = [_wrong_line(each, files, spoken) for each in answer["findings"]]
    hidden = answer["findings_total"] - len(lines)
    return [*lines, f"(+ {hidden})"] if hidden else lines


def _wrong_line(finding: dict[str, str], files: list[Path], spoken: str) -> str:
    _, _, place, _, number = finding["pointer"].split("/")
    said = i18n.text(finding["code"], "detail", spoken)
    return f"{files[int(place)].name}:{number}: {said} [{finding['code']}]"


def imported_line(edition: dict[str, Any]) -> str:
    """Say what became of a file."""
    about = f" {edition['about']}" if edition["about"] else ""
    return (
        f"{edition['outcome']}: {edition['kind']}{about} from {edition['valid_from_on']}, "
        f"{edition['lines']} lines, {edition['source']}"
    )
