"""What the lower parts say in English is said on the German screen in German."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.tui.fake_station import person

from headcount.ble.hearing import HearingMonitor, Timings
from headcount.ble.scan_errors import radio_error
from headcount.core.acts import ActBook, WalkIns
from headcount.core.desk import Desk
from headcount.core.errors import HeadcountError, RadioReason
from headcount.core.model import Instant
from headcount.core.roster import Roster
from headcount.store.log_trouble import unwritable
from headcount.tui import words
from headcount.tui.error_words import SENTENCES, in_one, said, sentence

DESK = Desk("Eve", 15, WalkIns.ASK)
ROSTER = Roster([(person(1, "Ada"), []), (person(2, "Adam"), [])], 0)
NOW = Instant(0, 0.0, "boot")


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def raised() -> Iterator[HeadcountError]:
    """Errors as the parts below raise them."""
    tries: list[Callable[[], object]] = [
        lambda: DESK.check_in(ROSTER, "zz"),
        lambda: DESK.check_in(ROSTER, "ad"),
        lambda: DESK.assign(ROSTER, "Ada", "x"),
        lambda: DESK.walk_in("Cid", "", "w", confirmed=False),
        lambda: Desk("Eve", 15, WalkIns.REFUSE).walk_in("Cid", "", "w", confirmed=True),
        lambda: DESK.undo(ActBook(), NOW, "", ""),
    ]
    for each in tries:
        with pytest.raises(HeadcountError) as caught:
            each()
        yield caught.value
    for reason in RadioReason:
        yield radio_error(reason, adapter="hci0")
    for number in (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES):
        yield unwritable(Path("/log"), OSError(number, os.strerror(number)))


@pytest.mark.parametrize("error", raised(), ids=lambda error: str(error)[:40])
def test_every_part_of_an_error_is_translated(error: HeadcountError) -> None:
    for english, german in zip((error.what, error.safe, error.remedy), said(error), strict=True):
        assert (german != english) == bool(english), english
    assert "{" not in in_one(error)


def test_what_is_put_in_stays() -> None:
    with pytest.raises(HeadcountError) as caught:
        DESK.undo(ActBook(), NOW, "", "")
    assert said(caught.value).what == (
        "In den letzten 15 Minuten gibt es nichts von Eve zurückzunehmen."
    )
    assert sentence("Something new.") == "Something new."


def test_the_radios_own_words_are_translated() -> None:
    monitor = HearingMonitor(Timings())
    told = [
        *monitor.failed(radio_error(RadioReason.POWERED_OFF, adapter="hci0"), 1.0),
        *monitor.failed(radio_error(RadioReason.NO_ADAPTER), 9.0),
    ]
    assert told
    for change in told:
        assert sentence(change.message).startswith(("Der Funk ist taub: ", "Noch taub: "))
        assert "Nächster Versuch in" in sentence(change.message)
        assert sentence(change.remedy) != change.remedy


def test_no_sentence_is_taken_for_another() -> None:
    for each in SENTENCES:
        places = dict.fromkeys(re.findall(r"\{(\w+)\}", each), "7")
        assert sentence(each.format(**places)) == words._(each).format(**places)


def test_in_english_nothing_is_looked_for() -> None:
    words.use("en")
    assert [sentence(each) for each in SENTENCES] == list(SENTENCES)
