"""One person's data: its export and its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.tui.screen_app import ScreenApp

from headcount.core.errors import BackendRejected
from headcount.core.personal import Erasure
from headcount.tui.admin.person import PersonPage
from headcount.tui.admin.personal import preview

from .fakes import ADMIN, FakeAdmin, FakePeople
from .steps import SIZE, fill, shown, told


def test_an_erasure_is_shown_by_kind() -> None:
    assert preview(Erasure("u1", {"users": 1, "acts": 0, "sightings": 12})) == (
        "users: 1 row\nsightings: 12 rows"
    )


@dataclass
class Files(FakePeople):
    """One person's data; the last admin can't be erased."""

    done: list[str] = field(default_factory=list)
    last_admin: bool = False

    def personal(self) -> Files:
        return self

    async def export(self, user_id: str, file: str) -> str:
        self.done.append(f"export {user_id}")
        return file

    async def erasure(self, user_id: str) -> Erasure:
        return Erasure(user_id, {"users": 1, "sightings": 12})

    async def erase(self, user_id: str) -> Erasure:
        if self.last_admin:
            raise BackendRejected("409", status=409, detail="The only admin stays.")
        self.done.append(f"erase {user_id}")
        return Erasure("new-id", {})


async def test_a_person_is_exported_and_erased_after_a_preview() -> None:
    desk = Files(FakeAdmin(ADMIN))
    app = ScreenApp(PersonPage(desk, "e11", "u1"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "Bo Brandt at")
        await pilot.press("x")
        await shown(pilot, "all that is stored about the person")
        await fill(pilot, "/tmp/bo.json")
        await pilot.press("enter")
        await told(pilot, "Saved: /tmp/bo.json")
        await pilot.press("z")
        await shown(pilot, "Erase Bo Brandt?", "sightings: 12 rows", "nobody can undo it")
        await pilot.press("enter", "z")  # the first answer leaves it
        await shown(pilot, "Erase Bo Brandt?")
        await pilot.press("right", "enter")
        await told(pilot, "Reports know an anonymous person, new-id.")
    assert desk.done == ["export u1", "erase u1"]


async def test_a_refused_erasure_is_told() -> None:
    desk = Files(FakeAdmin(ADMIN), last_admin=True)
    app = ScreenApp(PersonPage(desk, "e11", "u1"))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "Bo Brandt at")
        await pilot.press("z")
        await shown(pilot, "Erase Bo Brandt?")
        await pilot.press("right", "enter")
        await told(pilot, "The only admin stays.")
    assert desk.done == []
