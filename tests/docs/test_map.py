"""What the map says is true: packages, functions and files are where it says."""

from __future__ import annotations

import re

from tests.support import ROOT
from tests.support.readmes import ALL, quoted_in

README = ALL["volcedit/README.md"]
PACKAGE = ROOT / "volcedit"


def test_every_package_and_module_has_a_row():
    told = [name.rstrip("/") for row in README.rows("The map") for name in quoted_in(row[0])]
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert sorted(told) == sorted(packages | modules)


def test_imports_go_the_way_it_says():
    told = re.findall(r"`(\w+)`", README.section("The map").partition(". No package")[0])
    contract = (ROOT / ".importlinter").read_text()
    layers = re.search(r"^layers =\n((?: +\w+\n)+)", contract, re.MULTILINE)[1].split()
    assert told == layers[: layers.index("pictures") + 1]
    shared = re.findall(r"`(\w+)`", README.section("The map").partition("any\nmay import")[2])
    assert shared[:5] == layers[layers.index("pictures") + 1 :]


def test_every_name_of_the_steps_is_defined_in_the_code():
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    for name in quoted_in(README.section("How an edit flows")):
        if re.fullmatch(r"\w+(\.\w+)?", name):
            for part in name.split("."):
                assert re.search(rf"(?:def|class) {part}\b|\b{part}: ", source), name


def test_every_file_of_its_tables_is_there():
    for cell in (cell for row in README.rows("Where to add") for cell in row[1:]):
        tests = ""
        for name in quoted_in(cell):
            if name.startswith("tests"):
                tests = name if "." not in name.rsplit("/", 1)[-1] else name.rpartition("/")[0]
            places = [ROOT / name, PACKAGE / name, ROOT / tests / name]
            places += [PACKAGE / "notebook/store" / name]
            if "/" in name or name.endswith(".py"):
                assert any(place.exists() for place in places), name
