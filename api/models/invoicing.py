"""Invoicing details of a registration as callers see and change them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, RequestModel
from api.models.merging import MergeModel
from api.models.numbers import Numbers
from bridge.domain.identifiers import Cbe
from bridge.domain.invoicingprofile import (
    LONGEST_FIRST_NAME,
    LONGEST_LAST_NAME,
    Bic,
    Iban,
    InvoicingProfile,
)

CbeText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{9,10}$"),
    Field(description="Enterprise number (CBE): 10 digits, old ones 9."),
]
IbanText = Annotated[str, StringConstraints(min_length=15, max_length=42)]
BicText = Annotated[str, StringConstraints(min_length=8, max_length=11)]
ContactLastName = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LAST_NAME)]
ContactFirstName = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FIRST_NAME)]
PhoneText = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,10}$")]
QualificationText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{3}$"),
    Field(description="Qualification code of a single nurse; `000` for a group."),
]


class InvoicingRequest(RequestModel):
    """What invoices say of who is paid."""

    iban: IbanText
    bic: BicText
    contact_last_name: ContactLastName
    contact_first_name: ContactFirstName
    contact_phone: PhoneText
    qualification: QualificationText = "000"
    enterprise_number: CbeText | SkipJsonSchema[None] = Field(
        default=None,
        description="Without it: that of the registration.",
    )


class InvoicingChangeRequest(MergeModel):
    """What changes of the invoicing details."""

    iban: IbanText | None = None
    bic: BicText | None = None
    contact_last_name: ContactLastName | None = None
    contact_first_name: ContactFirstName | None = None
    contact_phone: PhoneText | None = None
    qualification: QualificationText | None = None
    enterprise_number: CbeText | None = None


class ShownInvoicing(AnswerModel):
    """What invoices say of who is paid."""

    iban: str | None = Field(description="Null without the scope `console`.")
    bic: str
    contact_last_name: str
    contact_first_name: str
    contact_phone: str
    qualification: str
    enterprise_number: str | None


def profile_of(body: InvoicingRequest, numbers: Numbers) -> InvoicingProfile:
    """Read what invoices say of who is paid."""
    return InvoicingProfile(
        iban=numbers.read(Iban.parse, body.iban, "/invoicing/iban"),
        bic=numbers.read(Bic.parse, body.bic, "/invoicing/bic"),
        contact_last_name=body.contact_last_name,
        contact_first_name=body.contact_first_name,
        contact_phone=body.contact_phone,
        qualification=body.qualification,
        enterprise=numbers.maybe(Cbe.parse, body.enterprise_number, "/invoicing/enterprise_number"),
    )


def profile_document(profile: InvoicingProfile | None) -> dict[str, str] | None:
    """Write invoicing details as they could have been sent."""
    if profile is None:
        return None
    own = {} if profile.enterprise is None else {"enterprise_number": profile.enterprise.digits}
    return {
        "iban": profile.iban.text,
        "bic": profile.bic.text,
        "contact_last_name": profile.contact_last_name,
        "contact_first_name": profile.contact_first_name,
        "contact_phone": profile.contact_phone,
        "qualification": profile.qualification,
        **own,
    }


def shown_profile(profile: InvoicingProfile | None, *, shows_iban: bool) -> ShownInvoicing | None:
    """Show invoicing details; the account number only to whom may change it."""
    document = profile_document(profile)
    if document is None:
        return None
    hidden: dict[str, None] = {} if shows_iban else {"iban": None}
    return ShownInvoicing(**{"enterprise_number": None, **document, **hidden})
