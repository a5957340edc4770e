"""The verb ``diagnose``: everything that health knows, looked at now.

A running daemon is asked, so that tray, interface and command line say the same.
Without one, readers, cards and libraries of this computer are looked at by ourselves.
It collects and never stops at the first fault: a library that crashes is a line of the answer.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from bridge import i18n, logs
from bridge.cli.connection import connect
from bridge.cli.setup import Config
from bridge.cli.speech import NotRunning, give, language, speaks_problems
from bridge.daemon import real
from bridge.daemon.examination import examine
from bridge.domain.health import HealthCheck, HealthStatus, overall
from bridge.domain.verdict import verdict
from bridge.errors import BridgeError
from bridge.service.overviews import sentence

_UNHEALTHY: Final = 1
_Found: TypeAlias = tuple[HealthCheck, datetime | None]
"""A check, and since when it does not pass."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where the settings lie, if elsewhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(diagnose)


@speaks_problems
def diagnose(*, config: Config = None, json: AsJson = False, folder: Folder = None) -> None:
    """Look at everything now, and say who can fix what."""
    spoken = language()
    found, is_running = _found(config, folder, spoken)
    checks = [check for check, _ in found]
    since = {(check.name, check.code): at for check, at in found}
    judged = verdict(
        checks,
        fixer=lambda code: i18n.problem_type(code).who_can_fix,
        since=lambda check: since[check.name, check.code],
    )
    said = sentence(judged, spoken)
    lines = [said, *(line for check in checks for line in _lines(check, spoken))]
    status = overall(checks)
    document = {
        "status": status.value,
        "is_running": is_running,
        "verdict": said,
        "checks": [_document(check, spoken) for check in checks],
    }
    give(document, as_json=json, lines=lines)
    if status is not HealthStatus.PASS:
        raise typer.Exit(_UNHEALTHY)


def _found(config: Path | None, folder: Path | None, spoken: str) -> tuple[list[_Found], bool]:
    """Give the checks, each with since when it does not pass, and whether a daemon runs."""
    try:
        with connect(folder, spoken) as daemon:
            answer = daemon.request("POST", "/v1/health/probes", body={})
        return read_report(answer.document), True
    except (NotRunning, BridgeError, KeyError, TypeError, AttributeError):
        # None runs, or it answers nothing that can be used: then that is for us to look at.
        # A reader that hangs is also said to the log; standard output is for the answer alone.
        logs.configure(folder=None)
        settings = real.configuration(config, folder).settings
        return [(check, None) for check in examine(settings.card)], False


def read_report(report: dict[str, Any]) -> list[_Found]:
    """Read the checks of the interface's health report.

    Raises:
        KeyError: it is no such report.
    """
    return [
        (_check(name, entry), None if entry["since"] is None else _moment(entry["since"]))
        for name, entries in report["checks"].items()
        for entry in entries
    ]


def _check(name: str, entry: dict[str, Any]) -> HealthCheck:
    return HealthCheck(
        name=name,
        status=HealthStatus(entry["status"]),
        time=_moment(entry["time"]),
        code=entry["output"],
        observed_value=entry["observed_value"],
        observed_unit=entry["observed_unit"],
        about=entry["about"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


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
