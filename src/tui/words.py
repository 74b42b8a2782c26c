"""The words of the screens, in the operator's language. English is the source and needs no file.

`_` looks a sentence up when it is shown; `N_` only marks one that is kept for later, such as the
description of a key. Catalogues are `locale/<language>/LC_MESSAGES/headcount.mo`.
"""

from __future__ import annotations

import gettext
import locale
import os
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"
DOMAIN = "headcount"


class _Words:
    catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str = "") -> None:
    """Speak this language (`de`); empty: the system's. Unknown ones are English."""
    tags = [language] if language else _system_languages()
    _Words.catalogue = gettext.translation(DOMAIN, LOCALE, tags, fallback=True)


def _system_languages() -> list[str]:
    """What the environment asks for, as gettext reads it; the first one decides."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            first = value.split(":")[0]
            return [locale.normalize(first).split(".")[0]] if first else []
    return []


def translates() -> bool:
    """Whether there is a catalogue: English has none."""
    return type(_Words.catalogue) is not gettext.NullTranslations


def _(sentence: str) -> str:
    """The sentence in the language in use."""
    return _Words.catalogue.gettext(sentence) if sentence else ""


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name, which its tools look for
    """Mark a sentence for the catalogue; it is looked up where it is shown."""
    return sentence


def ngettext(one: str, many: str, count: int) -> str:
    """The form for this count, with the count put in for `{n}`."""
    return _Words.catalogue.ngettext(one, many, count).format(n=f"{count:,}")
