"""What a support bundle of this computer consists of."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, get_origin

from pydantic import BaseModel

from bridge import __version__, logs
from bridge.daemon.audit import document_of
from bridge.daemon.cards import bundle_consent
from bridge.daemon.parts import Parts
from bridge.domain.health import HealthCheck
from bridge.service.health import HealthService
from bridge.service.operations import OperationBook
from bridge.service.retention import RetentionService
from bridge.service.supportdesk import SupportDesk
from bridge.settings import Settings

_SET: Final = "[set]"
_PARTS: Final = ("cryptography", "httpx", "fastapi", "keyring", "sqlalchemy", "uvicorn")


def versions() -> dict[str, str]:
    """Give the versions of what runs, without a name of the computer or its user."""
    own = {
        "carebridge": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "system_release": platform.release(),
        "machine": platform.machine(),
        "is_frozen": str(getattr(sys, "frozen", False)).lower(),
    }
    return own | {name: metadata.version(name) for name in _PARTS}


def described(settings: Settings) -> dict[str, Any]:
    """Show settings: numbers, switches and choices as they are, own texts as ``[set]`` only.

    A path names a user, an address may name a person; support asks when it needs one.
    """
    return _described(settings, type(settings)())


def _described(chosen: BaseModel, default: BaseModel) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, field in type(chosen).model_fields.items():
        value, usual = getattr(chosen, name), getattr(default, name)
        if isinstance(value, BaseModel) and isinstance(usual, BaseModel):
            told[name] = _described(value, usual)
        elif get_origin(field.annotation) is Literal:
            told[name] = value
        else:
            told[name] = _shown(value, usual)
    return told


def _shown(value: Any, usual: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        usual = asdict(usual) if is_dataclass(usual) and not isinstance(usual, type) else {}
        return _shown(asdict(value), usual)
    if isinstance(value, Enum) or value is None or isinstance(value, (bool, int, float)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, dict):
        if set(value) != set(usual):  # the names are somebody's own
            return f"[{len(value)} set]"
        return {str(name): _shown(each, usual[name]) for name, each in value.items()}
    return str(value) if value == usual else _SET


def support_parts(settings: Settings, logs_folder: Path) -> dict[str, Any]:
    """Give the parts about support of a daemon on the real system, by their names."""
    facts: dict[str, Callable[[], Any]] = {
        "versions.json": versions,
        "settings.json": lambda: described(settings),
        "logs/": lambda: log_texts(logs_folder),
    }
    return {"support_facts": facts, "bundle_consent": bundle_consent()}


def build_support_desk(
    parts: Parts, operations: OperationBook, health: HealthService, retention: RetentionService
) -> SupportDesk:
    """Build who makes bundles for software that asks."""

    def gather() -> dict[str, Callable[[], Any]]:
        loop = asyncio.get_running_loop()
        report = [_check(each) for each in health.report()]  # answered on the loop

        def counts() -> dict[str, int]:
            held = asyncio.run_coroutine_threadsafe(retention.held(), loop).result()
            return {each.kind.value: each.count for each in held}

        return {
            **parts.support_facts,
            "health.json": lambda: report,
            "counts.json": counts,
            "audit.json": lambda: document_of(parts.audit.verify()),
        }

    return SupportDesk(
        store=parts.store,
        operations=operations,
        clock=parts.clock,
        ids=parts.ids,
        audit=parts.audit,
        gather=gather,
        consent=parts.bundle_consent,
    )


def _check(check: HealthCheck) -> dict[str, Any]:
    names = ("name", "about", "code", "observed_value")
    return {name: getattr(check, name) for name in names} | {"status": check.status.value}


def log_texts(folder: Path) -> dict[str, str]:
    """Give the log files as they are; they were masked when they were written."""
    return {f"logs/{path.name}": path.read_text("utf-8", "replace") for path in logs.files(folder)}
