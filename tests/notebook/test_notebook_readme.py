"""The notebook's README is correct: its tables match the code and the disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import DATA, ROOT
from volcedit.config import DEFAULTS
from volcedit.notebook.history import History
from volcedit.notebook.store.protocol import Store

FOLDER = ROOT / "volcedit/notebook"
README = (FOLDER / "README.md").read_text("utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table below that heading, without its header."""
    section = f"\n{README}".split(f"\n{heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)[0]
    rows = table.splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_documents_every_path(tmp_path: Path):
    documented = [name for row in rows_of("## What is stored where") for name in names_in(row[0])]
    made = DATA / "2026-11/notebook"
    there = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    history = History(tmp_path)
    history.link("secret", history.notebook("other"))
    history.notebook("other").note_own_key()
    history.below("spending").write("edits.json", b"")
    with history.claim("20260102T030405000006Z-0123abcd"):
        there |= {it.relative_to(tmp_path).as_posix() for it in tmp_path.rglob("*") if it.is_file()}
    patterns = [re.sub(r"<[^>]+>", "[^/]+", name) for name in documented]
    for name in there:
        assert any(re.match(rf"{it}$" if it[-1] != "/" else it, name) for it in patterns), name
    for pattern in patterns:
        if "thumbs" not in pattern:  # those were deleted
            assert any(re.match(pattern, name) for name in there), pattern


def test_the_table_of_modules_is_complete():
    rows = rows_of("# The notebook")
    documented = {name.rstrip("/") for row in rows for name in names_in(row[0])}
    paths = [*FOLDER.glob("*.py"), *(path.parent for path in FOLDER.glob("*/__init__.py"))]
    assert documented == {path.stem for path in paths} - {"__init__"}
    assert len([path for path in FOLDER.glob("*.py") if path.stem != "__init__"]) <= 12


@pytest.mark.parametrize("package", ["shelves", "store"])
def test_the_modules_of_a_package_are_listed(package: str):
    (row,) = [row for row in rows_of("# The notebook") if row[0] == f"`{package}/`"]
    modules = {path.stem for path in (FOLDER / package).glob("*.py")} - {"__init__"}
    assert set(names_in(row[1])) == modules


def test_the_table_of_the_store_is_complete():
    documented = {name for row in rows_of("## The store") for name in names_in(row[0])}
    assert documented == {name for name in vars(Store) if not name.startswith("_")}


def test_the_example_renews_a_secret(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(code.replace("/tmp/volcedit-example", str(tmp_path)), names)
    history, notebook = names["history"], names["notebook"]
    assert history.notebook("the new secret").is_same(notebook)
    assert not history.notebook("the old secret").is_same(notebook)


def test_the_variables_it_names_exist():
    assert set(re.findall(r"VOLCEDIT_[A-Z_]+", README)) <= set(DEFAULTS)


def test_the_root_readme_links_here():
    assert "(volcedit/notebook/README.md)" in (ROOT / "README.md").read_text("utf-8")
