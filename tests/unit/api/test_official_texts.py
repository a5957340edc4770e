"""Official sentences beside our own explanation, where somebody imported them (D4, API-74)."""

from __future__ import annotations

import pytest

from api import settlement_examples
from api.declaration_kinds import ROWS
from api.models.batches import item_resource
from api.models.checks import check_resource
from api.models.declarations import DeclarationResource
from api.models.official import with_care_texts, with_insurability_texts, with_settlement_texts
from api.models.problem import OfficialText
from api.models.settlements import SettledInvoiceResource, SettlementResource
from bridge.domain.batches import BatchItem, ItemStatus
from bridge.domain.declarations import CareFault, DeclarationKind
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.referencedata import NO_TEXTS, ErrorSource, ErrorText, OfficialTexts
from bridge.service.declarations import DeclarationView
from tests.support import stores
from tests.support.carecases import NOW, decision, declaration, katz

SAID = OfficialText(fr="Faux", nl="Fout")


def listed(about: ErrorSource, code: str) -> OfficialTexts:
    return OfficialTexts(texts={about: {code: ErrorText(code=code, fr="Faux", nl="Fout")}})


@pytest.mark.parametrize(
    ("zone", "code", "listed_as"),
    [
        pytest.param("4", "500423", "500423", id="record"),
        pytest.param("200", "20", "200-20", id="header"),
    ],
)
def test_an_error_of_a_file_is_found_by_its_code_and_in_a_header_by_its_zone(
    zone: str, code: str, listed_as: str
) -> None:
    invoice = SettledInvoiceResource.model_validate(settlement_examples.INVOICE)
    error = invoice.errors[0].model_copy(update={"zone": zone, "code": code})
    settlement = SettlementResource.model_validate(settlement_examples.SETTLEMENT)
    settlement = settlement.model_copy(update={"errors": [error]})
    found = with_settlement_texts(settlement, listed(ErrorSource.EFACT, listed_as))
    assert found.errors == [error.model_copy(update={"official_text": SAID})]
    assert with_settlement_texts(settlement, NO_TEXTS) == settlement


def shown(**changes: object) -> DeclarationResource:
    row = next(each for each in ROWS if each.kind is DeclarationKind.KATZ)
    return row.show(DeclarationView(declaration=declaration(katz(), **changes)), None, "de")


@pytest.mark.parametrize("code", ["INPUT_ERROR", "SCORE"])
def test_a_fault_of_a_declaration_is_found_by_its_code_or_its_detail(code: str) -> None:
    fault = CareFault(at=NOW, response_id="rsp_1", code="INPUT_ERROR", detail_code="SCORE")
    found = with_care_texts(shown(fault=fault), listed(ErrorSource.CARE_REQUESTS, code)).fault
    assert found is not None
    assert found.official_text == SAID


def test_a_reason_of_a_decision_is_found_by_its_code() -> None:
    decisions = tuple(decision(ExchangeStatus.REFUSED, reason=reason) for reason in ("A01", None))
    found = with_care_texts(shown(decisions=decisions), listed(ErrorSource.CARE_REQUESTS, "A01"))
    assert [each.official_text for each in found.decisions] == [SAID, None]
    assert found.fault is None


def test_a_refusal_of_a_question_is_found_by_the_code_of_the_other_party() -> None:
    texts = listed(ErrorSource.INSURABILITY, "UNKNOWN_NISS")
    asked = check_resource(stores.check(facts=stores.FULL_FACTS), "en")
    item = item_resource(
        BatchItem(
            id="itm_1",
            batch_id="bat_1",
            position=0,
            status=ItemStatus.REFUSED,
            facts=stores.FULL_FACTS,
        ),
        ItemStatus.REFUSED,
        "en",
    )
    for resource in (asked, item):
        (refusal,) = with_insurability_texts(resource, texts).refusals
        assert refusal.official_text == SAID
        assert refusal.title
