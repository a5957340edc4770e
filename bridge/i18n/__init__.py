"""Message catalogues in French, Dutch, German and English, and the problem catalogue.

Source: *REST API conventions* 9, *style anchors* 8.
"""

from bridge.i18n.catalogue import (
    MEMBERS,
    Texts,
    check_name,
    phrase,
    problem_type,
    scope_name,
    template,
    text,
    texts,
)
from bridge.i18n.negotiation import DEFAULT_LANGUAGE, LANGUAGES, negotiate
from bridge.i18n.tables.problems import PROBLEMS, ProblemType

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "MEMBERS",
    "PROBLEMS",
    "ProblemType",
    "Texts",
    "check_name",
    "negotiate",
    "phrase",
    "problem_type",
    "scope_name",
    "template",
    "text",
    "texts",
]
