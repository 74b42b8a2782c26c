"""The docs tell the truth: settings, commands, links, and the README's commands run."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs_tables import PAGES

from headcount.cli import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES_IN_ROOT = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
DOCUMENTS = [ROOT / name for name in PAGES_IN_ROOT] + sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_and_command_is_documented(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python -m tests.docs_tables"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    first = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert first is not None
    assert re.findall(r"^\$ (make \w+)", first[1], re.MULTILINE) == ["make demo", "make test"]


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.partition("## Commands")[2].partition("## ")[0]
    assert {*re.findall(r"`headcount ([a-z-]+)", table)} == {*COMMANDS}


def test_make_has_what_the_docs_name() -> None:
    if not (ROOT / "Makefile").exists():
        pytest.skip("not in a checkout: the Makefile is not part of the package")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"^\$ make ([\w-]+)", document.read_text("utf-8"), re.MULTILINE)
    }
    assert named <= set(targets)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_the_readmes_commands_run(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs the Debian package bash")
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    port = free_port()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "HEADCOUNT_DATA_DIR": str(tmp_path / "data"),
        "HEADCOUNT_SERVER__PORT": str(port),
        "HEADCOUNT_BACKEND__URL": f"http://127.0.0.1:{port}",
    }
    script = "set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n" + "\n".join(blocks)
    done = subprocess.run(
        [bash, "-c", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Evening (evening)" in done.stdout
    assert "Ada" in done.stdout
    assert "1 person checked in of 1 registered" in done.stdout
