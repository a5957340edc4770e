"""Faults of refusals, challenges and replays, each by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.ehealth import sts
from bridge.sandbox import refusals
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.replays import ReplayGuard
from bridge.sandbox.sts_challenges import ChallengeBook, PendingIssue
from bridge.sandbox.sts_claims import NurseRegister, Recognition
from bridge.soap import faults, xml
from tests.support import foreign, pki
from tests.support.fakes import CountingIds

HOLDER = pki.ehealth("ec").certificate
PENDING = PendingIssue(
    request=sts.IssueRequest(
        context="ctx",
        claims=(),
        not_before=pki.NOW,
        not_after=pki.NOW + timedelta(hours=1),
        holder=HOLDER,
    ),
    subject=pki.eid("ec").certificate,
    holder=HOLDER,
)
CODES = [
    value
    for name, value in vars(refusals).items()
    if name.isupper() and isinstance(value, str) and not name.startswith("_")
]


@pytest.mark.parametrize("code", CODES)
def test_every_code_becomes_a_fault_the_client_reads(code: str) -> None:
    reply = refusals.fault_reply(code, reference="ref-1")
    assert reply.status == 500
    fault = faults.decode(xml.parse(reply.body))
    assert fault is not None
    assert fault.code == code.rpartition(":")[2]
    assert fault.text != "General service error"
    assert (fault.reference is None) == code.startswith("wsse:")


def test_another_code_has_a_general_text() -> None:
    fault = faults.decode(xml.parse(refusals.fault_reply("SOA-00001", reference="r").body))
    assert fault is not None
    assert (fault.code, fault.text) == ("SOA-00001", "General service error")


@pytest.mark.parametrize(
    ("header", "action"),
    [
        pytest.param('"urn:a"', "urn:a", id="quoted"),
        pytest.param("urn:a", "urn:a", id="bare"),
        pytest.param(None, "", id="absent"),
        pytest.param('""', "", id="empty"),
    ],
)
def test_the_soap_action_is_read_without_quotes(header: str | None, action: str) -> None:
    request = SandboxRequest(path="/", soap_action=header, content_type="Text/XML;x=1", body=b"")
    assert request.action == action
    assert request.is_xml


def test_an_exchange_does_not_show_its_body() -> None:
    request = SandboxRequest(path="/p", soap_action=None, content_type="", body=b"secret")
    reply = SandboxReply(status=200, body=b"secret")
    assert (repr(request), repr(reply)) == (
        "SandboxRequest(/p, 6 bytes)",
        "SandboxReply(200, 6 bytes)",
    )


def answer(text: str, context: str | None = "ctx") -> sts.ChallengeAnswer:
    return sts.ChallengeAnswer(context=context, text=text)


def test_a_challenge_gives_its_request_back_once() -> None:
    book = ChallengeBook(CountingIds())
    text = book.ask(PENDING, now=pki.NOW)
    assert book.redeem(answer(text), signer=HOLDER, now=pki.NOW) is PENDING
    with pytest.raises(refusals.Refused):
        book.redeem(answer(text), signer=HOLDER, now=pki.NOW)


def test_challenges_are_independent_of_each_other() -> None:
    book = ChallengeBook(CountingIds())
    first = book.ask(PENDING, now=pki.NOW)
    second = book.ask(PENDING, now=pki.NOW + timedelta(seconds=59))
    assert first != second
    late = pki.NOW + timedelta(seconds=60)
    with pytest.raises(refusals.Refused):
        book.redeem(answer(first), signer=HOLDER, now=late)
    assert book.redeem(answer(second), signer=HOLDER, now=late) is PENDING


def test_a_message_is_admitted_again_only_when_its_time_is_over() -> None:
    guard = ReplayGuard()
    recipe = foreign.Recipe(credential=pki.eid("ec"))
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    until = pki.NOW + timedelta(seconds=90)
    guard.admit(envelope, now=pki.NOW, until=until)
    with pytest.raises(refusals.Refused) as caught:
        guard.admit(envelope, now=until - timedelta(seconds=1), until=until)
    assert caught.value.check == "replay"
    guard.admit(envelope, now=until, until=until + timedelta(seconds=90))


def test_a_recognition_does_not_show_whom() -> None:
    known = Recognition(nihii="40000028401", first_name="Fictive", last_name="Voorbeeld")
    assert repr(known) == "Recognition(***)"
    assert NurseRegister().find("85073003328") is None
