"""How each screen looks in each of its states. `--snapshot-update` accepts; look at them first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.tui.scenes import SCENES

SMALL, LARGE = (80, 24), (120, 40)
MAIN = ("picker", "live", "live_deaf")
PEOPLE = [scene for scene in SCENES if scene.startswith("people") and "ascii" not in scene]
CASES = [
    *((scene, SMALL, "dark") for scene in SCENES),
    *(
        (scene, LARGE, "dark")
        for scene in ("live_crowd", "live_doors", "live_gap", "picker_long", "health")
    ),
    *((scene, LARGE, theme) for scene in MAIN for theme in ("dark", "light")),
    *((scene, LARGE, "dark") for scene in PEOPLE),
    ("people_found", LARGE, "light"),
    ("live_deaf", SMALL, "high-contrast"),
    ("people_ascii", SMALL, "console"),
    ("live_ascii", SMALL, "console"),
]


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize(
    ("name", "size", "theme"), CASES, ids=[f"{n}-{w}x{h}-{t}" for n, (w, h), t in CASES]
)
def test_looks_as_accepted(
    snap_compare: Callable[..., bool], name: str, size: tuple[int, int], theme: str
) -> None:
    scene = SCENES[name]()
    assert snap_compare(scene.app(theme), terminal_size=size, run_before=scene.run)
