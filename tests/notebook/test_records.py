"""Reading records: fields are validated, unknown ones kept, damaged records isolated."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.archiving import FAILED, FIRST, PICTURE_FACTS, fill, folder_of, record_at
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Mark, Record
from volcedit.types import FailureKind, State, Touched, Verdict, VerdictKind, Watermark, Words

# All parts at once, which no real edit has.
MARKED = replace(FIRST.recipe.params, watermark=Watermark("mine", 3, 1, 0.5))
FULL = replace(
    FIRST,
    recipe=replace(FIRST.recipe, params=MARKED),
    failure=FAILED.failure,
    task_id="t-1",
    parent=record_at(8).id,
    sent_at="2026-01-02T03:04:05+00:00",
    sent_bytes=5,
    task_state="in_queue",
    picture_url="https://example.com/a.jpg",
    picture_url_expires="2026-01-03T03:04:05+00:00",
    replay_of=record_at(9).id,
    verdict=Verdict(VerdictKind.NEAR, (9, 8, 7), (0.5, 0.25, 0.125), 0.0123, 41.25),
    touched=Touched(0.75, 2.5, (1, 2, 90, 60)),
)
VALUES: dict[str, Any] = json.loads(json.dumps(FULL.to_json()))

NULL_ALLOWED = {
    *("picture", "failure", "response", "elapsed_s", "took_s", "task_id", "parent", "sent_at"),
    *("sent_bytes", "picture_url_expires", "replay_of", "verdict", "touched", "failure.code"),
    *("verdict.largest", "verdict.mean", "verdict.psnr_db", "touched.box"),
    *("recipe.params.watermark",),
}
ABSENT_ALLOWED = {
    *("recipe.mode", "recipe.params.negative_prompt", "recipe.params.seed", "recipe.params.scale"),
    *(f"recipe.params.watermark.{name}" for name in ("text", "position", "language", "opacity")),
}
"""Tested with recipes, see `test_recipe`."""


def walk(values: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values except those inside the response."""
    inner = values.items() if isinstance(values, dict) else enumerate(values)
    for name, value in inner:
        yield (*path, name)
        if isinstance(value, dict | list) and name != "response":
            yield from walk(value, (*path, name))


PATHS = list(walk(VALUES))


def changed(path: tuple[str | int, ...], change: Callable[[Any, str | int], None]) -> bytes:
    """The record's file with that value changed, in Python's own JSON, which allows NaN."""
    values = copy.deepcopy(VALUES)
    part = values
    for step in path[:-1]:
        part = part[step]
    change(part, path[-1])
    return json.dumps(values).encode()


def put(value: object) -> Callable[[Any, str | int], None]:
    """Replace the value."""

    def change(part: Any, name: str | int) -> None:
        part[name] = value

    return change


def take_out(part: Any, name: str | int) -> None:
    del part[name]


def others_than(value: object) -> list[object]:
    """Values of every other type than `value`'s."""
    wrong: list[object] = [[], {}, True, "text", 1.5, 7]
    if isinstance(value, dict):
        return [it for it in wrong if not isinstance(it, dict)]
    if isinstance(value, str):  # a string must be a string, but a kind may be any string
        return [it for it in wrong if not isinstance(it, str)]
    if isinstance(value, bool):
        return [it for it in wrong if not isinstance(it, bool)]
    if isinstance(value, int):
        return [it for it in wrong if type(it) is not int]
    if isinstance(value, float):
        return [it for it in wrong if type(it) not in (int, float)]
    return [it for it in wrong if it != []] + [[1]]


def breaks(path: tuple[str | int, ...]) -> Iterator[tuple[str, bytes]]:
    """(what was done, the file) for that field, broken in every way."""
    field, value = ".".join(map(str, path)), VALUES
    for step in path:
        value = value[step]
    for wrong in others_than(value):
        if field != "failure.code" or wrong != "text":  # a code may be a string or a number
            yield f"{field} = {wrong!r}", changed(path, put(wrong))
    if field not in NULL_ALLOWED:
        yield f"{field} = null", changed(path, put(None))
    if field not in ABSENT_ALLOWED:
        yield f"no {field}", changed(path, take_out)
    for name, wrong in NO_VALUES.items():
        yield f"{field} = {name}", changed(path, put(wrong))


NO_VALUES = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "10^400": 10**400,
    "half a character": "\ud83d",
}
"""Not valid in JSON or UTF-8, or in any field of ours."""
every_field = pytest.mark.parametrize(
    "path", PATHS, ids=[".".join(map(str, path)) for path in PATHS]
)


@every_field
def test_a_record_with_a_broken_field_is_rejected(path: tuple[str | int, ...]):
    for case, text in breaks(path):
        for read in (Record.parse, lambda text: Record.from_json(json.loads(text))):
            try:
                read(text)
            except (KeyError, TypeError, ValueError, RecursionError):
                continue
            pytest.fail(f"{case} was read")


@every_field
def test_a_record_with_a_broken_field_does_not_hide_others(
    notebook: Notebook, caplog: pytest.LogCaptureFixture, path: tuple[str | int, ...]
):
    there = [record.id for record in notebook.page(0, 50)[0]]
    file = folder_of(notebook) / f"records/{FULL.id}.json"
    assert file.stem in there
    for case, text in breaks(path):
        file.write_bytes(text)
        caplog.clear()
        shown, _ = notebook.page(0, 50)
        assert [record.id for record in shown] == [it for it in there if it != FULL.id], case
        assert f"skipping record {FULL.id}: " in caplog.text, case


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("state",), 5, "state: "),
        (("took_s",), "1", "took_s: Input should be a valid number"),
        (("verdict", "largest", 2), True, r"verdict\.largest\.2: Input should be a valid integer"),
        (("failure", "message", "template"), None, r"failure\.message: .*not a template"),
        (("picture", "width_px"), 0, "picture: .* side"),
        (("picture", "media_type"), "text/html", "picture: .* media type"),
        (("time",), "2026-01-02T03:04:05", "time: .* zone"),
        (("parent",), "../x", "parent: .* not an id"),
        (("recipe", "params"), 5, "recipe: "),
        (("response",), [], "response: not an object"),
        (("format",), 4, "format: 4 is not one of 1 to 3"),
        (("imported",), True, "imported: "),
    ],
)
def test_the_reason_names_the_field(path: tuple[str | int, ...], value: object, message: str):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        Record.parse(changed(path, put(value)))


def test_the_reason_names_a_missing_field():
    with pytest.raises(ValueError, match=r"^verdict: missing$"):
        Record.parse(changed(("verdict",), take_out))


def test_the_reason_does_not_contain_the_value():
    with pytest.raises((TypeError, ValueError)) as caught:
        Record.parse(changed(("picture_url",), put(["https://secret.test/"])))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"5", b'"x"', b"{}", b"[" * 10**5, b"\xff"])
def test_other_content_is_rejected(text: bytes):
    with pytest.raises((TypeError, ValueError)):
        Record.parse(text)


def test_a_complete_record_survives_a_round_trip():
    assert Record.parse(json.dumps(VALUES).encode()) == FULL


@pytest.mark.parametrize("name", ["sent_at", "own_key", "task_state", "picture_url"])
def test_the_first_records_of_format_1_lack_later_fields(name: str):
    values = {
        key: value
        for key, value in VALUES.items()
        if key not in (name, "replay_of", "verdict", "touched")
    }
    record = Record.from_json(values | {"format": 1})
    assert not getattr(record, name)
    assert record.verdict is None


# ── what a newer version wrote ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [(), ("picture",), ("failure",), ("failure", "message"), ("verdict",), ("touched",)],
    ids=".".join,
)
@pytest.mark.parametrize("name", ["surprise", "extra", "unknown"])
def test_an_unknown_key_is_kept_and_written_back(
    notebook: Notebook, path: tuple[str, ...], name: str
):
    value = {"deep": [1, None, "雪"]}
    text = changed((*path, name), put(value))
    file = folder_of(notebook) / f"records/{FULL.id}.json"
    file.write_bytes(text)
    record = notebook.get(FULL.id)
    assert replace(record, unknown=()) == FULL
    assert record.to_json() == json.loads(text) | {
        part: record.to_json()[part] for part in ("verdict", "touched")
    }
    assert json.loads(json.dumps(record.to_json())) == json.loads(text)
    assert file.read_bytes() == text
    notebook.save(replace(record, task_state="done", took_s=9.5))
    expected = json.loads(text) | {"task_state": "done", "took_s": 9.5}
    assert json.loads(file.read_bytes()) == expected


def test_unknown_keys_of_a_part_are_dropped_when_it_is_replaced():
    record = Record.parse(changed(("verdict", "surprise"), put(1)))
    other = replace(record.verdict, psnr_db=40.0)
    assert "surprise" not in replace(record, verdict=other).to_json()["verdict"]
    assert replace(record, verdict=None).to_json()["verdict"] is None


@pytest.mark.parametrize(
    ("path", "read"),
    [
        (("state",), lambda record: record.state),
        (("verdict", "kind"), lambda record: record.verdict.kind),
        (("failure", "kind"), lambda record: record.failure.kind),
        (("recipe", "provider"), lambda record: record.recipe.provider),
    ],
)
def test_an_unknown_kind_is_read_and_written_back(
    notebook: Notebook, path: tuple[str, ...], read: Callable[[Record], Any]
):
    text = changed(path, put("resting"))
    (folder_of(notebook) / f"records/{FULL.id}.json").write_bytes(text)
    record = notebook.get(FULL.id)
    assert (read(record), read(record).is_known) == ("resting", False)
    assert json.loads(json.dumps(record.to_json())) == json.loads(text)
    assert len(notebook.page(0, 9)[0]) == 5


@pytest.mark.parametrize("kind", [*State, *FailureKind])
def test_a_known_kind_is_the_enum_member(kind: State | FailureKind):
    path = ("state",) if isinstance(kind, State) else ("failure", "kind")
    record = Record.parse(changed(path, put(kind.value)))
    assert (record.state if isinstance(kind, State) else record.failure.kind) is kind


# ── marks ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "values",
    [
        {"format": 2, "starred": True, "note": ""},
        {"starred": True, "note": ""},
        {"format": 1, "starred": 1, "note": ""},
        {"format": 1, "starred": None, "note": ""},
        {"format": 1, "starred": True, "note": None},
        {"format": 1, "starred": True, "note": "x" * 2001},
        {"format": 1, "starred": True, "note": "\ud83d"},
        {"format": 1, "starred": True},
        {"format": 1, "note": ""},
        [],
    ],
)
def test_an_invalid_mark_is_rejected(values: object):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Mark.parse(json.dumps(values).encode())


def test_a_mark_survives_a_round_trip():
    mark = Mark(True, "x" * 2000)
    assert Mark.parse(json.dumps(mark.to_json()).encode()) == mark


def test_importing_the_types_does_not_import_pydantic():
    code = "import sys, volcedit.types; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_recorded_picture_is_found_after_reading_the_record(history: History):
    notebook = fill(history.notebook("carl"), (FIRST,))
    with_more = json.loads(notebook.files_of(FIRST.id)[0])
    with_more["picture"]["surprise"] = 1
    record = Record.from_json(with_more)
    assert record.picture == PICTURE_FACTS
    assert hash(record.picture) == hash(PICTURE_FACTS)


# ── what a failure said ──────────────────────────────────────────────────────────────────────


def failed_with(message: object) -> Record:
    values = FAILED.to_json()
    return Record.from_json(values | {"failure": values["failure"] | {"message": message}})


def test_a_failure_is_kept_as_a_template_and_its_values():
    said = Words("It said: “{said}”", said=Words("seed {seed}", seed=7))
    record = replace(FAILED, failure=replace(FAILED.failure, message=said))
    assert record.to_json()["failure"]["message"] == {
        "template": "It said: “{said}”",
        "values": {"said": {"template": "seed {seed}", "values": {"seed": 7}, "one": ""}},
        "one": "",
    }
    read = Record.from_json(record.to_json())
    assert read == record
    assert [read.failure.told(it) for it in ("en", "zh", "xx")] == [
        "It said: “seed 7”",
        "对方的说明：“种子 7”",
        "It said: “seed 7”",
    ]


def test_a_pair_of_an_older_format_is_read_and_written_back():
    pair = {"en": "The service is busy.", "zh": "服务繁忙。"}
    record = failed_with(pair)
    assert [record.failure.told(it) for it in ("en", "zh", "xx")] == [
        "The service is busy.",
        "服务繁忙。",
        "The service is busy.",
    ]
    assert record.to_json()["failure"]["message"] == pair


@pytest.mark.parametrize(
    "message",
    [
        {"template": "{x.__class__.__mro__}", "values": {"x": "y"}, "one": ""},
        {"template": "{x!r:>9999999}", "values": {"x": "y"}, "one": ""},
        {"template": "{", "values": {}, "one": ""},
    ],
    ids=["attribute", "format", "brace"],
)
def test_a_foreign_template_reaches_nothing(message: dict):
    assert failed_with(message).failure.told("zh") == message["template"]


HUGE: dict = {"template": "x" * 5_000, "values": {}, "one": ""}
for _ in range(12):
    HUGE = {"template": "{x}{x}", "values": {"x": HUGE}, "one": ""}


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"en": "only"},
        {"en": "1", "zh": 2},
        {"template": 1, "values": {}, "one": ""},
        {"template": "x", "values": [], "one": ""},
        {"template": "x", "values": {"x": None}, "one": ""},
        {"template": "x", "values": {"x": [[1]]}, "one": ""},
        {"template": "x" * 10_001, "values": {}, "one": ""},
        {"template": "{x}" * 11, "values": {"x": "y" * 1_000}, "one": ""},
        HUGE,
    ],
)
def test_a_message_that_is_none_is_refused(message: object):
    with pytest.raises((KeyError, TypeError, ValueError)):
        failed_with(message)
