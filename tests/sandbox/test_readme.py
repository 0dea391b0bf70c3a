"""The sandbox's README is correct: its examples run, its tables match the code."""

import base64
import re
import shlex
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.support import ROOT
from volcedit.sandbox import Sandbox, models
from volcedit.sandbox.__main__ import build_parser
from volcedit.sandbox.codes import CODES
from volcedit.sandbox.effects.table import EFFECTS
from volcedit.sandbox.faults.names import NAMES
from volcedit.sandbox.http.calls import ACTIONS, VERSION

FOLDER = ROOT / "volcedit" / "sandbox"
README = (FOLDER / "README.md").read_text("utf-8")
PHOTO = base64.b64encode((ROOT / "assets" / "photos" / "rocket.jpg").read_bytes()).decode()
FIELDS = {"req_key": "byteedit_v2.0", "binary_data_base64": [PHOTO], "prompt": "brighter"}


def section(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)[1]


def rows(title: str) -> list[list[str]]:
    """The cells of every row in a section's tables, without the headers."""
    lines = re.findall(r"^\| (.+) \|$(?!\n\|---)", section(title), re.MULTILINE)
    return [line.split(" | ") for line in lines]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def code(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return found


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(key="secret", seed=1) as running:
        yield running


def at(sandbox: Sandbox, text: str) -> str:
    """An example with its address replaced by this sandbox's."""
    host = "127.0.0.1:8000"
    assert host in text
    return text.replace(host, sandbox.url.removeprefix("http://"))


def test_the_documented_commands_parse():
    commands = re.findall(r"^python -m volcedit\.sandbox (.+)$", README, re.MULTILINE)
    assert commands
    for command in commands:
        options = build_parser().parse_args(shlex.split(command))
        assert (options.port, options.key, options.latency) == (8000, "secret", 1.5)
        assert options.fail == [(50430, 0.2)]


def test_exactly_the_existing_options_are_documented():
    documented = {quoted(cells[0])[0].split()[0] for cells in rows("Run it")}
    assert documented == set(
        re.findall(r"^  (--[a-z-]+)", build_parser().format_help(), re.MULTILINE)
    )


@pytest.mark.parametrize("text", ["now", "polls:3", "time:2.5"])
def test_each_kind_of_progress_is_documented(text: str):
    (cells,) = [cells for cells in rows("Run it") if "--progress" in cells[0]]
    assert text in quoted(cells[1])
    build_parser().parse_args(["--progress", text])


def test_it_starts_from_python(capsys: pytest.CaptureFixture[str]):
    exec(code("python", "with Sandbox"), {})
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", capsys.readouterr().out)


def test_every_action_is_documented():
    assert [name for name in quoted(section("Call it")) if name in ACTIONS] == list(ACTIONS)
    assert section("Call it").count(f"Action=…&Version={VERSION}") == 2


def test_exactly_the_existing_addresses_are_documented(sandbox: Sandbox):
    described = requests.get(f"{sandbox.url}/openapi.json", timeout=30).json()["paths"]
    there = {
        f"{method.upper()} {re.sub(r'{.*}', '…', path)}"
        for path, methods in described.items()
        for method in methods
    }
    documented = {text.partition("?")[0] for cells in rows("Call it") for text in quoted(cells[0])}
    assert documented == there | {"GET /openapi.json"}  # which it does not list itself


def test_the_example_edits_a_photo(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    exec(at(sandbox, code("python", "requests.post")), {})
    with Image.open(tmp_path / "snow.jpg") as picture:
        assert picture.size == (1248, 832)


def test_the_documented_setup_of_the_vendors_sdk_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))  # where it looks for keys
    with Sandbox(seed=1) as open_to_all:
        names: dict = {}
        exec(at(open_to_all, code("python", "VisualService")), names)
        service = names["service"]
        service.set_ak("AKLTcanary01")
        service.set_sk("WVRCcanary/+==")
        answer = service.cv_process({**FIELDS, "seed": 7})
        service.session.close()
    assert answer["code"] == 10000
    picture = base64.b64decode(answer["data"]["binary_data_base64"][0])
    assert Image.open(BytesIO(picture)).format == "JPEG"


def test_every_model_is_documented_with_its_fields():
    called = {"CVProcess": "sync", "as a task": "async"}
    documented = {
        quoted(name)[0]: (
            {mode for words, mode in called.items() if words in modes},
            quoted(fields),
        )
        for name, modes, fields in rows("What it takes")
        if "_" in name
    }
    assert documented == {
        req_key: (set(model.modes), list(model.fields)) for req_key, model in models.MODELS.items()
    }


def test_the_common_fields_are_documented():
    common = [field.name for field in models.FIELDS if field.common]
    assert f"All take {' and '.join(f'`{name}`' for name in common)}." in README


def test_exactly_the_existing_effects_are_documented_in_both_languages():
    tables = [cells for cells in rows("What it takes") if len(cells) == 3]
    documented = [
        pair
        for _, english, chinese in tables
        if "、" in chinese or chinese == EFFECTS["text"].chinese
        for pair in zip(english.split(", "), chinese.split("、"), strict=True)
    ]
    assert sorted(documented) == sorted(
        (effect.name, effect.chinese) for effect in EFFECTS.values()
    )


def test_exactly_the_existing_faults_are_documented_in_order():
    documented = [name for cells in rows("Faults") for name in quoted(cells[0])]
    assert documented == list(NAMES)
    assert f"({min(CODES)} to {max(CODES)})" in section("Faults")


def test_the_documented_command_plans_its_faults(sandbox: Sandbox):
    subprocess.run(
        at(sandbox, code("bash", "curl")), shell=True, check=True, capture_output=True, timeout=30
    )
    url = f"{sandbox.url}/volcv/v1?Action=CVProcess&Version={VERSION}"
    headers = {"Authorization": "Bearer secret"}
    first = requests.post(url, json=FIELDS, headers=headers, timeout=30)
    assert first.json()["code"] == 50430
    with pytest.raises(requests.RequestException):
        requests.post(url, json=FIELDS, headers=headers, timeout=30)
    assert requests.post(url, json=FIELDS, headers=headers, timeout=30).status_code == 200


def test_every_file_and_folder_is_documented():
    documented = {name.rstrip("/") for cells in rows("Change it") for name in quoted(cells[0])}
    there = {path.name for path in FOLDER.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert documented == {name for name in there if not name.startswith("__")}


def test_the_example_of_a_new_field_works(monkeypatch: pytest.MonkeyPatch):
    (row,) = re.findall(r"`(Field\(.+?\))`", section("Change it"))
    field = eval(row, vars(models))
    assert field.read({}) is False
    assert field.read({"upscale": True}) is True
