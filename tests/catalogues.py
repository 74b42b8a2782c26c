"""The words of the screens: `python -m tests.catalogues` brings every catalogue up to date.

New sentences come in without a translation, and `test_words` names them until each has one in
`src/locale/<language>/LC_MESSAGES/headcount.po`. Run it again then: it writes the `.mo` file, too.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parent.parent / "src"
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def extracted(source: Path = SOURCE) -> Catalog:
    """Every sentence that the source marks, with the files that have it."""
    catalog = Catalog(project="headcount", fuzzy=False)
    found = extract_from_dir(
        source, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=()
    )
    for file, _line, message, _comments, context in sorted(found, key=lambda each: each[:2]):
        catalog.add(message, None, [(file, None)], context=context)  # type: ignore[list-item] # lines move too often
    for path in sorted(source.rglob("*.py")):
        for message in within_f_strings(ast.parse(path.read_bytes())):
            catalog.add(message, None, [(path.name, None)])  # type: ignore[list-item] # as above
    return catalog


def within_f_strings(tree: ast.AST) -> Iterator[str | tuple[str, str]]:
    """What Babel does not see, because an f-string is one token to it."""
    for outer in ast.walk(tree):
        for call in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
                words = [each for each in texts if isinstance(each, str)]
                if call.func.id in KEYWORDS and words:
                    yield (words[0], words[1]) if call.func.id == "ngettext" else words[0]


def catalogues(locale: Path) -> list[Path]:
    """The .po files."""
    return sorted(locale.glob("*/LC_MESSAGES/headcount.po"))


def read(path: Path) -> Catalog:
    """A catalogue with its translations."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compiled(catalog: Catalog) -> bytes:
    """The bytes of the .mo file."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def update(path: Path) -> list[str]:
    """Take new sentences in, drop old ones, compile; returns what is not translated."""
    catalog = read(path)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = STAMP  # else every run would change the file
    with path.open("wb") as file:
        write_po(file, catalog, width=100, omit_header=False, sort_output=True, no_location=True)
    path.with_suffix(".mo").write_bytes(compiled(read(path)))
    return [str(message.id) for message in catalog if message.id and not translated(message.string)]


def translated(string: object) -> bool:
    """Whether there is a translation, in every plural form."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    missing = [
        f"{path.parent.parent.name}: {sentence}"
        for path in catalogues(SOURCE / "locale")
        for sentence in update(path)
    ]
    print("\n".join(missing))
    sys.exit(bool(missing))
