"""The verbs ``tls …``: https on this computer, off unless the user wants it (SEC-63)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.speech import give, language, speaks_problems, talk
from bridge.daemon import real
from bridge.daemon.audit import note
from bridge.daemon.tls import document_of, tls_desk
from bridge.domain.audit import Action

tls = typer.Typer(no_args_is_help=True, help="https on this computer, for browsers that want it.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(tls, name="tls")


@tls.command()
@speaks_problems
def enable(*, folder: Folder = None, json: AsJson = False) -> None:
    """Make a certificate of this computer and let your browsers trust it; they may ask you."""
    _switch(folder, is_on=True, as_json=json)


@tls.command()
@speaks_problems
def disable(*, folder: Folder = None, json: AsJson = False) -> None:
    """Remove the certificate from everywhere; also done when Carebridge is uninstalled."""
    _switch(folder, is_on=False, as_json=json)


@tls.command()
@speaks_problems
def status(*, folder: Folder = None, json: AsJson = False) -> None:
    """Tell whether https is on, until when, and who trusts the certificate."""
    chosen = real.configuration(None, folder)
    document = document_of(tls_desk(chosen.folders.data, KeyringSecrets()))
    give(document, as_json=json, lines=_lines(document))


def _switch(folder: Path | None, *, is_on: bool, as_json: bool) -> None:
    folders = real.configuration(None, folder).folders
    secrets = KeyringSecrets()
    desk = tls_desk(folders.data, secrets)
    if is_on:
        desk.enable()
    else:
        desk.disable()
    note(folders.data, secrets, Action.SETTING_CHANGED, "tls")
    if RuntimeFile(folders.runtime).read() is not None:
        talk(i18n.phrase("tls", "restart", language()))
    document = document_of(desk)
    give(document, as_json=as_json, lines=_lines(document))


def _lines(document: dict[str, Any]) -> list[str]:
    if not document["is_on"]:
        return ["off"]
    trusted = [f"{name}: {is_there}" for name, is_there in document["trusted_by"].items()]
    return [f"on until {document['expires_at']}", document["fingerprint"], *trusted]
