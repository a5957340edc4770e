"""A session by the legacy flavour of the token service, for registrations that say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.registrations import StsFlavour
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.registrations import set_registrations


def entries(daemon: TestDaemon) -> list[tuple[str, bool, str | None]]:
    return [(each.service, each.accepted, each.check) for each in daemon.world.ledger.entries()]


@pytest.mark.parametrize("key_kind", ["rsa", "ec"])
async def test_one_pin_and_one_message_open_a_session(tmp_path: Path, key_kind: str) -> None:
    async with running_daemon(tmp_path, key_kind=key_kind) as daemon:
        await set_registrations(daemon, sts_flavour=StsFlavour.SAML_1_1)
        operation = await daemon.open_session()
        assert operation.status.value == "succeeded"
        assert entries(daemon) == [("sts_saml11", True, None)]


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("assertion_expired", "assertion_expired"),
        ("assertion_foreign", "assertion_foreign"),
        ("assertion_tampered", "assertion_signature_invalid"),
        ("assertion_unsigned", "assertion_unsigned"),
        ("not_recognised", "care_provider_not_recognised"),
    ],
)
async def test_a_wrong_assertion_opens_nothing(tmp_path: Path, scenario: str, code: str) -> None:
    async with running_daemon(tmp_path) as daemon:
        await set_registrations(daemon, sts_flavour=StsFlavour.SAML_1_1)
        daemon.world.scenario.choose(scenario)
        operation = await daemon.open_session()
        assert operation.status.value == "failed"
        assert operation.problem is not None
        assert operation.problem.code == code


async def test_a_status_of_failure_is_a_refusal_with_its_code(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await set_registrations(daemon, sts_flavour=StsFlavour.SAML_1_1)
        daemon.world.pki.revoke(daemon.world.nurse.ehealth.certificate)
        operation = await daemon.open_session()
        assert operation.status.value == "failed"
        assert operation.problem is not None
        assert operation.problem.code == "ehealth_session_refused"
        assert entries(daemon) == [("sts_saml11", False, "certificate revoked")]
