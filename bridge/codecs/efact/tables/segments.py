"""Segments 200 and 300 in front of the records, as sent and as answered.

Source: *efact-nursing* 2, tables ``efact/``; zone by zone as there.
"""

from __future__ import annotations

from typing import Final

from bridge.codecs.efact.tables.code_lists import (
    INVOICE_KINDS,
    INVOICING_KINDS,
    MESSAGE_TYPES,
    REFUSAL_KINDS,
)
from bridge.codecs.fixedwidth import Layout, zone
from bridge.codecs.zonekinds import BLANKS, TEXT, ZEROS, choice
from bridge.codecs.zonenumbers import CODE, COUNTED, DATE, DIGITS, ERROR, MONTH, NUMBER

SEGMENT_200: Final = Layout(
    "200",
    "header of the message",
    (
        zone("200", "message name", 1, 6, DIGITS, key="message", required=True),
        zone("2001", "error code of zone 200", 7, 2, ERROR, key="error_200"),
        zone("201", "version of the message format", 9, 2, CODE, key="version", required=True),
        zone("2011", "error code of zone 201", 11, 2, ERROR, key="error_201"),
        zone(
            "202", "message type", 13, 2, choice(MESSAGE_TYPES), key="message_type", required=True
        ),
        zone("2021", "error code of zone 202", 15, 2, ERROR, key="error_202"),
        zone("203", "status", 17, 2, DIGITS, key="status"),
        zone("2031", "error code of zone 203", 19, 2, ERROR, key="error_203"),
        zone(
            "204",
            "numeric reference of the sender",
            21,
            14,
            DIGITS,
            key="sender_reference",
            required=True,
        ),
        zone("2041", "error code of zone 204", 35, 2, ERROR, key="error_204"),
        zone("205", "reference of the insurer", 37, 14, DIGITS, key="insurer_reference"),
        zone("2051", "error code of zone 205", 51, 2, ERROR, key="error_205"),
        zone("206", "reserve", 53, 15, ZEROS, key="reserve"),
    ),
)

SEGMENT_300: Final = Layout(
    "300",
    "header of the invoicing",
    (
        zone("300", "invoiced year and month", 1, 6, MONTH, key="invoiced_month", required=True),
        zone("3001", "error code of zone 300", 7, 2, ERROR, key="error_300"),
        zone("301", "sending number", 9, 3, COUNTED, key="sending_number", required=True),
        zone("3011", "error code of zone 301", 12, 2, ERROR, key="error_301"),
        zone("302", "creation date", 14, 8, DATE, key="created_on", required=True),
        zone("3021", "error code of zone 302", 22, 2, ERROR, key="error_302"),
        zone("303", "reference of the invoice file", 24, 13, TEXT, key="file_reference"),
        zone("3031", "error code of zone 303", 37, 2, ERROR, key="error_303"),
        zone("304", "version of the instructions", 39, 7, CODE, key="instructions", required=True),
        zone("3041", "error code of zone 304", 46, 2, ERROR, key="error_304"),
        zone(
            "305", "last name of the contact", 48, 45, TEXT, key="contact_last_name", required=True
        ),
        zone("3051", "error code of zone 305", 93, 2, ERROR, key="error_305"),
        zone(
            "306",
            "first name of the contact",
            95,
            24,
            TEXT,
            key="contact_first_name",
            required=True,
        ),
        zone("3061", "error code of zone 306", 119, 2, ERROR, key="error_306"),
        zone(
            "307", "telephone of the contact", 121, 10, DIGITS, key="contact_phone", required=True
        ),
        zone("3071", "error code of zone 307", 131, 2, ERROR, key="error_307"),
        zone(
            "308",
            "kind of invoice",
            133,
            2,
            choice(INVOICE_KINDS),
            key="invoice_kind",
            required=True,
        ),
        zone("3081", "error code of zone 308", 135, 2, ERROR, key="error_308"),
        zone(
            "309",
            "kind of invoicing",
            137,
            2,
            choice(INVOICING_KINDS),
            key="accounts",
            required=True,
        ),
        zone("3091", "error code of zone 309", 139, 2, ERROR, key="error_309"),
        zone("310", "reserve", 141, 20, ZEROS),
    ),
)

SEGMENT_300_RECEIPT: Final = Layout(
    "300",
    "acknowledged message",
    (
        zone(
            "300",
            "name of the acknowledged message",
            1,
            6,
            DIGITS,
            key="acknowledged",
            required=True,
        ),
        zone("3001", "error code of zone 300", 7, 2, ERROR, key="error_300"),
        zone("301", "reserve", 9, 152, BLANKS),
    ),
)

SEGMENT_300_ANSWER: Final = Layout(
    "300",
    "header of the answer",
    (
        zone("300", "invoiced year and month", 1, 6, MONTH, key="invoiced_month", required=True),
        zone("3001", "error code of zone 300", 7, 2, ERROR, key="error_300"),
        zone("301", "sending number", 9, 3, COUNTED, key="sending_number", required=True),
        zone("3011", "error code of zone 301", 12, 2, ERROR, key="error_301"),
        zone("302", "creation date", 14, 8, DATE, key="created_on", required=True),
        zone("3021", "error code of zone 302", 22, 2, ERROR, key="error_302"),
        zone("303", "reference of the invoice file", 24, 13, TEXT, key="file_reference"),
        zone("3031", "error code of zone 303", 37, 2, ERROR, key="error_303"),
        zone("304", "version of the instructions", 39, 7, CODE, key="instructions", required=True),
        zone("3041", "error code of zone 304", 46, 2, ERROR, key="error_304"),
        zone(
            "305", "last name of the contact", 48, 45, TEXT, key="contact_last_name", required=True
        ),
        zone("3051", "error code of zone 305", 93, 2, ERROR, key="error_305"),
        zone(
            "306",
            "first name of the contact",
            95,
            24,
            TEXT,
            key="contact_first_name",
            required=True,
        ),
        zone("3061", "error code of zone 306", 119, 2, ERROR, key="error_306"),
        zone(
            "307", "telephone of the contact", 121, 10, DIGITS, key="contact_phone", required=True
        ),
        zone("3071", "error code of zone 307", 131, 2, ERROR, key="error_307"),
        zone(
            "308",
            "kind of invoice",
            133,
            2,
            choice(INVOICE_KINDS),
            key="invoice_kind",
            required=True,
        ),
        zone("3081", "error code of zone 308", 135, 2, ERROR, key="error_308"),
        zone(
            "309",
            "kind of invoicing",
            137,
            2,
            choice(INVOICING_KINDS),
            key="accounts",
            required=True,
        ),
        zone("3091", "error code of zone 309", 139, 2, ERROR, key="error_309"),
        zone("310", "error percentage", 141, 5, NUMBER, key="error_percentage"),
        zone("3101", "error code of zone 310", 146, 2, ERROR, key="error_310"),
        zone("311", "kind of refusal", 148, 2, choice(REFUSAL_KINDS), key="refusal_kind"),
        zone("3111", "error code of zone 311", 150, 2, ERROR, key="error_311"),
        zone("312", "reserve", 152, 459, ZEROS),
    ),
)
