"""The doctor's judgement: each check forced to each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.cards import (
    CardKind,
    InsertedCard,
    ReaderKind,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
)
from bridge.domain.health import HealthStatus
from bridge.i18n import LANGUAGES, PROBLEMS, check_name
from bridge.ports.doctor import CardEnvironment, ModuleFacts
from bridge.service.doctor import card_checks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EID = InsertedCard(kind=CardKind.EID, atr=b"", inserted_at=NOW, applet="1.8")
READER = ReaderState(id="rdr_1", name="Reader 1", has_keypad=False, card=EID)
LIBRARY = ModuleFacts(name="official", version="5.1", code=None, is_chosen=True)


def snapshot(*readers: ReaderState, service=ServiceState.RUNNING) -> ReaderSnapshot:
    return ReaderSnapshot(service=service, readers=readers, seen_at=NOW)


def environment(seen: ReaderSnapshot, **members) -> CardEnvironment:
    found = CardEnvironment(snapshot=seen, drivers={}, modules=(LIBRARY,), signing="auto", users=())
    return replace(found, **members)


def judged(seen: ReaderSnapshot, *, until: datetime | None = None, **members):
    checks = card_checks(seen, environment(seen, **members), card_until=until, now=NOW)
    return {check.name: check for check in checks}


def test_everything_in_order():
    checks = judged(snapshot(READER), until=NOW + timedelta(days=400))
    assert {check.status for check in checks.values()} == {HealthStatus.PASS}
    assert set(checks) == {
        "smartcard_service", "reader:connected", "reader:keypad", "card:present", "card:kind",
        "card:held", "middleware:version", "card:validity",
    }  # fmt: skip


def kind(of: CardKind) -> ReaderState:
    return replace(READER, card=replace(EID, kind=of, applet=None))


@pytest.mark.parametrize(
    ("readers", "name", "code"),
    [
        ((), "reader:connected", "reader_missing"),
        ((replace(READER, kind=ReaderKind.VIRTUAL),), "reader:connected", "reader_missing"),
        ((replace(READER, card=None),), "card:present", "card_missing"),
        ((kind(CardKind.FOREIGN),), "card:kind", "card_unsupported"),
        ((kind(CardKind.MUTE),), "card:kind", "card_unreadable"),
        ((kind(CardKind.UNREAD),), "card:kind", "card_in_use"),
        ((kind(CardKind.UNREAD),), "card:held", "card_in_use"),
        ((replace(READER, is_card_held=True),), "card:held", "card_in_use"),
        ((READER, kind(CardKind.FOREIGN)), "card:kind", None),
    ],
)
def test_what_is_wrong_with_readers_and_cards(readers, name, code):
    assert judged(snapshot(*readers))[name].code == code


@pytest.mark.parametrize("service", [ServiceState.STOPPED, ServiceState.MISSING])
def test_without_the_service_nothing_else_is_said_of_readers(service):
    checks = judged(snapshot(READER, service=service))
    assert checks["smartcard_service"].code == "smartcard_service_stopped"
    assert not any(name.startswith(("reader:", "card:")) for name in checks)


@pytest.mark.parametrize(
    ("modules", "signing", "code"),
    [
        ((), "auto", None),
        ((), "card_commands", None),
        ((), "middleware", "middleware_missing"),
        ((replace(LIBRARY, code="middleware_crashed"),), "auto", "middleware_crashed"),
        ((replace(LIBRARY, code="middleware_wrong_bitness"),), "auto", "middleware_wrong_bitness"),
        ((replace(LIBRARY, code="middleware_crashed"),), "card_commands", None),
        ((replace(LIBRARY, is_chosen=False),), "middleware", "middleware_missing"),
    ],
)
def test_the_library_is_judged_by_whether_it_is_needed(modules, signing, code):
    checks = judged(snapshot(READER), modules=modules, signing=signing)
    assert checks["middleware:version"].code == code


@pytest.mark.parametrize(
    ("days", "code"), [(61, None), (60, "card_expiring"), (1, "card_expiring"), (0, "card_expired")]
)
def test_a_card_that_ends_is_told_sixty_days_ahead(days, code):
    checks = judged(snapshot(READER), until=NOW + timedelta(days=days))
    assert checks["card:validity"].code == code
    assert checks["card:validity"].observed_value == days


def test_names_of_drivers_and_programs_are_told():
    checks = judged(
        snapshot(READER), drivers={"rdr_1": "Maker Model 5", "rdr_9": "x"}, users=("viewer",)
    )
    assert checks["reader:driver"].about == "Reader 1: Maker Model 5"
    assert checks["card:held"].about == "viewer"
    assert checks["card:kind"].about == "Reader 1: eid 1.8"
    assert checks["middleware:version"].about == "official 5.1"


def test_before_the_doctor_looked_readers_are_judged_all_the_same():
    checks = card_checks(snapshot(READER), None, card_until=None, now=NOW)
    names = {check.name for check in checks}
    assert "middleware:version" not in names
    assert "card:present" in names


@pytest.mark.parametrize("language", LANGUAGES)
def test_api_83_every_check_has_a_name_and_every_code_a_sentence(language):
    worst = judged(
        snapshot(kind(CardKind.UNREAD)),
        until=NOW,
        modules=(replace(LIBRARY, code="middleware_crashed"),),
        drivers={"rdr_1": "x"},
    )
    other = check_name("something:else", language)
    for name, check in worst.items():
        assert check_name(name, language) != other
        assert check.code is None or check.code in PROBLEMS
        assert check.status is not HealthStatus.FAIL
