"""Every check of health forced to every state it can have (API-80, API-81, API-83).

The table of checks in ``bridge.domain.healthnames`` and the rows here must be the same, and no
check may be written anywhere in the program that is in neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import bridge
from bridge.adapters.listener import Listener
from bridge.daemon import presence
from bridge.daemon.tls import TlsDoor
from bridge.domain import verdict
from bridge.domain.cards import (
    CardKind,
    InsertedCard,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
)
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.healthnames import CHECKS
from bridge.domain.pairings import PairingState
from bridge.domain.sessions import SessionState
from bridge.domain.systemfacts import Reach, StartAtLogin, SystemFacts, UpkeepFacts, WorkFacts
from bridge.domain.updates import Expiry, Installed, Release, UpdateState, Version
from bridge.errors import CertificateMissing, KeystoreUnreadable
from bridge.i18n import LANGUAGES, PROBLEMS, check_name, phrase, problem_type
from bridge.ports.doctor import CardEnvironment, ModuleFacts
from bridge.ports.peers import Ends, PeerOwner
from bridge.service.billinghealth import billing_checks, certificate_checks
from bridge.service.doctor import card_checks
from bridge.service.expiries import ExpiryWatch
from bridge.service.health import HealthService
from bridge.service.pairedtokens import PairedTokens
from bridge.service.peers import PeerWatch
from bridge.service.secretwatch import SecretWatch
from bridge.service.systemchecks import system_checks, work_checks
from bridge.service.updates import UpdateService
from tests.support.fakes import FixedClock

NOW = FixedClock().now()
DAY = timedelta(days=1)
ENDS = Ends(client=("127.0.0.1", 50000), server=("127.0.0.1", 42110))


# -- cards ---------------------------------------------------------------------------------------

EID = InsertedCard(kind=CardKind.EID, atr=b"", inserted_at=NOW, applet="1.8")
READER = ReaderState(id="rdr_1", name="Reader 1", has_keypad=False, card=EID)


def cards(
    *readers: ReaderState, service: ServiceState = ServiceState.RUNNING, until: Any = None
) -> list[HealthCheck]:
    seen = ReaderSnapshot(service=service, readers=readers, seen_at=NOW)
    environment = _environment(ModuleFacts(name="official", version="5", code=None, is_chosen=True))
    return card_checks(seen, environment, card_until=until, now=NOW)


def _environment(*modules: ModuleFacts) -> CardEnvironment:
    seen = ReaderSnapshot(service=ServiceState.RUNNING, readers=(READER,), seen_at=NOW)
    return CardEnvironment(
        snapshot=seen, drivers={"rdr_1": "ccid"}, modules=modules, signing="middleware", users=()
    )


def card(kind: CardKind) -> list[HealthCheck]:
    return cards(replace(READER, card=replace(EID, kind=kind, applet=None)))


def library(code: str | None) -> list[HealthCheck]:
    chosen = ModuleFacts(name="official", version="5", code=code, is_chosen=True)
    modules = () if code == "middleware_missing" else (chosen,)
    environment = _environment(*modules)
    return card_checks(environment.snapshot, environment, card_until=None, now=NOW)


# -- computer, network, work ---------------------------------------------------------------------

ANSWERS = Reach(took_ms=20, clock_offset=timedelta())
LATE = Reach(took_ms=20, clock_offset=timedelta(minutes=3))
SLOW = Reach(took_ms=10_001)
OPENED = Reach(code="tls_intercepted")


def computer(sts: Reach = ANSWERS, other: Reach = ANSWERS, **facts: Any) -> list[HealthCheck]:
    services = {"sts": sts, "memberdata": other}
    return system_checks(
        SystemFacts(seen_at=NOW, services=services, **{"free_bytes": 10**12, **facts})
    )


def upkeep(**facts: Any) -> list[HealthCheck]:
    return computer(upkeep=UpkeepFacts(**facts))


def work(**facts: Any) -> list[HealthCheck]:
    return work_checks(WorkFacts(**facts), NOW)


# -- what health itself keeps --------------------------------------------------------------------


@dataclass
class Surroundings:
    """What health asks, as a row wants it."""

    certificate_until: datetime | None = NOW + 400 * DAY
    certificate_problem: Exception | None = None
    sessions: tuple[Any, ...] = ()
    calls: list[str] = field(default_factory=list)

    async def get(self) -> Any:
        if self.certificate_problem is not None:
            raise self.certificate_problem
        return SimpleNamespace(id="reg_1")

    def load(self, _registration_id: str) -> Any:
        return SimpleNamespace(certificate=SimpleNamespace(not_after=self.certificate_until))

    def opened(self) -> tuple[Any, ...]:
        return self.sessions

    def snapshot(self) -> ReaderSnapshot:
        return ReaderSnapshot(service=ServiceState.RUNNING, readers=(READER,), seen_at=NOW)

    card_until = None


class OpenSession:
    """An eHealth session that ends in an hour."""

    expires_at = NOW + timedelta(hours=1)

    def state(self, _now: datetime) -> SessionState:
        return SessionState.OPEN


def health(*, is_ready: bool = True, prepare: Any = lambda _health: None, **facts: Any) -> Any:
    """Give what health says; the certificate is looked at without a loop's help."""
    around: Any = Surroundings(**facts)
    service = HealthService(
        clock=FixedClock(),
        registrations=around,
        keystore=around,
        sessions=around,
        readers=around,
        identities=around,
    )
    service.set_ready(is_ready=is_ready)
    looking = service.refresh()
    with pytest.raises(StopIteration):
        looking.send(None)
    prepare(service)
    return service.report()


def blamed(code: str) -> list[HealthCheck]:
    return health(prepare=lambda service: service.blame_storage(code))


def audited(verdict_: Any) -> list[HealthCheck]:
    return health(prepare=lambda service: service.watch_audit(lambda: verdict_))


def relayed(troubles: dict[str, str]) -> list[HealthCheck]:
    return health(prepare=lambda service: service.watch_mailboxes(lambda: troubles))


# -- parts that judge themselves -----------------------------------------------------------------


class Observer:
    """A computer whose programs belong to whom a row says."""

    def __init__(self, owner: PeerOwner) -> None:
        self._owner = owner

    def owner_of(self, _ends: Ends) -> PeerOwner:
        return self._owner

    def program_of(self, _ends: Ends) -> None:
        return None

    def listener_on(self, _port: int) -> None:
        return None

    def is_shared(self) -> bool:
        return False


def certified(days: int) -> list[HealthCheck]:
    return certificate_checks({"bsv_1": NOW + days * DAY}, NOW)


def peers(owner: PeerOwner) -> list[HealthCheck]:
    watch = PeerWatch(Observer(owner), mode="auto", clock=FixedClock())
    watch.judge(ENDS)
    return watch.checks()


def port(*, taken: tuple[int, ...] = (), has_ipv6: bool = True) -> list[HealthCheck]:
    listener = Listener(port=42110, sockets=(), has_ipv6=has_ipv6, passed_over=taken)
    return presence.port_checks(listener, None, FixedClock())


def https(*, has_failed: bool) -> list[HealthCheck]:
    listening = None if has_failed else Listener(port=42120, sockets=(), has_ipv6=True)
    return TlsDoor(listening=listening, has_failed=has_failed).checks(FixedClock())


def ends(days: int) -> list[HealthCheck]:
    watch = ExpiryWatch(FixedClock())
    watch.watch(lambda: (Expiry(name="tls_leaf", at=NOW + days * DAY),))
    return watch.checks()


def updates(state: UpdateState) -> list[HealthCheck]:
    """Give what a service says that remembers a state from the run before."""
    shelf: Any = SimpleNamespace(load=lambda: state)
    installed = Installed(version=Version.parse("1.4"))
    ways: Any = SimpleNamespace(source=object(), shelf=shelf, installed=installed)
    parts: Any = SimpleNamespace(clock=FixedClock(), ways=ways)
    return UpdateService(parts).checks()


def offered(*, is_security: bool = False) -> UpdateState:
    release = Release(
        path="linux/carebridge",
        version=Version.parse("1.5"),
        security_epoch=1,
        length=1,
        sha256="0" * 64,
        is_security=is_security,
    )
    return UpdateState(release=release, first_seen_at=NOW - 4 * DAY, checked_at=NOW)


def volume() -> list[HealthCheck]:
    token = SimpleNamespace(has_unusual_volume=lambda _now: True)
    pairing = SimpleNamespace(token=token, state=PairingState.COLLECTED)
    shelf = SimpleNamespace(all=lambda: [pairing])
    parts: Any = SimpleNamespace(clock=FixedClock(), shelf=shelf)
    nobody: Any = None
    return PairedTokens(parts, desk=nobody, others=nobody).checks()


def warned() -> list[HealthCheck]:
    pairing = SimpleNamespace(id="par_1", display_name="Zorg", shown_as="Zorg")
    shelf = SimpleNamespace(get=lambda _id: pairing)
    events = SimpleNamespace(publish=lambda *_, **__: None)
    parts: Any = SimpleNamespace(clock=FixedClock(), shelf=shelf, events=events, screen=None)
    watch = SecretWatch(parts)
    watch.hear("secret_in_request", "par_1")
    return watch.checks()


TWICE, BROKEN = StartAtLogin.TWICE, StartAtLogin.BROKEN
SILENT = Reach()
UNAVAILABLE = {"a": "remote_unavailable"}

ROWS: dict[tuple[str, str | None], Any] = {
    ("smartcard_service", None): lambda: cards(READER),
    ("smartcard_service", "smartcard_service_stopped"): lambda: cards(service=ServiceState.MISSING),
    ("reader:connected", None): lambda: cards(READER),
    ("reader:connected", "reader_missing"): cards,
    ("reader:driver", None): lambda: cards(READER),
    ("reader:keypad", None): lambda: cards(READER),
    ("card:present", None): lambda: cards(READER),
    ("card:present", "card_missing"): lambda: cards(replace(READER, card=None)),
    ("card:kind", None): lambda: cards(READER),
    ("card:kind", "card_unsupported"): lambda: card(CardKind.FOREIGN),
    ("card:kind", "card_unreadable"): lambda: card(CardKind.MUTE),
    ("card:kind", "card_in_use"): lambda: card(CardKind.UNREAD),
    ("card:held", None): lambda: cards(READER),
    ("card:held", "card_in_use"): lambda: cards(replace(READER, is_card_held=True)),
    ("card:validity", None): lambda: cards(READER, until=NOW + 61 * DAY),
    ("card:validity", "card_expiring"): lambda: cards(READER, until=NOW + 60 * DAY),
    ("card:validity", "card_expired"): lambda: cards(READER, until=NOW),
    ("middleware:version", None): lambda: library(None),
    **{
        ("middleware:version", code): (lambda code=code: library(code))
        for code in CHECKS["middleware:version"]
        if code is not None
    },
    ("ehealth_session:remaining", None): lambda: health(sessions=(OpenSession(),)),
    ("ehealth_session:remaining", "ehealth_session_required"): health,
    ("certificate:validity", None): health,
    ("certificate:validity", "certificate_missing"): lambda: health(
        certificate_problem=CertificateMissing()
    ),
    ("certificate:validity", "certificate_unreadable"): lambda: health(
        certificate_problem=KeystoreUnreadable()
    ),
    ("certificate:validity", "certificate_expiring"): lambda: health(
        certificate_until=NOW + 60 * DAY
    ),
    ("certificate:validity", "certificate_expired"): lambda: health(certificate_until=NOW),
    ("clock:skew", None): computer,
    ("clock:skew", "clock_skew"): lambda: computer(LATE, LATE),
    ("network:online", None): computer,
    ("network:online", "network_offline"): lambda: computer(SILENT, SILENT),
    ("proxy:mode", None): lambda: computer(has_proxy=True),
    ("proxy:mode", "proxy_failed"): lambda: computer(SILENT, SILENT, has_proxy=True),
    ("ehealth_sts:reachability", None): computer,
    ("ehealth_sts:reachability", "remote_unavailable"): lambda: computer(SILENT),
    ("ehealth_sts:reachability", "remote_timeout"): lambda: computer(SLOW),
    ("ehealth_sts:reachability", "tls_intercepted"): lambda: computer(OPENED),
    ("mycarenet:reachability", None): computer,
    ("mycarenet:reachability", "remote_unavailable"): lambda: computer(ANSWERS, SILENT),
    ("mycarenet:reachability", "remote_timeout"): lambda: computer(ANSWERS, SLOW),
    ("mycarenet:reachability", "tls_intercepted"): lambda: computer(ANSWERS, OPENED),
    ("mailbox:answers", None): lambda: relayed({}),
    ("mailbox:answers", "remote_unavailable"): lambda: relayed(UNAVAILABLE),
    ("billing_service:answers", None): lambda: billing_checks({"bsv_1": None}, NOW),
    ("billing_service:answers", "remote_unavailable"): lambda: billing_checks(UNAVAILABLE, NOW),
    ("billing_service:certificate", None): lambda: certified(61),
    ("billing_service:certificate", "billing_certificate_expiring"): lambda: certified(60),
    ("billing_service:certificate", "billing_certificate_expired"): lambda: certified(0),
    ("storage:integrity", None): health,
    ("storage:integrity", "shutting_down"): lambda: health(is_ready=False),
    ("storage:integrity", "storage_unavailable"): lambda: blamed("storage_unavailable"),
    ("storage:integrity", "storage_damaged"): lambda: blamed("storage_damaged"),
    ("storage:integrity", "storage_foreign"): lambda: blamed("storage_foreign"),
    ("storage:free", None): computer,
    ("storage:free", "storage_low"): lambda: computer(free_bytes=499_999_999),
    ("storage:free", "storage_full"): lambda: computer(free_bytes=19_999_999),
    ("key_store:available", None): computer,
    ("key_store:available", "key_store_unavailable"): lambda: computer(has_key_store=False),
    ("queue:depth", None): lambda: work(waiting=9),
    ("queue:oldest", None): lambda: work(oldest_at=NOW - DAY),
    ("queue:oldest", "sending_delayed"): lambda: work(oldest_at=NOW - 2 * DAY),
    ("outcome_unknown:count", None): work,
    ("outcome_unknown:count", "outcome_open"): lambda: work(unknown=1),
    ("responses:unread", None): lambda: work(unread=3),
    ("audit_log:chain", None): lambda: audited(SimpleNamespace(broken=None)),
    ("audit_log:chain", "audit_log_broken"): lambda: audited(SimpleNamespace(broken="changed")),
    ("port:bound", None): port,
    ("port:bound", "port_taken"): lambda: port(taken=(42110,)),
    ("port:bound", "ipv6_off"): lambda: port(has_ipv6=False),
    ("tls:listener", None): lambda: https(has_failed=False),
    ("tls:listener", "tls_unavailable"): lambda: https(has_failed=True),
    ("peer_check:mode", None): lambda: peers(PeerOwner.OURS),
    ("peer:owner", "peer_user_mismatch"): lambda: peers(PeerOwner.ANOTHERS),
    ("peer:owner", "peer_unverified"): lambda: peers(PeerOwner.UNKNOWN),
    ("pairing:volume", "volume_unusual"): volume,
    ("pairing:secret", "secret_in_request"): warned,
    ("pairing:lists", "signed_list_refused"): lambda: health(
        prepare=lambda service: service.blame_lists(1)
    ),
    ("update:available", None): lambda: updates(UpdateState(checked_at=NOW)),
    ("update:available", "update_available"): lambda: updates(offered()),
    ("update:available", "security_update_waiting"): lambda: updates(offered(is_security=True)),
    ("update:available", "update_refused"): lambda: updates(
        UpdateState(checked_at=NOW, trouble="update_refused")
    ),
    ("update:available", "update_unreachable"): lambda: updates(
        UpdateState(checked_at=NOW - 14 * DAY)
    ),
    ("update:signing_expiry", None): lambda: ends(61),
    ("update:signing_expiry", "signing_expiring"): lambda: ends(60),
    ("update:signing_expiry", "signing_expired"): lambda: ends(0),
    ("reference_data:age", None): lambda: work(reference_data_at=NOW - 400 * DAY),
    ("reference_data:age", "reference_data_old"): lambda: work(reference_data_at=NOW - 401 * DAY),
    ("backup:age", None): lambda: upkeep(copied_at=NOW - 30 * DAY),
    ("backup:age", "backup_old"): lambda: upkeep(copied_at=NOW - 31 * DAY),
    ("autostart:entry", None): lambda: upkeep(start_at_login=StartAtLogin.ON),
    ("autostart:entry", "autostart_broken"): lambda: upkeep(start_at_login=BROKEN),
    ("autostart:entry", "autostart_twice"): lambda: upkeep(start_at_login=TWICE),
    ("daemon:crashes", None): upkeep,
    ("daemon:crashes", "daemon_crashed"): lambda: upkeep(crashes=1),
}

FAILING = {
    ("storage:integrity", "shutting_down"),
    ("storage:integrity", "storage_unavailable"),
    ("storage:integrity", "storage_damaged"),
    ("storage:integrity", "storage_foreign"),
    ("storage:free", "storage_full"),
    ("key_store:available", "key_store_unavailable"),
    ("certificate:validity", "certificate_unreadable"),
}
"""Only our own inability (API-81)."""


@pytest.mark.parametrize(
    ("name", "code"), ROWS, ids=[f"{name}-{code or 'passes'}" for name, code in ROWS]
)
def test_each_check_is_forced_to_each_state(name, code):
    found = [check for check in ROWS[name, code]() if check.name == name]
    assert code in {check.code for check in found}
    (forced, *_) = [check for check in found if check.code == code]
    is_failing = (name, code) in FAILING
    bad = HealthStatus.FAIL if is_failing else HealthStatus.WARN
    assert forced.status is (HealthStatus.PASS if code is None else bad)
    assert forced.time == NOW
    assert code is None or code in PROBLEMS


def test_every_state_of_every_check_has_a_row():
    assert set(ROWS) == {(name, code) for name, codes in CHECKS.items() for code in codes}


def test_every_check_that_is_written_in_the_program_is_in_the_table():
    written = set()
    for path in Path(bridge.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        if "HealthCheck" in text or path.name == "verdict.py":
            written |= set(re.findall(r'"([a-z_]+:[a-z_]+)"', text))
    assert written - set(CHECKS) == set()
    assert len(written) > 30, "the search finds where they are known to be"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_a_name_of_its_own_in_every_language(language):
    names = [check_name(name, language) for name in CHECKS]
    assert phrase("health", "other", language) not in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", sorted({code for _, code in ROWS if code is not None}))
def test_support_can_say_whose_turn_it_is_for_each(code):
    said = verdict.verdict(
        [HealthCheck(name="card:kind", status=HealthStatus.WARN, time=NOW, code=code)],
        fixer=lambda each: problem_type(each).who_can_fix,
        since=lambda _check: None,
    )
    assert said.party is not verdict.Party.NOBODY


def test_the_specification_names_no_check_that_is_missing():
    """The list of API-80, as it stands there."""
    wanted = """smartcard_service reader:connected reader:keypad card:present middleware:version
        ehealth_session:remaining certificate:validity clock:skew network:online proxy:mode
        ehealth_sts:reachability mycarenet:reachability storage:integrity storage:free
        key_store:available queue:depth queue:oldest outcome_unknown:count responses:unread
        audit_log:chain port:bound peer_check:mode update:available update:signing_expiry
        reference_data:age backup:age"""
    assert set(wanted.split()) <= set(CHECKS)
