"""Messages of home nurses for tests: plain ones, random ones, and the official judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st
from lxml import etree

from bridge.domain.declarations import DementiaSeverity, Sex, TechnicalActKind, ToiletFrequency
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.mycarenet.medadmin_contractual_values import (
    CarePlace,
    ContractualCareAnswer,
    ContractualCareDetail,
    ContractualCareRequest,
    ContractualCareRequestDetail,
    ContractualCareUpdate,
    ContractualDecision,
    Dementia,
    KatzDetail,
    Toilets,
)
from bridge.mycarenet.medadmin_messages import (
    PalliativeCareAnswer,
    PalliativeCareDetail,
    PalliativeCareRequest,
    PalliativeDecision,
    TechnicalCareAnswer,
    TechnicalCareDetail,
    TechnicalCareRequest,
    TechnicalReceipt,
)
from bridge.mycarenet.medadmin_names import (
    PRODUCT_CHARACTERS,
    REFERENCE_CHARACTERS,
    ContractualType,
    DecisionResult,
    FaultCode,
    LengthUnit,
    MessageName,
    RequestType,
    UpdateNature,
)
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    CareReceiverDetail,
    FaultDetail,
    FaultText,
    Header,
    MessageFault,
    PeriodLength,
    PeriodLimits,
    PeriodWithLength,
)
from bridge.soap.xml import parse
from tests.support.shared import SCHEMAS, SPEC

EXAMPLES: Final = SPEC / "examples" / "medadmin"

NURSE: Final = Nihii.parse("40000028401")
DOCTOR: Final = Nihii.parse("10000007004")
CONSULTANT: Final = Nihii.parse("10000007003")
FIRST: Final = date(2026, 3, 2)
LAST: Final = date(2026, 5, 31)
PATIENT: Final = CareReceiver(
    niss=Niss.parse("60010100172"), mutuality=Mutuality.parse("319"), sex=Sex.MALE
)
KNOWN_PATIENT: Final = CareReceiverDetail(
    niss=Niss.parse("60010100172"),
    first_name="ADAM",
    last_name="TEST",
    born_on=date(1960, 1, 1),
    sex=Sex.MALE,
    membership_number=MembershipNumber.parse("0000000000000"),
    mutuality=Mutuality.parse("319"),
)
LUMP_SUM_B: Final = ContractualCareDetail(
    contractual_type=ContractualType.B,
    period=PeriodWithLength(start_on=FIRST, end_on=LAST),
    care_days_by_week=7,
    visits_by_day=1,
    katz=KatzDetail(scores=(3, 3, 3, 3, 3, 2)),
)
KATZ: Final = ContractualCareRequest(
    header=Header(
        message_name=MessageName.CONTRACTUAL_REQUEST,
        sender_reference="20260302000001",
        is_test=True,
    ),
    care_receiver=PATIENT,
    detail=ContractualCareRequestDetail(
        type=RequestType.NEW, nurse_reference="KZ2026000001", requester=NURSE, care=LUMP_SUM_B
    ),
)
PALLIATIVE: Final = PalliativeCareRequest(
    header=replace(
        KATZ.header,
        message_name=MessageName.PALLIATIVE_REQUEST,
        sender_reference="20260302000010",
    ),
    care_receiver=PATIENT,
    detail=PalliativeCareDetail(
        nurse_reference="PA2026000001",
        requester=NURSE,
        start_on=FIRST,
        responsible=NURSE,
        usual_doctor=DOCTOR,
        nurse=NURSE,
    ),
)
TECHNICAL: Final = TechnicalCareRequest(
    header=replace(
        KATZ.header,
        message_name=MessageName.TECHNICAL_REQUEST,
        sender_reference="20260302000020",
    ),
    care_receiver=PATIENT,
    detail=TechnicalCareDetail(
        type=TechnicalActKind.PERFUSION,
        nurse_reference="TV2026000001",
        requester=NURSE,
        period=PeriodLimits(start_on=FIRST, end_on=date(2026, 3, 16)),
        prescriber=DOCTOR,
        product="NACL 0.9% 1L",
    ),
)
FAULT: Final = MessageFault(
    code=FaultCode.INPUT_ERROR,
    source="IO",
    message=FaultText(text="EXAMPLE", language="fr"),
    details=(FaultDetail(code="12", location="zone 305"),),
)


def answered(request: Any, name: MessageName, receiver_reference: str) -> Header:
    """Give the header of an answer to a request."""
    return replace(request.header, message_name=name, receiver_reference=receiver_reference)


APPROVED: Final = ContractualCareAnswer(
    header=answered(KATZ, MessageName.CONTRACTUAL_POSITIVE, "31900000000001"),
    care_receiver=KNOWN_PATIENT,
    decision=ContractualDecision(
        consultant_doctor=CONSULTANT,
        result=DecisionResult.AGREEMENT,
        reference="319202600000123",
        period=PeriodLimits(start_on=FIRST, end_on=LAST),
        is_palliative=False,
    ),
    echo=KATZ.detail,
)
FAULTY: Final = ContractualCareAnswer(
    header=answered(KATZ, MessageName.CONTRACTUAL_ERROR, "31900000000002"),
    care_receiver=PATIENT,
    fault=FAULT,
    echo=KATZ.detail,
)
VISIT: Final = ContractualCareUpdate(
    header=replace(
        KATZ.header,
        message_name=MessageName.CONTRACTUAL_UPDATE,
        sender_reference="20260320000001",
        receiver_reference="31900000000003",
    ),
    care_receiver=KNOWN_PATIENT,
    nature=UpdateNature.VISIT,
    consultant_doctor=CONSULTANT,
    provider=NURSE,
    visited_on=date(2026, 3, 20),
    new=replace(
        LUMP_SUM_B,
        decision_reference="319202600000125",
        contractual_type=ContractualType.A,
        period=PeriodWithLength(start_on=date(2026, 3, 21), end_on=LAST),
        katz=KatzDetail(scores=(3, 3, 3, 2, 2, 2)),
    ),
    previous=replace(
        LUMP_SUM_B,
        decision_reference="319202600000123",
        period=PeriodWithLength(start_on=FIRST),
    ),
)
SECOND_ANSWER: Final = PalliativeCareAnswer(
    header=answered(PALLIATIVE, MessageName.PALLIATIVE_POSITIVE, "31900000000011"),
    care_receiver=KNOWN_PATIENT,
    decision=PalliativeDecision(
        result=DecisionResult.AGREEMENT, reference="319202600000131", invoice_start_on=FIRST
    ),
    echo=PALLIATIVE.detail,
)
RECEIPT: Final = TechnicalCareAnswer(
    header=answered(TECHNICAL, MessageName.TECHNICAL_RECEIPT, "31900000000020"),
    care_receiver=KNOWN_PATIENT,
    receipt=TechnicalReceipt(
        nurse_reference="TV2026000001", message_name=MessageName.TECHNICAL_RECEIPT
    ),
)
WRONG_PRESCRIBER: Final = TechnicalCareAnswer(
    header=answered(TECHNICAL, MessageName.TECHNICAL_ERROR, "31900000000021"),
    care_receiver=PATIENT,
    fault=replace(FAULT, details=(FaultDetail(code="12", location="Prescriber"),)),
    echo=TECHNICAL.detail,
)


@cache
def official() -> etree.XMLSchema:
    """Give the official schema."""
    return etree.XMLSchema(file=str(SCHEMAS / "medadmin" / "MyCareNet_MedAdmin.xsd"))


def judged(content: bytes) -> bytes:
    """Give a document back that the official schema accepts."""
    official().assertValid(parse(content))
    return content


def canonical(content: bytes) -> bytes:
    """Give the inclusive canonical form, in which equal documents are equal bytes."""
    return bytes(etree.tostring(parse(content), method="c14n"))


# -- random values -------------------------------------------------------------------------------

_ANY_LETTERS: Final = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zs", "Zl", "Zp"])


def texts(
    longest: int, letters: Any = _ANY_LETTERS, *, shortest: int = 1
) -> st.SearchStrategy[str]:
    """Draw texts without blanks around them, which reading takes away."""
    return st.text(letters, min_size=shortest, max_size=longest).map(_without_blanks)


def _without_blanks(text: str) -> str:
    bare = text.strip()
    return bare + "X" * (len(text) - len(bare))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw nothing, or a value."""
    return st.none() | strategy


def _niss(number: int) -> Niss:
    return Niss.parse(f"{number:09}{97 - number % 97:02}")


def _nihii(number: int, qualification: int) -> Nihii:
    return Nihii.parse(f"{number:06}{97 - number % 97:02}{qualification:03}")


days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
nisses = st.integers(0, 10**9 - 1).map(_niss)
nihiis = st.builds(_nihii, st.integers(0, 10**6 - 1), st.integers(0, 999))
mutualities = st.sampled_from("1234569").flatmap(
    lambda first: st.integers(0, 99).map(lambda rest: Mutuality.parse(f"{first}{rest:02}"))
)
memberships = texts(13, "0123456789 ABCabc").map(MembershipNumber.parse)
references = st.integers(0, 10**14 - 1).map(str)
nurse_references = texts(15, sorted(REFERENCE_CHARACTERS))
decision_references = st.text(_ANY_LETTERS | st.just(" "), min_size=15, max_size=15)
sexes = st.sampled_from(Sex)


def headers(*names: MessageName, is_answer: bool = False) -> st.SearchStrategy[Header]:
    """Draw headers of messages."""
    return st.builds(
        Header,
        message_name=st.sampled_from(names),
        sender_reference=references,
        receiver_reference=maybe(references) if is_answer else st.none(),
        version=st.integers(0, 99).map("{:02}".format),
        is_duplicate=st.booleans(),
        is_test=st.booleans(),
        is_synchronous=st.booleans(),
    )


patients = st.builds(
    CareReceiver,
    mutuality=mutualities,
    sex=sexes,
    niss=maybe(nisses),
    membership_number=maybe(memberships),
)
known_patients = st.builds(
    CareReceiverDetail,
    niss=maybe(nisses),
    first_name=maybe(texts(20)),
    last_name=maybe(texts(20)),
    born_on=maybe(days),
    deceased_on=maybe(days),
    sex=maybe(sexes),
    membership_number=maybe(memberships),
    mutuality=maybe(mutualities),
)
limits = st.builds(PeriodLimits, start_on=maybe(days), end_on=maybe(days))
lengths = st.builds(PeriodLength, count=st.integers(0, 99), unit=st.sampled_from(LengthUnit))
periods = st.builds(PeriodWithLength, start_on=maybe(days), end_on=maybe(days)) | st.builds(
    PeriodWithLength, start_on=maybe(days), length=lengths
)
katz_details = st.builds(
    KatzDetail,
    scores=st.tuples(*[st.integers(1, 4)] * 6),
    has_continence_details=st.booleans(),
    dementia=maybe(
        st.builds(Dementia, degree=st.sampled_from(DementiaSeverity), doctor=maybe(nihiis))
    ),
    prescriber=maybe(nihiis),
)
care_details = st.builds(
    ContractualCareDetail,
    period=periods,
    decision_reference=maybe(decision_references),
    changes_reference_provider=maybe(st.booleans()),
    contractual_type=maybe(st.sampled_from(ContractualType)),
    care_days_by_week=maybe(st.integers(0, 7)),
    visits_by_day=maybe(st.integers(0, 2)),
    toilets=maybe(
        st.builds(
            Toilets,
            count=maybe(st.integers(0, 7)),
            frequency=maybe(st.sampled_from(ToiletFrequency)),
        )
    ),
    katz=maybe(katz_details),
    care_place=maybe(
        st.builds(
            CarePlace,
            name=texts(25),
            address=texts(25),
            postal_code=st.integers(0, 9999).map("{:04}".format),
        )
    ),
)
contractual_details = st.builds(
    ContractualCareRequestDetail,
    type=st.sampled_from([RequestType.NEW, RequestType.CLOSE]),
    nurse_reference=nurse_references,
    requester=nihiis,
    care=care_details,
)
palliative_details = st.builds(
    PalliativeCareDetail,
    nurse_reference=nurse_references,
    requester=nihiis,
    start_on=days,
    responsible=nihiis,
    usual_doctor=nihiis,
    third_party_payer=maybe(nihiis),
    nurse=maybe(nihiis),
    multidisciplinary_team=maybe(nihiis),
)
technical_details = st.builds(
    TechnicalCareDetail,
    type=st.sampled_from(TechnicalActKind),
    nurse_reference=nurse_references,
    requester=nihiis,
    period=limits,
    prescriber=nihiis,
    product=texts(150, sorted(PRODUCT_CHARACTERS)),
)
requests = (
    st.builds(
        ContractualCareRequest,
        header=headers(MessageName.CONTRACTUAL_REQUEST),
        care_receiver=patients,
        detail=contractual_details,
    )
    | st.builds(
        PalliativeCareRequest,
        header=headers(MessageName.PALLIATIVE_REQUEST),
        care_receiver=patients,
        detail=palliative_details,
    )
    | st.builds(
        TechnicalCareRequest,
        header=headers(MessageName.TECHNICAL_REQUEST),
        care_receiver=patients,
        detail=technical_details,
    )
)
decision_parts: Final[dict[str, st.SearchStrategy[Any]]] = {
    "result": st.sampled_from(DecisionResult),
    "reference": decision_references,
    "reason": maybe(texts(3, shortest=3)),
    "justification": maybe(texts(150)),
    "consultant_doctor": maybe(nihiis),
}
fault_texts = st.builds(
    FaultText,
    text=st.just("") | texts(40),
    language=maybe(st.sampled_from(["fr", "nl", "de", "en", "nl-BE"])),
)
faults = st.builds(
    MessageFault,
    code=st.sampled_from(FaultCode),
    source=texts(20),
    message=fault_texts,
    insurers=st.just(()) | st.lists(st.sampled_from("1234569"), min_size=2, max_size=3).map(tuple),
    details=st.lists(
        st.builds(
            FaultDetail,
            code=texts(10),
            location=maybe(texts(40)),
            message=maybe(fault_texts),
        ),
        max_size=3,
    ).map(tuple),
)
contractual_answers = st.builds(
    ContractualCareAnswer,
    header=headers(
        MessageName.CONTRACTUAL_POSITIVE, MessageName.CONTRACTUAL_NEGATIVE, is_answer=True
    ),
    care_receiver=known_patients,
    decision=st.builds(
        ContractualDecision,
        **decision_parts,
        period=maybe(limits),
        is_palliative=maybe(st.booleans()),
    ),
    echo=contractual_details,
) | st.builds(
    ContractualCareAnswer,
    header=headers(MessageName.CONTRACTUAL_ERROR, is_answer=True),
    care_receiver=patients,
    fault=faults,
    echo=contractual_details,
)
updates = st.builds(
    ContractualCareUpdate,
    header=headers(MessageName.CONTRACTUAL_UPDATE, is_answer=True),
    care_receiver=known_patients,
    nature=st.sampled_from(UpdateNature),
    consultant_doctor=nihiis,
    provider=nihiis,
    new=care_details,
    previous=care_details,
    visited_on=maybe(days),
    is_palliative=maybe(st.booleans()),
)
palliative_answers = st.builds(
    PalliativeCareAnswer,
    header=headers(
        MessageName.PALLIATIVE_POSITIVE, MessageName.PALLIATIVE_NEGATIVE, is_answer=True
    ),
    care_receiver=known_patients,
    decision=st.builds(PalliativeDecision, **decision_parts, invoice_start_on=maybe(days)),
    echo=palliative_details,
) | st.builds(
    PalliativeCareAnswer,
    header=headers(MessageName.PALLIATIVE_ERROR, is_answer=True),
    care_receiver=patients,
    fault=faults,
    echo=palliative_details,
)
technical_answers = st.builds(
    TechnicalCareAnswer,
    header=headers(MessageName.TECHNICAL_RECEIPT, is_answer=True),
    care_receiver=known_patients,
    receipt=st.builds(
        TechnicalReceipt,
        nurse_reference=nurse_references,
        message_name=st.just(MessageName.TECHNICAL_RECEIPT),
    ),
) | st.builds(
    TechnicalCareAnswer,
    header=headers(MessageName.TECHNICAL_ERROR, is_answer=True),
    care_receiver=patients,
    fault=faults,
    echo=technical_details,
)
answers = contractual_answers | updates | palliative_answers | technical_answers
