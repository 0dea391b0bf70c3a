"""What the root's README says is true: its lines run, its tables are those of the code."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import gradio_client
import pytest
import yaml
from dotenv import dotenv_values
from PIL import Image

from tests.support import ROOT
from tests.support.readmes import ROOT_README as README
from tests.support.readmes import quoted_in
from tests.support.served import App
from volcedit.config import DIRECT_URL, GATEWAY_PATH, read_settings
from volcedit.notebook.archive.intake import Imported
from volcedit.sandbox import Sandbox
from volcedit.service.wire import ACTION, VERSION
from volcedit.types import Provider

WORDS_MAX = 1600
"""Beyond it a section moves to the README of its package."""


def test_it_is_read_in_one_go():
    assert len(README.text.split()) <= WORDS_MAX


# ── commands ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        "pip install -r requirements.txt && python app.py",
        "pip install -r tests/requirements.txt && pytest",
    ],
)
def test_the_two_commands_stand_there(command: str):
    assert f"```bash\n{command}\n```" in README.text


def commands() -> list[str]:
    """Every command, without its comment; not the blocks that are lines for `.env`."""
    lines = "".join(README.blocks("bash")).splitlines()
    steps = [line.partition("  #")[0].strip() for line in lines if not re.match(r"[A-Z_]+=", line)]
    return [step.strip() for line in steps for step in line.split("&&")]


@pytest.mark.parametrize("command", commands())
def test_every_command_has_its_program_and_its_files(command: str):
    program, *arguments = command.split()
    if (program, arguments[:1]) == ("python", ["-m"]):
        assert find_spec(f"{arguments[1]}.__main__")
    elif program not in ("python", "pip"):
        assert shutil.which(program, path=str(Path(sys.executable).parent))
    files = [it for it in arguments if "/" in it or it.endswith((".py", ".txt", ".importlinter"))]
    assert all((ROOT / name).is_file() for name in files)


def test_the_one_test_is_one():
    (path, word) = re.search(r"^pytest (\S+) -k (\w+)", README.block("bash", " -k "), re.M).groups()
    names = re.findall(r"^def (test_\w+)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    assert len([name for name in names if word in name]) == 1


def test_it_names_the_pythons_that_the_space_and_the_linter_know():
    told = re.search(r"With Python (3\.\d+), (3\.\d+) or (3\.\d+):", README.text).groups()
    assert told == ("3.11", "3.12", "3.13")
    front_matter = yaml.safe_load(README.text.split("---\n")[1])
    assert front_matter["python_version"] in told
    assert 'target-version = "py311"' in (ROOT / ".ruff.toml").read_text()


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def test_the_lines_for_a_gateway_choose_one():
    lines = dotenv_values(stream=io.StringIO(README.block("bash", "VOLCEDIT_BASE_URL=")))
    settings = read_settings(lines)
    assert settings.provider == Provider.GATEWAY
    assert settings.api_key == "your-key"
    assert f"`POST {GATEWAY_PATH}?Action={ACTION}&Version={VERSION}`" in README.text


def test_the_lines_for_volcengine_choose_it():
    text = README.block("bash", "VOLC_ACCESSKEY=").replace("…", "x")
    settings = read_settings(dotenv_values(stream=io.StringIO(text)))
    assert (settings.provider, settings.base_url) == (Provider.VOLCENGINE, DIRECT_URL)


def test_every_provider_has_its_row_in_the_order_of_choice():
    rows = README.rows("Use a key")
    assert [quoted_in(row[0])[0] for row in rows] == [
        read_settings(environ).provider
        for environ in (
            {"VOLCEDIT_BASE_URL": "http://x.test", "VOLC_ACCESSKEY": "a", "VOLC_SECRETKEY": "b"},
            {"VOLC_ACCESSKEY": "a", "VOLC_SECRETKEY": "b"},
            {},
        )
    ]
    assert len(rows) == len(Provider)


# ── the library and the endpoints ────────────────────────────────────────────────────────────


def test_the_five_lines_edit_a_photo_and_save_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    code = README.block("python", "from volcedit import")
    assert len([line for line in code.splitlines() if line]) <= 5
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    with Sandbox() as sandbox:
        monkeypatch.setenv("VOLCEDIT_BASE_URL", sandbox.url)
        exec(code, names)
    with Image.open(tmp_path / "snow.jpg") as picture:
        assert picture.size == (1248, 832)
    assert (names["result"].seed, names["result"].envelope["code"]) == (7, 10000)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = App(tmp_path_factory.mktemp("app"), fresh=True)  # by the command that it names
    yield running
    running.stop()


class Quiet(gradio_client.Client):
    """A client that tells nobody that it is used, and keeps its files in `folder`."""

    folder: Path

    def __init__(self, url: str) -> None:
        super().__init__(url, verbose=False, analytics_enabled=False, download_files=self.folder)


def test_the_lines_for_programs_edit_a_photo_twice(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    address = "http://127.0.0.1:7860/"
    code = README.block("python", "from gradio_client import")
    assert address in code
    monkeypatch.setattr(Quiet, "folder", tmp_path, raising=False)
    monkeypatch.setattr(gradio_client, "Client", Quiet)
    monkeypatch.chdir(ROOT)
    names: dict = {}
    exec(code.replace(address, app.url), names)
    assert len(names["pictures"]) == len(names["records"]) == 2
    (told,) = re.findall(r"Each record is `\{(.+)\}`", README.text)
    for record in names["records"]:
        assert list(record) == re.findall(r'"(\w+)"', told)


def test_the_table_holds_every_endpoint_with_its_parameters(app: App, tmp_path: Path):
    Quiet.folder = tmp_path
    described = Quiet(app.url).view_api(return_format="dict", print_info=False)
    there = {
        name: [it["parameter_name"] for it in endpoint["parameters"]]
        for name, endpoint in described["named_endpoints"].items()
    }
    told = {}
    for call, *_ in README.rows("The endpoints"):
        name, inside = re.fullmatch(r"`(/\w+)\((.*)\)`", call).groups()
        told[name] = [it.partition("=")[0] for it in inside.split(", ")]
    assert told == there


def test_what_an_import_gives_is_told():
    told = re.search(r'`\{("added".+)\}`', README.text)[1]
    assert re.findall(r'"(\w+)"', told) == [field.name for field in fields(Imported)]


# ── what lies where ──────────────────────────────────────────────────────────────────────────


def test_the_table_of_folders_holds_all_that_lies_at_the_top():
    told = {quoted_in(row[0])[0].rstrip("/") for row in README.rows("Working on it")}
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}
    assert told == there - {"README.md", "requirements.txt"}


def test_it_leads_to_every_package_that_has_a_readme():
    packages = {path.parent for path in (ROOT / "volcedit").rglob("README.md")}
    told = {(ROOT / link.partition("#")[0]).parent for link in README.links if "README" in link}
    assert told == packages


def test_the_pictures_it_shows_exist():
    pictures = [link for link in README.links if link.endswith(".jpg")]
    assert len(pictures) == 3
    for path in pictures:
        with Image.open(ROOT / path) as picture:
            picture.verify()
