"""The pages of the first steps: what each asks for, and what its button says to the daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.i18n.catalogue import phrase
from tray.assistant.form import Form
from tray.assistant.steps import Steps
from tray.dialogs.talk import Talk
from tray.menu import NAMES, SYSTEM

GROUPS: Final = frozenset({"nurse_group", "nurse_group_enterprise"})
ENTERPRISES: Final = frozenset({"enterprise", "nurse_group_enterprise"})
KINDS: Final = ("nurse", "enterprise", "nurse_group", "nurse_group_enterprise")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page is built with.

    Attributes:
        again: Builds the page anew, because other fields belong to what was chosen.
    """

    form: Form
    steps: Steps
    talk: Talk
    again: Callable[[], None]

    def say(self, key: str) -> str:
        """Give a text of the first steps."""
        return phrase("assistant", key, self.steps.language)


def _language(page: Page) -> None:
    form, language = page.form, page.steps.language
    form.value("language").set(page.steps.chosen)
    offered = {SYSTEM: phrase("tray", "language_system", language), **NAMES}
    form.choices(
        "language",
        offered,
        chosen=page.steps.chosen,
        then=lambda: page.talk.say("language", form.words("language")),
    )


def _certificate(page: Page) -> None:
    form = page.form
    form.file("file", page.say("file"), page.say("browse"))
    form.secret(page.say("password"))
    form.button(
        page.say("import"),
        lambda: page.talk.say("certificate", form.words("file"), secret=form.take_secret()),
    )


def _registration(page: Page) -> None:
    form = page.form
    offered = {kind: page.say(f"kind_{kind}") for kind in KINDS}
    form.choices("kind", offered, chosen=KINDS[0], then=page.again)
    kind = form.value("kind").get()
    form.field("nihii", page.say("nihii"))
    if kind in GROUPS:
        form.field("group", page.say("group"))
    if kind in ENTERPRISES:
        form.field("cbe", page.say("cbe"))
    form.field("practice", page.say("practice"), default=page.steps.practice)
    names = ("kind", "nihii", "group", "cbe", "practice")
    form.button(page.say("save"), lambda: page.talk.say("registration", form.words(*names)))


def _pairing(page: Page) -> None:
    page.form.button(page.say("expect"), lambda: page.talk.say("pairing"))


def _question(page: Page) -> None:
    form = page.form
    if not page.steps.has_session:
        form.button(page.say("session"), lambda: page.talk.say("session"))
        return
    form.field("niss", page.say("niss"))
    form.button(page.say("ask"), lambda: page.talk.say("question", form.words("niss")))


def _nothing(_page: Page) -> None:
    """Ask for nothing: the page only tells how it stands."""


BUILDERS: Final[Mapping[str, Callable[[Page], None]]] = {
    "language": _language,
    "reader": _nothing,
    "card": _nothing,
    "certificate": _certificate,
    "registration": _registration,
    "pairing": _pairing,
    "question": _question,
}
