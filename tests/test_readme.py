"""What the README says is true: its five lines run, its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.support import ROOT
from volcedit.config import DEFAULTS
from volcedit.sandbox import Sandbox
from volcedit.service.codes import CODES, SIGNATURE_CODES, Code

README = (ROOT / "README.md").read_text()


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
    row = rf"\| {code.number} \| {code.http_status} \| `{code.kind.kind}` \| .+ \| (.+) \|"
    assert re.search(row, README)[1] == code.words.en


def test_the_error_table_holds_no_other_code():
    assert {int(code) for code in re.findall(r"^\| (\d{5}) \|", README, re.MULTILINE)} == set(CODES)


@pytest.mark.parametrize("code", SIGNATURE_CODES)
def test_the_table_of_signatures_holds_every_code(code: str):
    (row,) = re.findall(rf"^\| .*`{code}`.* \| (.+) \|$", README, re.MULTILINE)
    assert row == SIGNATURE_CODES[code].en


def test_the_variables_it_names_exist():
    assert set(re.findall(r"VOLCEDIT_[A-Z_]+", README)) <= set(DEFAULTS)


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
