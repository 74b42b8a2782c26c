"""The admin pages' acts and their usual keys, for `[keys]` of config.toml.

An act's name begins with its page's. `filter`, `fetch` and `tick` are those of the operator's
screens, too: one key for each of them everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import ADMIN_PAGES

OWN: Mapping[str, Mapping[str, str]] = {
    "admin": {"sign_out": "x", "sign_in": "i"} | {page.name: page.key for page in ADMIN_PAGES},
    "events": {
        "new": "n",
        "plan": "r",
        "archive": "z",
        "duplicate": "d",
        "import": "i",
        "export": "e",
        "view": "v",
    },
    "people": {
        "approve": "a",
        "reject": "j",
        "role": "o",
        "of_event": "g",
        "badges": "b",
        "import": "i",
    },
    "person": {"check_in": "c", "excuse": "e", "take_back": "u", "export": "x", "erase": "z"},
    "requests": {"decline": "d"},
    "request": {"accept": "a", "decline": "d"},
    "scanners": {"pair": "n", "settings": "e", "revoke": "x", "stolen": "t", "for_all": "d"},
    "report": {"order": "o", "status": "t", "compare": "c", "export": "e", "why": "w"},
    "close_out": {"mark_open": "m", "accept": "a", "take_back": "u", "seal": "s"},
    "insights": {"look": "n", "dismiss": "d", "reopen": "o", "comment": "c", "all": "t"},
    "feedback": {"publish": "p", "hide": "d", "renew": "n"},
    "audit": {"choose": "c", "whose": "w", "everybody": "x", "older": "m", "export": "e"},
    "care": {"back_up": "n", "drill": "v", "plan": "d"},
    "purge": {"delete": "x"},
}
"""By page: the usual key of each act that is the page's own."""

SHARED: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"fetch"}),
    "events": frozenset({"filter"}),
    "people": frozenset({"filter", "tick"}),
    "person": frozenset({"fetch"}),
    "requests": frozenset({"filter"}),
    "request": frozenset({"fetch"} | {f"person_{name}" for name in OWN["person"]}),
    "scanners": frozenset({"filter"}),
    "report": frozenset({"fetch", "filter"}),
    "close_out": frozenset({"fetch", "filter", "tick"}),
    "insights": frozenset({"filter"}),
    "feedback": frozenset({"filter"}),
    "audit": frozenset({"fetch", "filter"}),
    "care": frozenset({"filter"}),
    "purge": frozenset({"fetch", "filter"}),
}
"""By page: the acts that other screens have, too, beside those that work everywhere."""


def act(page: str, name: str) -> str:
    """The name of a page's own act."""
    return f"{page}_{name}"


def _named(page: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(act(page, name) for name in names)


ADMIN_USUAL: Mapping[str, str] = {
    act(page, name): key for page, keys in OWN.items() for name, key in keys.items()
}
"""The usual key of each act that is a page's own."""
ADMIN_ACTS: Mapping[str, frozenset[str]] = {
    page: _named(page, OWN[page]) | SHARED[page] for page in OWN
}
"""The acts of each page. A test holds it equal to them."""
