from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.archiving import (
    ALL,
    FAILED,
    FIRST,
    PHOTO_FACTS,
    PICTURE_FACTS,
    REPEAT,
    SECOND,
    TASK,
    export,
    fill,
    members_of,
    prompted,
    record_at,
)
from volcedit import Words
from volcedit.notebook.archive import report
from volcedit.notebook.archive.report import ANSWER_MAX_CHARS
from volcedit.notebook.history import History, Notebook
from volcedit.notebook.records import Mark, Record
from volcedit.types import FailureKind, State, Verdict, VerdictKind

HOSTILE = [
    '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '"><base href="https://evil.test/">',
    "</style></title></textarea><meta http-equiv=refresh content='0;url=//evil.test'>",
    "{} {0} {count} {{7*7}} ${alert(1)} `x` %s",
    "<!-- -->]]>&lt;b&gt; \x00 \x1b[0m \u202e",
]
POLICY = (
    "default-src 'none'; img-src 'self' data: blob: file:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

NEAR = Verdict(VerdictKind.NEAR, (9, 8, 7), (0.5, 0.25, 0.125), 0.0123, 41.26)
OTHER_SIZE = Verdict(VerdictKind.DRIFTED, None, None, 1.0, None)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return History(tmp_path).notebook("anna")


@pytest.fixture
def page_of(notebook: Notebook) -> Callable[..., str]:
    """The report of a notebook with those records."""

    def page_of(*records: Record, language: str = "en") -> str:
        fill(notebook, records)
        return members_of(export(notebook, language=language))["index.html"].decode()

    return page_of


class Reader(HTMLParser):
    """Collects the elements of a page and the text in each kind of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data


def test_the_page_runs_no_scripts_and_fetches_nothing(page_of: Callable):
    page = page_of(*ALL)
    metas = [attrs for tag, attrs in Reader(page).elements if tag == "meta"]
    assert metas[1] == {"http-equiv": "Content-Security-Policy", "content": POLICY}
    assert page.index("Content-Security-Policy") < page.index("<style")


def test_the_page_links_only_to_files_beside_it(page_of: Callable):
    links = set()
    for _, attrs in Reader(page_of(*ALL)).elements:
        links |= {attrs[name] for name in ("href", "src") if name in attrs}
        links |= set(re.findall(r"url\((.{11})", attrs.get("style") or ""))
    assert f"blobs/{PICTURE_FACTS.sha256}.jpg" in links
    kinds = r"blobs/[0-9a-f]{64}\.jpg|records/[\w-]+\.json|#[\w-]+|data:image/"
    assert [link for link in links if not re.fullmatch(kinds, link)] == []


@pytest.mark.parametrize("typed", HOSTILE)
def test_everything_typed_or_received_stays_text(notebook: Notebook, page_of: Callable, typed: str):
    record = prompted(1, typed)
    params = replace(record.recipe.params, negative_prompt=typed)
    recipe = replace(record.recipe, params=params, host=typed, req_key=typed)
    answer = {"message": typed, typed: [typed]}
    done = replace(record, recipe=recipe, response=answer, request_id=typed)
    failure = replace(FAILED.failure, message=Words(typed), code=typed, request_id=typed)
    failed = replace(FAILED, recipe=recipe, failure=failure)
    fill(notebook, (done,))
    notebook.mark(done.id, Mark(True, typed))
    read = Reader(page_of(failed))
    known = set(Reader(page_of(*ALL)).elements[0][1])
    assert known == {"lang"}
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "base", "textarea", "b2", "iframe", "object", "form"}
    names = {name for _, attrs in read.elements for name in attrs}
    assert not {name for name in names if name.startswith("on")}
    shown = re.sub(r"[\0\x1b]", "\ufffd", typed)
    assert sum(shown in heading for heading in read.texts["h3"]) == 2
    assert sum(tag == "meta" for tag, _ in read.elements) == 5


def test_a_picture_shows_before_and_after_and_links_to_its_file(page_of: Callable):
    shown = [attrs for tag, attrs in Reader(page_of(FIRST)).elements if tag == "a"]
    assert [attrs["href"] for attrs in shown[:2]] == [
        f"blobs/{PHOTO_FACTS.sha256}.jpg",
        f"blobs/{PICTURE_FACTS.sha256}.jpg",
    ]
    assert [attrs["aria-label"] for attrs in shown[:2]] == ["Before: 让它下雪", "After: 让它下雪"]


def test_the_page_without_its_folder_shows_thumbnails(page_of: Callable):
    styles = [
        attrs["style"]
        for tag, attrs in Reader(page_of(FIRST)).elements
        if tag == "a" and "style" in attrs
    ]
    assert len(styles) == 2
    assert all("data:image/jpeg;base64," in style for style in styles)


@pytest.mark.parametrize(
    ("record", "phrases"),
    [
        (FAILED, ["No.", "refused · 50411 · id r-9"]),
        (TASK, ["Was still in progress when exported."]),
        (replace(FAILED, state=State.STOPPED, failure=None), ["Stopped before it was sent."]),
        (replace(SECOND, parent=None), ["75.0 % of the photo kept", "89×58 px at 1, 2"]),
        (SECOND, ["Based on the picture of", FIRST.id]),
        (REPEAT, ["Identical, byte for byte", "Repeats", FIRST.id]),
        (
            record_at(1, verdict=NEAR),
            ["Almost identical", "9, 8, 7 of 255", "0.50, 0.25, 0.12", "1.2 %", "41.3 dB"],
        ),
        (record_at(1, verdict=OTHER_SIZE), ["Different", "100.0 %"]),
        (FIRST, ["seed 7", "strength 0.5", "byteedit_v2.0", "2.2 s", "03:04:01 UTC"]),
        (FIRST, ["Service response", '"request_id": "r-1"', FIRST.recipe.id]),
    ],
)  # fmt: skip
def test_everything_known_about_a_record_is_shown(
    page_of: Callable, record: Record, phrases: list[str]
):
    text = Reader(page_of(record)).texts["article"][0]
    assert [words for words in phrases if words not in text] == []


@pytest.mark.parametrize("kind", ["sideways", "<script>alert(1)</script>", "{0} {{7*7}}"])
def test_an_unknown_kind_is_shown_by_its_name(page_of: Callable, kind: str):
    verdict = replace(NEAR, kind=VerdictKind(kind))
    failure = replace(FAILED.failure, kind=FailureKind(kind))
    failed = replace(FAILED, failure=failure)
    resting = replace(FAILED, id=record_at(6).id, state=State(kind), failure=None)
    read = Reader(page_of(record_at(1, verdict=verdict), failed, resting))
    newest, other, oldest = read.texts["article"]
    assert kind in newest
    assert f"{kind} · 50411 · id r-9" in other
    assert f"{kind}" in oldest
    assert "41.3 dB" in oldest
    assert not {tag for tag, _ in read.elements} & {"script"}
    tones = [attrs["data-tone"] for _, attrs in read.elements if "data-tone" in attrs]
    assert tones == ["unknown", "bad", "good", "unknown"]


@pytest.mark.parametrize("kind", [*State, *VerdictKind])
def test_no_template_names_a_kind(kind: State | VerdictKind):
    files = list(Path(report.__file__).with_name("templates").iterdir())
    assert len(files) == 4
    named = re.compile(rf"""["'.]{kind.value}\b""")
    assert [file.name for file in files if named.search(file.read_text("utf-8"))] == []


def test_a_record_links_to_another_on_the_page(page_of: Callable):
    assert f'href="#{FIRST.id}"' in page_of(FIRST, REPEAT)


def test_a_record_only_names_one_that_is_not_on_the_page(page_of: Callable):
    page = page_of(REPEAT)
    assert f'href="#{FIRST.id}"' not in page
    assert FIRST.id in page


def test_a_long_answer_is_cut(page_of: Callable):
    page = page_of(replace(FIRST, response={"text": "x" * (ANSWER_MAX_CHARS + 1)}))
    assert "x" * (ANSWER_MAX_CHARS - 100) in page
    assert "x" * (ANSWER_MAX_CHARS + 1) not in page
    assert "Truncated" in page


def test_a_day_is_a_heading_above_its_records(page_of: Callable):
    later = record_at(6, time="2026-01-03T00:00:00+00:00", id="20260103T000000000000Z-00000001")
    assert Reader(page_of(later, *ALL)).texts["h2"] == ["2026-01-03", "2026-01-02"]


def test_the_head_counts(page_of: Callable):
    assert "5 edits · 3 pictures · 1 starred" in Reader(page_of(*ALL)).texts["header"][0]


def test_the_page_speaks_chinese(page_of: Callable):
    page = page_of(*ALL, language="zh")
    assert Reader(page).elements[0] == ("html", {"lang": "zh-CN"})
    for words in ("原图", "种子 7", "逐字节相同", "失败。", "5 次编辑"):
        assert words in page


def test_a_note_and_a_star_are_shown(page_of: Callable):
    read = Reader(page_of(SECOND))
    assert read.texts["h3"] == ["★ 让它下雪"]
    assert "冬天 ❄" in read.texts["article"][0]


def test_the_url_of_a_photo_that_the_service_fetched_is_shown(page_of: Callable):
    recipe = replace(FIRST.recipe, photo=None, photo_url="https://example.com/cat.jpg?a=<b>")
    page = page_of(replace(FIRST, recipe=recipe))
    assert "fetched the photo itself, from https://example.com/cat.jpg?a=&lt;b&gt;" in page
