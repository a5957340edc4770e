"""What the detail codes of MemberData mean, and what a nurse can do about them.

Source: *Insurability* ``memberdata-errors.csv``, *MyCareNet transport* 5.4.
Unknown codes are kept raw beside one of the two defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bridge.mycarenet.names import REQUESTER, RESPONDER, SUCCESS


@dataclass(frozen=True)
class Meaning:
    """Our reading of one code.

    Attributes:
        code: Ours, with texts in four languages.
        who_can_fix: As in problem documents.
        user_action: As in problem documents.
    """

    code: str
    who_can_fix: str
    user_action: str


@dataclass(frozen=True)
class Verdict:
    """One detail code with the status it comes under.

    Attributes:
        meaning: Our reading of it.
        status: Top status code of the answer.
        sub_status: Last part of the second status code.
    """

    meaning: Meaning
    status: str
    sub_status: str


QUERY_REJECTED: Final = Meaning("query_rejected", "support", "contact_vendor")
DATA_NOT_AUTHORISED: Final = Meaning("data_not_authorised", "authority", "contact_support")
IDENTIFICATION_INVALID: Final = Meaning("patient_identification_invalid", "user", "correct_input")
PERIOD_NOT_ACCEPTED: Final = Meaning("period_not_accepted", "user", "correct_input")
CONTACT_TYPE_MISMATCH: Final = Meaning("contact_type_mismatch", "user", "correct_input")
PATIENT_UNKNOWN: Final = Meaning("patient_unknown", "user", "correct_input")
PATIENT_UNKNOWN_TO_INSURER: Final = Meaning("patient_unknown", "insurer", "contact_insurer")
INSURER_UNKNOWN: Final = Meaning("insurer_unknown", "insurer", "contact_insurer")
SEVERAL_INSURERS: Final = Meaning("several_insurers", "user", "correct_input")
ANSWER_PARTIAL: Final = Meaning("answer_partial", "insurer", "retry")
INSURER_CHANGED: Final = Meaning("insurer_changed_in_period", "user", "correct_input")
PERIODS_LEFT_OUT: Final = Meaning("periods_left_out", "user", "correct_input")
INSURER_UNAVAILABLE: Final = Meaning("insurer_unavailable", "insurer", "retry")
REFUSAL_NOT_KNOWN: Final = Meaning("refusal_not_known", "support", "contact_support")
WARNING_NOT_KNOWN: Final = Meaning("warning_not_known", "support", "contact_support")

_REQUEST: Final = (REQUESTER, "RequestError")
_QUERY: Final = (REQUESTER, "AttributeQueryError")
_DATES: Final = (REQUESTER, "InputError")
_ROUTING: Final = (RESPONDER, "InputError")
_INTERNAL: Final = (RESPONDER, "InternalError")
_PARTIAL: Final = (SUCCESS, "PartialAnswer")

VERDICTS: Final = MappingProxyType(
    {
        "CROSSCHECK_ISSUER": Verdict(QUERY_REJECTED, *_REQUEST),
        "CROSSCHECK_ID": Verdict(QUERY_REJECTED, *_REQUEST),
        "FORBIDDEN_ATTRIBUTES": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_ISSUER_TAG": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_ISSUER_FORMAT": Verdict(QUERY_REJECTED, *_QUERY),
        "INVALID_ISSUER_FORMAT": Verdict(QUERY_REJECTED, *_QUERY),
        "INVALID_ISSUER_VALUE": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_OR_BAD_EXTENSIONS_TYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_EXTENSIONS_TAG": Verdict(QUERY_REJECTED, *_QUERY),
        "DUPLICATED_FACET": Verdict(QUERY_REJECTED, *_QUERY),
        "UNKNOWN_FACET": Verdict(QUERY_REJECTED, *_QUERY),
        "UNAUTHORIZED_FACET": Verdict(DATA_NOT_AUTHORISED, *_QUERY),
        "INVALID_FACET_COMBINATION": Verdict(QUERY_REJECTED, *_QUERY),
        "INVALID_DIMENSION_ID": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_DIMENSION": Verdict(QUERY_REJECTED, *_QUERY),
        "DUPLICATED_DIMENSION": Verdict(QUERY_REJECTED, *_QUERY),
        "INCONSISTENT_DIMENSIONS": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_NAMEID": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "MISSING_NAMEID_FORMAT": Verdict(QUERY_REJECTED, *_QUERY),
        "INVALID_NAMEID_FORMAT": Verdict(QUERY_REJECTED, *_QUERY),
        "INVALID_NAMEID_VALUE": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "EMPTY_INSS": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "EMPTY_IO": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "EMPTY_REG_NUM": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "INVALID_INSS_FORMAT": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "INVALID_INSS_VALUE": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "INVALID_IO_FORMAT": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "INVALID_IO_VALUE": Verdict(IDENTIFICATION_INVALID, *_QUERY),
        "INVALID_SUBJECT_CONFIRMATION_METHOD_VALUE": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_SUBJECT_CONFIRMATION_TAG": Verdict(QUERY_REJECTED, *_QUERY),
        "MISSING_SUBJECT_CONFIRMATION_DATA_TAG": Verdict(QUERY_REJECTED, *_QUERY),
        "SUBJECT_CONFIRMATION_WITH_ID": Verdict(QUERY_REJECTED, *_QUERY),
        "EMPTY_STARTDATE": Verdict(PERIOD_NOT_ACCEPTED, *_QUERY),
        "EMPTY_ENDDATE": Verdict(PERIOD_NOT_ACCEPTED, *_QUERY),
        "INVALID_PERIOD": Verdict(PERIOD_NOT_ACCEPTED, *_QUERY),
        "START_DATE_IN_FUTURE": Verdict(PERIOD_NOT_ACCEPTED, *_DATES),
        "INVALID_PERIOD_FOR_SECTOR": Verdict(PERIOD_NOT_ACCEPTED, *_DATES),
        "PERIOD_TOO_FAR_IN_PAST": Verdict(PERIOD_NOT_ACCEPTED, *_DATES),
        "UNKNOWN_NISS_ROUTING": Verdict(PATIENT_UNKNOWN, *_ROUTING),
        "UNKNOWN_IO": Verdict(INSURER_UNKNOWN, *_ROUTING),
        "MULTIPLE_IO": Verdict(SEVERAL_INSURERS, *_ROUTING),
        "MISSING_FACETS": Verdict(ANSWER_PARTIAL, *_PARTIAL),
        "MUTATION": Verdict(INSURER_CHANGED, *_PARTIAL),
        "ONLY_FIVE_PERIODS_RETURNED": Verdict(PERIODS_LEFT_OUT, *_PARTIAL),
        "BO_MISSING_FACET": Verdict(ANSWER_PARTIAL, *_PARTIAL),
        "FACET_EXCEPTION": Verdict(ANSWER_PARTIAL, *_PARTIAL),
        "NO_FACET": Verdict(INSURER_UNAVAILABLE, *_INTERNAL),
        "INVALID_RESPONSE_FROM_IO": Verdict(INSURER_UNAVAILABLE, *_INTERNAL),
        "SEND_TO_IM_EXCEPTION": Verdict(INSURER_UNAVAILABLE, *_INTERNAL),
        "BO_EXCEPTION": Verdict(INSURER_UNAVAILABLE, *_INTERNAL),
        "IOSM_EXCEPTION": Verdict(INSURER_UNAVAILABLE, *_INTERNAL),
        "BO_UNKNOWN_NISS": Verdict(PATIENT_UNKNOWN_TO_INSURER, *_INTERNAL),
        "BO_INVALID_REGNBR": Verdict(IDENTIFICATION_INVALID, *_INTERNAL),
        "BO_UNKNOWN_REGNBR": Verdict(PATIENT_UNKNOWN, *_INTERNAL),
        "BO_PERIOD_TOO_FAR_IN_THE_PAST": Verdict(PERIOD_NOT_ACCEPTED, *_INTERNAL),
        "EMPTY_REQUESTTYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "UNALLOWED_REQUESTTYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "UNAUTHORIZED_REQUESTTYPE": Verdict(DATA_NOT_AUTHORISED, *_QUERY),
        "EMPTY_CONTACTTYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "UNALLOWED_CONTACTTYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "UNAUTHORIZED_CONTACTTYPE": Verdict(DATA_NOT_AUTHORISED, *_QUERY),
        "MISMATCHED_CONTACTTYPE": Verdict(CONTACT_TYPE_MISMATCH, *_QUERY),
        "UNALLOWED_CAREPATHTYPE": Verdict(QUERY_REJECTED, *_QUERY),
        "EMPTY_CAREPATHTYPE": Verdict(QUERY_REJECTED, *_QUERY),
    },
)
"""Every detail code of the list."""


def meaning_of(detail_code: str, *, is_warning: bool) -> Meaning:
    """Give our reading of a detail code; unknown ones get the default of their kind."""
    verdict = VERDICTS.get(detail_code)
    if verdict is not None:
        return verdict.meaning
    return WARNING_NOT_KNOWN if is_warning else REFUSAL_NOT_KNOWN
