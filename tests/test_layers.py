"""Who may import whom, what a Space is made of, and what lies at the top."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "volcedit"

# DESIGN.md: a module may import only what lies in an earlier line.
LAYERS = [
    {"types"},
    {"errors"},
    {"codes"},
    {"wire"},
    {"config", "images", "auth", "segments", "parameters"},
    {
        "recipe",
        "connections",
        "crop",
        "claims",
        "places",
        "comparing",
        "lineage",
        "container",
        "redaction",
    },
    {"snippets", "transport", "inscription"},
    {"download"},
    {"client"},
    {"records"},
    {"finding"},
    {"history"},
    {"contents", "table"},
    {"report"},
    {"archive", "experiment", "intake", "keeping", "outcomes", "run", "variations"},
    {"engine"},
    {"retrieving", "repeating"},
    {"workbench"},
    {"ui"},
    {"app"},
]
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
TOP = {"app.py", "requirements.txt", "volcedit", "tests", "assets", "README.md"}

FILES = [ROOT / "app.py", *sorted(PACKAGE.rglob("*.py"))]
SANDBOX = sorted((PACKAGE / "sandbox").rglob("*.py"))
LAYERED = [path for path in FILES if path not in (PACKAGE / "__init__.py", *SANDBOX)]


def module_of(path: Path) -> str:
    """The dotted name of a file: volcedit.ui.page."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer_of(module: str) -> str:
    """What LAYERS calls it: "ui" for volcedit.ui.page."""
    return module.removeprefix("volcedit.").split(".")[0]


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names of all that a file imports, wherever in it."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def own_imports_of(path: Path) -> set[str]:
    """What a file imports of volcedit, as LAYERS calls it."""
    return {layer_of(name) for name in imports_of(path) if name.startswith("volcedit.")}


@pytest.mark.parametrize("path", LAYERED, ids=module_of)
def test_every_module_has_a_place(path: Path):
    assert layer_of(module_of(path)) in RANKS


@pytest.mark.parametrize("path", LAYERED, ids=module_of)
def test_a_module_imports_only_what_lies_below_it(path: Path):
    own = layer_of(module_of(path))
    allowed = {name for name, rank in RANKS.items() if rank < RANKS[own]}
    if own == "ui":
        allowed.add("ui")  # its parts may import each other
    if own == "app":
        allowed.add("sandbox")  # to start it, when there is no gateway
    assert own_imports_of(path) <= allowed


@pytest.mark.parametrize("path", SANDBOX, ids=module_of)
def test_the_sandbox_imports_nothing_of_the_client(path: Path):
    assert own_imports_of(path) <= {"sandbox"}


@pytest.mark.parametrize("path", SANDBOX, ids=module_of)
def test_the_sandbox_needs_little_of_others(path: Path):
    others = {name.split(".")[0] for name in imports_of(path)} - sys.stdlib_module_names
    assert others <= {"volcedit", "PIL", "numpy", "fastapi", "starlette", "uvicorn"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_the_page_and_the_app_import_gradio(path: Path):
    imports_gradio = "gradio" in {name.split(".")[0] for name in imports_of(path)}
    assert not imports_gradio or layer_of(module_of(path)) in ("ui", "app")


def test_all_but_the_page_works_without_gradio():
    modules = [
        module_of(path)
        for path in FILES
        if layer_of(module_of(path)) not in ("ui", "app") and path.name != "__main__.py"
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.startswith('gradio')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")


def test_only_what_belongs_there_lies_at_the_top():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}
    assert visible == TOP


@pytest.mark.parametrize("name", [".env.example", ".gitignore"])
def test_what_a_fresh_copy_needs_lies_at_the_top(name: str):
    assert (ROOT / name).is_file()


# ── the Space ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def card() -> dict:
    """The settings at the head of README.md, which a Space is made from."""
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return yaml.safe_load(found[1])


def pins() -> dict[str, str]:
    """The version of each package that is asked for."""
    return dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M))


def test_the_requirements_are_four_packages_pinned():
    assert set(pins()) == {"gradio", "requests", "pillow", "python-dotenv"}


def test_the_space_runs_the_gradio_that_is_pinned(card: dict):
    assert card["sdk_version"] == pins()["gradio"]


def test_the_space_starts_the_app(card: dict):
    assert (card["sdk"], card["app_file"]) == ("gradio", "app.py")


# https://huggingface.co/docs/hub/spaces-config-reference
def test_the_space_has_a_title_and_known_colours(card: dict):
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert card["title"]
    assert {card["colorFrom"], card["colorTo"]} <= colours


def test_the_space_is_described_in_the_sixty_characters_there_are(card: dict):
    assert len(card.get("short_description", "")) <= 60


def test_the_space_uses_no_setting_that_does_not_exist(card: dict):
    known = (
        "title emoji colorFrom colorTo sdk sdk_version python_version app_file app_port base_path "
        "fullWidth header short_description models datasets tags thumbnail pinned "
        "hf_oauth hf_oauth_expiration_minutes hf_oauth_scopes disable_embedding "
        "startup_duration_timeout custom_headers preload_from_hub suggested_hardware "
        "suggested_storage license"
    )
    assert set(card) <= set(known.split())
