"""Rules beyond the import contracts, which are in `.importlinter` and checked by `.ci/run`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGE = ROOT / "volcedit"


def modules() -> Iterator[tuple[str, Path]]:
    """Every module with its dotted name, except those that are run rather than imported."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if path.name != "__main__.py":
            yield ".".join(part for part in parts if part != "__init__"), path


def run(program: str) -> tuple[str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return ran.stdout.strip(), ran.stderr


def test_the_sandbox_needs_few_packages():
    others = set()
    for name, path in modules():
        if name.startswith("volcedit.sandbox"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    others |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    others.add(node.module.split(".")[0])
    others -= sys.stdlib_module_names
    assert others <= {"volcedit", "PIL", "numpy", "fastapi", "starlette", "uvicorn"}


def test_everything_but_the_web_package_works_without_gradio():
    names = [name for name, _ in modules() if not name.startswith("volcedit.web")]
    program = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.startswith('gradio')])"
    )
    assert run(program) == ("[]", "")


FOLDERS = [path.parent for path in sorted(PACKAGE.rglob("__init__.py"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda it: str(it.relative_to(ROOT)))
def test_no_folder_has_too_many_files(folder: Path):
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= (7 if folder == PACKAGE else 12)


def test_no_two_test_modules_have_one_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
