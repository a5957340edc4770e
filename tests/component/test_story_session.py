"""Opening an eHealth session, the whole story: card, PIN, STS, verified assertion."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.operations import OperationStatus
from bridge.domain.sessions import SessionState
from bridge.errors import (
    CertificateExpired,
    CertificateMissing,
    NotFound,
    PinEntryInProgress,
    SessionExpired,
    SessionRequired,
)
from tests.support.daemon import CLIENT, running_daemon


@pytest.mark.parametrize("key_kind", ["rsa", "ec"])
async def test_one_pin_and_one_signature_open_a_session(tmp_path: Path, key_kind: str) -> None:
    async with running_daemon(tmp_path, key_kind=key_kind) as daemon:
        operation = await daemon.open_session()
        assert operation.status is OperationStatus.SUCCEEDED
        assert daemon.world.card.pins_verified == 1
        assert daemon.world.card.signatures == 1
        session = await daemon.services.sessions.current()
        assert operation.result_path == f"/v1/ehealth-sessions/{session.id}"
        assert session.state(daemon.clock.now()) is SessionState.OPEN
        accepted = [entry.operation for entry in daemon.world.ledger.entries() if entry.accepted]
        assert accepted == ["issue", "challenge"]


async def test_a_session_never_lasts_longer_than_12_hours(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        session = await daemon.services.sessions.current()
        assert timedelta(hours=11) < session.expires_at - session.opened_at <= timedelta(hours=12)
        daemon.clock.advance(hours=12)
        assert session.state(daemon.clock.now()) is SessionState.EXPIRED
        with pytest.raises(SessionExpired):
            daemon.services.sessions.require(session.registration_id)


async def test_ending_a_session_forgets_it(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        session = await daemon.services.sessions.current()
        ended = daemon.services.sessions.end(session.id)
        assert ended.state(daemon.clock.now()) is SessionState.ENDED
        with pytest.raises(NotFound):
            await daemon.services.sessions.current()
        with pytest.raises(SessionRequired):
            daemon.services.sessions.require(session.registration_id)


async def test_a_new_session_ends_the_one_before(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        first = await daemon.services.sessions.current()
        await daemon.open_session()
        second = await daemon.services.sessions.current()
        assert second.id != first.id
        assert daemon.services.sessions.get(first.id).ended_at is not None


async def test_pin_02_sec_84_one_prompt_at_a_time(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        first = await daemon.services.sessions.open(client=CLIENT, language="en")
        with pytest.raises(PinEntryInProgress):
            await daemon.services.sessions.open(client=CLIENT, language="en")
        assert (await daemon.finished(first)).status is OperationStatus.SUCCEEDED
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        pytest.param("pin_wrong", "pin_wrong", id="wrong-pin"),
        pytest.param("pin_cancelled", "pin_cancelled", id="pin-cancelled"),
        pytest.param("pin_timeout", "pin_timeout", id="pin-timeout"),
        pytest.param("pin_blocked", "card_pin_blocked", id="pin-blocked"),
        pytest.param("card_missing", "card_missing", id="no-card"),
        pytest.param("card_removed", "card_removed", id="card-pulled"),
        pytest.param("card_expired", "card_expired", id="expired-eid"),
        pytest.param("sts_down", "remote_unavailable", id="sts-down"),
        pytest.param("sts_garbage", "remote_invalid_answer", id="garbage"),
        pytest.param("sts_soap_fault", "ehealth_session_refused", id="soap-fault"),
        pytest.param("assertion_unsigned", "assertion_unsigned", id="unsigned"),
        pytest.param(
            "assertion_wrongly_signed",
            "assertion_signature_invalid",
            id="wrongly-signed",
        ),
        pytest.param("assertion_tampered", "assertion_signature_invalid", id="tampered"),
        pytest.param("assertion_untrusted", "assertion_untrusted", id="untrusted-signer"),
        pytest.param("assertion_expired", "assertion_expired", id="expired-assertion"),
        pytest.param("assertion_foreign", "assertion_foreign", id="other-key"),
        pytest.param("assertion_other_person", "assertion_foreign", id="other-person"),
        pytest.param("not_recognised", "care_provider_not_recognised", id="not-recognised"),
        pytest.param("clock_skew", "clock_skew", id="clock-wrong-by-an-hour"),
    ],
)
async def test_every_fault_has_its_own_code_and_leaves_no_session(
    tmp_path: Path,
    scenario: str,
    code: str,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.scenario.choose(scenario)
        failed = await daemon.open_session()
        assert failed.status is OperationStatus.FAILED
        assert failed.problem is not None
        assert failed.problem.code == code
        assert daemon.services.sessions.opened() == []
        daemon.world.scenario.choose("normal")
        daemon.clock.advance(seconds=5)  # the pause after a cancelled PIN
        if scenario != "pin_blocked":
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


async def test_pin_04_a_wrong_pin_is_tried_once_and_tells_the_tries_left(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.scenario.choose("pin_wrong")
        failed = await daemon.open_session()
        assert failed.problem is not None
        assert failed.problem.params == {"tries_left": 2}
        assert daemon.world.card.signatures == 0
        assert daemon.world.ledger.entries() == []


async def test_the_challenge_may_be_skipped_or_forced(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.scenario.choose("challenge_always")
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
        assert daemon.world.ledger.entries()[-1].operation == "challenge"


async def test_an_expired_ehealth_certificate_asks_no_pin(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.clock.advance(days=5 * 365)
        with pytest.raises(CertificateExpired):
            await daemon.services.sessions.open(client=CLIENT, language="en")
        assert daemon.world.card.pins_verified == 0


async def test_without_an_ehealth_certificate_nothing_is_opened(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        registration = daemon.world.nurse.registration
        daemon.parts.keystore.remove(registration.id)
        with pytest.raises(CertificateMissing):
            await daemon.services.sessions.open(client=CLIENT, language="en")
        assert daemon.services.sessions.opened() == []
