"""docs/security.md tells the truth: each control names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
DOCUMENT = TESTS.parent / "docs" / "security.md"


def controls() -> list[tuple[str, list[str]]]:
    """The rows of the controls table: the threat, and its tests."""
    section = DOCUMENT.read_text("utf-8").partition("## Controls and their tests")[2]
    rows = [line.split("|") for line in section.partition("\n## ")[0].splitlines()]
    cells = [[cell.strip() for cell in row[1:-1]] for row in rows if len(row) == 5]
    return [(threat, re.findall(r"`([^`]+)`", tests)) for threat, _, tests in cells[2:]]


@cache
def functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def exists(test: str) -> bool:
    file, _, name = test.partition("::")
    path = TESTS / f"{file}.py"
    return path.is_file() and name.startswith("test_") and name in functions(path)


@pytest.mark.parametrize(("threat", "tests"), controls(), ids=lambda value: str(value)[:40])
def test_a_control_names_tests_that_exist(threat: str, tests: list[str]) -> None:
    assert threat
    assert tests
    assert [test for test in tests if not exists(test)] == []


def test_every_threat_is_in_the_table() -> None:
    assert len(controls()) >= 22


def test_every_security_test_is_named() -> None:
    named = {test for _, tests in controls() for test in tests}
    ours = {
        f"security/{file.stem}::{name}"
        for file in sorted((TESTS / "security").glob("test_*.py"))
        if file.stem in {"test_network", "test_hostile_text", "test_files"}
        for name in functions(file)
        if name.startswith("test_")
    }
    assert ours - named == {"security/test_files::test_a_report_replaces_a_file_and_keeps_its_mode"}
