import hashlib

import pytest
from PIL import Image

from tests.support.specimens import (
    assert_reads_as_itself,
    corners,
    encode,
    exif,
    mpo,
    noise,
    opened,
    profile_of,
    quadrants,
    refusal_of,
    said,
    translucent_red,
)
from volcedit.service.client import read_photo


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_photo_that_the_service_accepts_keeps_its_bytes(format, mode):
    data = encode(quadrants().convert(mode), format)
    reading = read_photo(data)
    assert reading.photo.data == data
    assert reading.changes == ()
    assert (reading.photo.width_px, reading.photo.height_px) == (64, 32)
    assert reading.photo.media_type == f"image/{format.lower()}"


def test_the_photo_carries_the_hash_of_the_bytes_sent():
    data = encode(quadrants(), "PNG")
    assert read_photo(data).photo.sha256 == hashlib.sha256(data).hexdigest()


def test_a_path_a_string_and_bytes_give_the_same_photo(tmp_path):
    path = tmp_path / "photo.bin"  # the extension does not matter
    path.write_bytes(encode(quadrants(), "PNG"))
    assert read_photo(path) == read_photo(str(path)) == read_photo(path.read_bytes())


def test_a_phones_multi_picture_jpeg_is_sent_untouched():
    reading = read_photo(mpo())
    assert (reading.photo.data, reading.photo.media_type) == (mpo(), "image/jpeg")
    assert reading.changes == ()


def test_a_bad_multi_picture_index_does_not_affect_the_first_picture():
    data = mpo().replace(b"MPF\0II*\0", b"MPF\0????")
    assert data != mpo()
    assert read_photo(data).photo.data == data


@pytest.mark.parametrize("size", [4_700_000, 4_700_001])
def test_a_jpeg_is_compressed_only_beyond_4_7_megabytes(size):
    data = encode(quadrants(), "JPEG").ljust(size, b"\0")
    reading = read_photo(data)
    assert (reading.photo.data == data) is (size == 4_700_000)
    assert said(reading) == ("" if size == 4_700_000 else "Compressed to fit 4.7 MB, at 64×32 px.")


def test_a_side_of_4096_pixels_is_kept_and_one_more_is_scaled():
    assert read_photo(encode(Image.new("L", (4096, 1400)), "PNG")).changes == ()
    reading = read_photo(encode(Image.new("L", (4097, 1400)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 1400)
    assert "Scaled from 4097×1400 to 4096×1400 px" in said(reading)


def test_a_large_photo_is_scaled_and_keeps_its_shape():
    reading = read_photo(encode(quadrants((6000, 4000)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 2731)
    assert corners(opened(reading.photo.data)) == "RGBW"
    assert "Scaled from 6000×4000 to 4096×2731 px (the service takes at most 4096)" in said(reading)


def test_scaling_never_makes_three_to_one_longer():
    reading = read_photo(encode(Image.new("L", (6147, 2049)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 1366)  # 1365 would be 3.001
    assert read_photo(reading.photo.data).changes == ()


def test_quality_is_reduced_before_size():
    assert len(encode(noise(1500, 1500), "JPEG", quality=95, subsampling=0)) > 4_700_000
    reading = read_photo(encode(noise(1500, 1500), "BMP"))
    assert len(reading.photo.data) <= 4_700_000
    assert "Compressed to fit 4.7 MB, at 1500×1500 px." in said(reading)
    assert_reads_as_itself(reading)


def test_a_picture_that_still_does_not_fit_is_scaled_down():
    reading = read_photo(encode(noise(1820, 1820), "BMP"))
    side = reading.photo.width_px
    assert len(reading.photo.data) <= 4_700_000
    assert 1000 < side == reading.photo.height_px < 1820
    assert f"Compressed to fit 4.7 MB, at {side}×{side} px." in said(reading)
    assert_reads_as_itself(reading)


@pytest.mark.parametrize(
    "data",
    [
        encode(translucent_red("RGBA"), "PNG"),
        encode(quadrants(), "JPEG", exif=exif(7), icc_profile=profile_of(b"RGB ")),
        encode(quadrants(), "GIF"),
        encode(Image.new("CMYK", (32, 32), (9, 99, 199, 9)), "JPEG"),
        encode(Image.new("I;16", (32, 32), 999), "TIFF"),
    ],
    ids=["alpha", "turned", "GIF", "CMYK", "16-bit"],
)
def test_a_conversion_is_deterministic_and_idempotent(data):
    reading = read_photo(data)
    assert reading.changes
    assert read_photo(data) == reading
    assert_reads_as_itself(reading)


def test_16_pixels_a_side_pass_and_15_are_rejected():
    assert read_photo(encode(Image.new("RGB", (16, 16)), "PNG")).changes == ()
    assert "16×15 px" in refusal_of(encode(Image.new("RGB", (16, 15)), "PNG"))


@pytest.mark.parametrize("turned", [False, True])
def test_three_to_one_passes_and_longer_is_rejected(turned):
    sizes = [(300, 100), (301, 100)]
    fits, too_long = (Image.new("RGB", size[::-1] if turned else size) for size in sizes)
    assert read_photo(encode(fits, "PNG")).changes == ()
    words = refusal_of(encode(too_long, "PNG"))
    assert ("100×301" if turned else "301×100") in words
    assert "3:1" in words and "300 px" in words
