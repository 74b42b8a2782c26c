"""What a machine can check of the architecture: layers, sizes, quick start."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import headcount

PACKAGE = Path(headcount.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOT = Path(__file__).parent.parent


def test_the_layers_hold() -> None:
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("not in a checkout: the contracts are in pyproject.toml")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("args", [["--help"], ["--version"], []])
def test_the_command_line_imports_nothing_heavy(args: list[str]) -> None:
    heavy = ("textual", "bleak", "sqlalchemy", "pydantic", "httpx", "starlette", "rich", "asyncio")
    code = (
        "import sys\n"
        "from headcount.cli import main\n"
        f"try:\n    main({args!r})\n"
        "except SystemExit:\n    pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_answers_at_once() -> None:
    """0.3 s is the promise; what it costs are the modules, and a loaded machine has as many."""
    code = (
        "import sys\nfrom headcount.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(len(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stderr.splitlines()[-1]) < 180


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_the_core_reads_no_clock_and_rolls_no_dice() -> None:
    banned = {"time", "random", "os", "asyncio", "datetime", "secrets", "uuid"}
    found = [
        f"{module.name}: {name}"
        for module in (PACKAGE / "core").rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        for name in imported(node)
        if name in banned
    ]
    assert found == []
