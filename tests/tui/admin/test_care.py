"""The care of data: which commands there are, the plan of deletion, one person's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.tui.screen_app import ScreenApp

from headcount.bootstrap.admin import open_database
from headcount.bootstrap.admin_desk_care import LocalCare
from headcount.config import Backend as Address
from headcount.config import Config
from headcount.core.audit import Entry
from headcount.core.errors import BackendRejected
from headcount.core.personal import Erasure
from headcount.core.retention import Due
from headcount.tui.admin.care import CarePage, plan_lines
from headcount.tui.admin.person import PersonPage
from headcount.tui.admin.personal import preview

from .conftest import Backend
from .fakes import ADMIN, FakeAdmin, FakePeople
from .steps import SIZE, admin_app, enter, fill, shown, told


def test_the_plan_names_events_and_counts() -> None:
    plan = [Due("spring", {"sightings": 1200, "voids": 1}), Due("", {"audit_log": 3})]
    assert plan_lines(plan) == [
        "spring  sightings: 1,200 rows, voids: 1 row",
        "of no event  audit_log: 3 rows",
        "",
        "Nothing was deleted. headcount purge archives it, then deletes it.",
    ]
    assert plan_lines([]) == ["Nothing has outlived its time."]


def test_an_erasure_is_shown_by_kind() -> None:
    assert preview(Erasure("u1", {"users": 1, "acts": 0, "sightings": 12})) == (
        "users: 1 row\nsightings: 12 rows"
    )


async def test_the_plan_is_asked_only_where_the_database_is(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path), backend=Address(url="http://127.0.0.1:8484"))
    remote = config.model_copy(update={"backend": Address(url="https://headcount.example.org")})
    assert await LocalCare(config, own=True).plan() is None
    with open_database(config) as store:
        store.add_audit(Entry(1, "users.import"))
    (due,) = await LocalCare(config, own=True).plan() or ()
    assert (due.event_id, dict(due.rows)) == ("", {"audit_log": 1})
    assert await LocalCare(config, own=False).plan() is None
    assert await LocalCare(remote, own=True).plan() is None


async def test_the_commands_are_named_and_a_far_database_says_where(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("d")
        await shown(pilot, "headcount backup list", "headcount restore FILE", "every few hours")
        await pilot.press("slash", *"outlived", "enter", "enter")
        await told(pilot, "on another machine. Run there: headcount purge --dry-run")


@dataclass
class Plans:
    said: Sequence[Due]

    async def plan(self) -> Sequence[Due] | None:
        return self.said


async def test_the_plan_is_shown() -> None:
    app = ScreenApp(CarePage(Plans([Due("spring", {"sightings": 1200})])))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "headcount purge --dry-run")
        await pilot.press(*["down"] * 4, "enter")
        await shown(pilot, "What would be deleted", "spring sightings: 1,200 rows")


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
