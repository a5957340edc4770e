"""Declarations as callers send and see them: read back as sent, advice, pointers, links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.declaration_kinds import ROWS
from api.merging import merged, revalidated
from api.models.care_updates import update_resource
from api.models.declaration_answers import advice_of, fault_facts, handover_of
from bridge.domain.careupdates import (
    AgreementFacts,
    CareUpdate,
    StepKind,
    UpdateNature,
    steps_of,
)
from bridge.domain.declarations import (
    CareFault,
    CarePlace,
    DecisionResult,
    DeclarationKind,
    Dementia,
    DementiaSeverity,
    ToiletFrequency,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.katz import CareKind
from bridge.i18n import LANGUAGES
from bridge.mycarenet.tables.medadmin_zones import CONTRACTUAL, PALLIATIVE, TECHNICAL
from bridge.service.declarations import DeclarationView
from tests.support.carecases import (
    DOCTOR,
    GROUP,
    NOW,
    NUMBER,
    NURSE,
    closure,
    days,
    decision,
    declaration,
    extension,
    katz,
    palliative,
    technical,
    toilet,
)

ROW_OF = {row.kind: row for row in ROWS}
FULL = katz(
    dementia=Dementia(severity=DementiaSeverity.MEDIUM, doctor=DOCTOR),
    place=CarePlace(name="Rusthuis", address="Kerkstraat 1", postal_code="9000"),
    prescriber=DOCTOR,
    has_continence_details=True,
    changes_reference_provider=True,
)
CONTENTS = {
    "katz": katz(),
    "katz_full": FULL,
    "katz_toilets": replace(
        toilet(),
        frequency=replace(katz().frequency, toilets=2, toilet_frequency=ToiletFrequency.WEEK),
    ),
    "extension": extension(),
    "closure": closure(),
    "palliative": palliative(),
    "palliative_group": palliative(
        responsible=NURSE, third_party_payer=GROUP, multidisciplinary_team=GROUP
    ),
    "technical": technical(),
    "technical_open": technical(period=days("2026-11-20")),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_declaration_is_read_back_as_it_would_have_been_sent(content):
    kept = declaration(content)
    row = ROW_OF[kept.kind]
    draft = row.draft_of(revalidated(row.request, merged(row.body_of(kept), {})))
    assert (draft.patient, draft.content) == (kept.patient, kept.content)
    assert draft.nurse_reference == kept.nurse_reference


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_what_is_shown_has_the_members_that_are_sent(content):
    kept = declaration(content)
    row = ROW_OF[kept.kind]
    shown = row.show(DeclarationView(declaration=kept), None, "en")
    sent_only = {"registration_id", "patient"}
    assert set(row.request.model_fields) - sent_only <= set(shown.model_dump())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind.value)
def test_another_kind_is_a_mistake_of_ours(row):
    other = declaration(technical() if row.kind is not DeclarationKind.TECHNICAL_ACT else katz())
    with pytest.raises(TypeError):
        row.show(DeclarationView(declaration=other), None, "en")


class TestAdvice:
    @pytest.mark.parametrize(
        ("content", "changes", "advice"),
        [
            (katz(), {"is_waiting_for_gp": True}, "wait"),
            (palliative(), {"is_waiting_for_gp": True}, "wait"),
            (katz(), {"has_other_nurse": True}, "resend_as_reference_provider"),
            (katz(), {}, "correct_and_resend"),
            (palliative(), {}, "check_gp_attestation"),
        ],
        ids=["waits", "palliative_waits", "other_nurse", "other", "palliative_other"],
    )
    def test_a_refusal_says_what_to_do(self, content, changes, advice):
        refused = decision(ExchangeStatus.REFUSED, DecisionResult.REJECTION, **changes)
        kept = declaration(content, status=ExchangeStatus.REFUSED, decisions=(refused,))
        assert advice_of(kept) == advice
        assert advice_of(replace(kept, corrected_by_id="ktz_2")) is None

    @pytest.mark.parametrize(
        "status",
        [ExchangeStatus.DRAFT, ExchangeStatus.SENT, ExchangeStatus.ACCEPTED],
        ids=lambda status: status.value,
    )
    def test_there_is_none_where_nothing_went_wrong(self, status):
        assert advice_of(declaration(katz(), status=status)) is None

    def test_an_error_is_corrected(self):
        wrong = declaration(technical(), status=ExchangeStatus.ERROR)
        assert advice_of(wrong) == "correct_and_resend"


class TestAnswers:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_reason_has_a_text_only_where_it_is_known(self, language):
        row = ROW_OF[DeclarationKind.KATZ]
        waiting = decision(
            ExchangeStatus.REFUSED, DecisionResult.REJECTION, reason="002", is_waiting_for_gp=True
        )
        other = replace(waiting, is_waiting_for_gp=False, has_other_nurse=True)
        unknown = replace(waiting, is_waiting_for_gp=False)
        kept = declaration(katz(), decisions=(waiting, other, unknown))
        shown = row.show(DeclarationView(declaration=kept), None, language).decisions
        assert all(each.reason == "002" for each in shown)
        assert shown[0].reason_text
        assert shown[1].reason_text not in (None, shown[0].reason_text)
        assert shown[2].reason_text is None

    @pytest.mark.parametrize(
        ("kind", "rows"),
        [
            (DeclarationKind.KATZ, CONTRACTUAL),
            (DeclarationKind.PALLIATIVE, PALLIATIVE),
            (DeclarationKind.TECHNICAL_ACT, TECHNICAL),
        ],
        ids=lambda value: value.value if isinstance(value, DeclarationKind) else "",
    )
    def test_a_fault_points_at_a_member_that_can_be_sent_or_at_none(self, kind, rows):
        row = ROW_OF[kind]
        members = {*row.resource.model_fields}
        pointed = set()
        for zone in rows:
            fault = CareFault(at=NOW, response_id="rsp_1", code="INPUT_ERROR", member=zone.member)
            pointer = fault_facts(fault, kind).member
            if pointer is not None:
                pointed.add(pointer.split("/")[1])
        assert pointed <= members
        assert {"patient", "requester", "nurse_reference"} <= pointed

    def test_nothing_is_handed_over_before_something_was_granted(self):
        assert handover_of(declaration(katz(), status=ExchangeStatus.SENT)) is None
        refused = decision(ExchangeStatus.REFUSED, DecisionResult.REJECTION)
        kept = declaration(katz(), status=ExchangeStatus.REFUSED, decisions=(refused,))
        assert handover_of(kept) is None

    def test_granted_days_win_over_asked_ones(self):
        granted = decision(
            ExchangeStatus.PARTIALLY_ACCEPTED,
            DecisionResult.PARTIAL_AGREEMENT,
            granted=days("2026-12-01", "2027-01-31"),
            agreement_number=NUMBER,
        )
        kept = declaration(katz(), status=ExchangeStatus.PARTIALLY_ACCEPTED, decisions=(granted,))
        handover = handover_of(kept)
        assert (handover.start_on, handover.end_on) == (date(2026, 12, 1), date(2027, 1, 31))
        assert (handover.extent, handover.care_kind) == ("partial", "B")


class TestUpdates:
    def update(self, **changes):
        made = CareUpdate(
            id="upd_1",
            client_id="cli_1",
            practice_id="prc_1",
            registration_id="reg_1",
            exchange_id="exc_1",
            response_id="rsp_1",
            nature=UpdateNature.VISIT,
            previous=AgreementFacts(care_kind=CareKind.B, agreement_number=NUMBER),
            new=AgreementFacts(care_kind=CareKind.A, agreement_number=NUMBER),
            steps=steps_of(UpdateNature.VISIT, changed_on=date(2026, 11, 25)),
            received_at=NOW,
            updated_at=NOW,
        )
        return replace(made, **changes)

    def test_the_members_that_differ_are_named(self):
        assert update_resource(self.update()).changes == ["care_kind"]
        same = self.update(new=AgreementFacts(care_kind=CareKind.B, agreement_number=NUMBER))
        assert update_resource(same).changes == []

    def test_the_days_to_credit_have_a_last_day(self):
        steps = {each.kind: each for each in update_resource(self.update()).steps}
        last = steps[StepKind.CREDIT_AND_REINVOICE.value].due_on
        assert last == date(2026, 11, 25) + timedelta(days=90)

    @pytest.mark.parametrize(
        ("identifier", "path"),
        [
            (None, None),
            ("ktz_1", "/v1/katz-declarations/ktz_1"),
            ("pal_1", "/v1/palliative-declarations/pal_1"),
        ],
        ids=["none", "katz", "palliative"],
    )
    def test_the_link_follows_the_kind_of_the_declaration(self, identifier, path):
        shown = update_resource(self.update(declaration_id=identifier))
        assert shown.links.declaration == path


def test_no_person_is_in_a_representation():
    kept = declaration(FULL)
    assert kept.patient.niss.digits not in repr(kept)
