"""Values and names of the messages of home nurses (*Nursing messages* 1)."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from datetime import date

import pytest

from bridge.domain.identifiers import Nihii
from bridge.mycarenet.medadmin_contractual_values import ContractualCareAnswer
from bridge.mycarenet.medadmin_messages import (
    PalliativeCareAnswer,
    TechnicalCareAnswer,
    meaning_of,
)
from bridge.mycarenet.medadmin_names import (
    CareFamily,
    DecisionResult,
    Meaning,
    MessageName,
    TransportName,
)
from bridge.mycarenet.medadmin_values import Raw, Unreadable, known
from tests.support.medadmin import (
    APPROVED,
    FAULTY,
    KATZ,
    PALLIATIVE,
    RECEIPT,
    SECOND_ANSWER,
    TECHNICAL,
    VISIT,
    WRONG_PRESCRIBER,
)

FLOWS = [
    ("M410000", CareFamily.CONTRACTUAL, Meaning.REQUEST),
    ("M410001", CareFamily.CONTRACTUAL, Meaning.RECEIPT),
    ("M410000ERR", CareFamily.CONTRACTUAL, Meaning.ERROR),
    ("M410900", CareFamily.CONTRACTUAL, Meaning.POSITIVE),
    ("M410999", CareFamily.CONTRACTUAL, Meaning.NEGATIVE),
    ("M410908", CareFamily.CONTRACTUAL, Meaning.UNSOLICITED),
    ("M420000", CareFamily.PALLIATIVE, Meaning.REQUEST),
    ("M420001", CareFamily.PALLIATIVE, Meaning.RECEIPT),
    ("M420000ERR", CareFamily.PALLIATIVE, Meaning.ERROR),
    ("M420900", CareFamily.PALLIATIVE, Meaning.POSITIVE),
    ("M420999", CareFamily.PALLIATIVE, Meaning.NEGATIVE),
    ("M430000", CareFamily.TECHNICAL, Meaning.REQUEST),
    ("M430001", CareFamily.TECHNICAL, Meaning.RECEIPT),
    ("M430000ERR", CareFamily.TECHNICAL, Meaning.ERROR),
    ("M801000", CareFamily.INSURABILITY, Meaning.REQUEST),
    ("M801001", CareFamily.INSURABILITY, Meaning.RECEIPT),
    ("M801000ERR", CareFamily.INSURABILITY, Meaning.ERROR),
    ("M801900", CareFamily.INSURABILITY, Meaning.POSITIVE),
    ("M891000", CareFamily.UNKNOWN, Meaning.UNKNOWN),
]


class TestNames:
    @pytest.mark.parametrize(("text", "family", "meaning"), FLOWS, ids=[row[0] for row in FLOWS])
    def test_a_name_says_what_a_message_does(
        self, text: str, family: CareFamily, meaning: Meaning
    ) -> None:
        name = MessageName(text)
        assert (name.family, name.meaning) == (family, meaning)

    def test_the_table_above_has_every_name(self) -> None:
        assert {row[0] for row in FLOWS} == {name.value for name in MessageName}

    @pytest.mark.parametrize(
        ("name", "is_flat", "is_confirmation"),
        [
            ("M4A_XML", False, False),
            ("M4A_FLAT", True, False),
            ("M4A_CNF_XML", False, True),
            ("M4A_CNF_FLAT", True, True),
            ("REJECT", False, False),
        ],
    )
    def test_a_transport_name_says_the_layout(
        self, name: str, is_flat: object, is_confirmation: object
    ) -> None:
        transport = TransportName(name)
        assert (transport.is_flat, transport.is_confirmation) == (is_flat, is_confirmation)

    def test_only_a_rejection_is_no_agreement(self) -> None:
        negative = [result for result in DecisionResult if not result.is_positive]
        assert negative == [DecisionResult.REJECTION]


class TestMeaning:
    @pytest.mark.parametrize(
        ("message", "meaning"),
        [
            pytest.param(KATZ, Meaning.REQUEST, id="request"),
            pytest.param(APPROVED, Meaning.POSITIVE, id="agreement"),
            pytest.param(SECOND_ANSWER, Meaning.POSITIVE, id="palliative"),
            pytest.param(FAULTY, Meaning.ERROR, id="fault"),
            pytest.param(WRONG_PRESCRIBER, Meaning.ERROR, id="technical-fault"),
            pytest.param(RECEIPT, Meaning.RECEIPT, id="receipt"),
            pytest.param(VISIT, Meaning.UNSOLICITED, id="update"),
            pytest.param(replace(RECEIPT, receipt=None), Meaning.UNKNOWN, id="empty-technical"),
            pytest.param(replace(APPROVED, decision=None), Meaning.UNKNOWN, id="empty"),
            pytest.param(
                replace(
                    APPROVED, decision=replace(APPROVED.decision, result=DecisionResult.REJECTION)
                ),
                Meaning.NEGATIVE,
                id="rejection",
            ),
            pytest.param(
                replace(APPROVED, decision=replace(APPROVED.decision, result=Raw("perhaps"))),
                Meaning.UNKNOWN,
                id="another-result",
            ),
        ],
    )
    @pytest.mark.parametrize("name", [None, Raw("M410777")], ids=["absent", "unknown"])
    def test_the_content_says_it_where_the_name_does_not(
        self, message, meaning: Meaning, name: Raw | None
    ) -> None:
        nameless = replace(message, header=replace(message.header, message_name=name))
        assert meaning_of(nameless) is meaning

    def test_the_name_goes_before_the_content(self) -> None:
        given_back = replace(
            KATZ, header=replace(KATZ.header, message_name=MessageName.CONTRACTUAL_RECEIPT)
        )
        assert meaning_of(given_back) is Meaning.RECEIPT


class TestValues:
    def test_what_is_understood_is_given(self) -> None:
        for value in (date(2026, 3, 2), Nihii.parse("40000028401"), False, None):
            assert known(value) is value
        assert known(Raw("x")) is None

    @pytest.mark.parametrize(
        "message", [KATZ, APPROVED, FAULTY, VISIT, PALLIATIVE, SECOND_ANSWER, TECHNICAL, RECEIPT]
    )
    def test_no_value_says_who_or_how_ill_the_patient_is(self, message) -> None:
        shown = repr(message)
        for secret in ("60010100172", "ADAM", "TEST", "1960", "0000000000000", "(3, 3", "NACL"):
            assert secret not in shown

    def test_raw_texts_and_contents_are_not_shown(self) -> None:
        assert repr(Raw("60010100172")) == "Raw(***)"
        assert "6001" not in repr(Unreadable(element="A", content=b"60010100172"))

    @pytest.mark.parametrize("message", [KATZ, APPROVED, VISIT, PALLIATIVE, TECHNICAL, RECEIPT])
    def test_values_cannot_be_changed(self, message) -> None:
        for each in fields(message):
            with pytest.raises(FrozenInstanceError):
                setattr(message, each.name, None)

    @pytest.mark.parametrize(
        ("message", "reference"),
        [
            (KATZ, "KZ2026000001"),
            (APPROVED, "KZ2026000001"),
            (replace(APPROVED, echo=None), ""),
            (PALLIATIVE, "PA2026000001"),
            (SECOND_ANSWER, "PA2026000001"),
            (replace(SECOND_ANSWER, echo=None), ""),
            (TECHNICAL, "TV2026000001"),
            (RECEIPT, "TV2026000001"),
            (WRONG_PRESCRIBER, "TV2026000001"),
            (replace(WRONG_PRESCRIBER, echo=None), ""),
        ],
    )
    def test_every_answer_gives_the_reference_of_the_nurse(self, message, reference: str) -> None:
        assert message.nurse_reference == reference

    @pytest.mark.parametrize(
        "kind", [ContractualCareAnswer, PalliativeCareAnswer, TechnicalCareAnswer]
    )
    def test_an_answer_needs_no_more_than_a_header(self, kind) -> None:
        answer = kind(header=APPROVED.header, care_receiver=None)
        assert (answer.fault, answer.echo, answer.nurse_reference) == (None, None, "")
