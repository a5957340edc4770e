"""Documents say what is there: links, commands, settings (style anchors 4.22)."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel

from bridge.cli.app import app
from bridge.i18n import PROBLEMS
from bridge.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NOT_ASSUMED = {
    "environment", "language", "data_folder", "trust.sts_anchors", "trust.etk_anchors",
    "trust.tls_ca_file",
    "network.proxy", "network.contact", "network.connect_timeout_s", "network.read_timeout_s",
    "work_lists.new_patient_months", "refusal_reasons", "retention.requests_months",
    "exports.may_be_plain",
    "pairings.idle_days", "pairings.absolute_days", "pairings.list_files",
    "pairings.list_keys", "access.peer_check", "access.may_be_elevated",
    "ehealth_session.survives_restart", "ehealth_session.ends_on_user_switch",
    "ehealth_session.ends_on_lock", "ehealth_session.lock_minutes",
    "ehealth_session.ends_on_card_removal",
    "updates.address", "updates.root_file", "updates.publisher", "updates.check_hours",
    "retention.care_months", "retention.readings_months", "retention.work_lists_months",
    "retention.operations_months", "retention.invoices_years",
    "software.package_name", "software.licence_username",
}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def names(kind: Any, prefix: str = "") -> set[str]:
    """Every setting by its dotted name."""
    members = (
        {name: field.annotation for name, field in kind.model_fields.items()}
        if issubclass(kind, BaseModel)
        else {field.name: type(field.default) for field in fields(kind)}
    )
    found: set[str] = set()
    for name, inner in members.items():
        is_group = isinstance(inner, type) and (issubclass(inner, BaseModel) or is_dataclass(inner))
        found |= names(inner, f"{prefix}{name}.") if is_group else {prefix + name}
    return found


def test_the_pilot_page_names_every_setting_that_stands_for_an_assumption() -> None:
    text = (ROOT / "docs" / "pilot.md").read_text("utf-8")
    documented = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", text))
    documented -= {"carebridge.toml"}
    assert names(Settings) - NOT_ASSUMED == documented


@pytest.mark.timeout(60)  # each verb named reads its module, and with it the daemon's
def test_every_command_of_the_documents_exists() -> None:
    command = typer.main.get_command(app)
    text = "".join(document.read_text("utf-8") for document in DOCUMENTS)
    for line in re.findall(r"^carebridge ([a-z -]+)", text, re.MULTILINE):
        here: Any = command
        for word in line.split():
            if not hasattr(here, "get_command"):
                break
            here = here.get_command(None, word)
            assert here is not None, line


def test_the_readme_commands_exist_in_dev_py() -> None:
    text = "".join(document.read_text("utf-8") for document in DOCUMENTS)
    source = (ROOT / "dev.py").read_text("utf-8")
    for word in set(re.findall(r"dev\.py ([a-z]+)", text)):
        assert f"dev.py {word}" in source


def test_every_problem_code_is_documented() -> None:
    text = (ROOT / "docs" / "problems.md").read_text("utf-8")
    assert {code for code in PROBLEMS if f"`{code}`" not in text} == set()


def test_sec_187_how_weaknesses_are_reported_and_for_how_long_there_are_fixes():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    for heading in ("## Reporting", "## Supported versions"):
        assert heading in text
    for words in ("private security advisory", "24 hours", "72 hours", "2024/2847", "90 days"):
        assert words in text
