"""The verb ``diagnose``: readers, cards and libraries of this computer, without the daemon.

It collects and never stops at the first fault: a library that crashes is a line of the answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge import i18n, logs
from bridge.cli.setup import Config
from bridge.cli.speech import give, language, speaks_problems
from bridge.daemon import real
from bridge.daemon.examination import examine
from bridge.domain.health import HealthCheck, HealthStatus, overall
from bridge.domain.verdict import verdict
from bridge.service.overviews import sentence

_UNHEALTHY: Final = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where the settings lie, if elsewhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(diagnose)


@speaks_problems
def diagnose(*, config: Config = None, json: AsJson = False, folder: Folder = None) -> None:
    """Look at card reader, card and eID software, and say who can fix what."""
    # A reader that hangs is also said to the log; standard output is for the answer alone.
    logs.configure(folder=None)
    settings = real.configuration(config, folder).settings
    checks = examine(settings.card)
    spoken = language()
    found = verdict(
        checks, fixer=lambda code: i18n.problem_type(code).who_can_fix, since=lambda _check: None
    )
    said = sentence(found, spoken)
    lines = [said, *(line for check in checks for line in _lines(check, spoken))]
    status = overall(checks)
    document = {
        "status": status.value,
        "verdict": said,
        "checks": [_document(check, spoken) for check in checks],
    }
    give(document, as_json=json, lines=lines)
    if status is not HealthStatus.PASS:
        raise typer.Exit(_UNHEALTHY)


def _lines(check: HealthCheck, spoken: str) -> list[str]:
    """Say one check: what, how it stands, and for a fault the fix and who can do it."""
    about = f" ({check.about})" if check.about else ""
    name = i18n.check_name(check.name, spoken)
    if check.code is None:
        return [f"{name}{about}: {i18n.phrase('health', 'check_pass', spoken)}"]
    entry = i18n.problem_type(check.code)
    return [
        f"{name}{about}: {i18n.text(check.code, 'title', spoken)} [{check.code}]",
        f"    {i18n.text(check.code, 'detail', spoken)}",
        f"    {i18n.phrase('fixers', entry.who_can_fix, spoken)}",
    ]


def _document(check: HealthCheck, spoken: str) -> dict[str, Any]:
    entry = None if check.code is None else i18n.problem_type(check.code)
    return {
        "name": check.name,
        "status": check.status.value,
        "about": check.about,
        "observed_value": check.observed_value,
        "code": check.code,
        "title": None if check.code is None else i18n.text(check.code, "title", spoken),
        "detail": None if check.code is None else i18n.text(check.code, "detail", spoken),
        "user_action": None if entry is None else entry.user_action,
        "who_can_fix": None if entry is None else entry.who_can_fix,
    }
