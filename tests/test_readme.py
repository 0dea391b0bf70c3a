"""What the README says is true: its five lines run, its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.support import ROOT
from volcedit import errors
from volcedit.config import DEFAULTS
from volcedit.sandbox import Sandbox
from volcedit.service.codes import CODES, SIGNATURE_CODES, Code
from volcedit.service.transport import may_repeat
from volcedit.types import FailureKind, Words

README = (ROOT / "README.md").read_text("utf-8")
SERVICE = (ROOT / "volcedit/service/README.md").read_text("utf-8")


def test_the_five_lines_edit_a_photo_and_save_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    code = re.search(r"```python\n(from volcedit import .+?)```", README, re.DOTALL)[1]
    assert len([line for line in code.splitlines() if line]) <= 5
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox:
        monkeypatch.setenv("VOLCEDIT_BASE_URL", sandbox.url)
        exec(code, {})
    with Image.open(tmp_path / "snow.jpg") as picture:
        assert picture.size == (1248, 832)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.number))
def test_the_error_table_holds_every_code(code: Code):
    row = rf"\| {code.number} \| {code.http_status} \| `{code.error_class.kind}` \| (.+) \| (.+) \|"
    retried, words = re.search(row, SERVICE).groups()
    assert words == code.words.en
    error = code.error("", "")
    with_another_seed = "another seed" if error.retryable else "no"
    assert retried == ("automatically" if may_repeat(error) else with_another_seed)


def test_the_error_table_holds_no_other_code():
    codes = re.findall(r"^\| (\d{5}) \|", SERVICE, re.MULTILINE)
    assert sorted(map(int, codes)) == sorted(CODES)


@pytest.mark.parametrize("code", SIGNATURE_CODES)
def test_the_table_of_signatures_holds_every_code(code: str):
    (row,) = re.findall(rf"^\| .*`{code}`.* \| (.+) \|$", SERVICE, re.MULTILINE)
    assert row == SIGNATURE_CODES[code].en


def test_the_table_of_kinds_holds_every_kind_its_class_and_whether_it_is_retried():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\w+) \| .+ \|$", SERVICE, re.MULTILINE)
    classes = [error for error in vars(errors).values() if isinstance(error, type)]
    classes = [error for error in classes if issubclass(error, errors.VolceditError)]
    assert sorted(kind for kind, _, _ in rows) == sorted(FailureKind)
    assert {(kind, name) for kind, name, _ in rows} == {(it.kind, it.__name__) for it in classes}
    assert {kind for kind, _, retried in rows if retried == "automatically"} == {
        error.kind
        for error in classes
        if error is not errors.ParameterError and may_repeat(error(Words("", "")))
    }
    assert {retried for _, _, retried in rows} == {"automatically", "no"}


@pytest.mark.parametrize("text", [README, SERVICE], ids=["root", "service"])
def test_the_variables_it_names_exist(text: str):
    assert set(re.findall(r"VOLCEDIT_[A-Z_]+", text)) <= set(DEFAULTS)


def test_it_leads_to_the_codes():
    assert "(volcedit/service/README.md)" in README


def test_every_module_of_the_service_has_a_subject():
    table = SERVICE.partition("## Errors")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)))
    modules = {path.stem for path in (ROOT / "volcedit/service").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(modules)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((assets/[^)]+)\)", README))))
def test_the_pictures_it_shows_exist(path: str):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(
    "command",
    [
        "pip install -r requirements.txt && python app.py",
        "pip install -r tests/requirements.txt && pytest",
    ],
)
def test_the_two_commands_stand_there(command: str):
    assert f"```bash\n{command}\n```" in README
