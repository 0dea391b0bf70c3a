from __future__ import annotations

from dataclasses import replace

import pytest

from volcedit import EditParams
from volcedit.notebook.finding import Entry, Index, Query, Totals
from volcedit.notebook.keeping import older_than, oldest_to_evict
from volcedit.notebook.recipe import Recipe
from volcedit.notebook.records import Mark, Record
from volcedit.types import PictureFacts, State


def photo(name: str, size_bytes: int = 100) -> PictureFacts:
    return PictureFacts(name * 64, "image/jpeg", 30, 20, size_bytes)


PHOTO, UNMARKED = photo("a"), Mark()


def entry(
    day: int,
    prompt: str = "make it snow",
    *,
    seed: int = 7,
    provider: str = "gateway",
    negative_prompt: str = "",
    mark: Mark = UNMARKED,
    of: PictureFacts = PHOTO,
    **changes: object,
) -> Entry:
    """An entry of that day in January 2026, done unless `changes` say otherwise."""
    params = EditParams(prompt, negative_prompt, seed)
    recipe = Recipe(of, params, "byteedit_v2.0", "base64", provider, "Example.com")
    record = Record(
        id=f"202601{day:02}T000000000000Z-{day:08x}",
        time=f"2026-01-{day:02}T00:00:00+00:00",
        recipe=recipe,
        state=State.DONE,
        picture=photo("b"),
    )
    return Entry.of(replace(record, **changes).to_json(), mark)


def index_of(*entries: Entry) -> Index:
    index = Index()
    index.change(entries)
    return index


def days(index: Index, query: Query) -> list[int]:
    return [int(record_id[6:8]) for record_id in index.find(query)]


def test_everything_is_found_newest_first():
    assert days(index_of(entry(2), entry(1), entry(3)), Query()) == [3, 2, 1]


FINDABLE = index_of(
    entry(1, "Make it SNOW"),
    entry(2, "改成漫画风格", seed=4127),
    entry(3, "sunset", provider="sandbox", negative_prompt="Clouds"),
    entry(4, "sunset", state=State.FAILED, picture=None, mark=Mark(note="Too dark")),
    entry(5, "snow again", mark=Mark(starred=True), replay_of="20260101T000000000000Z-00000001"),
    entry(6, "Straße", state=State.TASK, picture=None),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query("snow"), [5, 1]),
        (Query("SNOW make"), [1]),
        (Query("make  snow"), [1]),
        (Query("漫画"), [2]),
        (Query("4127"), [2]),
        (Query("clouds"), [3]),
        (Query("DARK"), [4]),
        (Query("STRASSE"), [6]),
        (Query("example.com sunset"), [4, 3]),
        (Query("byteedit"), [6, 5, 4, 3, 2, 1]),
        (Query("snow sunset"), []),
        (Query(state="failed"), [4]),
        (Query(state="done"), [5, 3, 2, 1]),
        (Query(state="under_way"), [6]),
        (Query(state="repeat"), [5]),
        (Query(provider="sandbox"), [3]),
        (Query(starred=True), [5]),
        (Query(seeds=(4127, 4127)), [2]),
        (Query(seeds=(7, 4126)), [6, 5, 4, 3, 1]),
        (Query(since="2026-01-05"), [6, 5]),
        (Query(until="2026-01-02"), [2, 1]),
        (Query(since="2026-01-02", until="2026-01-04", words="sunset"), [4, 3]),
        (Query(words="snow", order="oldest"), [1, 5]),
    ],
)
def test_a_query_finds_what_it_matches(query: Query, expected: list[int]):
    assert days(FINDABLE, query) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("newest", [4, 3, 2, 1]),
        ("oldest", [1, 2, 3, 4]),
        ("prompt", [3, 4, 2, 1]),
        ("seed", [4, 3, 1, 2]),
        ("slowest", [2, 1, 4, 3]),
    ],
)
def test_results_are_sorted_with_ties_newest_first(order: str, expected: list[int]):
    index = index_of(
        entry(1, "b", seed=5, took_s=2.0),
        entry(2, "B", seed=9, took_s=10.0),
        entry(3, "a", seed=5),
        entry(4, "a-z", seed=1, took_s=1.0),
    )
    assert days(index, Query(order=order)) == expected


def test_results_follow_changes():
    index = index_of(entry(1), entry(2))
    index.find(Query("snow"))
    index.change(put=[entry(3), entry(2, "sunset")], drop=[entry(1).id])
    assert days(index, Query("snow")) == [3]


def test_only_the_latest_queries_are_cached():
    index = index_of(entry(1))
    answers = [index.find(Query(str(number))) for number in range(9)]
    assert index.find(Query("8")) is answers[8]
    assert index.find(Query("0")) is not answers[0]


def test_totals_count_each_picture_once_and_only_paid_edits_as_paid():
    index = index_of(
        entry(1, elapsed_s=1.0),
        entry(2, elapsed_s=3.0, picture=photo("c", 40)),
        entry(3, provider="sandbox", of=photo("d", 7), elapsed_s=2.0),
        entry(4, state=State.FAILED, picture=None),
    )
    assert index.totals() == Totals(
        count=4, done=3, paid=2, median_s=2.0, slow_s=3.0, size_bytes=100 + 100 + 40 + 7
    )


def test_totals_of_nothing_have_no_times():
    assert Index().totals() == Totals(0, 0, 0, None, None, 0)


@pytest.mark.parametrize(("count", "median", "slow"), [(1, 1, 1), (20, 10, 19), (100, 50, 95)])
def test_quantiles_use_the_nearest_rank(count: int, median: float, slow: float):
    index = Index()
    index.change(
        entry(1, elapsed_s=float(n))._replace(id=f"20260101T000000{n:06}Z-00000000")
        for n in range(1, count + 1)
    )
    assert (index.totals().median_s, index.totals().slow_s) == (median, slow)


# ── what makes room ──────────────────────────────────────────────────────────────────────────


def sized(day: int, picture: str, **changes: object) -> Entry:
    return entry(day, picture=photo(picture, 100), **changes)


@pytest.mark.parametrize(
    ("max_bytes", "expected"), [(400, []), (399, [1]), (300, [1]), (299, [1, 2]), (0, [1, 2, 3])]
)
def test_the_oldest_are_evicted_until_the_rest_fits(max_bytes: int, expected: list[int]):
    # Three pictures and one shared photo, 100 bytes each.
    entries = [sized(3, "d"), sized(1, "b"), sized(2, "c")]
    assert [int(it[6:8]) for it in oldest_to_evict(entries, max_bytes)] == expected


def test_shared_pictures_free_no_space():
    entries = [sized(1, "b"), sized(2, "b"), sized(3, "c")]
    assert [int(it[6:8]) for it in oldest_to_evict(entries, 200)] == [1, 2]


def test_starred_and_unfinished_edits_are_not_evicted():
    entries = [sized(1, "b", mark=Mark(True)), sized(2, "c", state=State.SENT), sized(3, "d")]
    assert [int(it[6:8]) for it in oldest_to_evict(entries, 0)] == [3]


def test_edits_from_before_a_day_are_too_old():
    entries = [
        entry(1), entry(2, mark=Mark(True)), entry(3, state=State.SENT), entry(4), entry(5),
    ]  # fmt: skip
    assert [int(it[6:8]) for it in older_than(entries, "2026-01-05")] == [1, 4]
