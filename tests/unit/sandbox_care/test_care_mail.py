"""How the played insurers send: confirmations first, one document or several, each once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_names import ContractualType, MessageName, TransportName
from bridge.sandbox.care_insurers import SERVICE
from tests.support.careoffice import (
    NURSE,
    OTHER,
    A,
    Office,
    katz,
    palliative,
    result,
    technical,
)

UNIONS = [
    pytest.param("Anna", id="in-lists"),
    pytest.param("Bea", id="singly"),
]


def three(office: Office, name: str) -> list[Any]:
    person = office.person(name)
    return [technical(person), katz(person), palliative(person)]


def test_what_was_posted_is_given_back_as_confirmation() -> None:
    office = Office()
    requests = three(office, "Anna")
    content = medadmin.encode_requests(requests)
    office.send(*requests, content=content)
    (mail,) = office.mail(minutes=15)
    assert mail.message_name is TransportName.CONFIRMATION_XML
    assert mail.content == content
    assert (mail.insurer, mail.provider) == ("300", NURSE)
    assert mail.reference == "00000000000001"


def test_union_500_confirms_request_by_request_under_the_names_of_receipts() -> None:
    office = Office()
    requests = three(office, "Bea")
    office.send(*requests)
    mails = office.mail(minutes=15)
    assert {mail.message_name for mail in mails} == {TransportName.CONFIRMATION_XML}
    given_back = [each for mail in mails for each in medadmin.decode_answers(mail.content)]
    assert len(mails) == len(given_back) == len(requests)
    assert [each.header.message_name for each in given_back] == [
        MessageName.TECHNICAL_REQUEST,
        MessageName.CONTRACTUAL_RECEIPT,
        MessageName.PALLIATIVE_RECEIPT,
    ]
    assert [each.detail for each in given_back] == [each.detail for each in requests]
    assert all(each.header.receiver_reference for each in given_back)


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        pytest.param("Anna", 1, id="in-one-list"),
        pytest.param("Bea", 2, id="one-by-one"),
    ],
)
def test_decisions_of_one_moment_travel_together_but_from_union_500(
    name: str, documents: int
) -> None:
    office = Office()
    office.send(katz(office.person(name)), katz(office.person(name), ContractualType.A, A))
    office.mail(minutes=15)
    mails = office.mail(days=1)
    assert len(mails) == documents
    answers = [each for mail in mails for each in medadmin.decode_answers(mail.content)]
    assert [result(each) for each in answers] == ["agreement", "S07"]


def test_a_message_for_each_post_even_at_the_same_moment() -> None:
    office = Office()
    office.send(technical(office.person("Anna")))
    office.send(technical(office.person("Dora")))
    office.mail(minutes=15)
    mails = office.mail(hours=1)
    assert [mail.reference for mail in mails] == ["00000000000001", "00000000000002"]


@pytest.mark.parametrize("name", UNIONS)
def test_each_message_is_given_once_and_to_its_reader_only(name: str) -> None:
    office = Office()
    office.send(*three(office, name))
    assert office.mail(by=OTHER, days=3) == []
    assert [mail for mail in office.mail() if mail.message_name is TransportName.XML]
    assert office.mail(days=3) == []


def test_mail_comes_in_the_order_of_the_insurers_time() -> None:
    office = Office()
    office.send(*three(office, "Anna"))
    times = [mail.ready_at for mail in office.mail(days=5)]
    assert len(times) == 4
    assert times == sorted(times)


def test_answers_echo_the_reference_the_test_flag_and_nothing_twice() -> None:
    office = Office()
    requests = three(office, "Anna")
    office.send(*requests)
    answers = office.answers(days=5)
    assert [each.header.sender_reference for each in answers] == [
        each.header.sender_reference for each in requests
    ]
    assert all(each.header.is_test for each in answers)
    receivers = [each.header.receiver_reference for each in answers]
    assert len(set(receivers)) == len(receivers)
    assert [each.nurse_reference for each in answers] == [each.nurse_reference for each in requests]


def test_the_ledger_counts_and_names_nobody() -> None:
    office = Office()
    office.decided(katz(office.person("Stan")))
    office.decided(katz(office.person("Stan"), changes_reference_provider=True))
    office.decided(technical(office.person(), prescriber=NURSE))
    entries = office.ledger.entries()
    assert {each.service for each in entries} == {SERVICE}
    told = [(each.operation, each.code, each.check) for each in entries]
    assert [each for each in told if each[0] != "receipt"] == [
        ("decision", "M410999", "S10"),
        ("decision", "M410900", "agreement"),
        ("update", "M410908", "newProvider"),
        ("decision", "M430000ERR", "99 Prescriber"),
    ]
    people = {each.niss.digits for each in office.people.people()}
    text = repr(entries)
    assert not any(number in text for number in people)
    assert "Voorbeeld" not in text


def test_what_holds_people_shows_none_of_them() -> None:
    office = Office()
    office.send(katz(office.person()))
    shown = repr(office.mail(minutes=15)) + repr(office.insurers.register.all())
    assert office.person().niss.digits not in shown
    assert NURSE.long not in shown.replace("Nihii", "")


def test_the_same_story_gives_the_same_messages() -> None:
    def story() -> list[bytes]:
        office = Office()
        requests = [
            katz(office.person("Pia"), reference="1"),
            katz(office.person("Stan"), changes_reference_provider=True, reference="2"),
            katz(office.person("Umar"), reference="3"),
        ]
        for request in requests:
            office.send(request)
        return [mail.content for by in (NURSE, OTHER) for mail in office.mail(by=by, days=90)]

    first = story()
    assert len(first) == 9
    assert story() == first


def test_many_threads_lose_nothing_and_get_nothing_twice() -> None:
    office = Office()
    names = ("Anna", "Bert", "Cleo", "Dora", "Aram", "Bea", "Cas", "Emiel")
    requests = [technical(office.person(name)) for name in names for _ in range(4)]
    found: list[Any] = []

    def work(mine: list[Any]) -> None:
        for request in mine:
            office.send(request)
            found.extend(office.insurers.collect(NURSE, office.now))

    workers = [threading.Thread(target=work, args=(requests[place::4],)) for place in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == []
    office.now = office.now.replace(day=25)
    pieces: list[list[Any]] = [[] for _ in range(4)]

    def fetch(place: int) -> None:
        pieces[place].extend(office.insurers.collect(NURSE, office.now))

    fetchers = [threading.Thread(target=fetch, args=(place,)) for place in range(4)]
    for fetcher in fetchers:
        fetcher.start()
    for fetcher in fetchers:
        fetcher.join()
    mails = [mail for piece in pieces for mail in piece]
    answers = [
        each.header.sender_reference
        for mail in mails
        if mail.message_name is TransportName.XML
        for each in medadmin.decode_answers(mail.content)
    ]
    assert sorted(answers) == sorted(each.header.sender_reference for each in requests)
