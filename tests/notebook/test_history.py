from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.stores import Place, open_history
from volcedit import EditParams, HistoryError, Watermark
from volcedit.notebook.history import Notebook
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Failure, Record, new_id
from volcedit.types import PictureFacts, State, Touched, Verdict, VerdictKind, Words

# Computed with coreutils.
OWNER = "anna-anna-anna-anna-anna"
OWNER_SHA256 = "bfb29d3a00e61ac4a82d82d0fb6a5666b96a9dea17802bf5fe4e383cc16851c4"
PHOTO_SHA256 = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"

PHOTO = PictureFacts(PHOTO_SHA256, "image/jpeg", 30, 20, 5)  # of b"photo"
ID = "20260102T030405000006Z-0123abcd"
RECORD = Record(
    id=ID,
    time="2026-01-02T03:04:05.000006+00:00",
    recipe=Recipe(PHOTO, EditParams("下雪", seed=7), "byteedit_v2.0", "base64", "gateway", "h:1"),
    state=State.QUEUED,
)
FAILURE = Failure("refused", 50411, Words("No."), "r-1", False)

# A record's file in format 1, written by hand.
FILE = {
    "format": 1,
    "id": ID,
    "time": "2026-01-02T03:04:05.000006+00:00",
    "recipe": {
        "format": 1,
        "photo": {
            "sha256": PHOTO_SHA256,
            "media_type": "image/jpeg",
            "width_px": 30,
            "height_px": 20,
            "size_bytes": 5,
        },
        "params": {
            "prompt": "下雪",
            "negative_prompt": "",
            "seed": 7,
            "scale": 0.5,
            "watermark": None,
        },
        "req_key": "byteedit_v2.0",
        "delivery": "base64",
        "provider": "gateway",
        "host": "h:1",
        "mode": "sync",
    },
    "state": "queued",
    "picture": None,
    "failure": None,
    "response": None,
    "request_id": "",
    "elapsed_s": None,
    "took_s": None,
    "task_id": None,
    "parent": None,
    "sent_at": None,
    "sent_bytes": None,
    "own_key": False,
    "task_state": "",
    "picture_url": "",
    "picture_url_expires": None,
}
FILE_2 = FILE | {"format": 2, "replay_of": None, "verdict": None, "touched": None}
"""The same in format 2."""
ADDED = ("sent_at", "sent_bytes", "own_key", "task_state", "picture_url", "picture_url_expires")
"""Fields that format 1 gained when tasks were introduced."""


@pytest.fixture
def notebook(place: Place) -> Notebook:
    return open_history(place).notebook(OWNER)


@pytest.fixture
def folder(notebook: Notebook) -> str:
    """The notebook's folder, with one record in it."""
    notebook.save(RECORD)
    return f"notebooks/{OWNER_SHA256[:32]}"


def record_at(second: int) -> Record:
    """A record requested `second` seconds after the first."""
    time = datetime(2026, 1, 2, 3, 4, 5, 6, UTC) + timedelta(seconds=second)
    return replace(RECORD, id=new_id(time), time=time.isoformat())


# ── one record ───────────────────────────────────────────────────────────────────────────────


def test_a_record_is_written_in_format_3(place: Place, folder: str):
    assert json.loads(place.read(f"{folder}/records/{ID}.json")) == FILE_2 | {"format": 3}


@pytest.mark.parametrize("file", [FILE, FILE_2, FILE_2 | {"format": 3}], ids=["1", "2", "3"])
def test_a_file_of_every_format_is_read(notebook: Notebook, place: Place, folder: str, file: dict):
    place.write(f"{folder}/records/{ID}.json", json.dumps(file).encode())
    assert notebook.get(ID) == RECORD


def test_the_verdict_of_a_repeat_is_kept(notebook: Notebook):
    verdict = Verdict(VerdictKind.NEAR, (3, 2, 1), (0.5, 0.25, 0.125), 0.01, 41.5)
    repeat = replace(
        RECORD, replay_of=ID, verdict=verdict, touched=Touched(0.75, 2.5, (1, 2, 30, 20))
    )
    notebook.save(repeat)
    assert notebook.get(ID) == repeat


def test_a_file_from_before_tasks_existed_is_read(notebook: Notebook, place: Place, folder: str):
    older = {name: value for name, value in FILE.items() if name not in ADDED}
    place.write(f"{folder}/records/{ID}.json", json.dumps(older).encode())
    assert notebook.get(ID) == RECORD


def test_records_outlive_their_process(notebook: Notebook, place: Place):
    notebook.save(RECORD)
    assert open_history(place).notebook(OWNER).get(ID) == RECORD


@pytest.mark.parametrize(
    "change",
    [
        {"state": "done", "picture": PHOTO, "elapsed_s": 1.5, "took_s": 2.25},
        {"state": "failed", "failure": FAILURE, "request_id": "r-1"},
        {"state": "failed", "failure": replace(FAILURE, code="invalid_api_key")},
        {"state": "failed", "failure": replace(FAILURE, code=None, retryable=True)},
        {"state": "stopped"},
        {"response": None},
        {"response": {}},
        {"response": {"code": 10000, "data": {"image_urls": None, "x": [1, 2.5, True, "雪"]}}},
        {"parent": ID, "task_id": "t-1"},
        {"state": "task", "task_id": "t-1", "task_state": "in_queue", "own_key": True},
        {"sent_at": "2026-01-02T03:04:06+00:00", "sent_bytes": 6_300_000},
        {"picture_url": "https://h/r.jpg", "picture_url_expires": "2026-01-03T03:04:06+00:00"},
    ],
    ids=str,
)
def test_every_field_survives_a_round_trip(notebook: Notebook, change: dict):
    record = replace(RECORD, **change)
    notebook.save(record)
    assert notebook.get(ID) == record


def test_a_watermark_survives_a_round_trip(notebook: Notebook):
    mark = Watermark("© 我", position=3, language=1, opacity=0.25)
    params = replace(RECORD.recipe.params, watermark=mark)
    record = replace(RECORD, recipe=replace(RECORD.recipe, params=params))
    notebook.save(record)
    assert notebook.get(ID) == record


PROMPTS = {
    **{
        f"plane {plane}": chr(plane * 0x10000 + 0x21) + chr(plane * 0x10000 + 0xFFFD)
        for plane in range(17)
    },
    "control characters": "\0\t\r\n\x1b\x7f\x85",
    "line separators": "\u2028\u2029",
    "right to left": "\u202e‮שלום مرحبا",
    "combining": "e\u0301 👩‍👩‍👧 🇨🇳",
    "JSON": '{"a": "\\u0041", \\}',
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_prompts_of_every_unicode_plane_survive_a_round_trip(notebook: Notebook, prompt: str):
    params = replace(RECORD.recipe.params, prompt=prompt, negative_prompt=prompt)
    notebook.save(replace(RECORD, recipe=replace(RECORD.recipe, params=params)))
    assert notebook.get(ID).recipe.params == params


def test_the_last_save_wins(notebook: Notebook):
    notebook.save(RECORD)
    notebook.save(replace(RECORD, state=State.SENT))
    assert notebook.get(ID).state == "sent"
    assert notebook.ids() == [ID]


# ── pages ────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_record_comes_first(notebook: Notebook):
    saved = [record_at(second) for second in (3, 1, 86400, 2)]
    for record in saved:
        notebook.save(record)
    assert notebook.ids() == [saved[index].id for index in (2, 0, 3, 1)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (datetime(2026, 1, 1, 0, 0, 0, 0), datetime(2026, 1, 1, 0, 0, 0, 1)),
        (datetime(2026, 1, 1, 9, 59, 59, 999999), datetime(2026, 1, 1, 10, 0, 0, 0)),
        (datetime(2025, 12, 31, 23, 59, 59), datetime(2026, 1, 1, 0, 0, 0)),
    ],
    ids=str,
)
def test_ids_sort_by_time(earlier: datetime, later: datetime):
    assert new_id(earlier) < new_id(later)


def test_two_ids_of_the_same_moment_differ():
    moment = datetime(2026, 1, 1)
    assert len({new_id(moment) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(0, [4, 3]), (1, [2, 1]), (2, [0]), (3, []), (1000, [])],
)
def test_a_page_has_its_slice_of_records(notebook: Notebook, number: int, seconds: list[int]):
    saved = [record_at(second) for second in range(5)]
    for record in saved:
        notebook.save(record)
    assert notebook.page(number, 2) == ([saved[second] for second in seconds], 5)


@pytest.mark.parametrize(("count", "second_page"), [(3, 0), (4, 1)])
def test_a_full_page_has_a_successor_only_if_there_is_more(
    notebook: Notebook, count: int, second_page: int
):
    for second in range(count):
        notebook.save(record_at(second))
    assert len(notebook.page(0, 3)[0]) == 3
    assert len(notebook.page(1, 3)[0]) == second_page


def test_a_new_notebook_is_empty(notebook: Notebook):
    assert notebook.page(0, 12) == ([], 0)


DAMAGED = {
    "empty": b"",
    "cut off": json.dumps(FILE).encode()[:300],
    "not UTF-8": b"\xff\xfe" + json.dumps(FILE).encode(),
    "nested without end": b"[" * 200_000,
    "deep in the answer": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "no object": b"[1, 2]",
    "null": b"null",
    "foreign": b'{"name": "something else"}',
    "newer format": json.dumps(FILE_2 | {"format": 4}).encode(),
    "format as text": json.dumps(FILE_2 | {"format": "2"}).encode(),
    "verdict as text": json.dumps(FILE_2 | {"verdict": "drifted"}).encode(),
    "verdict of another sort": json.dumps(FILE_2 | {"verdict": {"kind": "near"}}).encode(),
    "newer recipe": json.dumps(FILE | {"recipe": FILE["recipe"] | {"format": 2}}).encode(),
    "a field too few": json.dumps({k: v for k, v in FILE.items() if k != "state"}).encode(),
    "empty state": json.dumps(FILE | {"state": ""}).encode(),
    "no time": json.dumps(FILE | {"time": "yesterday"}).encode(),
    "time as a number": json.dumps(FILE | {"time": 1767323045}).encode(),
    "time of sending without zone": json.dumps(FILE | {"sent_at": "2026-01-02T03:04:05"}).encode(),
    "time without zone": json.dumps(FILE | {"time": "2026-01-02T03:04:05"}).encode(),
    "answer as a list": json.dumps(FILE | {"response": [1]}).encode(),
    "failure as text": json.dumps(FILE | {"failure": "no"}).encode(),
    "picture as text": json.dumps(FILE | {"picture": "a.jpg"}).encode(),
    "scale as text": json.dumps(FILE).replace("0.5", '"0.5"').encode(),
    "scale not a number": json.dumps(FILE).replace("0.5", "NaN").encode(),
    "unknown media type": json.dumps(FILE).replace("image/jpeg", "image/heic").encode(),
    "another record's": json.dumps(FILE).replace("0123abcd", "0123abce").encode(),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_skipped_and_logged(
    notebook: Notebook, place: Place, folder: str, caplog: pytest.LogCaptureFixture, data: bytes
):
    place.write(f"{folder}/records/{ID}.json", data)
    good = record_at(1)
    notebook.save(good)
    assert notebook.page(0, 12)[0] == [good]
    assert [ID in line for line in caplog.messages] == [True]


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_can_be_deleted(
    notebook: Notebook, place: Place, folder: str, data: bytes
):
    place.write(f"{folder}/records/{ID}.json", data)
    notebook.delete([ID])
    assert notebook.ids() == []


@pytest.mark.parametrize(
    "name", ["notes.txt", ".DS_Store", f"{ID}.json.bak", f".{ID}.json.0123abcd", "x.json", "sub"]
)
def test_other_files_are_not_listed(notebook: Notebook, place: Place, folder: str, name: str):
    place.write(f"{folder}/records/{name}", b"{}")
    assert notebook.ids() == [ID]


def test_records_since_a_time_are_read_newest_first(notebook: Notebook):
    records = [record_at(second) for second in range(4)]
    for record in records:
        notebook.save(record)
    assert notebook.since(datetime.fromisoformat(records[2].time)) == [records[3], records[2]]


def test_a_damaged_record_does_not_hide_others_since_a_time(
    notebook: Notebook, place: Place, folder: str
):
    record = record_at(1)
    notebook.save(record)
    place.write(f"{folder}/records/{ID}.json", b"{")
    assert notebook.since(datetime.fromisoformat(RECORD.time)) == [record]


def test_all_notebooks_can_be_listed(place: Place):
    history = open_history(place)
    assert history.notebooks() == []
    for owner in ("anna", "ben"):
        history.notebook(owner).save(RECORD)
    assert [notebook.ids() for notebook in history.notebooks()] == [[ID], [ID]]


def test_a_records_task_can_be_claimed_once_at_a_time(place: Place):
    with open_history(place).claim(ID):
        assert open_history(place).is_claimed(ID)
        assert open_history(place).claim(ID) is None
    assert not open_history(place).is_claimed(ID)


# ── who sees what ────────────────────────────────────────────────────────────────────────────


def test_owners_never_see_each_others_records(place: Place):
    history = open_history(place)
    anna, ben = history.notebook("anna"), history.notebook("ben")
    anna.save(RECORD, {PHOTO: b"photo"})
    assert ben.ids() == []
    with pytest.raises(HistoryError, match="not in your history"):
        ben.get(ID)
    with pytest.raises(HistoryError, match="missing or damaged"):
        ben.read(PHOTO)


def test_deleting_everything_of_one_owner_leaves_the_other(place: Place):
    history = open_history(place)
    anna, ben = history.notebook("anna"), history.notebook("ben")
    for notebook in (anna, ben):
        notebook.save(RECORD, {PHOTO: b"photo"})
    ben.delete([ID])
    assert anna.get(ID) == RECORD
    assert anna.read(PHOTO) == b"photo"


def test_the_owner_is_on_disk_only_as_a_hash(notebook: Notebook, place: Place):
    notebook.save(RECORD, {PHOTO: b"photo"})
    assert {name.split("/")[1] for name in place.names()} == {OWNER_SHA256[:32]}
    assert not any(OWNER.encode() in place.read(name) for name in place.names())


@pytest.mark.parametrize("owner", ["", "../..", "/etc", "a/b", "\0", "页面", "x" * 100_000])
def test_no_owner_escapes_the_folder(place: Place, owner: str):
    open_history(place).notebook(owner).save(RECORD)
    assert len(place.names()) == len(place.names("notebooks/*/records/*.json")) == 1


NAMES = [
    "../../secret",
    "..",
    "",
    "/etc/passwd",
    "a" * 100_000,
    f"../records/{ID}",
    f"{ID}/",
    f"{ID}\n",
    f"{ID}\0",
    f" {ID}",
    ID.upper(),
    "２０２６0102T030405000006Z-0123abcd",
    None,
    7,
    ["x"],
]


@pytest.mark.parametrize("record_id", NAMES, ids=lambda name: repr(name)[:40])
def test_an_untrusted_id_opens_only_records(
    notebook: Notebook, place: Place, folder: str, record_id: object
):
    place.write(f"{folder}/secret.json", json.dumps(FILE).encode())
    with pytest.raises(HistoryError, match="not in your history"):
        notebook.get(record_id)


@pytest.mark.parametrize("record_id", NAMES, ids=lambda name: repr(name)[:40])
def test_an_untrusted_id_deletes_nothing_else(
    notebook: Notebook, place: Place, folder: str, record_id: object
):
    place.write("notebooks/secret.json", b"{}")
    with pytest.raises(HistoryError, match="not in your history"):
        notebook.delete([ID, record_id])
    assert notebook.ids() == [ID]
    assert place.read("notebooks/secret.json") == b"{}"
