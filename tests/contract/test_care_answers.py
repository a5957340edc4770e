"""Everything the played insurers of care send, judged by the official schema (D4, D26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from lxml import etree

from bridge.domain.declarations import DementiaSeverity
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import Dementia, KatzDetail
from bridge.mycarenet.medadmin_names import ContractualType
from bridge.sandbox.care_insurers import CareMail
from bridge.sandbox.nurse import nihii_of
from tests.support.careoffice import (
    DOCTOR,
    NOTHING,
    NURSE,
    OTHER,
    STRANGER,
    TODAY,
    A,
    B,
    Office,
    close,
    days,
    katz,
    palliative,
    technical,
)
from tests.support.shared import SCHEMAS

SCHEMA = SCHEMAS / "medadmin" / "MyCareNet_MedAdmin.xsd"
UNKNOWN_DOCTOR = nihii_of("100999", "004")


@cache
def schema() -> Any:
    return etree.XMLSchema(etree.parse(SCHEMA))  # noqa: TID251  # a trusted file of the judges


def judge(mails: list[CareMail]) -> Counter[str]:
    """Validate each message, and count their names."""
    names: Counter[str] = Counter()
    for mail in mails:
        root = etree.fromstring(mail.content)  # noqa: TID251  # as the official schema's judge
        schema().assertValid(root)
        names.update(root.xpath("descendant-or-self::*/@MessageName"))
    return names


def agreements(office: Office) -> None:
    dementia = Dementia(degree=DementiaSeverity.SERIOUS, doctor=DOCTOR)
    office.send(katz(office.person("Anna"), katz=KatzDetail(scores=B, dementia=dementia)))
    office.send(katz(office.person("Vera")))
    office.send(katz(office.person("Wout")))
    office.send(katz(office.person("Bea"), ContractualType.TOILET, B, start_on=days(-20)))
    office.send(palliative(office.person("Cleo")), technical(office.person("Cleo")))


def refusals(office: Office) -> None:
    office.send(katz(office.person("Anna"), ContractualType.C, A))
    office.send(katz(office.person("Stan")))
    office.send(close(office.person("Bert"), "129000000000000", TODAY))
    office.send(palliative(office.person("Roos")))


def faults(office: Office) -> None:
    for person in (office.person("Anna"), office.person("Bea")):
        office.send(katz(person, requester=STRANGER))
        office.send(palliative(person, usual_doctor=UNKNOWN_DOCTOR))
        office.send(technical(person, prescriber=UNKNOWN_DOCTOR))
    office.send(katz(office.person("Nora")))
    office.send(katz(office.person("Lena")))
    asked = katz(office.person("Anna"))
    content = medadmin.encode_requests([asked])
    number = b"0" + NURSE.long.encode()
    office.send(asked, content=content.replace(number, b"9" + number[1:]))


def events(office: Office) -> None:
    office.person("Anna", visit_after_days=3, visit_scores=NOTHING)
    office.person("Cas", visit_after_days=3, visit_scores=(2, 1, 1, 1, 1, 1))
    for name in ("Pia", "Xenia", "Umar", "Zita", "Anna", "Cas"):
        office.send(katz(office.person(name)))
    office.send(palliative(office.person("Quinten")))


def takeover(office: Office) -> None:
    office.send(katz(office.person("Stan"), changes_reference_provider=True))
    office.send(katz(office.person("Tine"), changes_reference_provider=True))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(
            agreements, {"M410900": 4, "M420900": 1, "M430001": 1, "M410001": 1}, id="agreements"
        ),
        pytest.param(refusals, {"M410999": 3, "M420999": 1}, id="refusals"),
        pytest.param(faults, {"M410000ERR": 5, "M420000ERR": 2, "M430000ERR": 2}, id="faults"),
        pytest.param(events, {"M410908": 6, "M420999": 1, "M420900": 1}, id="events"),
        pytest.param(takeover, {"M410900": 2}, id="takeover"),
    ],
)
def test_every_message_fits_the_official_schema(
    story: Callable[[Office], None], expected: dict[str, int]
) -> None:
    office = Office()
    story(office)
    names = judge(office.mail(days=90))
    assert {name: names[name] for name in expected} == expected


def test_what_the_other_nurse_gets_fits_the_official_schema() -> None:
    office = Office()
    takeover(office)
    assert judge(office.mail(by=OTHER, days=90)) == {"M410908": 2}
