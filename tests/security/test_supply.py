"""What we build on: every package pinned, a bill of materials, a linter that can find something."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests import sbom
from tests.installed import needed

ROOT = Path(__file__).parent.parent.parent


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {
        canonicalize_name(name): pinned for name, _, pinned in (s.partition("==") for s in lines)
    }


def test_everything_that_is_needed_is_pinned_to_what_is_installed() -> None:
    installed = {name: package.version for name, package in needed("dev").items()}
    assert {name: pins().get(name) for name in installed} == installed


def test_constraints_are_names_and_versions_and_no_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []
    assert len(pins()) == len(lines)


def test_each_dependency_has_a_lower_bound() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = re.findall(r'^  "([a-zA-Z][\w-]*[<>=~!][^"]*)"', text, re.MULTILINE)
    assert len(listed) > 20
    assert [each for each in listed if ">" not in str(Requirement(each).specifier)] == []


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sbom") / "build" / "sbom.json"
    sbom.main(path)
    return path.read_text("utf-8")


def test_the_bill_of_materials_lists_what_runs_and_nothing_else(bill: str) -> None:
    document: dict[str, Any] = json.loads(bill)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "headcount"
    listed = {part["name"].lower(): part["version"] for part in document["components"]}
    for name in ("httpx", "starlette", "msgspec", "h11", "sqlalchemy"):
        assert listed[name] == version(name)
    assert listed.keys().isdisjoint({"pytest", "ruff", "mypy", "hypothesis", "bandit"})
    refs = {entry["ref"]: entry.get("dependsOn", []) for entry in document["dependencies"]}
    httpx = next(ref for ref in refs if ref.startswith("pkg:pypi/httpx@"))
    assert any(ref.startswith("pkg:pypi/httpcore@") for ref in refs[httpx])


def test_the_bill_of_materials_tells_nothing_about_this_machine(bill: str) -> None:
    bill = re.sub(r'"\$schema": "[^"]*"', "", bill)
    assert "externalReferences" not in bill
    assert [
        word for word in (str(Path.home()), str(ROOT), sys.prefix, "file:") if word in bill
    ] == []
    assert re.findall(r"https?://[^\"]*", bill) == []


def test_the_security_linter_can_find_something(tmp_path: Path) -> None:
    hole = tmp_path / "hole.py"
    hole.write_text("import subprocess\nsubprocess.run(input(), shell=True)\n", encoding="utf-8")
    command = [sys.executable, "-m", "bandit", "-q", "-c", str(ROOT / "pyproject.toml"), str(hole)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "B602" in done.stdout
