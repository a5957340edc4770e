"""Asking whether a patient is insured: stored, sent, verified, answered, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.daemon import build
from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import CheckStatus, InsurabilityQuestion, Membership, Purpose
from bridge.domain.operations import OperationStatus
from bridge.domain.periods import Period, brussels_day
from bridge.errors import (
    InputError,
    KeyReused,
    NotDelivered,
    NotFound,
    OutcomeUnknown,
    SessionRequired,
)
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.service.keys import KeyClaim
from tests.support.daemon import CLIENT, running_daemon

CLAIM = KeyClaim(key="k" * 16, route="POST /v1/insurability-checks", fingerprint="f")


def question_about(daemon, person, **changes) -> InsurabilityQuestion:
    today = brussels_day(daemon.clock.now())
    question = InsurabilityQuestion(
        patient=Niss.parse(person["niss"]),
        period=Period(from_on=today, to_on=today),
    )
    return replace(question, **changes)


def insured_person(daemon):
    return daemon.parts.simulator.add_person({"niss": "60010100172", "mutuality": "319"})


async def ask(daemon, question, claim=CLAIM):
    accepted = await daemon.services.checks.ask(question, client=CLIENT, claim=claim)
    operation = await daemon.finished(accepted.operation)
    check = await daemon.services.checks.get(accepted.check.id, client=CLIENT)
    return operation, check


class Disturbed:
    """A transport that fails once the session is open."""

    def __init__(self, world) -> None:
        self.inner = SandboxTransport(world)
        self.failure: Exception | None = None
        self.sent: list[WireRequest] = []

    async def exchange(self, request: WireRequest) -> WireReply:
        self.sent.append(request)
        if self.failure is not None:
            raise self.failure
        return await self.inner.exchange(request)


async def test_an_insured_patient_by_niss(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        operation, check = await ask(daemon, question_about(daemon, insured_person(daemon)))
        assert operation.status is OperationStatus.SUCCEEDED
        assert operation.result_path == f"/v1/insurability-checks/{check.id}"
        assert check.status is CheckStatus.ACCEPTED
        assert check.facts.is_insured is True
        assert check.facts.current is not None
        assert (check.facts.current.insurer, check.facts.current.mutuality) == ("300", "319")


async def test_an_insured_patient_by_membership(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        person = insured_person(daemon)
        patient = Membership(
            mutuality=Mutuality.parse(person["mutuality"]),
            membership_number=MembershipNumber.parse(person["membership_number"]),
        )
        question = question_about(daemon, person, patient=patient)
        _, check = await ask(daemon, question)
        assert check.facts.is_insured is True
        assert check.facts.patient is not None
        assert check.facts.patient.niss == Niss.parse(person["niss"])


async def test_purpose_invoicing_gives_a_payment_approval(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        question = question_about(daemon, insured_person(daemon), purpose=Purpose.INVOICING)
        _, check = await ask(daemon, question)
        assert check.facts.current is not None
        assert check.facts.current.payment_approval


async def test_an_unknown_patient_is_refused_not_failed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        operation, check = await ask(daemon, question_about(daemon, {"niss": "36121015396"}))
        assert operation.status is OperationStatus.SUCCEEDED
        assert check.status is CheckStatus.REFUSED
        assert [refusal.remote_code for refusal in check.facts.refusals] == ["UNKNOWN_NISS_ROUTING"]


async def test_without_a_session_nothing_is_stored(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        with pytest.raises(SessionRequired):
            await ask(daemon, question_about(daemon, insured_person(daemon)))
        assert (await daemon.services.checks.page(client=CLIENT, limit=10)).total == 0


@pytest.mark.parametrize(
    ("days", "code"),
    [
        pytest.param(1, "period_in_future", id="tomorrow"),
        pytest.param(-6 * 365, "period_too_far_in_past", id="six-years-ago"),
    ],
)
async def test_a_period_that_may_not_be_asked(tmp_path: Path, days: int, code: str) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        day = brussels_day(daemon.clock.now()) + timedelta(days=days)
        period = Period(from_on=day, to_on=day)
        with pytest.raises(InputError) as raised:
            await ask(daemon, question_about(daemon, insured_person(daemon), period=period))
        assert [finding.code for finding in raised.value.findings] == [code]


async def test_the_same_key_gives_the_same_check_and_sends_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        question = question_about(daemon, insured_person(daemon))
        _, first = await ask(daemon, question)
        sent = len(daemon.world.ledger.entries())
        again = await daemon.services.checks.ask(question, client=CLIENT, claim=CLAIM)
        assert again.is_replay
        assert again.check == first
        assert len(daemon.world.ledger.entries()) == sent


async def test_the_same_key_for_something_else_is_refused(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        question = question_about(daemon, insured_person(daemon))
        await ask(daemon, question)
        with pytest.raises(KeyReused):
            await ask(daemon, question, claim=replace(CLAIM, fingerprint="other"))


async def test_a_check_belongs_to_who_asked_it(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        _, check = await ask(daemon, question_about(daemon, insured_person(daemon)))
        with pytest.raises(NotFound):
            await daemon.services.checks.get(check.id, client=replace(CLIENT, id="stranger"))


async def test_the_exact_bytes_are_kept_both_ways(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, transport=Disturbed) as daemon:
        await daemon.open_session()
        _, check = await ask(daemon, question_about(daemon, insured_person(daemon)))
        kept = await daemon.parts.store.read(lambda unit: unit.evidence.of_subject(check.id))
        assert [evidence.kind for evidence in kept] == ["request", "answer"]
        assert kept[0].content == daemon.parts.transport.sent[-1].body


@pytest.mark.parametrize(
    ("failure", "operation_status", "check_status", "code"),
    [
        pytest.param(
            NotDelivered(),
            OperationStatus.FAILED,
            CheckStatus.ERROR,
            "remote_unavailable",
            id="not-one-byte-written",
        ),
        pytest.param(
            OutcomeUnknown(),
            OperationStatus.OUTCOME_UNKNOWN,
            CheckStatus.OUTCOME_UNKNOWN,
            "remote_timeout",
            id="silence-after-the-first-byte",
        ),
    ],
)
async def test_a_lost_answer_is_never_asked_again_by_itself(
    tmp_path: Path,
    failure,
    operation_status,
    check_status,
    code,
) -> None:
    async with running_daemon(tmp_path, transport=Disturbed) as daemon:
        await daemon.open_session()
        transport = daemon.parts.transport
        transport.failure, before = failure, len(transport.sent)
        operation, check = await ask(daemon, question_about(daemon, insured_person(daemon)))
        assert operation.status is operation_status
        assert operation.problem is not None
        assert operation.problem.code == code
        assert (check.status, check.problem_code) == (check_status, code)
        assert len(transport.sent) == before + 1


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        pytest.param("memberdata_soap_fault", "remote_refused", id="soap-fault"),
        pytest.param("memberdata_garbage", "remote_invalid_answer", id="garbage"),
        pytest.param("memberdata_down", "remote_unavailable", id="down"),
        pytest.param("memberdata_wrong_patient", "remote_invalid_answer", id="other-patient"),
        pytest.param("memberdata_wrong_reference", "remote_invalid_answer", id="other-question"),
        pytest.param("clock_skew", "clock_skew", id="clock-wrong-by-an-hour"),
    ],
)
async def test_every_platform_fault_has_its_own_code(
    tmp_path: Path,
    scenario: str,
    code: str,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        daemon.world.scenario.choose(scenario)
        operation, check = await ask(daemon, question_about(daemon, insured_person(daemon)))
        assert operation.problem is not None
        assert (operation.problem.code, check.problem_code) == (code, code)
        assert check.status is CheckStatus.ERROR


async def test_a_restart_closes_what_was_sent_as_unknown(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        _, check = await ask(daemon, question_about(daemon, insured_person(daemon)))

        def crash(unit) -> None:
            operation = unit.operations.get(check.operation_id)
            waiting = OperationStatus.WAITING_FOR_REMOTE
            unit.operations.replace(replace(operation, status=waiting))
            unit.checks.replace(replace(check, status=CheckStatus.SENT))

        await daemon.parts.store.write(crash)
        await build.start(daemon.services, daemon.parts)
        closed = await daemon.services.checks.get(check.id, client=CLIENT)
        assert closed.status is CheckStatus.OUTCOME_UNKNOWN
        operation = await daemon.services.operations.get(check.operation_id, client_id=CLIENT.id)
        assert operation.status is OperationStatus.OUTCOME_UNKNOWN
        assert operation.problem is not None
        assert operation.problem.code == "interrupted"


async def test_one_session_serves_many_questions(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        question = question_about(daemon, insured_person(daemon))
        for number in range(3):
            claim = replace(CLAIM, key=f"a-fresh-key-nr-{number}")
            _, check = await ask(daemon, question, claim=claim)
            assert check.status is CheckStatus.ACCEPTED
        assert daemon.world.card.pins_verified == 1
