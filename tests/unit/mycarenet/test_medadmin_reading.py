"""Deviations that are read all the same (*Nursing messages* 1.1, 2 and 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from bridge.domain.declarations import Sex
from bridge.domain.identifiers import Nihii
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareAnswer,
    ContractualCareDetail,
    Toilets,
)
from bridge.mycarenet.medadmin_leaves import attribute_truth, choice, day, nihii, number, truth
from bridge.mycarenet.medadmin_messages import meaning_of
from bridge.mycarenet.medadmin_names import (
    CARENET,
    DecisionResult,
    Meaning,
    MessageName,
    RequestType,
)
from bridge.mycarenet.medadmin_values import (
    FlatMessage,
    PeriodLength,
    PeriodWithLength,
    Raw,
    Unreadable,
)
from bridge.soap import xml
from tests.support.medadmin import (
    APPROVED,
    FAULTY,
    KATZ,
    PALLIATIVE,
    RECEIPT,
    SECOND_ANSWER,
    TECHNICAL,
    VISIT,
)

REQUEST = medadmin.encode_request(KATZ)
ANSWER = medadmin.encode_answer(APPROVED)


def leaf(text: str | None, local: str = "A") -> etree._Element:
    parent = etree.Element(f"{{{CARENET}}}P")
    if text is not None:
        etree.SubElement(parent, f"{{{CARENET}}}{local}").text = text
    return parent


def one(content: bytes):
    (message,) = medadmin.decode_answers(content)
    return message


class TestLeaves:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            pytest.param("2026-03-02", date(2026, 3, 2), id="plain"),
            pytest.param("2026-03-02Z", date(2026, 3, 2), id="utc"),
            pytest.param("2026-03-02+01:00", date(2026, 3, 2), id="winter"),
            pytest.param("2026-07-02+02:00", date(2026, 7, 2), id="summer"),
            pytest.param("2026-03-02T00:00:00+01:00", date(2026, 3, 2), id="midnight"),
            pytest.param(" \n2026-03-02\t", date(2026, 3, 2), id="blanks"),
            pytest.param("2026-02-30", Raw("2026-02-30"), id="no-such-day"),
            pytest.param("0000-01-01", Raw("0000-01-01"), id="year-zero"),
            pytest.param("02/03/2026", Raw("02/03/2026"), id="other-layout"),
            pytest.param("2026-03-02T23:00:00Z", Raw("2026-03-02T23:00:00Z"), id="a-moment"),
            pytest.param("\u0662026-03-02", Raw("\u0662026-03-02"), id="other-digits"),
            pytest.param("", None, id="empty"),
            pytest.param(None, None, id="absent"),
        ],
    )
    def test_days(self, text: str | None, value: object) -> None:
        assert day(leaf(text), "A") == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            pytest.param("040000028401", Nihii("40000028401"), id="twelve"),
            pytest.param("40000028401", Nihii("40000028401"), id="eleven"),
            pytest.param("40000028", Nihii("40000028"), id="eight"),
            pytest.param("0 40000028-401", Raw("0 40000028-401"), id="separated-twelve"),
            pytest.param("4-00000-28-401", Nihii("40000028401"), id="separated"),
            pytest.param("040000029401", Raw("040000029401"), id="check-digits"),
            pytest.param("140000028401", Raw("140000028401"), id="no-leading-zero"),
            pytest.param("nobody", Raw("nobody"), id="letters"),
            pytest.param("", None, id="empty"),
            pytest.param(None, None, id="absent"),
        ],
    )
    def test_numbers_of_care_providers(self, text: str | None, value: object) -> None:
        assert nihii(leaf(text), "A") == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True),
            (" 1 ", True),
            ("false", False),
            ("0", False),
            ("TRUE", Raw("TRUE")),
            ("oui", Raw("oui")),
            ("", None),
            (None, None),
        ],
    )
    def test_truth_values(self, text: str | None, value: object) -> None:
        assert truth(leaf(text), "A") == value

    def test_an_empty_truth_value_has_the_default_of_its_schema(self) -> None:
        assert truth(leaf(""), "A", when_empty=False) is False
        assert truth(leaf(None), "A", when_empty=False) is None

    @pytest.mark.parametrize(
        ("text", "value"),
        [("true", True), ("0", False), ("perhaps", None), ("", None)],
    )
    def test_truth_values_of_the_header(self, text: str, value: object) -> None:
        assert attribute_truth(etree.Element("A", x=text), "x") is value
        assert attribute_truth(etree.Element("A"), "x") is None

    @pytest.mark.parametrize(
        ("text", "value"),
        [("7", 7), ("03", 3), ("100", Raw("100")), ("-1", Raw("-1")), ("\u0661", Raw("\u0661"))],
    )
    def test_small_numbers(self, text: str, value: object) -> None:
        assert number(text) == value

    def test_another_word_of_a_closed_list_is_kept(self) -> None:
        assert choice("male", Sex) is Sex.MALE
        assert choice("unknown", Sex) == Raw("unknown")
        assert choice(None, Sex) is None


class TestHeaders:
    def test_older_schemas_have_no_obligatory_attribute(self) -> None:
        root = xml.parse(ANSWER)
        root.attrib.clear()
        message = one(xml.serialize(root))
        header = message.header
        assert (header.message_name, header.sender_reference, header.version) == (None, "", None)
        assert (header.is_test, header.is_duplicate, header.is_synchronous) == (None, None, None)
        assert meaning_of(message) is Meaning.POSITIVE
        assert message.decision == APPROVED.decision

    def test_blanks_in_attributes_are_taken_away(self) -> None:
        content = ANSWER.replace(b'"M410900"', b'" M410900 "').replace(b'"true"', b'" true"')
        assert one(content) == APPROVED

    def test_a_name_we_do_not_know_is_kept(self) -> None:
        message = one(ANSWER.replace(b"M410900", b"M410777"))
        assert message.header.message_name == Raw("M410777")

    def test_attributes_we_do_not_know_are_left(self) -> None:
        assert one(ANSWER.replace(b" Version", b' Id="1-not-a-name" Extra="x" Version')) == APPROVED

    @pytest.mark.parametrize("kind", list(RequestType))
    def test_types_of_older_schemas_are_known(self, kind: RequestType) -> None:
        content = REQUEST.replace(b'type="new"', f'type="{kind.value}"'.encode())
        (request,) = medadmin.decode_requests(content)
        assert request == replace(KATZ, detail=replace(KATZ.detail, type=kind))


class TestContent:
    @pytest.mark.parametrize(
        ("old", "new", "member", "value"),
        [
            (">B</ContractualType", ">D</ContractualType", "contractual_type", Raw("D")),
            (">7</CareDaysByWeek", "></CareDaysByWeek", "care_days_by_week", None),
            (">7</CareDaysByWeek", ">all</CareDaysByWeek", "care_days_by_week", Raw("all")),
            (">1</VisitByDay", "> 2\n</VisitByDay", "visits_by_day", 2),
        ],
    )
    def test_texts_of_care(self, old: str, new: str, member: str, value: object) -> None:
        content = REQUEST.replace(old.encode(), new.encode())
        assert content != REQUEST
        (request,) = medadmin.decode_requests(content)
        assert getattr(request.detail.care, member) == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("3 3 3 3 3 2", (3, 3, 3, 3, 3, 2)),
            ("\n 3  3\t3 3 3 2 ", (3, 3, 3, 3, 3, 2)),
            ("+3 03 3 3 3 2", (3, 3, 3, 3, 3, 2)),
            ("3 3 3 3 3", Raw("3 3 3 3 3")),
            ("0 3 3 3 3 2", Raw("0 3 3 3 3 2")),
            ("333332", Raw("333332")),
            ("", Raw("")),
        ],
    )
    def test_scores(self, text: str, value: object) -> None:
        content = REQUEST.replace(b"3 3 3 3 3 2", text.encode())
        (request,) = medadmin.decode_requests(content)
        assert request.detail.care.katz.scores == value

    @pytest.mark.parametrize(
        ("markup", "value"),
        [
            ("<Toilets/>", Toilets()),
            ('<Toilets Frequency="">2</Toilets>', Toilets(count=2)),
            ('<Toilets Frequency="month">9</Toilets>', Toilets(count=9, frequency=Raw("month"))),
            ("<Toilets>many</Toilets>", Toilets(count=Raw("many"))),
        ],
    )
    def test_toilets(self, markup: str, value: Toilets) -> None:
        content = REQUEST.replace(b"<Katz>", markup.encode() + b"<Katz>")
        (request,) = medadmin.decode_requests(content)
        assert request.detail.care.toilets == value

    @pytest.mark.parametrize(
        ("markup", "value"),
        [
            ('<PeriodLength type="weeks">12</PeriodLength>', ("weeks", 12)),
            ('<PeriodLength type="years">1</PeriodLength>', (Raw("years"), 1)),
            ("<PeriodLength>long</PeriodLength>", (None, Raw("long"))),
            ("<PeriodLength/>", (None, Raw(""))),
        ],
    )
    def test_lengths(self, markup: str, value: tuple[object, object]) -> None:
        content = REQUEST.replace(b"<PeriodEnd>2026-05-31</PeriodEnd>", markup.encode())
        (request,) = medadmin.decode_requests(content)
        length = request.detail.care.period.length
        unit = length.unit if isinstance(length.unit, Raw | None) else length.unit.value
        assert (unit, length.count) == value
        assert isinstance(length, PeriodLength)

    def test_a_reference_of_fifteen_characters_keeps_its_blanks(self) -> None:
        padded = APPROVED.decision.reference[:-2].encode() + b"  "
        message = one(ANSWER.replace(APPROVED.decision.reference.encode(), padded))
        assert message.decision.reference == padded.decode()

    def test_a_reference_of_another_length_loses_them(self) -> None:
        written = b"  319-12\n "
        message = one(ANSWER.replace(APPROVED.decision.reference.encode(), written))
        assert message.decision.reference == "319-12"

    def test_numbers_of_patients_that_are_wrong_are_kept(self) -> None:
        content = ANSWER.replace(b"60010100172", b"60010100173").replace(b">319<", b">719<")
        patient = one(content).care_receiver
        assert (patient.niss, patient.mutuality) == (Raw("60010100173"), Raw("719"))
        assert patient.last_name == "TEST"

    def test_a_result_we_do_not_know_is_kept(self) -> None:
        message = one(ANSWER.replace(b'result="agreement"', b'result="perhaps"'))
        assert message.decision.result == Raw("perhaps")
        assert message.echo == KATZ.detail

    def test_blanks_and_remarks_between_elements_say_nothing(self) -> None:
        spaced = ANSWER.replace(b"><", b">\n  <!-- remark --><")
        assert one(spaced) == APPROVED

    def test_elements_we_do_not_know_are_left(self) -> None:
        content = ANSWER.replace(b"<Decision ", b"<Added><Decision/></Added><Decision ")
        assert one(content) == APPROVED

    @pytest.mark.parametrize(
        "written",
        [
            ANSWER.replace(b' xmlns="urn:be:cin:mycarenet:1.0:carenet:types"', b""),
            ANSWER.replace(b"carenet:types", b"carenet:types:v2"),
            b"\xef\xbb\xbf" + ANSWER,
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + ANSWER + b"\n",
        ],
        ids=["no-namespace", "other-namespace", "mark", "declaration"],
    )
    def test_the_frame_may_differ(self, written: bytes) -> None:
        assert one(written) == APPROVED

    def test_a_prefix_is_no_matter(self) -> None:
        root = etree.Element(f"{{{CARENET}}}MedAdminResponseList", nsmap={"n": CARENET})
        root.append(xml.parse(ANSWER))
        assert one(etree.tostring(root)) == APPROVED


class TestMissing:
    def test_an_answer_may_give_nothing_back(self) -> None:
        root = xml.parse(ANSWER)
        root.remove(root[-1])
        assert one(xml.serialize(root)) == replace(APPROVED, echo=None)

    def test_an_answer_may_be_empty(self) -> None:
        root = xml.parse(ANSWER)
        del root[:]
        message = one(xml.serialize(root))
        assert message == ContractualCareAnswer(header=APPROVED.header, care_receiver=None)

    def test_a_detail_may_be_empty(self) -> None:
        root = xml.parse(ANSWER)
        for child in root:
            del child[:]
        message = one(xml.serialize(root))
        assert (message.decision.result, message.decision.reference) == (None, "")
        nothing = ContractualCareDetail(period=PeriodWithLength())
        assert (message.echo.requester, message.echo.care) == (None, nothing)

    def test_a_fault_may_be_empty(self) -> None:
        root = xml.parse(medadmin.encode_answer(FAULTY))
        del root[1][:]
        fault = one(xml.serialize(root)).fault
        assert (fault.code, fault.source, fault.message, fault.details) == (None, "", None, ())

    def test_what_held_before_may_be_left_out(self) -> None:
        root = xml.parse(medadmin.encode_answer(VISIT))
        root.remove(root[-1])
        message = one(xml.serialize(root))
        assert message == replace(VISIT, previous=ContractualCareDetail(period=PeriodWithLength()))

    @pytest.mark.parametrize("place", [0, 1])
    @pytest.mark.parametrize("message", [KATZ, PALLIATIVE, TECHNICAL, VISIT])
    def test_a_request_or_change_without_patient_or_detail_cannot_be_read(
        self, message, place: int
    ) -> None:
        is_request = message is not VISIT
        encode = medadmin.encode_request if is_request else medadmin.encode_answer
        root = xml.parse(encode(message))
        root.remove(root[place])
        read = one(xml.serialize(root))
        assert isinstance(read, Unreadable)
        assert read.element == xml.local_name(root)
        assert read.content == xml.serialize(root)


class TestLists:
    @pytest.mark.parametrize("local", ["MedAdminResponseList", "MedAdminRequestList"])
    def test_a_list_may_hold_anything_of_ours(self, local: str) -> None:
        root = etree.Element(f"{{{CARENET}}}{local}")
        parts = (ANSWER, REQUEST, medadmin.encode_answer(RECEIPT))
        root.extend([xml.parse(each) for each in parts])
        assert medadmin.decode_answers(etree.tostring(root)) == (APPROVED, KATZ, RECEIPT)

    def test_one_that_cannot_be_read_does_not_take_the_others(self) -> None:
        content = medadmin.encode_answers([APPROVED, SECOND_ANSWER, RECEIPT])
        root = xml.parse(content)
        second = root[1]
        second.append(xml.parse(xml.serialize(second[-1])))
        first, unreadable, last = medadmin.decode_answers(xml.serialize(root))
        assert (first, last) == (APPROVED, RECEIPT)
        assert isinstance(unreadable, Unreadable)
        assert unreadable.element == "SinglePalliativeCareResponse"
        assert xml.local_name(xml.parse(unreadable.content)) == unreadable.element

    def test_one_we_do_not_know_does_not_take_the_others(self) -> None:
        root = xml.parse(medadmin.encode_answers([APPROVED, RECEIPT]))
        root.insert(1, etree.Element(f"{{{CARENET}}}SingleWoundCareResponse"))
        first, unreadable, last = medadmin.decode_answers(xml.serialize(root))
        assert (first, last) == (APPROVED, RECEIPT)
        assert unreadable.element == "SingleWoundCareResponse"

    def test_an_empty_list_says_nothing(self) -> None:
        assert medadmin.decode_answers(b"<MedAdminResponseList/>") == ()

    def test_an_answer_is_no_request(self) -> None:
        with pytest.raises(TheirAnswerInvalid):
            medadmin.decode_requests(ANSWER)
        root = etree.Element(f"{{{CARENET}}}MedAdminRequestList")
        root.extend([xml.parse(REQUEST), xml.parse(ANSWER)])
        request, other = medadmin.decode_requests(etree.tostring(root))
        assert request == KATZ
        assert isinstance(other, Unreadable)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"M410000",
            b"<a/>",
            b"<RejectInb/>",
            b"<MedAdminResponseList>",
            b"<!DOCTYPE a><MedAdminResponseList/>",
            ANSWER.decode().encode("utf-16"),
        ],
    )
    def test_other_documents_are_refused(self, content: bytes) -> None:
        for decode in (medadmin.decode_answers, medadmin.decode_requests):
            with pytest.raises(TheirAnswerInvalid):
                decode(content)


class TestConfirmations:
    @pytest.mark.parametrize("request_", [KATZ, PALLIATIVE, TECHNICAL])
    def test_our_own_requests_come_back(self, request_) -> None:
        assert one(medadmin.encode_request(request_)) == request_
        assert medadmin.decode_answers(medadmin.encode_requests([request_, KATZ])) == (
            request_,
            KATZ,
        )

    def test_a_receipt_names_itself(self) -> None:
        header = replace(KATZ.header, message_name=MessageName.CONTRACTUAL_RECEIPT)
        message = one(medadmin.encode_receipt(replace(KATZ, header=header)))
        assert meaning_of(message) is Meaning.RECEIPT
        assert message.header.sender_reference == KATZ.header.sender_reference


class TestFlat:
    @pytest.mark.parametrize(
        ("content", "name", "flat"),
        [
            pytest.param(b"200M410900", "M4A_FLAT", FlatMessage(content=b"200M410900"), id="flat"),
            pytest.param(
                b"200",
                " M4A_CNF_FLAT ",
                FlatMessage(content=b"200", is_confirmation=True),
                id="confirmation",
            ),
            pytest.param(b"200", "M4A_XML", FlatMessage(content=b"200"), id="flat-as-xml"),
            pytest.param(
                b"200",
                "M4A_CNF_XML",
                FlatMessage(content=b"200", is_confirmation=True),
                id="flat-confirmation-as-xml",
            ),
            pytest.param(b"200", None, FlatMessage(content=b"200"), id="no-name"),
            pytest.param(b"200", "M4A_NEW", FlatMessage(content=b"200"), id="other-name"),
            pytest.param(ANSWER, "M4A_FLAT", FlatMessage(content=ANSWER), id="xml-as-flat"),
            pytest.param(ANSWER, "M4A_XML", None, id="xml"),
            pytest.param(REQUEST, "M4A_CNF_XML", None, id="xml-confirmation"),
            pytest.param(b"\xef\xbb\xbf\r\n " + ANSWER, None, None, id="mark-and-blanks"),
            pytest.param(b"", None, None, id="empty"),
        ],
    )
    def test_flat_content_is_recognised(
        self, content: bytes, name: str | None, flat: FlatMessage | None
    ) -> None:
        assert medadmin.flat_message_of(content, name) == flat

    def test_its_content_is_not_shown(self) -> None:
        assert "6001" not in repr(FlatMessage(content=b"60010100172"))


def test_a_decision_that_is_partial_is_read() -> None:
    content = ANSWER.replace(b'"agreement"', b'"partialAgreement"')
    assert one(content).decision.result is DecisionResult.PARTIAL_AGREEMENT
