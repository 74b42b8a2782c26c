"""The page in a real browser: no request, no complaint, readable at 400 px and on paper."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.exports.samples import crowd, sample

from headcount.cli.report_output import render

BROWSER = shutil.which("chromium")


def chromium(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run it headless, with a name server that knows nobody."""
    if BROWSER is None:
        if "CI" in os.environ:
            pytest.fail("needs the Debian package chromium")
        pytest.skip("needs the Debian package chromium")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
    alone = ("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")
    command = [BROWSER, *quiet, *alone, f"--user-data-dir={folder / 'profile'}", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    """One start shows its width at 400 px, what it asked for, and what it complained of."""
    asks = "performance.getEntriesByType('resource').length"
    page = render(sample(), "html").decode()
    probe = (
        "<script>addEventListener('load',()=>{const d=document.documentElement;"
        "const small=[...document.querySelectorAll('td,th,p')]"
        ".filter(e=>parseFloat(getComputedStyle(e).fontSize)<12).length;"
        "const fits=d.scrollWidth<=innerWidth;"
        f"document.title=`fits ${{fits}} ${{innerWidth}} asked ${{{asks}}} small ${{small}}`}})"
        "</script>"
    )
    # The page itself runs no script: only for the probe its policy is taken away. In a frame the
    # width is exactly that of a narrow phone, which a window's can't be.
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', probe, page)
    (tmp_path / "page.html").write_text(open_page, encoding="utf-8")
    (tmp_path / "frame.html").write_text(
        '<iframe src="page.html" style="width:400px;height:900px;border:0" onload="setTimeout(()=>'
        'document.title=frames[0].document.title,200)"></iframe>',
        encoding="utf-8",
    )
    done = chromium(
        tmp_path,
        *("--dump-dom", "--virtual-time-budget=2000", "--enable-logging=stderr"),
        *("--allow-file-access-from-files", (tmp_path / "frame.html").as_uri()),
    )
    assert "fits true 400 asked 0 small 0" in done.stdout
    assert "CONSOLE" not in done.stderr


def test_the_page_on_paper(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(render(crowd(80), "html"))
    pdf = tmp_path / "page.pdf"
    address = (tmp_path / "page.html").as_uri()
    done = chromium(tmp_path, "--enable-logging=stderr", f"--print-to-pdf={pdf}", address)
    assert "CONSOLE" not in done.stderr  # with its policy in force nothing is blocked, either
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))
    assert 2 <= sheets <= 6
