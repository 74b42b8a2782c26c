"""`python -m benchmarks`: what it runs, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks import __main__ as benchmarks
from benchmarks import one, sizing
from benchmarks.memory import peak_mib
from benchmarks.result import Result


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what was run; each takes no time, and misses its floor if it is the log's review."""
    names: list[str] = []

    def measure(name: str) -> list[Result]:
        names.append(name)
        return [Result(f"all of {name}", 7, "/s", holds=name != "review", key="sqlite.small")]

    monkeypatch.setattr(benchmarks, "measure", measure)
    return names


def test_help_measures_nothing(measured: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        benchmarks.main(["--help"])
    assert measured == []
    assert "postgres" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "names", "code"),
    [
        (["batch"], ["batch"], 0),
        (["batch", "review"], ["batch", "review"], 1),
        ([], list(one.BENCHMARKS), 1),
    ],
)
def test_what_is_named_is_measured(
    measured: list[str],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    names: list[str],
    code: int,
) -> None:
    assert benchmarks.main(arguments) == code
    assert measured == names
    out = capsys.readouterr().out
    assert [f"all of {name}" in out for name in names] == [True] * len(names)
    assert out.count("MISSED") == code


def test_an_unknown_name_is_an_error(measured: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        benchmarks.main(["batch", "bach"])
    assert measured == []


def test_some_figures_are_saved_beside_the_others(
    measured: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = sizing.figures()
    for name in ("FIGURES", "DOCUMENT"):
        copy = tmp_path / name
        copy.write_bytes(getattr(sizing, name).read_bytes())
        monkeypatch.setattr(sizing, name, copy)
    benchmarks.main(["batch", "--save"])
    assert sizing.figures() == before | {"sqlite.small": 7}


def test_each_is_a_process_of_its_own() -> None:
    """The smallest of them, for real."""
    results = list(benchmarks.measure("rotating"))
    assert [result.unit for result in results] == ["s", "/s"]
    assert all(result.value > 0 for result in results)


def test_the_memory_of_a_process_is_its_peak() -> None:
    before = peak_mib(os.getpid())
    assert before > 10
    assert len(b"x" * (int(before) << 20)) > 0  # twice as much, for a moment
    assert peak_mib(os.getpid()) > 1.5 * before
