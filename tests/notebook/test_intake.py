from __future__ import annotations

import io
import json
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.archiving import (
    ALL,
    CHILD_FACTS,
    FAILED,
    FIRST,
    PHOTO,
    PHOTO_FACTS,
    PICTURE_FACTS,
    SECOND,
    TASK,
    export,
    files_below,
    fill,
    folder_of,
    import_,
    members_of,
    pack,
    record_at,
    sha256,
    with_manifest,
)
from tests.support.drawing import make_jpeg
from volcedit import HistoryError
from volcedit.errors import ArchiveError
from volcedit.notebook.archive import container, intake
from volcedit.notebook.archive.intake import Imported
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Mark
from volcedit.words import say

STRAY = make_jpeg(50, 40)
RECORD = f"records/{FIRST.id}.json"
MARK = f"marks/{SECOND.id}.json"
BLOB = f"blobs/{PHOTO_FACTS.sha256}.jpg"


# ── out and in again ─────────────────────────────────────────────────────────────────────────────


def test_an_empty_notebook_becomes_the_one_that_was_exported(notebook: Notebook, other: Notebook):
    assert import_(other, export(notebook)) == Imported(5, 0, 0, 0)
    was, became = files_below(folder_of(notebook)), files_below(folder_of(other))
    for kind in ("records/", "blobs/", "marks/"):
        names = {name for name in was if name.startswith(kind)}
        assert names == {name for name in became if name.startswith(kind)}
        assert all(was[name] == became[name] for name in names)


def test_the_records_and_their_recipes_read_the_same(notebook: Notebook, other: Notebook):
    import_(other, export(notebook))
    assert other.ids() == notebook.ids()
    for record in ALL:
        came = other.get(record.id)
        assert replace(came, imported=False) == record
        assert came.recipe.id == record.recipe.id
    assert other.mark_of(SECOND.id) == Mark(True, "冬天 ❄")
    assert other.read(PHOTO_FACTS) == PHOTO


def test_a_record_of_an_older_format_keeps_its_bytes(notebook: Notebook, other: Notebook):
    path = folder_of(notebook) / RECORD
    values = json.loads(path.read_bytes()) | {"format": 1}
    for name in ("replay_of", "verdict", "touched"):
        del values[name]
    path.write_text(json.dumps(values))
    import_(other, export(notebook))
    assert (folder_of(other) / RECORD).read_bytes() == path.read_bytes()


def test_importing_twice_adds_nothing(notebook: Notebook, other: Notebook):
    data = export(notebook)
    import_(other, data)
    before = files_below(folder_of(other))
    assert import_(other, data) == Imported(0, 5, 0, 0)
    assert files_below(folder_of(other)) == before


def test_two_notebooks_merge_by_id(notebook: Notebook, other: Notebook):
    fill(other, (FIRST, FAILED))
    assert import_(other, export(notebook)) == Imported(3, 2, 0, 0)
    assert set(other.ids()) == {record.id for record in ALL}


def test_a_differing_record_with_the_same_id_is_kept_and_reported(
    notebook: Notebook, other: Notebook
):
    ours = replace(FIRST, took_s=99.0)
    fill(other, (ours,))
    assert import_(other, export(notebook)) == Imported(4, 0, 1, 0)
    assert other.get(FIRST.id) == ours


def test_an_existing_note_is_kept(notebook: Notebook, other: Notebook):
    fill(other, (SECOND,))
    other.mark(SECOND.id, Mark(False, "mine"))
    import_(other, export(notebook))
    assert other.mark_of(SECOND.id) == Mark(False, "mine")


def test_a_damaged_local_picture_is_repaired(notebook: Notebook, other: Notebook):
    fill(other)
    (folder_of(other) / BLOB).write_bytes(b"gone bad")
    assert import_(other, export(notebook)) == Imported(0, 5, 0, 0)
    assert other.read(PHOTO_FACTS) == PHOTO


def test_imported_records_are_found_by_searching(notebook: Notebook, other: Notebook):
    assert other.index().totals().count == 0
    import_(other, export(notebook))
    assert other.index().totals().count == 5


def test_an_empty_notebook_can_be_exported_and_imported(other: Notebook, history: History):
    assert import_(history.notebook("carl"), export(other)) == Imported(0, 0, 0, 0)


def test_a_zip_repacked_by_another_program_is_imported(
    notebook: Notebook, other: Notebook, tmp_path: Path
):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO(export(notebook))) as file:
        file.extractall(folder)
    subprocess.run(["zip", "-q", "-r", "../anew.zip", "."], cwd=folder, check=True)
    assert import_(other, (tmp_path / "anew.zip").read_bytes()) == Imported(5, 0, 0, 0)


def test_an_import_that_does_not_fit_on_the_disk_leaves_no_record(
    notebook: Notebook, other: Notebook
):
    data = export(notebook)
    # Three records are written before the one whose picture cannot be.
    (folder_of(other) / f"blobs/{CHILD_FACTS.sha256}.jpg").mkdir(parents=True)
    with pytest.raises(HistoryError):
        import_(other, data)
    assert other.ids() == []


# ── what was under way elsewhere ─────────────────────────────────────────────────────────────────


def test_records_without_a_picture_are_flagged_as_imported(notebook: Notebook, other: Notebook):
    import_(other, export(notebook))
    imported = {record_id for record_id in other.ids() if other.get(record_id).imported}
    assert imported == {FAILED.id, TASK.id}
    assert not notebook.get(TASK.id).imported


def test_the_imported_flag_is_deleted_with_the_record(notebook: Notebook, other: Notebook):
    import_(other, export(notebook))
    other.delete([TASK.id, FAILED.id])
    assert not any("imported" in name for name in files_below(folder_of(other)))


def test_an_import_over_a_discarded_record_survives_emptying_the_bin(
    notebook: Notebook, other: Notebook
):
    data = export(notebook)
    import_(other, data)
    other.discard([SECOND.id])
    assert import_(other, data).added == 1
    other.empty_bin()
    assert other.mark_of(SECOND.id).starred
    assert other.read(CHILD_FACTS)


# ── what is refused, and changes nothing ─────────────────────────────────────────────────────────


def change_record(**values: object) -> Callable[[dict], dict]:
    """Change a value in the first record, with a matching manifest."""

    def change(members: dict) -> dict:
        record = json.loads(members[RECORD]) | values
        return with_manifest(members | {RECORD: json.dumps(record).encode()})

    return change


def change_in(part: str, **values: object) -> Callable[[dict], dict]:
    """Change a value in a part of the first record."""

    def change(members: dict) -> dict:
        record = json.loads(members[RECORD])
        record[part] = record[part] | values
        return with_manifest(members | {RECORD: json.dumps(record).encode()})

    return change


def change_params(**values: object) -> Callable[[dict], dict]:
    def change(members: dict) -> dict:
        record = json.loads(members[RECORD])
        record["recipe"]["params"] |= values
        return with_manifest(members | {RECORD: json.dumps(record).encode()})

    return change


def as_record(text: bytes) -> Callable[[dict], dict]:
    return lambda members: with_manifest(members | {RECORD: text})


def dressed_up(data: bytes, kind: str = "jpg") -> Callable[[dict], dict]:
    """Another file as a picture, under a name that matches its hash."""
    return lambda members: with_manifest(members | {f"blobs/{sha256(data)}.{kind}": data})


def without(name: str) -> Callable[[dict], dict]:
    return lambda members: {key: value for key, value in members.items() if key != name}


def renamed(old: str, new: str) -> Callable[[dict], dict]:
    return lambda members: with_manifest(
        {new if name == old else name: data for name, data in members.items()}
    )


BAD_JPEG = make_jpeg(48, 32)[:-200]
DEEP = b'{"format": 2, "response": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}"
VERY_DEEP = b"[" * 100_000

HOSTILE_MEMBERS: dict[str, tuple[Callable[[dict], dict], str]] = {
    "newer manifest": (lambda it: with_manifest(it, format=2), "newer volcedit"),
    "newer record": (change_record(format=4), "newer volcedit"),
    "newer recipe": (change_in("recipe", format=2), "newer volcedit"),
    "no manifest": (without("manifest.json"), "no manifest.json"),
    "manifest of another shape": (
        lambda it: it | {"manifest.json": b'{"format": 1, "members": [1], "lost": []}'},
        "manifest.json .*damaged",
    ),
    "manifest of no format": (lambda it: with_manifest(it, format="1"), "manifest.json .*damaged"),
    "lost of another shape": (lambda it: with_manifest(it, lost=[[]]), "manifest.json .*damaged"),
    "member missing": (without(BLOB), "damaged"),
    "member not in the manifest": (lambda it: it | {f"blobs/{'0' * 64}.jpg": b"x"}, "damaged"),
    "record changed": (lambda it: it | {RECORD: it[RECORD] + b" "}, "damaged"),
    "record changed, same size": (
        lambda it: it | {RECORD: it[RECORD].replace(b"10000", b"10001")},
        "damaged",
    ),
    "page changed": (lambda it: it | {"index.html": b"x" * len(it["index.html"])}, "damaged"),
    "hash of a blob is not its name": (
        lambda it: with_manifest(it | {BLOB: make_jpeg(64, 48)}),
        "damaged",
    ),
    "id is not the file's name": (
        renamed(RECORD, f"records/{record_at(9).id}.json"),
        "a different id",
    ),
    "record speaks of what is nowhere": (
        lambda it: with_manifest(without(BLOB)(it)),
        "neither in it nor here",
    ),
    "unknown member": (lambda it: with_manifest(it | {"notes.txt": b"x"}), "does not belong"),
    "nested": (
        lambda it: with_manifest(it | {f"records/old/{FIRST.id}.json": b"{}"}),
        "does not belong",
    ),
    "another archive inside": (lambda it: with_manifest(it | {"more.zip": pack(it)}), "not belong"),
    "a page among the blobs": (lambda it: with_manifest(it | {"blobs/x.html": b"x"}), "not belong"),
    "mark of no record": (
        lambda it: with_manifest(it | {f"marks/{record_at(9).id}.json": it[MARK]}),
        "does not belong",
    ),
    "mark of another shape": (
        lambda it: with_manifest(it | {MARK: b'{"format": 1, "starred": 1, "note": ""}'}),
        "damaged",
    ),
    "note too long": (
        lambda it: with_manifest(
            it | {MARK: b'{"format": 1, "starred": true, "note": "%b"}' % (b"x" * 2001)}
        ),
        "damaged",
    ),
    "json too deep": (as_record(DEEP), "deeper"),
    "json far too deep": (as_record(VERY_DEEP), "deeper"),
    "json too large": (as_record(b" " * 2_000_001), "larger than"),
    "no json": (as_record(b"{'a': 1}"), "damaged"),
    "json that is a list": (as_record(b"[]"), "damaged"),
    "not a number": (as_record(b'{"format": NaN}'), "damaged"),
    "a number of 5,000 digits": (as_record(b'{"format": ' + b"9" * 5000 + b"}"), "damaged"),
    "half a surrogate pair": (change_params(prompt="\ud800"), "damaged"),
    "html as a jpeg": (
        dressed_up(b"<!doctype html><script>alert(1)</script>"),
        "not the kind of picture",
    ),
    "svg as a png": (
        dressed_up(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "png"),
        "not the kind of picture",
    ),
    "jpeg as a png": (dressed_up(make_jpeg(64, 48), "png"), "not the kind of picture"),
    "jpeg cut short": (dressed_up(BAD_JPEG), "not the kind of picture"),
    "a picture of no edit": (
        lambda members: with_manifest({**members, f"blobs/{sha256(STRAY)}.jpg": STRAY}),
        "No edit in this archive refers to blobs/",
    ),
    "a state that is none": (change_record(state=""), "damaged"),
    "what stands beside a record": (change_record(imported=False), "damaged"),
    "a prompt that is a list": (change_params(prompt=["x"]), "damaged"),
    "a seed that is text": (change_params(seed="<b>7"), "damaged"),
    "a seed that is true": (change_params(seed=True), "damaged"),
    "a scale beyond numbers": (change_params(scale=1e999), "damaged"),
    "a width that is a style": (change_in("picture", width_px="1;color:red"), "damaged"),
    "a width that is not the picture's": (change_in("picture", width_px=97), "damaged"),
    "a width of nothing": (change_in("picture", width_px=0), "damaged"),
    "a size that is not the picture's": (change_in("picture", size_bytes=1), "damaged"),
    "a hash that leads elsewhere": (change_in("picture", sha256="../../x"), "damaged"),
    "a kind unheard of": (change_in("picture", media_type="text/html"), "damaged"),
    "a parent that is no id": (change_record(parent="<script>"), "damaged"),
    "a time without its zone": (change_record(time="2026-01-02T03:04:01"), "damaged"),
    "an answer that is a list": (change_record(response=[]), "damaged"),
    "an own key that is text": (change_record(own_key="no"), "damaged"),
    "a verdict of another shape": (
        change_record(
            verdict={"kind": "near", "largest": [1, 2], "mean": None}
            | {"changed_share": 0, "psnr_db": None}
        ),
        "damaged",
    ),
    "a failure of another shape": (change_record(failure={"kind": "x"}), "damaged"),
}  # fmt: skip


def refused(notebook: Notebook, data: bytes, folder: Path, message: str) -> None:
    """Assert that importing `data` fails with `message`, in both languages, and changes no file."""
    before = files_below(folder)
    with pytest.raises(ArchiveError, match=message) as caught:
        import_(notebook, data)
    assert str(caught.value.words).endswith("Nothing was changed.")
    assert say("zh", caught.value.words).endswith("未做任何更改。")
    assert files_below(folder) == before


def test_too_many_pixels_in_total_are_rejected(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = export(notebook)
    pixels = 48 * 32 + 96 * 64 + 96 * 60  # of the three pictures
    monkeypatch.setattr(intake, "PIXELS_MAX", pixels - 1)
    refused(notebook, data, tmp_path, "megapixels")
    monkeypatch.setattr(intake, "PIXELS_MAX", pixels)
    assert import_(notebook, data).added == 0


@pytest.mark.parametrize("case", HOSTILE_MEMBERS)
def test_an_archive_with_hostile_members_is_rejected(notebook: Notebook, tmp_path: Path, case: str):
    change, message = HOSTILE_MEMBERS[case]
    data = pack(change(members_of(export(notebook))))
    other = History(tmp_path / "b").notebook("bob")
    fill(other, (SECOND,))
    refused(other, data, tmp_path / "b", message)


NEWER_MEMBERS: dict[str, Callable[[dict], dict]] = {
    "an unknown state": change_record(state="winning"),
    "a field unheard of": change_record(surprise=1),
    "a field unheard of in a part": change_in("picture", surprise=1),
    "a failure of an unknown kind": change_record(
        failure={"kind": "tired", "code": None, "message": {"en": "No.", "zh": "不行。"}}
        | {"request_id": "", "retryable": False},
    ),
    "a verdict of an unknown kind": change_record(
        verdict={"kind": "sideways", "largest": None, "mean": None}
        | {"changed_share": 0.5, "psnr_db": None},
    ),
    "a manifest that says more": lambda it: with_manifest(it, surprise=[1]),
}


@pytest.mark.parametrize("case", NEWER_MEMBERS)
def test_fields_of_a_newer_version_are_imported_byte_for_byte(
    notebook: Notebook, other: Notebook, case: str
):
    members = NEWER_MEMBERS[case](members_of(export(notebook)))
    assert import_(other, pack(members)) == Imported(5, 0, 0, 0)
    assert other.files_of(FIRST.id)[0] == members[RECORD]
    assert len(other.page(0, 9)[0]) == 5
    assert members_of(export(other))[RECORD] == members[RECORD]


def entry(name: str, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.flag_bits = flags
    return info


HOSTILE_ENTRIES: dict[str, tuple[list, str]] = {
    "absolute path": ([("/etc/passwd", b"x")], "absolute path"),
    "parent path": ([("blobs/../../x", b"x")], "points outside"),
    "backslash": ([("blobs\\x", b"x")], "backslash"),
    "absolute with a backslash": ([("\\\\host\\x", b"x")], "absolute path"),
    "drive": ([("C:/x", b"x")], "absolute path"),
    "drive without a slash": ([("c:x", b"x")], "absolute path"),
    "link": ([(entry("blobs/link", stat.S_IFLNK | 0o777), b"/etc/passwd")], "a link"),
    "device": ([(entry("blobs/null", stat.S_IFCHR | 0o666), b"")], "a link or a device"),
    "differs in case": ([("Index.html", b"x")], "differ only in case"),
    "record in capitals": ([(RECORD.upper(), b"x")], "differ only in case"),
    "folder of another name": ([("more/", b"")], "does not belong"),
}


@pytest.mark.parametrize("case", HOSTILE_ENTRIES)
def test_an_archive_with_a_hostile_entry_is_rejected(notebook: Notebook, tmp_path: Path, case: str):
    more, message = HOSTILE_ENTRIES[case]
    data = pack(members_of(export(notebook)), more=more)
    refused(notebook, data, tmp_path, message)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_duplicate_member_is_rejected(notebook: Notebook, tmp_path: Path):
    members = members_of(export(notebook))
    data = pack(members, more=[(RECORD, members[RECORD])])
    refused(notebook, data, tmp_path, "twice")


def test_an_encrypted_member_is_rejected(notebook: Notebook, tmp_path: Path):
    data = bytearray(export(notebook))
    at = data.rindex(b"PK\1\2") + 8
    data[at] |= 1
    refused(notebook, bytes(data), tmp_path, "encrypted")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unsupported_compression_is_rejected(notebook: Notebook, tmp_path: Path, packing: int):
    refused(notebook, pack(members_of(export(notebook)), packing), tmp_path, "ordinary ZIP")


def test_a_bomb_by_ratio_is_rejected(notebook: Notebook, tmp_path: Path):
    members = members_of(export(notebook)) | {"index.html": b"\0" * 2_000_000}
    data = pack(with_manifest(members), zipfile.ZIP_DEFLATED)
    assert len(data) < 100_000
    refused(notebook, data, tmp_path, "100 times")


def test_small_members_may_have_any_ratio(notebook: Notebook, other: Notebook):
    members = members_of(export(notebook)) | {"index.html": b"\0" * 900_000}
    assert import_(other, pack(with_manifest(members), zipfile.ZIP_DEFLATED)).added == 5


def test_a_bomb_by_count_is_rejected_before_it_is_opened(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(container, "MEMBERS_MAX", 12)
    data = export(notebook)
    assert import_(notebook, data).known == 5
    more = pack(members_of(data), more=[("blobs/", b"")])
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(notebook, more, tmp_path, "more than")


def test_a_directory_with_a_wrong_count_is_rejected(notebook: Notebook, tmp_path: Path):
    data = bytearray(export(notebook))
    struct.pack_into("<HH", data, len(data) - 14, 3, 3)
    refused(notebook, bytes(data), tmp_path, "damaged")


def test_a_second_zip64_directory_is_rejected(notebook: Notebook, tmp_path: Path):
    last = zipfile.ZipInfo("blobs/")
    last.comment = b"PK\6\7" + bytes(16)  # where zipfile looks for its locator
    data = pack(members_of(export(notebook)), more=[(last, b"")])
    refused(notebook, data, tmp_path, "Export it in parts")


def test_markup_in_a_name_is_not_shown(notebook: Notebook, tmp_path: Path):
    data = pack(members_of(export(notebook)), more=[("<img src=x onerror=alert(1)>", b"x")])
    refused(notebook, data, tmp_path, r"“\?img src\?x onerror\?alert\?1\?\?” does not belong")


def test_a_bomb_by_total_size_is_rejected(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = export(notebook)
    total = sum(map(len, members_of(data).values()))
    monkeypatch.setattr(container, "TOTAL_MAX_BYTES", max(total, len(data)))
    assert import_(notebook, data).known == 5
    monkeypatch.setattr(container, "TOTAL_MAX_BYTES", total - 1)
    refused(notebook, data, tmp_path, "Export it in parts")


def test_a_picture_that_is_too_large_is_rejected(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    largest = max(facts.size_bytes for facts in (PHOTO_FACTS, PICTURE_FACTS, CHILD_FACTS))
    monkeypatch.setattr(intake, "BLOB_MAX_BYTES", largest)
    data = export(notebook)
    assert import_(notebook, data).known == 5
    monkeypatch.setattr(intake, "BLOB_MAX_BYTES", largest - 1)
    refused(notebook, data, tmp_path, "larger than")


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "not a ZIP"), (b"just some notes", "not a ZIP"), (make_jpeg(48, 32), "not a ZIP")],
)
def test_other_files_than_zips_are_rejected(
    notebook: Notebook, tmp_path: Path, data: bytes, message: str
):
    refused(notebook, data, tmp_path, message)


def test_a_truncated_archive_is_rejected(notebook: Notebook, tmp_path: Path):
    data = export(notebook)
    for end in (len(data) - 1, len(data) // 2, 100):
        refused(notebook, data[:end], tmp_path, "damaged|not a ZIP")


def test_pictures_may_already_be_here(notebook: Notebook, tmp_path: Path):
    members = with_manifest(without(BLOB)(members_of(export(notebook))))
    shutil.rmtree(tmp_path / "b", ignore_errors=True)
    other = History(tmp_path / "b").notebook("bob")
    fill(other, (FIRST,))
    assert import_(other, pack(members)) == Imported(4, 1, 0, 0)
