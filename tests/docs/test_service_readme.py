"""What the service's README says is true: its tables are those of the code."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT
from tests.support.readmes import ALL, quoted_in
from volcedit import errors
from volcedit.errors import VolceditError
from volcedit.service.answers import parse_answer
from volcedit.service.codes import CODES, SIGNATURE_CODES, Code
from volcedit.service.models import MODELS
from volcedit.service.transport import may_repeat
from volcedit.types import FailureKind, Words

README = ALL["volcedit/service/README.md"]
SERVICE = README.text


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: str(code.number))
def test_the_error_table_holds_every_code(code: Code):
    row = rf"\| {code.number} \| {code.http_status} \| `{code.error_class.kind}` \| (.+) \| (.+) \|"
    retried, words = re.search(row, SERVICE).groups()
    assert words == str(code.words)
    error = code.error("", "")
    with_another_seed = "another seed" if error.retryable else "no"
    assert retried == ("automatically" if may_repeat(error) else with_another_seed)


def test_the_error_table_holds_no_other_code():
    codes = re.findall(r"^\| (\d{5}) \|", SERVICE, re.MULTILINE)
    assert sorted(map(int, codes)) == sorted(CODES)


@pytest.mark.parametrize("code", SIGNATURE_CODES)
def test_the_table_of_signatures_holds_every_code(code: str):
    (row,) = re.findall(rf"^\| .*`{code}`.* \| (.+) \|$", SERVICE, re.MULTILINE)
    assert row == str(SIGNATURE_CODES[code])


def test_the_table_of_kinds_holds_every_kind_its_class_and_whether_it_is_retried():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\w+) \| .+ \|$", SERVICE, re.MULTILINE)
    classes = [error for error in vars(errors).values() if isinstance(error, type)]
    classes = [error for error in classes if issubclass(error, errors.VolceditError)]
    assert sorted(kind for kind, _, _ in rows) == sorted(FailureKind)
    assert {(kind, name) for kind, name, _ in rows} == {(it.kind, it.__name__) for it in classes}
    assert {kind for kind, _, retried in rows if retried == "automatically"} == {
        error.kind
        for error in classes
        if error is not errors.ParameterError and may_repeat(error(Words("")))
    }
    assert {retried for _, _, retried in rows} == {"automatically", "no"}


def test_every_module_of_the_service_has_a_subject():
    named = [name for row in README.rows("The service") for name in quoted_in(row[0])]
    modules = {path.stem for path in (ROOT / "volcedit/service").glob("*.py")} - {"__init__"}
    assert sorted(named) == sorted(modules)


def test_every_model_is_told_with_how_it_is_called_and_what_it_takes():
    called = {"directly or as a task": ("sync", "async"), "as a task": ("async",)}
    names = {"negative prompt": "negative_prompt", "strength": "scale"}
    told = {}
    for name, how, takes in README.rows("Models"):
        fields = re.split(r", |; | and ", takes.partition(", 512")[0])
        told[quoted_in(name)[0]] = (called[how], [names.get(it, it) for it in fields])
        assert ("(default)" in name) == (quoted_in(name)[0] == next(iter(MODELS)))
    assert told == {name: (model.modes, list(model.fields)) for name, model in MODELS.items()}


@pytest.mark.parametrize(
    ("row", "statuses", "body"),
    [
        ("401, 403", (401, 403), b""),
        ("429", (429,), b""),
        ("504, 520 to 524", (504, 520, 521, 522, 523, 524), b""),
        ("other 5xx", (500, 501, 502, 503, 505, 519, 525, 599), b""),
        ("3xx, other 4xx", (300, 302, 399, 400, 402, 404, 413, 428, 430, 499), b""),
        ("2xx with an unknown code", (200,), b'{"code": 59999}'),
        ("2xx without a code, a picture or a task", (200, 201), b"{}"),
    ],
)
def test_the_table_of_http_statuses_is_what_an_answer_gives(
    row: str, statuses: tuple[int, ...], body: bytes
):
    told = dict(README.rows("By HTTP status"))
    for status in statuses:
        with pytest.raises(VolceditError) as raised:
            parse_answer(status, body)
        assert f"`{raised.value.kind}`" == told[row], status


def test_the_table_of_http_statuses_has_no_other_row():
    assert len(README.rows("By HTTP status")) == 7
