"""Flat zones and elements of the medical-administrative messages, with our names for them.

An insurer that refuses a message names the place by the zone of the flat layout or by an element.
Zones of 430xxx are not known; zones of 410908 are of schema 3.16.1.
Source: *Nursing messages* 2, 3, 4, 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ZoneRow:
    """One place of a message.

    Attributes:
        zone: Three digits; empty where none is known.
        element: Element or attribute, with as many elements above as it takes to tell it apart.
        member: Our name.
    """

    zone: str
    element: str
    member: str


_HEADER: Final = (
    ZoneRow("200", "MessageName", "message_name"),
    ZoneRow("201", "Version", "version"),
    ZoneRow("202", "Duplicate", "is_duplicate"),
    ZoneRow("202", "TestFlag", "is_test"),
    ZoneRow("204", "SenderReference", "sender_reference"),
    ZoneRow("205", "ReceiverReference", "receiver_reference"),
    ZoneRow("", "Synchronous", "is_synchronous"),
)

_PATIENT: Final = (
    ZoneRow("300", "Inss", "care_receiver.niss"),
    ZoneRow("301", "Mutuality", "care_receiver.mutuality"),
    ZoneRow("302", "RegNrWithMut", "care_receiver.membership_number"),
    ZoneRow("303", "Sex", "care_receiver.sex"),
)

CONTRACTUAL: Final = (
    *_HEADER,
    *_PATIENT,
    ZoneRow("304", "NurseReference", "nurse_reference"),
    ZoneRow("305", "Requester", "requester"),
    ZoneRow("306", "ContractualType", "contractual_type"),
    ZoneRow("307", "NurseContractualCareRequestDetail/type", "type"),
    ZoneRow("308", "DecisionReference", "decision_reference"),
    ZoneRow("309", "ReferenceProviderModification", "changes_reference_provider"),
    ZoneRow("310", "PeriodStart", "period.start_on"),
    ZoneRow("311", "PeriodEnd", "period.end_on"),
    ZoneRow("312", "PeriodLength", "period.length"),
    ZoneRow("313", "PeriodLength/type", "period.length.unit"),
    ZoneRow("314", "CareDaysByWeek", "care_days_by_week"),
    ZoneRow("315", "Frequency", "toilets.frequency"),
    ZoneRow("316", "Toilets", "toilets"),
    ZoneRow("317", "VisitByDay", "visits_by_day"),
    ZoneRow("318", "KatzScore", "scores"),
    ZoneRow("319", "ContinenceDetails", "has_continence_details"),
    ZoneRow("320", "Dementia/type", "dementia.degree"),
    ZoneRow("321", "Doctor", "dementia.doctor"),
    ZoneRow("322", "Prescripter", "prescriber"),
    ZoneRow("323", "CarePlaceName", "care_place.name"),
    ZoneRow("324", "CarePlaceAdress", "care_place.address"),
    ZoneRow("325", "CarePlacePostalCode", "care_place.postal_code"),
    ZoneRow("332", "LastName", "care_receiver.last_name"),
    ZoneRow("333", "FirstName", "care_receiver.first_name"),
    ZoneRow("334", "ConsultantDoctor", "decision.consultant_doctor"),
    ZoneRow("335", "Decision/result", "decision.result"),
    ZoneRow("336", "NurseContractualCareResponseDetail/PeriodStart", "decision.period.start_on"),
    ZoneRow("337", "NurseContractualCareResponseDetail/PeriodEnd", "decision.period.end_on"),
    ZoneRow("338", "Reference", "decision.reference"),
    ZoneRow("339", "PaliatifPatient", "decision.is_palliative"),
    ZoneRow("346", "Reason", "decision.reason"),
    ZoneRow("", "Justification", "decision.justification"),
    ZoneRow("", "Prescriber", "prescriber"),
    ZoneRow("", "CarePlaceAddress", "care_place.address"),
    ZoneRow("", "CareReceiverId", "care_receiver"),
    ZoneRow("", "TreatmentPeriod", "period"),
    ZoneRow("", "Dementia", "dementia"),
    ZoneRow("", "Katz", "scores"),
    ZoneRow("", "CarePlace", "care_place"),
)
"""Messages 410000, 410900 and 410999."""

UPDATE: Final = (
    *_HEADER,
    ZoneRow("300", "Inss", "care_receiver.niss"),
    ZoneRow("301", "Mutuality", "care_receiver.mutuality"),
    ZoneRow("302", "RegNrWithMut", "care_receiver.membership_number"),
    ZoneRow("303", "LastName", "care_receiver.last_name"),
    ZoneRow("304", "FirstName", "care_receiver.first_name"),
    ZoneRow("305", "Sex", "care_receiver.sex"),
    ZoneRow("306", "Provider", "provider"),
    ZoneRow("308", "ConsultantDoctor", "consultant_doctor"),
    ZoneRow("309", "NurseContractualCareUpdateDetail/type", "nature"),
    ZoneRow("312", "VisitDate", "visited_on"),
    ZoneRow("329", "PaliatifPatient", "is_palliative"),
    ZoneRow("316", "newValue/ContractualType", "new.contractual_type"),
    ZoneRow("314", "newValue/ReferenceProviderModification", "new.changes_reference_provider"),
    ZoneRow("313", "newValue/PeriodStart", "new.period.start_on"),
    ZoneRow("315", "newValue/PeriodEnd", "new.period.end_on"),
    ZoneRow("325", "newValue/CareDaysByWeek", "new.care_days_by_week"),
    ZoneRow("328", "newValue/VisitByDay", "new.visits_by_day"),
    ZoneRow("327", "newValue/Toilets", "new.toilets"),
    ZoneRow("326", "newValue/Frequency", "new.toilets.frequency"),
    ZoneRow("324", "newValue/KatzScore", "new.scores"),
    ZoneRow("322", "newValue/Dementia/type", "new.dementia.degree"),
    ZoneRow("323", "newValue/Doctor", "new.dementia.doctor"),
    ZoneRow(
        "307", "NurseContractualCarePreviousDetail/ContractualType", "previous.contractual_type"
    ),
    ZoneRow(
        "311",
        "NurseContractualCarePreviousDetail/ReferenceProviderModification",
        "previous.changes_reference_provider",
    ),
    ZoneRow("310", "NurseContractualCarePreviousDetail/PeriodStart", "previous.period.start_on"),
    ZoneRow("321", "NurseContractualCarePreviousDetail/Toilets", "previous.toilets"),
    ZoneRow("320", "NurseContractualCarePreviousDetail/Frequency", "previous.toilets.frequency"),
    ZoneRow("319", "NurseContractualCarePreviousDetail/KatzScore", "previous.scores"),
    ZoneRow("317", "NurseContractualCarePreviousDetail/Dementia/type", "previous.dementia.degree"),
    ZoneRow("318", "NurseContractualCarePreviousDetail/Doctor", "previous.dementia.doctor"),
)
"""Message 410908."""

PALLIATIVE: Final = (
    *_HEADER,
    *_PATIENT,
    ZoneRow("304", "NurseReference", "nurse_reference"),
    ZoneRow("305", "Requester", "requester"),
    ZoneRow("306", "PeriodStart", "start_on"),
    ZoneRow("307", "Responsible", "responsible"),
    ZoneRow("308", "ThirdPartyPayer", "third_party_payer"),
    ZoneRow("309", "UsualDoctor", "usual_doctor"),
    ZoneRow("310", "Nurse", "nurse"),
    ZoneRow("311", "MultidisciplinaryTeam", "multidisciplinary_team"),
    ZoneRow("312", "LastName", "care_receiver.last_name"),
    ZoneRow("313", "FirstName", "care_receiver.first_name"),
    ZoneRow("314", "ConsultantDoctor", "decision.consultant_doctor"),
    ZoneRow("315", "Decision/result", "decision.result"),
    ZoneRow("316", "InvoiceStartDate", "decision.invoice_start_on"),
    ZoneRow("317", "Reference", "decision.reference"),
    ZoneRow("318", "Reason", "decision.reason"),
    ZoneRow("", "Justification", "decision.justification"),
    ZoneRow("", "CareReceiverId", "care_receiver"),
    ZoneRow("", "Group", "responsible"),
    ZoneRow("", "CareProvider", "nurse"),
)
"""Messages 420000, 420900 and 420999."""

TECHNICAL: Final = (
    *_HEADER,
    *_PATIENT,
    ZoneRow("", "NurseReference", "nurse_reference"),
    ZoneRow("", "Requester", "requester"),
    ZoneRow("", "SpecificTechnicalCareDetail/type", "type"),
    ZoneRow("", "PeriodStart", "period.start_on"),
    ZoneRow("", "PeriodEnd", "period.end_on"),
    ZoneRow("", "TreatmentPeriod", "period"),
    ZoneRow("", "Prescriber", "prescriber"),
    ZoneRow("", "AdministeredProduct", "product"),
    ZoneRow("", "CareReceiverId", "care_receiver"),
)
"""Message 430000; only the zones of header and patient are known."""
