"""Which member a place of a fault means (*Nursing messages* 3, 4 and 6)."""

from __future__ import annotations

import pytest

from bridge.mycarenet.medadmin_locations import member_of_location
from bridge.mycarenet.medadmin_names import MessageName
from bridge.mycarenet.tables.medadmin_zones import CONTRACTUAL, PALLIATIVE, TECHNICAL, UPDATE
from tests.support.shared import SCHEMAS

N = MessageName
TABLES = {
    N.CONTRACTUAL_REQUEST: CONTRACTUAL,
    N.CONTRACTUAL_UPDATE: UPDATE,
    N.PALLIATIVE_REQUEST: PALLIATIVE,
    N.TECHNICAL_REQUEST: TECHNICAL,
}


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("zone 305", "requester"),
        ("Zone305", "requester"),
        ("ZONE: 305", "requester"),
        ("Z305", "requester"),
        ("z 305", "requester"),
        ("305", "requester"),
        ("305 - Requester", "requester"),
        ("zone 305 (Requester)", "requester"),
        ("M410000 zone 318", "scores"),
        ("Requester", "requester"),
        ("requester", "requester"),
        ("//Requester[1]", "requester"),
        ("/*[local-name()='Requester']", "requester"),
        ("Requester is unknown", "requester"),
        ("Prescripter", "prescriber"),
        ("Prescriber", "prescriber"),
        ("KatzScore", "scores"),
        ("ContractualCareDetail/Katz/KatzScore", "scores"),
        ("ContractualCareDetail.Katz.KatzScore", "scores"),
        ("ns2:Katz/ns2:Dementia/@type", "dementia.degree"),
        ("NurseContractualCareRequestDetail/@type", "type"),
        ("PeriodLength/@type", "period.length.unit"),
        ("PeriodStart", "period.start_on"),
        ("TreatmentPeriod/PeriodEnd", "period.end_on"),
        (
            "NurseContractualCareResponseDetail/TreatmentPeriod/PeriodEnd",
            "decision.period.end_on",
        ),
        ("CarePlaceAdress", "care_place.address"),
        ("CarePlaceAddress", "care_place.address"),
        ("Inss", "care_receiver.niss"),
        ("CareReceiverId/Mutuality", "care_receiver.mutuality"),
        ("result", "decision.result"),
    ],
)
def test_places_of_contractual_care(text: str, member: str) -> None:
    assert member_of_location(text) == member
    assert member_of_location(text, message_name=N.CONTRACTUAL_ERROR) == member


@pytest.mark.parametrize(
    ("text", "name", "member"),
    [
        ("zone 306", N.PALLIATIVE_ERROR, "start_on"),
        ("zone 309", N.PALLIATIVE_ERROR, "usual_doctor"),
        ("UsualDoctor", N.PALLIATIVE_REQUEST, "usual_doctor"),
        ("Group/Responsible", N.PALLIATIVE_ERROR, "responsible"),
        ("zone 319", N.CONTRACTUAL_UPDATE, "previous.scores"),
        ("zone 324", N.CONTRACTUAL_UPDATE, "new.scores"),
        ("newValue/Katz/KatzScore", N.CONTRACTUAL_UPDATE, "new.scores"),
        (
            "NurseContractualCarePreviousDetail/Katz/KatzScore",
            N.CONTRACTUAL_UPDATE,
            "previous.scores",
        ),
        ("zone 306", N.CONTRACTUAL_UPDATE, "provider"),
        ("Prescriber", N.TECHNICAL_ERROR, "prescriber"),
        ("AdministeredProduct", N.TECHNICAL_ERROR, "product"),
        ("SpecificTechnicalCareDetail/@type", N.TECHNICAL_ERROR, "type"),
        ("zone 300", N.TECHNICAL_ERROR, "care_receiver.niss"),
    ],
)
def test_places_of_other_messages(text: str, name: MessageName, member: str) -> None:
    assert member_of_location(text, message_name=name) == member


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", None),
        (" ", None),
        ("somewhere", None),
        ("zone", None),
        ("zone 999", None),
        ("zone 202", None),  # two flags share it
        ("zone 3055", None),
        ("410000", None),
        ("type", None),  # four elements have one
        ("UsualDoctor", None),
        ("KatzScore", N.CONTRACTUAL_UPDATE),  # the new one or the previous one
        ("zone 305", N.TECHNICAL_ERROR),
        ("60010100172", None),
    ],
)
def test_places_that_say_nothing(text: str, name: MessageName | None) -> None:
    assert member_of_location(text, message_name=name) is None


@pytest.mark.parametrize("name", TABLES)
def test_every_element_of_a_table_leads_to_its_member(name: MessageName) -> None:
    for row in TABLES[name]:
        assert member_of_location(row.element, message_name=name) == row.member


@pytest.mark.parametrize("name", TABLES)
def test_every_zone_of_a_table_leads_to_its_member(name: MessageName) -> None:
    rows = [row for row in TABLES[name] if row.zone not in {"", "202"}]
    for row in rows:
        assert member_of_location(f"zone {row.zone}", message_name=name) == row.member
    assert len({row.zone for row in rows}) == len(rows)


def test_the_elements_are_those_of_the_official_schema() -> None:
    folder = SCHEMAS / "medadmin"
    official = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("MyCareNet_MedAdmin.xsd", "MyCareNet_XXXXXX_Types.xsd")
    )
    spelled_otherwise = {"Prescriber", "CarePlaceAddress"}
    for rows in TABLES.values():
        for row in rows:
            for step in set(row.element.split("/")) - spelled_otherwise:
                assert f'name="{step}"' in official or f'ref="{step}"' in official, step
