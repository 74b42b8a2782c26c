"""Who is checked in, folded from sightings and acts in any mixture."""

from __future__ import annotations

from tests.tui.fake_station import MINUTE, NOW, person, uuid

from headcount.core.model import NIL_UUID, Instant, Kind, Record
from headcount.core.news import Acted, Sighted
from headcount.tui.checkins import CheckIns

ADA, BO = person(1, "Ada"), person(2, "Bo")


def acted(
    ident: str,
    kind: Kind,
    user: str = "user1",
    *,
    at: int = NOW,
    badge: str = NIL_UUID,
    of: str = "",
    of_time_ms: int | None = None,
) -> Acted:
    instant = Instant(at, 1.0, "boot")
    record = Record(badge, "Door", instant, kind, user=user, of=of, of_time_ms=of_time_ms, why="x")
    people = {"user1": ADA, "user2": BO}
    return Acted(ident, record, people.get(user))


def sighted(number: int, *, owned: bool = True, at: int = NOW) -> Sighted:
    owner = {1: ADA, 2: BO}.get(number) if owned else None
    return Sighted(uuid(number), owner, at, -60, arrival=True)


def fold(*news: Sighted | Acted) -> CheckIns:
    folded = CheckIns()
    for each in news:
        if isinstance(each, Sighted):
            folded.sighted(each)
        else:
            folded.acted(each)
    return folded


def names(folded: CheckIns) -> list[str]:
    return [arrival.name for arrival in folded.arrivals]


def test_by_hand_counts_and_stands_among_the_arrivals() -> None:
    folded = fold(sighted(2), acted("a", Kind.MANUAL, at=NOW + MINUTE))
    assert names(folded) == ["Ada", "Bo"]
    assert folded.arrivals[0].by_hand
    assert folded.never_heard == {"user1"}
    assert folded.per_minute((NOW + MINUTE) // MINUTE, 2) == [1, 1]


def test_by_hand_and_heard_is_one_person_with_the_earlier_time() -> None:
    folded = fold(acted("a", Kind.MANUAL), sighted(1, at=NOW + MINUTE))
    assert len(folded) == 1
    assert folded.of("user1") == (NOW, True)
    assert folded.never_heard == set()


def test_what_is_taken_back_is_gone_and_what_was_heard_stays() -> None:
    undo = acted("v", Kind.VOID, of="a")
    assert len(fold(acted("a", Kind.MANUAL), undo)) == 0
    heard = fold(acted("a", Kind.MANUAL), sighted(1, at=NOW + MINUTE), undo)
    assert heard.of("user1") == (NOW + MINUTE, False)


def test_a_void_before_its_act_holds() -> None:
    assert len(fold(acted("v", Kind.VOID, of="a"), acted("a", Kind.MANUAL))) == 0


def test_an_unknown_badge_that_is_given_out_was_that_person() -> None:
    folded = fold(sighted(7, owned=False), acted("a", Kind.ASSIGN, badge=uuid(7)))
    assert names(folded) == ["Ada"]
    folded.acted(acted("v", Kind.VOID, of="a"))
    assert names(folded) == [""]
    assert len(folded) == 0


def test_who_gets_another_badge_stays_checked_in() -> None:
    folded = fold(sighted(1), acted("a", Kind.ASSIGN, badge=uuid(9)))
    assert folded.of("user1") == (NOW, False)


def test_a_sighting_that_was_taken_back_counts_until_the_next_one_no_more() -> None:
    folded = fold(sighted(1), acted("v", Kind.VOID, badge=uuid(1), of="s", of_time_ms=NOW))
    assert len(folded) == 0
    folded.sighted(Sighted(uuid(1), ADA, NOW + MINUTE, -60, arrival=False))
    assert folded.of("user1") == (NOW + MINUTE, False)


def test_excused_is_no_check_in() -> None:
    folded = fold(acted("a", Kind.EXCUSED))
    assert len(folded) == 0
    assert folded.excused("user1")
