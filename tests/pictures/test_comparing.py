"""Comparing repeats and edits, with expected pixels worked out by hand."""

from __future__ import annotations

import io
import math

import pytest
from PIL import Image, ImageDraw

from tests.support.drawing import make_jpeg
from volcedit import PhotoError
from volcedit.pictures.comparing import (
    Stability,
    difference_picture,
    heat_map,
    judge,
    measure_touched,
    summarize,
)
from volcedit.types import Touched, Verdict, VerdictKind

GREY = (100, 100, 100)

NOTHING = ((0, 0, 0), (0.0, 0.0, 0.0), 0.0, None)
"""The numbers for two identical pictures."""


def png(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def plain(
    width_px: int = 100,
    height_px: int = 100,
    changed: dict[tuple[int, int], tuple[int, int, int]] | None = None,
) -> Image.Image:
    """Grey, except for the pixels in `changed`."""
    image = Image.new("RGB", (width_px, height_px), GREY)
    for place, colour in (changed or {}).items():
        image.putpixel(place, colour)
    return image


def with_box(box: tuple[int, int, int, int], colour: object = "red", size: int = 100) -> bytes:
    """Grey with a filled box (left, top, right, bottom), the last two exclusive."""
    image = plain(size, size)
    left, top, right, bottom = box
    ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=colour)
    return png(image)


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


# ── the verdict ──────────────────────────────────────────────────────────────────────────────


def test_identical_bytes_are_same_bytes():
    data = make_jpeg(48, 32)
    assert judge(data, data) == Verdict(
        VerdictKind.SAME_BYTES, (0, 0, 0), (0.0, 0.0, 0.0), 0.0, None
    )


def test_identical_pixels_in_another_file_are_same_pixels():
    first, second = png(plain()), png(plain(), compress_level=0)
    assert first != second
    assert judge(first, second) == Verdict(VerdictKind.SAME_PIXELS, *NOTHING)


def test_one_changed_pixel_shows_in_every_number():
    verdict = judge(png(plain()), png(plain(changed={(3, 4): (110, 95, 100)})))
    assert (verdict.kind, verdict.largest, verdict.changed_share) == ("near", (10, 5, 0), 0.0)
    assert verdict.mean == (0.001, 0.0005, 0.0)
    # 100 + 25 over 30,000 values.
    assert verdict.psnr_db == pytest.approx(10 * math.log10(65025 / (125 / 30000)))


@pytest.mark.parametrize(("step", "share"), [(16, 0.0), (17, 0.0001)])
def test_a_pixel_counts_as_changed_beyond_sixteen(step: int, share: float):
    changed = judge(png(plain()), png(plain(changed={(0, 0): (100, 100, 100 + step)})))
    assert changed.changed_share == share


@pytest.mark.parametrize(("count", "kind"), [(100, "near"), (101, "drifted")])
def test_near_is_at_most_one_pixel_in_a_hundred(count: int, kind: str):
    off = {(number % 100, number // 100): (117, 100, 100) for number in range(count)}
    assert judge(png(plain()), png(plain(changed=off))).kind == kind


# Every pixel off by 4: 10 log(255² / 16) = 36.09 dB; by 5: 34.15 dB.
@pytest.mark.parametrize(("step", "kind"), [(4, "near"), (5, "drifted")])
def test_near_is_at_least_35_decibels(step: int, kind: str):
    verdict = judge(png(plain()), png(Image.new("RGB", (100, 100), (100 + step,) * 3)))
    assert verdict.kind == kind
    assert verdict.psnr_db == pytest.approx(20 * math.log10(255 / step))
    assert verdict.mean == (step, step, step)


def test_increasing_drift_goes_through_every_kind_best_first():
    first = png(plain())
    others = [first, png(plain(), compress_level=1)]
    others += [png(Image.new("RGB", (100, 100), (100 + step,) * 3)) for step in range(1, 156)]
    kinds = [judge(first, other).kind for other in others]
    assert list(dict.fromkeys(kinds)) == list(VerdictKind)
    assert kinds == sorted(kinds, key=list(VerdictKind).index)


def test_comparison_is_symmetric():
    first, second = png(plain()), with_box((0, 0, 50, 50))
    assert judge(first, second) == judge(second, first)


def test_black_against_white_is_the_largest_difference():
    verdict = judge(
        png(Image.new("RGB", (20, 20), "black")), png(Image.new("RGB", (20, 20), "white"))
    )
    assert verdict == Verdict(VerdictKind.DRIFTED, (255,) * 3, (255.0,) * 3, 1.0, 0.0)


def test_another_size_is_drift_without_numbers():
    verdict = judge(png(plain(100, 100)), png(plain(100, 99)))
    assert verdict == Verdict(VerdictKind.DRIFTED, None, None, 1.0, None)


def test_the_same_picture_as_a_jpeg_is_near():
    image = Image.open(io.BytesIO(make_jpeg(96, 64)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    assert judge(png(image), file.getvalue()).kind == "near"


@pytest.mark.parametrize("ask", [judge, difference_picture, measure_touched, heat_map])
@pytest.mark.parametrize("damaged", [b"", b"GIF89a", make_jpeg(48, 32)[:200]])
def test_invalid_pictures_are_rejected(ask, damaged: bytes):
    for pair in ((damaged, png(plain())), (png(plain()), damaged)):
        with pytest.raises(PhotoError):
            ask(*pair)


# ── several ──────────────────────────────────────────────────────────────────────────────────


def test_repeats_are_counted_by_their_verdicts():
    verdicts = [
        Verdict(VerdictKind.SAME_BYTES, (0, 0, 0), (0.0, 0.0, 0.0), 0.0, None),
        Verdict(VerdictKind.NEAR, (9, 9, 9), (1.0, 1.0, 1.0), 0.0, 41.0),
        Verdict(VerdictKind.DRIFTED, (90, 90, 90), (9.0, 9.0, 9.0), 0.4, 22.5),
        Verdict(VerdictKind.DRIFTED, None, None, 1.0, None),
        None,
    ]
    stability = summarize(verdicts)
    assert stability == Stability({"same_bytes": 1, "near": 1, "drifted": 2}, 1, 22.5)
    assert stability.count == 5


def test_no_repeats_give_an_empty_summary():
    assert summarize([]) == Stability()


# ── the difference, to be seen ───────────────────────────────────────────────────────────────


def test_a_difference_is_amplified_eightfold():
    shown = pixels(
        difference_picture(
            png(plain()), png(plain(changed={(1, 0): (103, 100, 90), (2, 0): (0, 0, 0)}))
        )
    )
    assert [shown.getpixel((across, 0)) for across in range(3)] == [
        (0, 0, 0), (24, 0, 80), (255, 255, 255),
    ]  # fmt: skip


def test_a_difference_has_the_size_of_the_first():
    shown = pixels(difference_picture(png(plain(60, 40)), png(plain(90, 60))))
    assert shown.size == (60, 40)
    assert shown.getextrema() == ((0, 0),) * 3


# ── what an edit touched ─────────────────────────────────────────────────────────────────────


def test_an_edit_that_changed_nothing_touched_nothing():
    assert measure_touched(png(plain()), png(plain())) == Touched(1.0, 0.0, None)


def test_a_painted_box_is_found():
    touched = measure_touched(png(plain()), with_box((20, 40, 60, 60), (200, 100, 100)))
    assert touched.preserved_share == pytest.approx(0.92)  # all but 40 × 20 of 100 × 100
    assert touched.mean == pytest.approx(100 * 800 / 30000)
    # 2.5 % of 40 columns is one column, of 20 rows half a row: rounded to 4 px, nothing is lost.
    assert touched.box == (20, 40, 60, 60)


def test_a_whole_picture_can_be_touched():
    touched = measure_touched(png(plain()), png(Image.new("RGB", (100, 100), "white")))
    assert (touched.preserved_share, touched.mean, touched.box) == (0.0, 155.0, (0, 0, 100, 100))


def test_a_distant_speck_does_not_widen_the_box():
    made = pixels(with_box((20, 40, 60, 60), (200, 100, 100)))
    made.putpixel((99, 99), (200, 100, 100))
    assert measure_touched(png(plain()), png(made)).box == (20, 40, 60, 60)


def test_a_box_ends_where_the_picture_ends():
    assert measure_touched(png(plain(50, 50)), png(Image.new("RGB", (50, 50), "white"))).box == (
        0,
        0,
        50,
        50,
    )


@pytest.mark.parametrize("quality", [75, 92])
def test_jpeg_noise_is_no_change(quality: int):
    image = Image.open(io.BytesIO(make_jpeg(480, 320)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    touched = measure_touched(png(image), file.getvalue())
    assert (touched.preserved_share, touched.box) == (1.0, None)


def test_a_photo_is_scaled_to_the_size_of_its_picture():
    made = with_box((40, 40, 80, 80), (200, 100, 100), size=200)
    touched = measure_touched(png(plain(102, 100)), made)  # the nearest available aspect
    assert (touched.preserved_share, touched.box) == (pytest.approx(0.96), (40, 40, 80, 80))


def test_a_photo_of_another_aspect_is_cropped_to_its_centre():
    photo = plain(200, 100)
    draw = ImageDraw.Draw(photo)
    draw.rectangle((0, 0, 40, 99), fill="blue")  # outside the central 100 × 100
    draw.rectangle((160, 0, 199, 99), fill="blue")
    assert measure_touched(png(photo), png(plain())).preserved_share == 1.0


def test_a_heat_map_is_grey_and_dim_where_nothing_changed_and_hot_where_it_did():
    shown = pixels(heat_map(png(plain()), with_box((40, 40, 80, 80), (255, 0, 0))))
    assert shown.size == (100, 100)
    red, green, blue = shown.getpixel((10, 10))
    assert max(red, green, blue) - min(red, green, blue) <= 4
    assert red == pytest.approx(42, abs=4)
    red, green, blue = shown.getpixel((60, 60))
    assert red > 200
    assert red - blue > 60


def test_more_change_is_hotter():
    made = pixels(with_box((0, 0, 48, 100), (130, 130, 130)))
    made.paste((255, 255, 255), (48, 0, 100, 100))
    shown = pixels(heat_map(png(plain()), png(made)))
    assert sum(shown.getpixel((24, 50))) != sum(shown.getpixel((76, 50)))
    assert all(shown.getpixel((across, 50))[0] > 100 for across in (24, 76))
