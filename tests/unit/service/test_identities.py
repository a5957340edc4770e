"""Who a card belongs to, and whether it may sign: judged before any PIN is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from bridge.domain.cards import CardKind
from bridge.eid import register
from bridge.eid.files import ADDRESS_FILES, CHAIN_FILES, IDENTITY_FILES, EidFile
from bridge.eid.trust import BelgianRoots
from bridge.errors import (
    CardDataInvalid,
    CardError,
    CardExchanged,
    CardExpired,
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardServiceStopped,
    CardUnsupported,
    CardUntrusted,
    CardWithoutCertificate,
    NotFound,
    ReaderMissing,
)
from bridge.ports.card import CardFacts
from bridge.sandbox.reader import FIRST_READER, SECOND_READER, SoftwareReader
from bridge.sandbox.world import World
from bridge.service.identities import IdentityService
from tests.support.fakes import CountingIds, FixedClock
from tests.support.keypool import PooledKeys
from tests.support.patients import CHILD, FIRST_ID, PATIENT, SECOND_ID, RetoldReader, card_of

KINDS = ["rsa", "ec"]


@cache
def world(kind: str = "ec") -> World:
    return World.create(
        clock=FixedClock(), ids=CountingIds(), key_kind=kind, key_maker=PooledKeys()
    )


class Desk:
    """The service with readers of its own, and a clock to move."""

    def __init__(self, kind: str = "ec", *, is_trusted: bool = True, **how) -> None:
        self.world = world(kind)
        self.clock = FixedClock()
        self.reader = RetoldReader(SoftwareReader(clock=self.clock))
        roots = BelgianRoots([self.world.document.root_key] if is_trusted else [])
        self.service = IdentityService(reader=self.reader, roots=roots, clock=self.clock, **how)

    def insert(self, document=None, name: str = FIRST_READER):
        document = document or self.world.document
        self.reader.reader.insert(document, name)
        return document

    def facts(self, name: str = FIRST_READER, document=None) -> CardFacts:
        shown = (document or self.world.document).authentication.certificate.der
        return CardFacts(reader=name, authentication_certificate=shown)


class TestWho:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_the_holder_is_read_and_the_address_only_when_asked(self, kind):
        desk = Desk(kind)
        document = desk.insert(card_of(desk.world))
        assert await desk.service.who(FIRST_ID) == replace(document.holder, address=None)
        assert await desk.service.who(FIRST_ID, has_address=True) == document.holder
        assert desk.reader.readings == [(FIRST_ID, IDENTITY_FILES), (FIRST_ID, ADDRESS_FILES)]

    async def test_a_child_without_certificates_has_an_identity(self):
        desk = Desk()
        desk.insert(card_of(desk.world, document_type=CHILD))
        assert (await desk.service.who(FIRST_ID)).niss == PATIENT.niss

    @pytest.mark.parametrize("damage", [EidFile.IDENTITY, EidFile.IDENTITY_SIGNATURE])
    async def test_one_wrong_byte_is_not_believed(self, damage):
        desk = Desk()
        content = bytearray(desk.insert().contents[damage])
        content[20] ^= 1
        desk.reader.files[damage] = bytes(content)
        with pytest.raises(CardDataInvalid):
            await desk.service.who(FIRST_ID)

    async def test_an_address_of_another_card_is_not_believed(self):
        desk = Desk()
        desk.insert()
        other = card_of(desk.world)
        desk.reader.files[EidFile.ADDRESS_SIGNATURE] = other.contents[EidFile.ADDRESS_SIGNATURE]
        assert (await desk.service.who(FIRST_ID)).address is None
        with pytest.raises(CardDataInvalid):
            await desk.service.who(FIRST_ID, has_address=True)

    async def test_identity_and_certificate_must_name_the_same_person(self):
        desk = Desk()
        desk.insert()
        other = card_of(desk.world).contents[EidFile.AUTHENTICATION_CERTIFICATE]
        desk.reader.files[EidFile.AUTHENTICATION_CERTIFICATE] = other
        with pytest.raises(CardDataInvalid):
            await desk.service.who(FIRST_ID)

    async def test_a_register_of_an_unknown_root_is_not_believed(self):
        desk = Desk(is_trusted=False)
        desk.insert()
        with pytest.raises(CardUntrusted):
            await desk.service.who(FIRST_ID)

    async def test_an_old_card_is_believed_after_the_registers_certificate_ended(self):
        desk = Desk()
        signer = desk.world.pki.national_register
        old = desk.world.pki.root.issue(
            signer.certificate.x509.subject,
            signer.key,
            now=desk.clock.now(),
            not_after=desk.clock.now() - timedelta(days=1),
        )
        desk.insert()
        desk.reader.files[EidFile.REGISTER_CERTIFICATE] = old.der
        assert (await desk.service.who(FIRST_ID)).niss == desk.world.document.holder.niss

    async def test_a_signer_below_an_unknown_authority_is_not_believed(self):
        desk = Desk()
        document = desk.insert()
        signer = desk.world.pki.national_register
        subject = signer.certificate.x509.subject
        false = desk.world.pki.stranger.credential(subject, signer.key, now=desk.clock.now())
        identity = document.contents[EidFile.IDENTITY]
        desk.reader.files[EidFile.REGISTER_CERTIFICATE] = false.certificate.der
        desk.reader.files[EidFile.IDENTITY_SIGNATURE] = register.sign(false.key, identity)
        with pytest.raises(CardUntrusted):
            await desk.service.who(FIRST_ID)

    async def test_each_reader_without_an_eid_says_why(self):
        desk = Desk()
        with pytest.raises(NotFound):
            await desk.service.who("rdr_unknown")
        with pytest.raises(CardMissing):
            await desk.service.who(FIRST_ID)
        desk.reader.reader.insert_foreign()
        with pytest.raises(CardUnsupported):
            await desk.service.who(FIRST_ID)
        desk.insert(replace(desk.world.document, is_activated=False))
        with pytest.raises(CardNotActivated):
            await desk.service.who(FIRST_ID)

    async def test_a_mute_card_is_unreadable(self):
        desk = Desk()
        desk.insert()
        desk.reader.kinds[FIRST_ID] = CardKind.MUTE
        with pytest.raises(CardError) as raised:
            await desk.service.who(FIRST_ID)
        assert raised.value.problem_code == "card_unreadable"
        assert desk.reader.readings == []

    async def test_a_card_that_was_held_is_tried_again(self):
        desk = Desk()
        desk.insert()
        desk.reader.kinds[FIRST_ID] = CardKind.UNREAD
        desk.reader.failures[FIRST_ID] = CardInUse()
        with pytest.raises(CardInUse):
            await desk.service.who(FIRST_ID)
        del desk.reader.failures[FIRST_ID]
        assert (await desk.service.who(FIRST_ID)).niss == desk.world.document.holder.niss

    async def test_without_the_service_that_is_what_is_said(self):
        desk = Desk()
        desk.insert()
        desk.reader.reader.stop_service()
        with pytest.raises(CardServiceStopped):
            await desk.service.who(FIRST_ID)
        with pytest.raises(CardServiceStopped):
            desk.service.readable()


class TestCheck:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_the_card_that_was_shown_passes_and_only_its_chain_is_read(self, kind):
        desk = Desk(kind)
        document = desk.insert()
        await desk.service.check(desk.facts())
        assert desk.reader.readings == [(FIRST_ID, CHAIN_FILES)]
        assert desk.service.card_until == document.authentication.certificate.not_after

    async def test_a_card_of_an_unknown_root_is_refused(self):
        desk = Desk(is_trusted=False)
        desk.insert()
        with pytest.raises(CardUntrusted):
            await desk.service.check(desk.facts())

    async def test_a_card_that_brings_a_root_of_its_own_is_refused(self):
        desk = Desk()
        desk.insert()
        desk.reader.files[EidFile.ROOT_CA] = desk.world.pki.stranger.certificate.der
        with pytest.raises(CardUntrusted):
            await desk.service.check(desk.facts())

    async def test_another_card_than_the_one_shown_is_refused(self):
        desk = Desk()
        desk.insert(card_of(desk.world))
        with pytest.raises(CardExchanged):
            await desk.service.check(desk.facts())

    async def test_an_expired_certificate_is_refused(self):
        desk = Desk()
        document = desk.insert()
        left = document.authentication.certificate.not_after - desk.clock.now()
        desk.clock.advance(seconds=left.total_seconds() + 1)
        with pytest.raises(CardExpired):
            await desk.service.check(desk.facts())
        assert desk.service.card_until == document.authentication.certificate.not_after

    async def test_a_card_without_certificate_in_its_place_is_refused(self):
        desk = Desk()
        desk.insert(card_of(desk.world, document_type=CHILD))
        with pytest.raises(CardWithoutCertificate):
            await desk.service.check(desk.facts())

    @pytest.mark.parametrize("name", ["A software token", SECOND_READER])
    async def test_a_reader_that_is_unknown_or_empty_is_not_judged(self, name):
        desk = Desk(is_trusted=False)
        desk.insert()
        await desk.service.check(desk.facts(name))
        assert desk.reader.readings == []

    async def test_the_check_can_be_switched_off(self):
        desk = Desk(is_trusted=False, has_chain_check=False)
        document = desk.insert()
        await desk.service.check(desk.facts())
        assert desk.reader.readings == []
        assert desk.service.card_until == document.authentication.certificate.not_after

    async def test_a_card_that_cannot_be_read_stops_the_opening(self):
        desk = Desk()
        desk.insert()
        desk.reader.failures[FIRST_ID] = CardInUse()
        with pytest.raises(CardInUse):
            await desk.service.check(desk.facts())


class TestReadable:
    def test_the_readers_with_an_eid_or_a_held_card_are_given(self):
        desk = Desk()
        desk.insert()
        desk.insert(name=SECOND_READER)
        desk.reader.kinds[SECOND_ID] = CardKind.UNREAD
        assert desk.service.readable() == [FIRST_ID, SECOND_ID]
        desk.reader.kinds[SECOND_ID] = CardKind.FOREIGN
        assert desk.service.readable() == [FIRST_ID]

    def test_no_reader_no_card_and_no_eid_are_told_apart(self):
        desk = Desk()
        with pytest.raises(CardMissing):
            desk.service.readable()
        desk.reader.reader.insert_foreign(SECOND_READER)
        with pytest.raises(CardUnsupported):
            desk.service.readable()
        desk.reader.reader.unplug(FIRST_READER)
        desk.reader.reader.unplug(SECOND_READER)
        with pytest.raises(ReaderMissing):
            desk.service.readable()


async def test_readings_of_two_cards_at_once_do_not_mix():
    desk = Desk()
    desk.insert()
    desk.insert(card_of(desk.world), SECOND_READER)
    first, second = await asyncio.gather(desk.service.who(FIRST_ID), desk.service.who(SECOND_ID))
    assert (first.niss, second.niss) == (desk.world.document.holder.niss, PATIENT.niss)
