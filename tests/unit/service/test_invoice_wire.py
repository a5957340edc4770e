"""Claims and batches in the terms of a file; the constructed nurse file is made from claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from bridge.codecs.efact import writer
from bridge.codecs.efact.tables import code_lists
from bridge.codecs.efact.values import InvoiceFile
from bridge.domain.claims import (
    ClaimKind,
    LineNorm,
    PrescriberNorm,
    PreviousInvoicing,
    ProviderNorm,
    Repetition,
    ShareBilling,
)
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.identifiers import Cbe, MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.lumpsums import CareVisit, LumpSumDay, lump_sum_lines
from bridge.domain.months import Month
from bridge.domain.nursingacts import Nomenclature
from bridge.errors import InputError
from bridge.service.invoicewire import act_of, header_of, invoice_of
from tests.support import efact, invoices, stores

SETTINGS = InvoiceSettings()
REGISTRATION = replace(stores.REGISTRATION, cbe=Cbe("0200000043"), invoicing=invoices.PROFILE)
RELEASED = replace(
    invoices.batch(), sending_number=17, sending_year=2026, sender_reference="20260402000017"
)


def numbered(claim, number=1):
    return replace(claim, invoice_number=f"{number:012d}")


def test_the_header_holds_what_the_registration_says():
    header = header_of(RELEASED, REGISTRATION, created_on=date(2026, 11, 23), is_test=True)
    assert (header.union, header.payer, header.sending_number) == ("300", "40000028401", "017")
    assert (header.iban, header.bic) == ("BE68539007547034", "GKCCBEBB")
    assert (header.qualification, header.enterprise) == ("401", "0200000043")
    assert header.sender_reference == header.own_reference == "20260402000017"
    profile = replace(invoices.PROFILE, enterprise=Cbe("0123456749"))
    other = replace(REGISTRATION, invoicing=profile)
    made = header_of(RELEASED, other, created_on=date(2026, 11, 23), is_test=True)
    assert made.enterprise == "0123456749"


@pytest.mark.parametrize(
    ("registration", "code"),
    [
        (replace(REGISTRATION, invoicing=None), "invoicing_profile_missing"),
        (replace(REGISTRATION, cbe=None), "enterprise_number_missing"),
    ],
    ids=["no-details", "no-enterprise-number"],
)
def test_without_details_there_is_no_header(registration, code):
    with pytest.raises(InputError) as caught:
        header_of(RELEASED, registration, created_on=date(2026, 11, 23), is_test=True)
    assert caught.value.problem_code == code


@pytest.mark.parametrize(
    ("zone", "kind", "member", "domain_member"),
    [
        pytest.param(code_lists.ACT_NORMS, LineNorm, "norm", "norm", id="norm"),
        pytest.param(
            code_lists.PROVIDER_NORMS, ProviderNorm, "provider_norm", "provider_norm", id="provider"
        ),
        pytest.param(
            code_lists.PRESCRIBER_NORMS,
            PrescriberNorm,
            "prescriber_norm",
            "prescriber_norm",
            id="prescriber",
        ),
        pytest.param(
            code_lists.DEROGATIONS, Repetition, "derogation", "repetition", id="repetition"
        ),
        pytest.param(
            code_lists.SHARE_BILLING, ShareBilling, "share_billing", "share_billing", id="share"
        ),
    ],
)
def test_each_value_of_the_domain_has_a_code_of_its_own(zone, kind, member, domain_member):
    codes = [getattr(act_of(invoices.line(**{domain_member: value})), member) for value in kind]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(zone)


def test_an_act_keeps_everything_it_says():
    line = invoices.line(
        supplement=30,
        units=2,
        institution=Nihii("71000436"),
        prescriber=Nihii("10000007004"),
        prescribed_on=date(2026, 10, 1),
        prescriber_norm=PrescriberNorm.ONE,
        related_code="425132",
        adheres_to_convention=False,
        base_value=12,
        assistant=invoices.OTHER_NURSE,
        lump_sum_share=50,
        reading=invoices.READING,
        agreement_number="319202600000123",
    )
    act = act_of(line)
    assert (act.amount, act.patient_share, act.supplement, act.units) == (580, 120, 30, 2)
    assert (act.place, act.prescriber) == ("71000436000", "10000007004")
    assert (act.prescribed_on, act.related_code) == (date(2026, 10, 1), "425132")
    assert (act.convention, act.base_value, act.forfait_share) == ("9", 12, 50)
    assert act.assistant == invoices.OTHER_NURSE.long
    assert (act.hour, act.own_reference) == (time(8), "A1")
    assert act.reading is not None
    assert (act.reading.reading, act.reading.support) == ("1", "1")
    assert (act.reading.serial, act.reading.read_at) == ("592012345678", time(8))
    assert act.reading.agreement_number == ""


@pytest.mark.parametrize(
    ("mutuality", "affiliation", "destination"),
    [("319", "319", "300"), ("306", "306", "306"), ("509", "509", "509")],
)
def test_mutualities_stand_where_the_settings_say(mutuality, affiliation, destination):
    patient = replace(invoices.claim().patient, mutuality=Mutuality(mutuality))
    made = invoice_of(RELEASED, invoices.claim(patient=patient), SETTINGS)
    assert (made.mutuality, made.destination) == (affiliation, destination)


def test_a_patient_without_a_number_is_named_by_membership():
    patient = CarePatient(
        membership_number=MembershipNumber("12 3"), mutuality=Mutuality("319"), sex=Sex.FEMALE
    )
    made = invoice_of(RELEASED, numbered(invoices.claim(patient=patient)), SETTINGS)
    assert (made.patient, made.has_person_number, made.sex) == ("0000000000123", False, "2")


def test_a_credit_note_names_what_it_takes_back_and_can_be_written():
    previous = PreviousInvoicing(
        invoice_number="000000000001",
        sending_number=3,
        mutuality=Mutuality("319"),
        month=Month(2026, 9),
        payment_reference="713/202609/300/",
    )
    line = invoices.line(insurer_amount=-580, copayment=-120, units=-1)
    note = invoices.claim(1, line, kind=ClaimKind.CREDIT_NOTE, previous=previous)
    made = invoice_of(RELEASED, numbered(note), SETTINGS)
    assert made.is_credit_note
    assert made.previous is not None
    assert (made.previous.sending_number, made.previous.mutuality) == ("003", "319")
    header = header_of(RELEASED, REGISTRATION, created_on=date(2026, 11, 23), is_test=True)
    assert list(writer.check(InvoiceFile(header=header, invoices=(made,)))) == []


def test_the_constructed_file_of_a_nurse_is_made_from_claims():
    """Lump sum, toilets and readings in domain terms give the bytes of the spec's example."""
    batch = replace(RELEASED, insurer="100", month=Month(2026, 3), payer=Nihii(efact.NURSE))
    profile = replace(
        invoices.PROFILE,
        bic=type(invoices.PROFILE.bic)("KREDBEBB"),
        contact_last_name="PEETERS",
        contact_first_name="AN",
        contact_phone="020000000",
    )
    header = header_of(
        batch,
        replace(REGISTRATION, invoicing=profile),
        created_on=date(2026, 4, 2),
        is_test=True,
    )
    header = replace(header, file_reference="MARCH", own_reference="BRIDGE EXAMPLE")
    made = [invoice_of(batch, each, SETTINGS) for each in _constructed_claims()]
    written = writer.write_whole(InvoiceFile(header=header, invoices=made))
    assert written == efact.constructed()


def _constructed_claims():
    nurse = Nihii(efact.NURSE)
    for number, invoice in enumerate((efact.FIRST, efact.SECOND), start=1):
        lines = [_line(act, nurse) for act in invoice.acts]
        yield invoices.claim(
            number,
            *lines,
            patient=CarePatient(
                niss=Niss(invoice.patient),
                mutuality=Mutuality(invoice.mutuality),
                sex=Sex.MALE if invoice.sex == "1" else Sex.FEMALE,
            ),
            ct1=invoice.insured_codes[:3],
            ct2=invoice.insured_codes[3:],
            invoice_number=invoice.number,
            reference=invoice.own_reference,
        )


def _line(act, nurse):
    reading = act.reading
    return invoices.line(
        reference=act.own_reference,
        code=act.code,
        day=act.first_day,
        provider=nurse,
        insurer_amount=act.amount,
        copayment=act.patient_share,
        hour=act.hour,
        norm=LineNorm.STATISTICAL if act.norm == "9" else LineNorm.NORMAL,
        lump_sum_share=act.forfait_share,
        reading=None
        if reading is None
        else replace(
            invoices.READING,
            read_on=reading.read_on,
            read_hour=reading.read_at,
            support_serial=reading.serial,
        ),
    )


def test_a_day_of_a_lump_sum_can_be_written():
    day = LumpSumDay(
        code="425272",
        day=invoices.DAY,
        reference="F1",
        line_id="cln_1",
        insurer_amount=2000,
        visits=(
            CareVisit(provider=invoices.NURSE, acts=("425110",), hour=time(8)),
            CareVisit(provider=invoices.NURSE, acts=("425110", "424255"), hour=time(18)),
        ),
    )
    lines = lump_sum_lines(day, nomenclature=Nomenclature())
    made = invoice_of(RELEASED, numbered(invoices.claim(1, *lines)), SETTINGS)
    header = header_of(RELEASED, REGISTRATION, created_on=date(2026, 11, 23), is_test=True)
    assert list(writer.check(InvoiceFile(header=header, invoices=(made,)))) == []
    assert [act.norm for act in made.acts] == ["9"] * 5 + ["0"]
    assert sum(act.forfait_share for act in made.acts) == 100
