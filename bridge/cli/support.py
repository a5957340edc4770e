"""The verb ``support bundle``: facts for support in one file, after a look at every one of them.

It works without a running daemon, since that is when it is needed most.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.adapters.clock import SystemClock
from bridge.adapters.ids import SystemIds
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.ownfiles import write_private_file
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.connection import Connection, channel_key, connect
from bridge.cli.pairings import asked
from bridge.cli.setup import Config
from bridge.cli.speech import give, language, speaks_problems, talk
from bridge.daemon import audit, real
from bridge.daemon import support as gathering
from bridge.daemon.examination import examine
from bridge.domain.audit import Action
from bridge.domain.ids import encode_support_ref
from bridge.errors import BridgeError
from bridge.service import supportbundle
from bridge.service.loglevel import NORMAL, VERBOSE

_COUNTED: Final = (
    "insurability-checks", "katz-declarations", "palliative-declarations",
    "technical-act-declarations", "care-agreements", "exchanges", "responses", "settlements",
)  # fmt: skip
_REFERENCE_BYTES: Final = 4
_HTTP_OK: Final = 200

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]

support = typer.Typer(no_args_is_help=True, help="What support may ask for.")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(support, name="support")


@support.callback()
def _group() -> None:
    """What support may ask for."""


@support.command()
@speaks_problems
def bundle(
    file: Annotated[Path, typer.Argument(help="The file to write, a .zip; must not exist.")],
    *,
    config: Config = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Collect facts for support in one file; nothing is sent, and no patient is in it.

    It is refused when anything in it looks like a number of a person, a secret or a message.
    """
    if file.exists():
        raise typer.BadParameter("this file exists already")
    configuration = real.configuration(config, folder)
    reference = encode_support_ref(SystemIds(SystemClock()).secret(_REFERENCE_BYTES))
    files = _gathered(configuration, folder)
    content = supportbundle.assemble(files, reference=reference, created_at=SystemClock().now())
    _note(configuration, reference)
    write_private_file(file, content)
    talk("Look at the files before you give them to anybody; delete the bundle afterwards.")
    lines = [f"reference: {reference}", *(f"  {name}" for name in files)]
    give({"reference": reference, "files": list(files)}, as_json=json, lines=lines)


@support.command()
@speaks_problems
def confirm(
    *,
    no: Annotated[bool, typer.Option("--no", help="Refuse it.")] = False,
    folder: Folder = None,
) -> None:
    """Agree that the software that asks now gets a support bundle; it may fetch it then."""
    asked(folder, {"verb": "support-bundle-decision", "is_wanted": not no})


@support.command("log-level")
@speaks_problems
def log_level(
    level: Annotated[
        str | None, typer.Argument(help="verbose for an hour, or normal; without it: show it.")
    ] = None,
    *,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Log more for an hour; what is never logged is not logged then either."""
    if level not in {None, VERBOSE, NORMAL}:
        raise typer.BadParameter("verbose or normal")
    found = asked(folder, {"verb": "log-level", "level": level})
    give(found, as_json=json, lines=[" ".join(str(each) for each in found.values() if each)])


def _gathered(configuration: real.Configuration, folder: Path | None) -> dict[str, str]:
    """Collect and never stop: what cannot be had is named by its code."""
    settings, folders = configuration.settings, configuration.folders
    documents: dict[str, Callable[[], Any]] = {
        "versions.json": gathering.versions,
        "settings.json": lambda: gathering.described(settings),
        "readers.json": lambda: [_check(each) for each in examine(settings.card)],
        "health.json": lambda: _asked(folder, _health),
        "counts.json": lambda: _asked(folder, _counts),
        "audit.json": lambda: _audit(configuration),
    }
    told = {
        name: supportbundle.document(supportbundle.masked(_had(gather)))
        for name, gather in documents.items()
    }
    return told | gathering.log_texts(folders.logs)


def _had(gather: Callable[[], Any]) -> Any:
    try:
        return gather()
    except BridgeError as error:
        return {"code": error.problem_code}


def _asked(folder: Path | None, ask: Callable[[Connection], Any]) -> Any:
    with connect(folder, language()) as daemon:
        return ask(daemon)


def _health(daemon: Connection) -> Any:
    return daemon.request("GET", "/v1/health").document


def _counts(daemon: Connection) -> dict[str, int | None]:
    counts: dict[str, int | None] = {}
    for name in _COUNTED:
        answer = daemon.request("GET", f"/v1/{name}?limit=1")
        is_there = answer.status == _HTTP_OK
        counts[name] = answer.document["page"]["total"] if is_there else None
    return counts


def _audit(configuration: real.Configuration) -> dict[str, Any]:
    folders = configuration.folders
    if RuntimeFile(folders.runtime).read() is not None:
        client = LocalClient(folders.runtime, key=channel_key)
        return audit.verified_by_daemon(client.call)
    return audit.document_of(audit.own_trail(folders.data, KeyringSecrets()).verify())


def _check(check: Any) -> dict[str, Any]:
    names = ("name", "about", "code", "observed_value")
    return {name: getattr(check, name) for name in names} | {"status": check.status.value}


def _note(configuration: real.Configuration, reference: str) -> None:
    """Record that a bundle was made; without a key store there is no audit log to record in."""
    folders = configuration.folders
    try:
        if RuntimeFile(folders.runtime).read() is not None:
            client = LocalClient(folders.runtime, key=channel_key)
            client.call({"verb": "support-bundle-made", "reference": reference})
        else:
            secrets = KeyringSecrets()
            audit.note(folders.data, secrets, Action.SUPPORT_BUNDLE_MADE, reference)
    except BridgeError as error:
        talk(f"The audit log does not have it. [{error.problem_code}]")
