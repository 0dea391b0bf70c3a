import hashlib
import io
import random
import struct
import threading
import warnings
import zlib

import pytest
from PIL import Image, ImageCms

from volcedit.errors import PhotoError
from volcedit.pictures.images import (
    PICTURE_MAX_PIXELS,
    UPLOAD_MAX_BYTES,
    extension,
    inspect_picture,
    make_thumbnail,
    open_picture,
    read_photo,
)

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
FORMATS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"]
KINDS = {"WEBP": "WebP"}  # how a sentence spells it, where that differs


def encode(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, depth, colour_type, row, extra=b""):
    """A PNG written by hand, as Pillow writes neither 16-bit RGB nor a false size."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * height)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def noise(width, height, seed=1):
    return Image.frombytes(
        "RGB", (width, height), random.Random(seed).randbytes(width * height * 3)
    )


def quadrants(size=(64, 32)):
    """Red and green above blue and white."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize(size, Image.Resampling.NEAREST)


def corners(image):
    """The colours in the middle of the four quadrants, reading order, as one letter each."""
    w, h = image.size
    places = [
        (w // 4, h // 4),
        (w * 3 // 4, h // 4),
        (w // 4, h * 3 // 4),
        (w * 3 // 4, h * 3 // 4),
    ]
    return "".join(nearest(image.convert("RGB").getpixel(place)) for place in places)


def nearest(pixel):
    colours = {"R": RED, "G": GREEN, "B": BLUE, "W": WHITE}
    return min(
        colours, key=lambda c: sum(abs(a - b) for a, b in zip(colours[c], pixel, strict=True))
    )


def is_close(pixel, expected, tolerance=4):
    pixel, expected = (v if isinstance(v, tuple) else (v,) for v in (pixel, expected))
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, expected, strict=True))


def said(reading):
    assert all(words.en and words.zh for words in reading.changes)
    return " ".join(words.en for words in reading.changes)


def refusal_of(source):
    with pytest.raises(PhotoError) as caught:
        read_photo(source)
    assert caught.value.words.zh
    return caught.value.words.en


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


# ── what goes out untouched ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_photo_that_the_service_takes_keeps_its_own_bytes(format, mode):
    data = encode(quadrants().convert(mode), format)
    reading = read_photo(data)
    assert reading.photo.data == data
    assert reading.changes == ()
    assert (reading.photo.width_px, reading.photo.height_px) == (64, 32)
    assert reading.photo.media_type == f"image/{format.lower()}"


def test_the_photo_carries_the_hash_of_the_bytes_sent():
    data = encode(quadrants(), "PNG")
    assert read_photo(data).photo.sha256 == hashlib.sha256(data).hexdigest()


def test_a_path_a_string_and_the_bytes_read_alike(tmp_path):
    path = tmp_path / "photo.bin"  # the name's ending does not matter
    path.write_bytes(encode(quadrants(), "PNG"))
    assert read_photo(path) == read_photo(str(path)) == read_photo(path.read_bytes())


def mpo():
    return encode(quadrants(), "MPO", save_all=True, append_images=[noise(64, 32)])


def test_a_jpeg_with_further_pictures_as_phones_write_it_goes_out_untouched():
    reading = read_photo(mpo())
    assert (reading.photo.data, reading.photo.media_type) == (mpo(), "image/jpeg")
    assert reading.changes == ()


def test_a_bad_index_of_further_pictures_does_not_spoil_the_first():
    data = mpo().replace(b"MPF\0II*\0", b"MPF\0????")
    assert data != mpo()
    assert read_photo(data).photo.data == data


@pytest.mark.parametrize("size", [4_700_000, 4_700_001])
def test_a_jpeg_is_compressed_only_beyond_4_7_megabytes(size):
    data = encode(quadrants(), "JPEG").ljust(size, b"\0")
    reading = read_photo(data)
    assert (reading.photo.data == data) is (size == 4_700_000)
    assert said(reading) == ("" if size == 4_700_000 else "Compressed to fit 4.7 MB, at 64×32 px.")


def test_a_side_of_4096_pixels_stays_and_one_more_is_scaled():
    assert read_photo(encode(Image.new("L", (4096, 1400)), "PNG")).changes == ()
    reading = read_photo(encode(Image.new("L", (4097, 1400)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 1400)
    assert "Scaled from 4097×1400 to 4096×1400 px" in said(reading)


# ── what is converted ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", ["WEBP", "BMP", "TIFF", "GIF"])
def test_other_formats_become_jpeg_with_the_same_colours(format):
    reading = read_photo(encode(quadrants(), format))
    assert f"Converted from {KINDS.get(format, format)} to JPEG." in said(reading)
    assert reading.photo.media_type == "image/jpeg"
    assert opened(reading.photo.data).format == "JPEG"
    assert corners(opened(reading.photo.data)) == "RGBW"


# What the quadrants R G / B W look like after each turn, worked out on paper.
UPRIGHT = {
    1: "RGBW",
    2: "GRWB",
    3: "WBGR",
    4: "BWRG",
    5: "RBGW",
    6: "BRWG",
    7: "WGBR",
    8: "GWRB",
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_exif_orientation_is_turned_upright(orientation, format):
    data = encode(quadrants((64, 32)), format, exif=exif(orientation))
    reading = read_photo(data)
    size = (64, 32) if orientation < 5 else (32, 64)
    assert corners(opened(reading.photo.data)) == UPRIGHT[orientation]
    assert (reading.photo.width_px, reading.photo.height_px) == size
    assert opened(reading.photo.data).size == size
    assert inspect_picture(data)[1:] == size
    assert ("Turned upright" in said(reading)) is (orientation != 1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation):
    assert read_photo(encode(quadrants(), "JPEG", exif=exif(orientation))).changes == ()


def test_an_orientation_in_xmp_alone_is_ignored_as_browsers_do():
    data = encode(quadrants(), "JPEG", xmp=b'<x tiff:Orientation="6"/>')
    assert read_photo(data).changes == ()


@pytest.mark.parametrize(
    "bad_exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\x08\0\0\0\x05\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
    ],
)
def test_damaged_exif_does_not_spoil_a_photo(bad_exif):
    data = encode(quadrants(), "JPEG", exif=bad_exif)
    assert read_photo(data).photo.data == data


def translucent_red(mode):
    return Image.new("RGBA", (32, 32), (255, 0, 0, 128)).convert(mode)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_put_on_white(format):
    reading = read_photo(encode(translucent_red("RGBA"), format))
    # 255 × 128/255 of red over white leaves green and blue at 255 − 128.
    assert is_close(opened(reading.photo.data).getpixel((16, 16)), (255, 127, 127))
    assert "Transparency put on white." in said(reading)


def test_grey_with_transparency_is_put_on_white_and_stays_grey():
    image = opened(read_photo(encode(Image.new("LA", (32, 32), (0, 64)), "PNG")).photo.data)
    assert (image.mode, image.getpixel((16, 16))) == ("L", 255 - 64)


@pytest.mark.parametrize("key", [0, bytes([0, 255])], ids=["index", "alphas"])
def test_a_palette_with_transparency_is_put_on_white(key):
    image = Image.new("P", (32, 32))
    image.putpalette([*RED, *BLUE])
    image.paste(1, (16, 0, 32, 32))
    data = encode(image, "PNG", transparency=key)
    result = opened(read_photo(data).photo.data)
    assert is_close(result.getpixel((4, 16)), WHITE)
    assert is_close(result.getpixel((28, 16)), BLUE)


def test_a_transparent_gif_is_put_on_white():
    image = Image.new("P", (32, 32))
    image.putpalette([*RED, *BLUE])
    result = opened(read_photo(encode(image, "GIF", transparency=0)).photo.data)
    assert is_close(result.getpixel((16, 16)), WHITE)


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "key", "outside"),
    [
        (8, 2, bytes(RED) * 8 + bytes(BLUE) * 8, (255, 0, 0), BLUE),
        (16, 2, b"\x12\x34\x56\x78\x9a\xbc" * 8 + b"\0\0\0\0\xff\xff" * 8,
         (0x1234, 0x5678, 0x9ABC), BLUE),
        (16, 0, b"\x12\x34" * 8 + b"\x40\0" * 8, (0x1234,), 0x40),
        (2, 0, b"\x55\x55\0\0", (1,), 0),
        (1, 0, b"\xff\0", (1,), 0),
    ],
    ids=["RGB", "16-bit RGB", "16-bit grey", "2-bit grey", "1-bit"],
)  # fmt: skip
def test_the_colour_that_a_png_calls_transparent_becomes_white(
    depth, colour_type, row, key, outside
):
    extra = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    image = opened(read_photo(png(16, 16, depth, colour_type, row, extra)).photo.data)
    white = WHITE if image.mode == "RGB" else 255
    assert is_close(image.getpixel((3, 8)), white)
    assert is_close(image.getpixel((13, 8)), outside)


def test_16_bit_grey_keeps_its_high_byte():
    row = struct.pack(">16H", *([0x1234] * 8 + [0x80FF] * 8))
    reading = read_photo(png(16, 16, 16, 0, row))
    image = opened(reading.photo.data)
    assert image.mode == "L"
    assert is_close(image.getpixel((3, 8)), 0x12)
    assert is_close(image.getpixel((12, 8)), 0x80)
    assert "8 bits" in said(reading)


def test_16_bit_colour_is_noticed_though_pillow_opens_it_as_8_bit():
    reading = read_photo(png(16, 16, 16, 2, b"\xff\xff\x80\x00\x00\x10" * 16))
    assert is_close(opened(reading.photo.data).getpixel((8, 8)), (255, 128, 0))
    assert "8 bits" in said(reading)


@pytest.mark.parametrize(
    ("mode", "level", "expected"),
    [
        ("I;16", 0x4000, 0x40),
        ("I;16B", 0x4000, 0x40),
        ("I", 255, 255),
        ("F", 1.0, 255),
        ("1", 1, 255),
    ],
)
def test_unusual_grey_tiffs_keep_their_brightness(mode, level, expected):
    data = encode(Image.new(mode, (32, 32), level), "TIFF")
    assert is_close(opened(read_photo(data).photo.data).getpixel((16, 16)), expected)


def test_numbers_up_to_one_run_from_black_to_white():
    image = Image.new("F", (32, 32), 1.0)
    image.paste(0.5, (0, 0, 16, 32))
    assert is_close(opened(read_photo(encode(image, "TIFF")).photo.data).getpixel((4, 16)), 127)


@pytest.mark.parametrize(
    ("mode", "format"), [("P", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF")]
)
def test_other_colour_models_become_rgb(mode, format):
    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    red = Image.new("RGB", (32, 32), RED)
    if mode == "LAB":
        red = ImageCms.profileToProfile(red, srgb, lab, outputMode="LAB")
    reading = read_photo(encode(red.convert(mode), format))
    # 8-bit L*a*b* itself is no finer than that.
    assert is_close(opened(reading.photo.data).getpixel((16, 16)), RED, tolerance=6)
    assert "Colours converted to RGB." in said(reading)


def test_a_ycbcr_tiff_keeps_its_colours():
    data = encode(quadrants().convert("YCbCr"), "TIFF", compression="tiff_lzw")
    assert corners(opened(read_photo(data).photo.data)) == "RGBW"


def cmyk_profile_that_prints_green():
    """A CMYK profile by hand: any mix of inks is L* 53, a* −53, b* 51 (ICC.1:2022, 10.10)."""
    ramp, one = bytes(range(256)), 65536
    table = struct.pack(">4s4xBBBx9I", b"mft1", 4, 3, 2, one, 0, 0, 0, one, 0, 0, 0, one)
    table += ramp * 4 + bytes([135, 75, 179]) * 16 + ramp * 3
    header = struct.pack(">I4xI", 144 + len(table), 0x02400000) + b"prtrCMYKLab "
    header = (header.ljust(36, b"\0") + b"acsp").ljust(128, b"\0")
    return header + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def test_cmyk_is_converted_by_its_own_profile():
    data = encode(Image.new("CMYK", (32, 32)), "JPEG", icc_profile=cmyk_profile_that_prints_green())
    image = opened(read_photo(data).photo.data)
    red, green, blue = image.getpixel((16, 16))
    assert green > 2 * max(red, blue)  # no ink on white paper, without the profile
    assert "icc_profile" not in image.info


def test_cmyk_with_an_unusable_profile_is_converted_without_it():
    data = encode(Image.new("CMYK", (32, 32)), "JPEG", icc_profile=b"no profile" * 20)
    assert is_close(opened(read_photo(data).photo.data).getpixel((16, 16)), WHITE)


def profile_of(space, size=200):
    return bytes(16) + space + bytes(size - 20)


@pytest.mark.parametrize(
    ("mode", "profile", "is_kept"),
    [
        ("RGB", profile_of(b"RGB "), True),
        ("L", profile_of(b"GRAY"), True),
        ("L", profile_of(b"RGB "), False),
        ("RGB", profile_of(b"RGB ", 1_000_000), True),
        ("RGB", profile_of(b"RGB ", 1_000_001), False),
    ],
)
def test_a_profile_is_kept_when_it_fits_the_colours(mode, profile, is_kept):
    data = encode(quadrants().convert(mode), "JPEG", exif=exif(6), icc_profile=profile)
    kept = opened(read_photo(data).photo.data).info.get("icc_profile")
    assert kept == (profile if is_kept else None)


def test_what_else_a_file_says_is_dropped_in_a_conversion():
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 3, "My Camera"
    data = encode(quadrants(), "JPEG", exif=tags.tobytes(), comment=b"My Garden")
    assert b"My " in data
    assert b"My " not in read_photo(data).photo.data


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_only_the_first_of_several_frames_is_used(format):
    others = [Image.new("RGB", (64, 32), RED), Image.new("RGB", (64, 32), BLUE)]
    reading = read_photo(encode(quadrants(), format, save_all=True, append_images=others))
    assert corners(opened(reading.photo.data)) == "RGBW"
    assert "Only the first frame or page is used." in said(reading)


def test_a_large_photo_is_scaled_and_keeps_its_shape():
    reading = read_photo(encode(quadrants((6000, 4000)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 2731)
    assert corners(opened(reading.photo.data)) == "RGBW"
    assert "Scaled from 6000×4000 to 4096×2731 px (the service takes at most 4096)" in said(reading)


def test_scaling_never_makes_three_to_one_longer():
    reading = read_photo(encode(Image.new("L", (6147, 2049)), "PNG"))
    assert (reading.photo.width_px, reading.photo.height_px) == (4096, 1366)  # 1365 would be 3.001
    assert read_photo(reading.photo.data).changes == ()


def test_a_picture_that_compresses_badly_loses_quality_before_size():
    assert len(encode(noise(1500, 1500), "JPEG", quality=95, subsampling=0)) > 4_700_000
    reading = read_photo(encode(noise(1500, 1500), "BMP"))
    assert len(reading.photo.data) <= 4_700_000
    assert "Compressed to fit 4.7 MB, at 1500×1500 px." in said(reading)
    assert_reads_as_itself(reading)


def test_a_picture_that_still_does_not_fit_is_made_smaller():
    reading = read_photo(encode(noise(1820, 1820), "BMP"))
    side = reading.photo.width_px
    assert len(reading.photo.data) <= 4_700_000
    assert 1000 < side == reading.photo.height_px < 1820
    assert f"Compressed to fit 4.7 MB, at {side}×{side} px." in said(reading)
    assert_reads_as_itself(reading)


def assert_reads_as_itself(reading):
    again = read_photo(reading.photo.data)
    assert again.photo == reading.photo
    assert again.changes == ()


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
def test_a_conversion_gives_the_same_bytes_every_time_and_needs_no_other(data):
    reading = read_photo(data)
    assert reading.changes
    assert read_photo(data) == reading
    assert_reads_as_itself(reading)


# ── what is refused ──────────────────────────────────────────────────────────────────────────


def test_an_empty_file_is_refused():
    assert "empty" in refusal_of(b"")


@pytest.mark.parametrize("size", [10_000_000, 10_000_001])
def test_a_file_of_ten_megabytes_is_read_and_one_byte_more_is_refused(size):
    assert size - 10_000_000 in (0, 1) and UPLOAD_MAX_BYTES == 10_000_000
    data = encode(quadrants(), "JPEG").ljust(size, b"\0")
    if size == 10_000_000:
        assert read_photo(data).photo.width_px == 64
    else:
        assert "10,000,001 bytes" in refusal_of(data)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(2**33)
    assert "8,589,934,592 bytes" in refusal_of(path)


@pytest.mark.parametrize("name", ["missing.jpg", ".", "nul\0.jpg"])
def test_a_path_that_cannot_be_read_is_refused(tmp_path, name):
    assert "does not exist or cannot be read" in refusal_of(tmp_path / name)


@pytest.mark.parametrize(
    "data", [b"hello, world", b"%PDF-1.7", b"<svg/>", b"\0" * 100, b"RIFF\0\0\0\0WAVE", b"\xff"]
)
def test_what_is_no_picture_is_refused_naming_what_is_taken(data):
    assert "JPEG, PNG, WebP, BMP, TIFF or GIF" in refusal_of(data)


@pytest.mark.parametrize("format", ["PPM", "ICO", "TGA", "JPEG2000"])
def test_pictures_of_other_formats_are_refused(format):
    assert "JPEG, PNG, WebP" in refusal_of(encode(quadrants(), format))


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_heic_photo_is_refused_by_name(brand):
    assert "HEIC" in refusal_of(b"\0\0\0\x18ftyp" + brand + bytes(100))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused(format, share):
    data = encode(noise(64, 32), format)
    assert "cut short" in refusal_of(data[: int(len(data) * share)])


@pytest.mark.parametrize(("format", "end"), [("JPEG", 2), ("PNG", 12)])
def test_a_file_without_its_end_marker_is_refused(format, end):
    data = encode(quadrants(), format)
    assert "cut short" in refusal_of(data[:-end])


def test_a_png_with_a_wrong_checksum_is_refused():
    data = bytearray(encode(noise(64, 32), "PNG"))
    data[-13] ^= 1  # the last byte of the pixels' checksum; IEND has 12
    assert "damaged" in refusal_of(bytes(data))


@pytest.mark.parametrize(
    ("width", "height", "sentence"),
    [
        (17_895_697, 5, "cut short"),  # 89,478,485 pixels: the header passes, then the rest lacks
        (44_739_243, 2, "more pixels"),  # 89,478,486
        (17_895_697, 10, "more pixels"),  # the last that Pillow itself only warns of
        (60_000, 60_000, "more pixels"),
    ],
)
def test_too_many_pixels_are_refused_from_the_header_alone(width, height, sentence):
    assert PICTURE_MAX_PIXELS == 89_478_485
    data = png(1, 1, 8, 0, b"\0").replace(
        struct.pack(">II", 1, 1), struct.pack(">II", width, height)
    )
    header = data[12:29]
    data = data[:29] + struct.pack(">I", zlib.crc32(header)) + data[33:]
    assert sentence in refusal_of(data)
    with pytest.raises(PhotoError):
        inspect_picture(data)
    with pytest.raises(PhotoError):
        make_thumbnail(data, 64)


def test_sixteen_pixels_a_side_are_enough_and_fifteen_are_not():
    assert read_photo(encode(Image.new("RGB", (16, 16)), "PNG")).changes == ()
    assert "16×15 px" in refusal_of(encode(Image.new("RGB", (16, 15)), "PNG"))


@pytest.mark.parametrize("turned", [False, True])
def test_three_to_one_passes_and_longer_is_refused(turned):
    sizes = [(300, 100), (301, 100)]
    fits, too_long = (Image.new("RGB", size[::-1] if turned else size) for size in sizes)
    assert read_photo(encode(fits, "PNG")).changes == ()
    words = refusal_of(encode(too_long, "PNG"))
    assert ("100×301" if turned else "301×100") in words
    assert "3:1" in words and "300 px" in words


# ── results and thumbnails ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", FORMATS)
def test_inspecting_gives_media_type_and_size(format):
    data = encode(quadrants((61, 33)), format)
    assert inspect_picture(data) == (f"image/{format.lower()}", 61, 33)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_inspecting_finds_a_jpeg_cut_short_anywhere(options):
    data = encode(noise(128, 96), "JPEG", **options)
    assert inspect_picture(data) == ("image/jpeg", 128, 96)
    for length in [*range(1, len(data), 997), len(data) - 1]:
        with pytest.raises(PhotoError):
            inspect_picture(data[:length])


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_thumbnail_is_upright_and_its_longer_side_is_as_asked(format):
    data = encode(quadrants((640, 320)), format, exif=exif(6))
    thumbnail = opened(make_thumbnail(data, 100))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (50, 100))
    assert corners(thumbnail) == UPRIGHT[6]


def test_a_thumbnail_of_something_small_is_not_enlarged():
    assert opened(make_thumbnail(encode(quadrants(), "PNG"), 256)).size == (64, 32)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "CMYK", "I;16", "1"])
def test_a_thumbnail_can_be_made_of_any_colour_model(mode):
    data = encode(Image.new(mode, (64, 64)), "TIFF")
    assert opened(make_thumbnail(data, 32)).size == (32, 32)


@pytest.mark.parametrize(("size", "is_kept"), [(10_000, True), (10_001, False)])
def test_a_thumbnail_keeps_a_small_profile_only(size, is_kept):
    data = encode(quadrants(), "JPEG", icc_profile=profile_of(b"RGB ", size))
    assert ("icc_profile" in opened(make_thumbnail(data, 32)).info) is is_kept


@pytest.mark.parametrize("make", [inspect_picture, lambda data: make_thumbnail(data, 64)])
@pytest.mark.parametrize("data", [b"", b"<html>", encode(quadrants(), "JPEG")[:-50]])
def test_what_is_no_whole_picture_cannot_be_inspected_or_shown(make, data):
    with pytest.raises(PhotoError):
        make(data)


def test_file_names_end_as_people_expect():
    types = [inspect_picture(encode(quadrants(), format))[0] for format in FORMATS]
    assert [extension(name) for name in types] == ["jpg", "png", "webp", "bmp", "tiff", "gif"]


# ── hostile bytes, and many threads ──────────────────────────────────────────────────────────

VICTIMS = {
    "JPEG": encode(noise(48, 32), "JPEG", exif=exif(6)),
    "MPO": mpo(),
    "PNG": encode(noise(48, 32), "PNG"),
    "APNG": encode(quadrants(), "PNG", save_all=True, append_images=[noise(64, 32)]),
    "palette": encode(quadrants().convert("P"), "PNG", transparency=0),
    "WEBP": encode(quadrants(), "WEBP", exif=exif(6)),
    "BMP": encode(quadrants().convert("P"), "BMP"),
    "TIFF": encode(quadrants(), "TIFF", compression="tiff_lzw", exif=exif(6)),
    "raw TIFF": encode(quadrants(), "TIFF"),
    "GIF": encode(quadrants(), "GIF", save_all=True, append_images=[noise(64, 32)]),
}


@pytest.mark.parametrize("name", VICTIMS)
def test_damaged_bytes_give_a_photo_or_a_photo_error_and_nothing_else(name):
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(VICTIMS[name])
        for _ in range(chance.choice([1, 3, 10])):
            # Half of the flips hit the header, where the traps are.
            end = len(data) if chance.random() < 0.5 else min(200, len(data))
            data[chance.randrange(4, end)] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            reading = read_photo(bytes(data))
        except PhotoError:
            continue
        assert_reads_as_itself(reading)


def test_many_threads_leave_the_warning_filters_as_they_were():
    warns = encode(quadrants(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    before, photos = list(warnings.filters), []
    threads = [
        threading.Thread(target=lambda: photos.extend(read_photo(warns).photo for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [photo.data for photo in photos] == [warns] * 160
    assert warnings.filters == before


# ── a picture as people see it ───────────────────────────────────────────────────────────────


def test_a_picture_is_opened_upright_on_white_and_in_rgb():
    image = Image.new("LA", (3, 2), (0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    opened = open_picture(file.getvalue())
    assert (opened.mode, opened.size, opened.getpixel((0, 0))) == ("RGB", (2, 3), (255, 255, 255))


def test_a_picture_that_is_none_is_refused():
    with pytest.raises(PhotoError):
        open_picture(b"\xff\xd8\xff")
