"""What the People screen lists, without a terminal."""

from __future__ import annotations

import time

import pytest
from tests.tui.fake_station import NOW, event, person, uuid

from headcount.core.model import NIL_UUID, Format, Instant, Kind, Record
from headcount.core.news import Acted, Sighted
from headcount.core.pulse import HeardFormat, Nearby, Pulse
from headcount.core.roster import Roster
from headcount.tui.people_state import SHOWN, PeopleState, Stands, stands
from headcount.tui.ports import Begun
from headcount.tui.state import LiveState
from headcount.tui.why import Question, heard, means, steps

AT = Instant(NOW, 5_000.0, "boot")
NAMES = ("Ada", "Zoë", "Łukasz", "Fatima")


def roster(people: int) -> Roster:
    return Roster(
        ((person(n, f"{NAMES[n % 4]} Family{n}"), [uuid(n)]) for n in range(people)), fetched_ms=NOW
    )


def live(*nearby: Nearby, frames: int = 0, background: int = 0) -> LiveState:
    """Five seconds of a scan that hears these."""
    state = LiveState()
    state.begin(Begun(event("Evening", 0), "Door", "/log"))
    for second in (0, 4):
        now = AT.at(AT.mono + second)
        state.pulse(Pulse(now, frames * second, 0, background * second, 0, nearby))
    return state


def test_everybody_by_name_then_those_whom_the_letters_mean() -> None:
    state = PeopleState()
    assert state.look(roster(8), "")
    assert [each.name for each in state.found][:3] == [
        "Ada Family0",
        "Ada Family4",
        "Fatima Family3",
    ]
    state.look(state.roster, "lu 6")
    assert [each.name for each in state.found] == ["Łukasz Family6"]
    assert not state.look(state.roster, " lu 6 ")


def test_a_long_result_is_cut_and_says_so() -> None:
    state = PeopleState()
    state.look(roster(4 * SHOWN), "family")
    assert (len(state.found), state.more) == (SHOWN, True)


def test_a_new_badge_and_a_walk_in_show_at_once() -> None:
    state, people = PeopleState(), roster(4)
    state.look(people, "ada")
    state.look(people.with_badges({uuid(9): "user0"}), "ada")
    assert state.badges_of("user0") == [uuid(9)]
    state.look(people.with_people([person(9, "Adam New")]), "adam")
    assert state.found[0].name == "Adam New"


def test_ten_thousand_people_are_searched_within_a_frame() -> None:
    state, people = PeopleState(), roster(10_000)
    state.look(people, "")

    def search(text: str) -> float:
        begin = time.perf_counter()
        state.look(people, text)
        return time.perf_counter() - begin

    assert min(search(text) for text in ("zo", "lf", "fam 99", "xqz")) < 0.05


@pytest.mark.parametrize(
    ("sighted", "acts", "near", "expected"),
    [
        (False, (), False, Stands.NOT_YET),
        (False, (Kind.EXCUSED,), False, Stands.EXCUSED),
        (False, (Kind.EXCUSED, Kind.MANUAL), False, Stands.BY_HAND),
        (True, (), False, Stands.AWAY),
        (True, (Kind.EXCUSED,), True, Stands.HERE),
    ],
)
def test_how_somebody_stands(
    *, sighted: bool, acts: tuple[Kind, ...], near: bool, expected: Stands
) -> None:
    ada = person(1, "Ada")
    state = live(*[Nearby(uuid(1), ada, -60, AT.mono)] * near)
    if sighted:
        state.news(Sighted(uuid(1), ada, NOW, -60, arrival=True), AT)
    for number, kind in enumerate(acts):
        record = Record(NIL_UUID, "Door", AT, kind, user="user1")
        state.news(Acted(f"a{number}", record, ada), AT)
    assert stands(state, "user1") is expected


@pytest.mark.parametrize(
    ("state", "badges", "expected"),
    [
        (live(), (), "The radio hears nothing at all"),
        (live(frames=40), (), "Ada has no badge"),
        (live(frames=40), (uuid(1),), "Not heard now: 00000001"),
        (live(frames=40, background=3), (uuid(1),), "An iPhone whose app is in the background"),
        (live(Nearby(uuid(9), None, -45, 0.0), frames=40), (uuid(1),), "It may be theirs"),
        (
            live(Nearby(uuid(1), person(1), -45, AT.mono), frames=40),
            (uuid(1),),
            "is heard: -45 dBm, 4 s ago",
        ),
    ],
)
def test_why_not_seen(state: LiveState, badges: tuple[str, ...], expected: str) -> None:
    ask = Question(state, "Ada", badges, AT.mono + 4, "~")
    assert expected in " ".join(said.words for said in means(ask))
    assert steps(ask)


def test_why_not_seen_tells_what_counts_from_what_is_on_the_air() -> None:
    def heard_by(frames: int) -> list[HeardFormat]:
        return [
            HeardFormat(Format.SERVICE_UUID, wanted=True, frames=frames, close=0),
            HeardFormat(Format.IBEACON, wanted=True, frames=0, close=0),
            HeardFormat(Format.EDDYSTONE_UID, wanted=False, frames=frames // 2, close=frames // 4),
        ]

    state = LiveState()
    for second in range(3):
        now = AT.at(AT.mono + second)
        state.pulse(Pulse(now, 40 * second, 0, 0, 0, formats=heard_by(40 * second)))
    ask = Question(state, "Ada", (uuid(1),), AT.mono + 4, "~")
    lines = [said.words for said in heard(ask)]
    assert "Formats that count, and are heard: service UUID 40.0/s" in lines
    assert "Formats that count, not heard: iBeacon" in lines
    assert "Heard, but not configured: Eddystone-UID 20.0/s (10.0/s close by)" in lines
    assert any("add eddystone_uid to radio.formats" in said.words for said in means(ask))
