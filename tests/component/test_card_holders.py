"""The holder of a card over HTTP, and the judgement of the nurse's card before her PIN is asked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.domain.cards import CardKind
from bridge.domain.operations import OperationStatus
from bridge.eid.files import EidFile
from bridge.eid.trust import BelgianRoots
from bridge.errors import CardInUse
from bridge.sandbox.card import READER
from bridge.sandbox.reader import FIRST_READER, SECOND_READER
from bridge.service.tokens import Client
from tests.support.daemon import CLIENT, running_daemon
from tests.support.patients import FIRST_ID, PATIENT, SECOND_ID, RetoldReader, card_of

HOLDER = f"/v1/readers/{SECOND_ID}/holder"


def daemon_of(folder: Path, **parts):
    return running_daemon(
        folder, key_kind="ec", reader=lambda world: RetoldReader(world.reader), **parts
    )


async def test_the_holder_is_told_with_the_address_only_when_asked(tmp_path):
    async with daemon_of(tmp_path) as daemon, daemon.http() as http:
        document = card_of(daemon.world)
        daemon.world.reader.insert(document, SECOND_READER)
        answer = await http.get(HOLDER)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        holder = answer.json()
        assert (holder["object"], holder["links"]["self"]) == ("card_holder", HOLDER)
        assert (holder["niss"], holder["last_name"], holder["born_on"]) == (
            PATIENT.niss.digits,
            PATIENT.last_name,
            "1960-01-01",
        )
        assert holder["card_number"] == document.holder.card_number
        assert holder["address"] is None
        whole = (await http.get(HOLDER, params={"has_address": "true"})).json()
        assert whole["address"]["postal_code"] == "1000"
        assert {**whole, "address": None} == holder


async def test_readers_never_say_whose_card_they_hold(tmp_path):
    async with daemon_of(tmp_path) as daemon, daemon.http() as http:
        daemon.world.reader.insert(card_of(daemon.world), SECOND_READER)
        await http.get(HOLDER)
        told = (await http.get("/v1/readers")).text + (await http.get(HOLDER[:-7])).text
        for secret in (PATIENT.niss.digits, PATIENT.last_name, "1960"):
            assert secret not in told


async def test_nothing_of_the_holder_is_logged_or_kept_sec_161(tmp_path):
    async with daemon_of(tmp_path) as daemon, daemon.http() as http:
        daemon.world.reader.insert(card_of(daemon.world), SECOND_READER)
        heard = daemon.services.events.subscribe(CLIENT.id)
        with capture_logs() as logs:
            assert (await http.get(HOLDER, params={"has_address": "true"})).status_code == 200
        traces = json.dumps(logs)
        while (event := await heard.next(within_s=0.05)) is not None:
            assert event.type != "operation.updated"
            traces += repr(event)
        for secret in (PATIENT.niss.digits, PATIENT.last_name, "Voorbeeldstraat"):
            assert secret not in traces
        assert (await http.get("/v1/operations")).json()["items"] == []


async def test_the_scope_for_readers_is_not_enough(tmp_path):
    async with daemon_of(tmp_path) as daemon:
        daemon.world.reader.insert(card_of(daemon.world), SECOND_READER)
        weak = Client(id="weak", display_name="Weak", scopes=CLIENT.scopes - {"card:read"})
        token = daemon.services.tokens.issue(weak, lifetime=timedelta(days=1))
        async with daemon.http(token) as http:
            assert (await http.get(HOLDER[:-7])).status_code == 200
            answer = await http.get(HOLDER)
            assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
            assert daemon.parts.reader.readings == []


@pytest.mark.parametrize(
    ("prepare", "status", "code"),
    [
        pytest.param(lambda reader, _: reader.reader.unplug(SECOND_READER), 404, "not_found",
                     id="no-reader"),
        pytest.param(lambda reader, _: reader.reader.remove(SECOND_READER), 409, "card_missing",
                     id="no-card"),
        pytest.param(lambda reader, _: reader.reader.insert_foreign(SECOND_READER), 409,
                     "card_unsupported", id="bank-card"),
        pytest.param(lambda reader, _: reader.kinds.update({SECOND_ID: CardKind.MUTE}), 409,
                     "card_unreadable", id="mute-card"),
        pytest.param(lambda reader, _: reader.failures.update({SECOND_ID: CardInUse()}), 409,
                     "card_in_use", id="held-card"),
        pytest.param(lambda reader, _: reader.reader.stop_service(), 503,
                     "smartcard_service_stopped", id="no-service"),
        pytest.param(lambda reader, _: reader.files.update({EidFile.IDENTITY: b"\1\1x"}), 409,
                     "card_data_invalid", id="false-identity"),
        pytest.param(lambda reader, world: reader.files.update(
            {EidFile.ROOT_CA: world.pki.stranger.certificate.der}), 409, "card_untrusted",
            id="false-root"),
    ],
)  # fmt: skip
async def test_why_nobody_can_be_named(tmp_path, prepare, status, code):
    async with daemon_of(tmp_path) as daemon, daemon.http() as http:
        daemon.world.reader.insert(card_of(daemon.world), SECOND_READER)
        prepare(daemon.parts.reader, daemon.world)
        answer = await http.get(HOLDER)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestOpening:
    """The card is judged after it was looked at, and before the PIN."""

    def test_the_signer_and_the_reader_of_the_sandbox_name_the_same_place(self):
        assert READER == FIRST_READER

    async def refused(self, daemon) -> str:
        operation = await daemon.open_session()
        assert operation.status is OperationStatus.FAILED
        assert daemon.world.card.pins_verified == 0
        assert daemon.world.ledger.entries() == []
        return operation.problem.code

    async def test_a_genuine_card_is_judged_once_and_opens(self, tmp_path):
        async with daemon_of(tmp_path) as daemon:
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
            assert [reader for reader, _ in daemon.parts.reader.readings] == [FIRST_ID]

    async def test_a_card_of_an_unknown_root_costs_no_pin(self, tmp_path):
        async with daemon_of(tmp_path, roots=BelgianRoots()) as daemon:
            assert await self.refused(daemon) == "card_untrusted"

    async def test_another_card_in_the_reader_costs_no_pin(self, tmp_path):
        async with daemon_of(tmp_path) as daemon:
            daemon.world.reader.insert(card_of(daemon.world), FIRST_READER)
            assert await self.refused(daemon) == "card_exchanged"

    async def test_without_the_check_any_root_will_do(self, tmp_path):
        async with daemon_of(tmp_path, roots=BelgianRoots(), has_chain_check=False) as daemon:
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED

    async def test_a_signer_in_a_reader_we_do_not_know_opens(self, tmp_path):
        async with daemon_of(tmp_path, roots=BelgianRoots()) as daemon:
            daemon.world.reader.unplug(FIRST_READER)
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED

    @pytest.mark.parametrize(
        ("days_left", "code"),
        [(61, None), (59, "card_expiring"), (-1, "card_expired")],
    )
    async def test_health_tells_in_time_that_the_card_ends(self, tmp_path, days_left, code):
        async with daemon_of(tmp_path) as daemon:
            assert validity(daemon) == []
            await daemon.open_session()
            ends_at = daemon.world.nurse.eid.certificate.not_after
            daemon.clock.advance(
                seconds=(ends_at - timedelta(days=days_left) - daemon.clock.now()).total_seconds()
            )
            (check,) = validity(daemon)
            assert (check.code, check.observed_value) == (code, days_left)


def validity(daemon):
    return [each for each in daemon.services.health.report() if each.name == "card:validity"]
