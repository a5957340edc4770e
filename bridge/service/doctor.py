"""What the facts about readers, cards and libraries mean: pure judgement, no looking.

Each check that does not pass has the code of the problem it would cause (API-83), so that
sentence, fix and who can do it are those of the catalogue.
Only our own inability is a failure (API-81), so the worst of these is a warning.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.cards import CardKind, ReaderKind, ReaderSnapshot, ReaderState, ServiceState
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.ports.doctor import CardEnvironment

EXPIRY_NOTICE: Final = timedelta(days=60)

_NO_EID: Final = {
    CardKind.FOREIGN: "card_unsupported",
    CardKind.MUTE: "card_unreadable",
    CardKind.UNREAD: "card_in_use",
}


def card_checks(
    snapshot: ReaderSnapshot,
    environment: CardEnvironment | None,
    *,
    card_until: datetime | None,
    now: datetime,
) -> list[HealthCheck]:
    """Judge readers, cards and libraries.

    Args:
        snapshot: Service, readers and cards as they are now.
        environment: What the doctor saw last; ``None`` before it looked, or without one.
        card_until: End of the certificate of the card that was used last.
        now: Aware.
    """
    service = _service(snapshot, now)
    checks = [service]
    if service.status is HealthStatus.PASS:
        readers = [each for each in snapshot.readers if each.kind is ReaderKind.PHYSICAL]
        checks.append(_connected(readers, now))
        checks += _drivers(readers, environment, now)
        if readers:
            checks += [_keypad(readers, now), _present(readers, now)]
            checks += _kinds(readers, now)
            checks += _held(readers, environment, now)
    if environment is not None:
        checks.append(_middleware(environment, now))
    if card_until is not None:
        checks.append(_validity(card_until, now))
    return checks


def _service(snapshot: ReaderSnapshot, now: datetime) -> HealthCheck:
    is_running = snapshot.service is ServiceState.RUNNING
    code = None if is_running else "smartcard_service_stopped"
    return _check("smartcard_service", code, now)


def _connected(readers: list[ReaderState], now: datetime) -> HealthCheck:
    code = None if readers else "reader_missing"
    return _check("reader:connected", code, now, value=len(readers))


def _drivers(
    readers: list[ReaderState],
    environment: CardEnvironment | None,
    now: datetime,
) -> list[HealthCheck]:
    """Name the driver of each reader that tells it; a silent one is no fault."""
    known = {} if environment is None else environment.drivers
    return [
        _check("reader:driver", None, now, about=f"{each.name}: {known[each.id]}")
        for each in readers
        if each.id in known
    ]


def _keypad(readers: list[ReaderState], now: datetime) -> HealthCheck:
    """Tell how many readers have a keypad; none is needed."""
    count = sum(bool(each.has_keypad) for each in readers)
    return _check("reader:keypad", None, now, value=count)


def _present(readers: list[ReaderState], now: datetime) -> HealthCheck:
    count = sum(each.card is not None for each in readers)
    return _check("card:present", None if count else "card_missing", now, value=count)


def _kinds(readers: list[ReaderState], now: datetime) -> list[HealthCheck]:
    """Judge the kind of each card; a strange card beside an eID disturbs nobody."""
    has_eid = any(each.card and each.card.kind is CardKind.EID for each in readers)
    checks = []
    for each in readers:
        if each.card is None:
            continue
        code = None if has_eid else _NO_EID.get(each.card.kind)
        applet = f" {each.card.applet}" if each.card.applet else ""
        about = f"{each.name}: {each.card.kind.value}{applet}"
        checks.append(_check("card:kind", code, now, about=about))
    return checks


def _held(
    readers: list[ReaderState],
    environment: CardEnvironment | None,
    now: datetime,
) -> list[HealthCheck]:
    """Tell who else uses cards, and whether a card is kept from us."""
    users = () if environment is None else environment.users
    about = ", ".join(users) or None
    is_held = any(
        each.is_card_held or (each.card and each.card.kind is CardKind.UNREAD) for each in readers
    )
    if not any(each.card for each in readers):
        return []
    return [_check("card:held", "card_in_use" if is_held else None, now, about=about)]


def _middleware(environment: CardEnvironment, now: datetime) -> HealthCheck:
    """Judge the library that is used; where we speak with the card ourselves none is needed."""
    name = "middleware:version"
    chosen = next((each for each in environment.modules if each.is_chosen), None)
    is_needed = environment.signing == "middleware"
    if chosen is None:
        return _check(name, "middleware_missing" if is_needed else None, now)
    about = f"{chosen.name} {chosen.version or ''}".strip()
    code = chosen.code if environment.signing != "card_commands" else None
    return _check(name, code, now, about=about)


def _validity(until: datetime, now: datetime) -> HealthCheck:
    left = until - now
    code: str | None = None
    if left <= timedelta():
        code = "card_expired"
    elif left <= EXPIRY_NOTICE:
        code = "card_expiring"
    return _check("card:validity", code, now, value=left.days, unit="d")


def _check(
    name: str,
    code: str | None,
    now: datetime,
    *,
    value: int | None = None,
    unit: str | None = None,
    about: str | None = None,
) -> HealthCheck:
    return HealthCheck(
        name=name,
        status=HealthStatus.PASS if code is None else HealthStatus.WARN,
        time=now,
        code=code,
        observed_value=value,
        observed_unit=unit,
        about=about,
    )
