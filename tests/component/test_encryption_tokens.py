"""Tokens looked up at the played depot, and seals that travel to MyCareNet and back."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.adapters.ids import SystemIds
from bridge.crypto.cms.enveloped import write_enveloped
from bridge.crypto.cms.signed import write_signed
from bridge.crypto.etk import EtkTrust, read_token
from bridge.crypto.trust import TrustList
from bridge.ehealth import etkdepot
from bridge.ehealth.endpoints import ETK_DEPOT_PATH
from bridge.ehealth.etkdepot import EtkIdentifier, EtkSettings
from bridge.errors import (
    CertificateOutOfTime,
    CertificateUntrusted,
    NotDelivered,
    OurMessageInvalid,
    RemoteRefusal,
    SealForAnotherKey,
    TheirAnswerInvalid,
)
from bridge.mycarenet.encrypted import (
    KnownContent,
    encode_known,
    new_business_content,
    seal_known,
    unseal_known,
)
from bridge.ports.transport import WireReply
from bridge.sandbox.exchange import XML_TYPE, SandboxRequest
from bridge.sandbox.refusals import Refused
from bridge.sandbox.seals import MyCareNetSeals
from bridge.sandbox.tokens import (
    decryption_key,
    issue_encryption,
    signer_of,
)
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World
from bridge.service.etks import HOLD_OFF, EtkBook, EtkPlace
from bridge.soap import envelope, faults, xml
from tests.support.daemon import running_daemon
from tests.support.fakes import CountingIds, FixedClock
from tests.support.keypool import PooledKeys

MYCARENET = EtkSettings().mycarenet
CONTENT = b"<katz>fictitious</katz>" * 50


class Counter:
    """Carries messages and counts them; can be cut, or made to give something else."""

    def __init__(self, world: World) -> None:
        self._inner = SandboxTransport(world)
        self.asked = 0
        self.instead: WireReply | None = None

    async def exchange(self, request):
        self.asked += 1
        await asyncio.sleep(0)
        return self.instead or await self._inner.exchange(request)


class Setting:
    """A world of its own with a book that looks tokens up in it."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.world = World.create(clock=self.clock, ids=CountingIds(), key_maker=PooledKeys())
        self.transport = Counter(self.world)
        self.book = self.new_book()
        self.nurse = self.world.nurse
        self.ids = SystemIds(self.clock)
        self.seals = MyCareNetSeals(
            tokens=self.world.tokens,
            trust=TrustList([self.world.pki.ehealth_authority.certificate]),
            ids=self.ids,
        )

    def new_book(self, trust=None, **settings) -> EtkBook:
        place = EtkPlace(
            url=self.world.endpoints("http://127.0.0.1:1").etk_depot,
            trust=trust or self.world.etk_trust(),
            settings=EtkSettings(**settings),
        )
        return EtkBook(transport=self.transport, clock=self.clock, place=place)

    @property
    def keys(self):
        return [decryption_key(self.nurse.encryption)]

    def post(self, body: bytes, *, action="") -> bytes:
        request = SandboxRequest(
            path=ETK_DEPOT_PATH, soap_action=action, content_type=XML_TYPE, body=body
        )
        return self.world.dispatch(request).body

    def ask(self, *identifiers: EtkIdentifier) -> etkdepot.EtkAnswer:
        request = etkdepot.encode_request(MYCARENET)
        criteria = request[0]
        criteria.clear()
        for identifier in identifiers:
            element = xml.parse(
                f'<Identifier xmlns="{etkdepot.DEPOT}"><Type>{identifier.type}</Type>'
                f"<Value>{identifier.value}</Value>"
                f"<ApplicationID>{identifier.application}</ApplicationID></Identifier>".encode()
            )
            criteria.append(element)
        body = self.post(xml.serialize(envelope.wrap(request)))
        return etkdepot.decode_answer(envelope.unwrap(xml.parse(body)))


@pytest.fixture(scope="module")
def shared() -> Setting:
    return Setting()


@pytest.fixture
def here(shared) -> Setting:
    """Give the world of the module, undisturbed, with an empty book."""
    shared.world.scenario.choose("normal")
    shared.transport.asked = 0
    shared.transport.instead = None
    shared.book = shared.new_book()
    return shared


# -- looking up ----------------------------------------------------------------------------------


async def test_mycarenets_token_is_found_and_believed(here):
    token = await here.book.mycarenet()
    assert (token.owner.cbe, token.application) == ("0820563481", "MYCARENET")
    assert token.encryption == here.world.tokens.mycarenet.encryption.certificate
    assert token.authority == here.world.tokens.authority.certificate


async def test_an_empty_application_finds_it_too(here):
    book = here.new_book(mycarenet_application="")
    assert (await book.mycarenet()).owner.cbe == "0820563481"


async def test_the_nurses_own_token_opens_with_her_key(here):
    token = await here.book.own(here.nurse.ehealth.certificate, keys=here.keys)
    assert token.encryption == here.nurse.encryption.certificate
    assert token.owner.niss == here.nurse.registration.holder.niss.digits


async def test_a_token_is_asked_for_once(here):
    first, *others = await asyncio.gather(*(here.book.mycarenet() for _ in range(5)))
    assert here.transport.asked == 1
    assert all(other is first for other in others)
    await here.book.own(here.nurse.ehealth.certificate, keys=here.keys)
    assert here.transport.asked == 2


async def test_a_token_is_asked_for_again_after_its_hours(here):
    book = here.new_book(lifetime_h=2)
    await book.mycarenet()
    here.clock.advance(hours=1, minutes=59)
    await book.mycarenet()
    assert here.transport.asked == 1
    here.clock.advance(minutes=1)
    await book.mycarenet()
    assert here.transport.asked == 2


async def test_a_token_is_never_used_beyond_its_certificates():
    here = Setting()
    ends = here.world.tokens.mycarenet.encryption.certificate.not_after
    book = here.new_book(lifetime_h=24 * 365 * 9)
    await book.mycarenet()
    here.clock.advance(seconds=(ends - here.clock.now()).total_seconds() - 1)
    await book.mycarenet()
    assert here.transport.asked == 1
    here.clock.advance(seconds=2)
    with pytest.raises(CertificateOutOfTime):
        await book.mycarenet()
    assert here.transport.asked == 2


# -- a token that cannot be used -----------------------------------------------------------------


async def test_a_token_that_could_not_be_used_is_looked_up_again(here):
    token = await here.book.mycarenet()
    assert await here.book.renewed(MYCARENET, than=token) is token
    assert here.transport.asked == 1  # it was looked up just now
    here.clock.advance(seconds=HOLD_OFF.total_seconds())
    again = await here.book.renewed(MYCARENET, than=token)
    assert (here.transport.asked, again.encoded) == (2, token.encoded)


async def test_a_renewed_token_is_not_looked_up_twice():
    here = Setting()
    old = await here.book.mycarenet()
    owner = here.world.tokens.mycarenet
    fresh = issue_encryption(owner.authentication, now=here.world.pki.now)
    here.world.tokens.register(owner.authentication, fresh)
    here.clock.advance(minutes=1)
    renewed = await asyncio.gather(*(here.book.renewed(MYCARENET, than=old) for _ in range(3)))
    assert here.transport.asked == 2
    assert {token.encryption for token in renewed} == {fresh.certificate}


async def test_our_own_renewed_token_is_found_when_the_key_was_imported():
    here = Setting()
    certificate = here.nurse.ehealth.certificate
    await here.book.own(certificate, keys=here.keys)
    fresh = issue_encryption(here.nurse.ehealth, now=here.world.pki.now)
    here.world.tokens.register(here.nurse.ehealth, fresh)
    here.clock.advance(minutes=1)
    token = await here.book.own(certificate, keys=[decryption_key(fresh)])
    assert token.encryption == fresh.certificate


async def test_our_own_token_without_its_key_is_no_good(here):
    with pytest.raises(SealForAnotherKey):
        await here.book.own(here.nurse.ehealth.certificate, keys=[])


async def test_an_identity_card_has_no_token(here):
    with pytest.raises(CertificateUntrusted):
        await here.book.own(here.nurse.eid.certificate, keys=here.keys)
    assert here.transport.asked == 0


# -- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "code"), [("etk_missing", "404"), ("etk_failed", "500")])
async def test_a_refusal_is_told_and_soon_forgotten(here, scenario, code):
    here.world.scenario.choose(scenario)
    for _ in range(3):
        with pytest.raises(RemoteRefusal) as caught:
            await here.book.mycarenet()
        assert (caught.value.remote.system, caught.value.remote.code) == ("ehealth_etk_depot", code)
    assert here.transport.asked == 1
    here.world.scenario.choose("normal")
    here.clock.advance(seconds=HOLD_OFF.total_seconds())
    assert (await here.book.mycarenet()).owner.cbe == "0820563481"
    assert here.transport.asked == 2


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("etk_forged", CertificateUntrusted),
        ("etk_expired", CertificateOutOfTime),
        ("etk_foreign", CertificateUntrusted),
    ],
)
async def test_a_wrong_token_is_not_used(here, scenario, error):
    here.world.scenario.choose(scenario)
    with pytest.raises(error):
        await here.book.mycarenet()
    with pytest.raises(error) as again:
        await here.book.mycarenet()
    assert here.transport.asked == 1
    assert again.value.problem_code == "certificate_untrusted"


async def test_a_depot_that_cannot_be_reached_is_asked_again_at_once(here):
    here.world.scenario.choose("etk_down")
    with pytest.raises(NotDelivered):
        await here.book.mycarenet()
    here.world.scenario.choose("normal")
    assert (await here.book.mycarenet()).owner.cbe == "0820563481"


async def test_a_failure_does_not_take_a_known_token_away(here):
    token = await here.book.mycarenet()
    here.clock.advance(minutes=1)
    here.world.scenario.choose("etk_missing")
    with pytest.raises(RemoteRefusal):
        await here.book.renewed(MYCARENET, than=token)
    assert await here.book.mycarenet() is token


async def test_several_owners_are_no_answer():
    here = Setting()
    authority = here.world.pki.ehealth_authority
    other = here.world.tokens._issued("CBE=0820563481", "MYCARENET", "OTHER")
    assert authority.certificate.subject == other.certificate.issuer
    here.world.tokens.register(other, here.world.nurse.encryption)
    with pytest.raises(RemoteRefusal) as caught:
        await here.new_book(mycarenet_application="").mycarenet()
    assert caught.value.remote.code == "SEVERAL-TOKENS"
    assert (await here.book.mycarenet()).application == "MYCARENET"


async def test_nobody_is_believed_without_anchors(here):
    book = here.new_book(trust=EtkTrust(anchors=TrustList([]), signer_cbe=None))
    with pytest.raises(CertificateUntrusted):
        await book.mycarenet()


async def test_nonsense_is_not_sent(here):
    with pytest.raises(OurMessageInvalid):
        await here.book.of(EtkIdentifier(type="CBE", value="12"))
    assert here.transport.asked == 0


@pytest.mark.parametrize("body", [b"", b"<html/>", b"<a>", b"\0"])
async def test_an_answer_that_is_none_is_not_used(here, body):
    here.transport.instead = WireReply(status=200, body=body, content_type="text/xml")
    with pytest.raises(TheirAnswerInvalid):
        await here.book.mycarenet()


# -- the played depot ----------------------------------------------------------------------------


def test_the_depot_knows_only_its_types(here):
    for kind, value in (("PASSPORT", "1"), ("CBE", "12")):
        answer = here.ask(EtkIdentifier(type=kind, value=value))
        assert (answer.code, [error.code for error in answer.errors]) == ("400", ["400"])


def test_the_depot_does_not_know_everybody(here):
    answer = here.ask(EtkIdentifier(type="SSIN", value="0" * 11))
    assert (answer.code, answer.etk) == ("404", None)
    other = replace(MYCARENET, application="OTHER")
    assert here.ask(other).code == "404"


def test_two_identifiers_give_two_candidates(here):
    nurse = EtkIdentifier(type="SSIN", value=here.nurse.registration.holder.niss.digits)
    answer = here.ask(MYCARENET, nurse)
    assert (answer.code, answer.matching) == ("200", ((MYCARENET,), (nurse,)))


@pytest.mark.parametrize(
    ("body", "action"),
    [
        pytest.param(b"nonsense", "", id="no-xml"),
        pytest.param(xml.serialize(envelope.wrap(xml.parse(b"<a/>"))), "", id="other-request"),
        pytest.param(
            xml.serialize(envelope.wrap(etkdepot.encode_request(MYCARENET))), "x", id="action"
        ),
    ],
)
def test_the_depot_refuses_other_messages(here, body, action):
    fault = faults.decode(xml.parse(here.post(body, action=action)))
    assert fault.code.startswith("SOA-03")
    entry = here.world.ledger.entries()[-1]
    assert (entry.service, entry.accepted, entry.code) == ("etk_depot", False, fault.code)


def test_openssl_believes_the_tokens_of_the_depot(here, tmp_path):
    pki, token = here.world.pki, here.ask(MYCARENET).etk
    anchors = tmp_path / "anchors.pem"
    anchors.write_text(
        "".join(
            f"-----BEGIN CERTIFICATE-----\n{each.certificate.base64}\n-----END CERTIFICATE-----\n"
            for each in (pki.root, pki.ehealth_authority)
        )
    )
    (tmp_path / "token").write_bytes(token)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
    at = str(int(here.clock.now().timestamp()))
    command += ["-CAfile", str(anchors), "-attime", at, "-in", str(tmp_path / "token")]
    done = subprocess.run(command, capture_output=True, check=False, timeout=8)
    assert done.returncode == 0, done.stderr
    assert done.stdout == here.world.tokens.mycarenet.encryption.certificate.der


# -- to MyCareNet and back -----------------------------------------------------------------------


async def sealed_by_nurse(here, *, signer=None, content=CONTENT):
    recipient = await here.book.mycarenet()
    own = await here.book.own(here.nurse.ehealth.certificate, keys=here.keys)
    known = KnownContent(
        business=new_business_content(content, ids=here.ids), reply_to_etk=own.encoded
    )
    return seal_known(
        known,
        signer=signer_of(signer or here.nurse.ehealth),
        recipient=recipient,
        ids=here.ids,
        sign_content=lambda business: b"<ds:Signature/>" + business.id.encode(),
    )


async def test_a_request_and_its_answer_travel_sealed(here):
    sealed = await sealed_by_nurse(here)
    now = here.clock.now()
    opened = here.seals.open(sealed, caller=here.nurse.ehealth.certificate, now=now)
    assert opened.known.business.content == CONTENT
    assert opened.known.xades == b"<ds:Signature/>" + opened.known.business.id.encode()
    answer = here.seals.answer(b"<ok/>", reply_to_etk=opened.known.reply_to_etk, now=now)
    received = unseal_known(answer, keys=here.keys)
    assert received.known.business.content == b"<ok/>"
    assert received.sender == here.world.tokens.mycarenet.authentication.certificate
    assert received.known.xades is None


async def test_the_platform_refuses_the_seal_of_somebody_else(here):
    sealed = await sealed_by_nurse(here, signer=here.world.pki.other_holder)
    with pytest.raises(Refused) as caught:
        here.seals.open(sealed, caller=here.nurse.ehealth.certificate, now=here.clock.now())
    assert caught.value.fault_code == "SOA-01001"


async def test_the_platform_refuses_a_sender_nobody_knows(here):
    subject = here.nurse.ehealth.certificate.x509.subject
    pki = here.world.pki
    false = pki.stranger.credential(subject, here.nurse.ehealth.key, now=pki.now)
    sealed = await sealed_by_nurse(here, signer=false)
    with pytest.raises(Refused) as caught:
        here.seals.open(sealed, caller=false.certificate, now=here.clock.now())
    assert caught.value.fault_code == "SOA-03007"


async def test_the_platform_refuses_an_author_nobody_knows(here):
    """A trusted sender may not slip in the signature of a stranger."""
    pki = here.world.pki
    subject = here.nurse.ehealth.certificate.x509.subject
    false = pki.stranger.credential(subject, pki.other_holder.key, now=pki.now)
    known = encode_known(KnownContent(business=new_business_content(CONTENT, ids=here.ids)))
    inner = write_signed(known, signer=signer_of(false), has_certificate=True)
    token = await here.book.mycarenet()
    layer = write_enveloped(inner, recipients=[token.encryption], ids=here.ids)
    sealed = write_signed(layer, signer=signer_of(here.nurse.ehealth), has_certificate=True)
    with pytest.raises(Refused) as caught:
        here.seals.open(sealed, caller=here.nurse.ehealth.certificate, now=here.clock.now())
    assert "no path to an anchor" in caught.value.check


async def test_the_platform_refuses_what_is_not_sealed_for_it(here):
    own = await here.book.own(here.nurse.ehealth.certificate, keys=here.keys)
    known = KnownContent(business=new_business_content(CONTENT, ids=here.ids))
    signer = signer_of(here.nurse.ehealth)
    sealed = seal_known(known, signer=signer, recipient=own, ids=here.ids)
    for message in (sealed, b"", CONTENT):
        with pytest.raises(Refused):
            here.seals.open(message, caller=here.nurse.ehealth.certificate, now=here.clock.now())


async def test_the_platform_refuses_content_that_is_too_large(here):
    sealed = await sealed_by_nurse(here, content=b"\0" * 6_000_000 + b"x")
    with pytest.raises(Refused):
        here.seals.open(sealed, caller=here.nurse.ehealth.certificate, now=here.clock.now())


async def test_the_platform_answers_only_for_tokens_it_made(here):
    owner = here.world.tokens.mycarenet
    now = here.clock.now()
    for token in (here.world.tokens.forged(owner), here.world.tokens.expired(owner), b"", b"x"):
        with pytest.raises(Refused):
            here.seals.answer(b"<ok/>", reply_to_etk=token, now=now)


async def test_a_token_is_valid_only_in_its_time(here):
    token = here.ask(MYCARENET).etk
    for moment in (timedelta(days=-200), timedelta(days=3 * 365)):
        with pytest.raises(CertificateOutOfTime):
            read_token(token, trust=here.world.etk_trust(), at=here.clock.now() + moment)


async def test_the_daemon_finds_tokens_at_its_depot(tmp_path):
    async with running_daemon(tmp_path) as daemon:
        nurse = daemon.world.nurse
        assert (await daemon.services.etks.mycarenet()).application == "MYCARENET"
        credential = daemon.parts.keystore.load(nurse.registration.id)
        own = await daemon.services.etks.own(
            credential.certificate, keys=credential.decryption_keys
        )
        assert own.encryption == nurse.encryption.certificate
