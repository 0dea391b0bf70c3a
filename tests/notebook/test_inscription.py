"""Recipes in files: other programs can read what is written, and nothing else changes."""

from __future__ import annotations

import io
import json
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.support.drawing import make_jpeg
from tests.support.inscribed import KINDS, RECIPE, make_picture, random_recipe, recipe_with
from volcedit.errors import InputError, ParameterError, PhotoError
from volcedit.notebook.inscription import inscribe, read_inscription, uninscribed
from volcedit.notebook.parameters import Parameters
from volcedit.sandbox.pictures import LABEL, encode_jpeg

PICTURES = [
    ("PNG", make_picture("PNG")),
    ("PNG", make_picture("PNG", "RGBA")),
    ("JPEG", make_picture("JPEG")),
    ("JPEG", make_picture("JPEG", "CMYK")),
    ("JPEG", make_picture("JPEG", progressive=True)),
    ("WebP", make_picture("WebP")),
    ("WebP", make_picture("WebP", lossless=True)),
    ("WebP", make_picture("WebP", "RGBA")),
    ("WebP", make_picture("WebP", "RGBA", lossless=True)),
    ("WebP", make_picture("WebP", icc_profile=b"profile", xmp=b"<x/>")),
]
NAMES = [f"{kind}-{number}" for number, (kind, _) in enumerate(PICTURES)]
pictures = pytest.mark.parametrize(("kind", "data"), PICTURES, ids=NAMES)
kinds = pytest.mark.parametrize("kind", KINDS)
PARAMETERS = (
    "make it snow, please\n"
    "Negative prompt: rain\n"
    "Seed: 7, CFG scale: 0.25, Size: 45x30, Model: byteedit_v2.0, Version: volcedit"
)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, read by the specification alone; verifies every checksum."""
    found, at = [], 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        found.append((kind, body))
        at += 12 + length
    return found


def riff_of(webp: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a WebP; verifies its sizes."""
    assert struct.unpack("<4sI4s", webp[:12]) == (b"RIFF", len(webp) - 8, b"WEBP")
    found, at = [], 12
    while at < len(webp):
        kind, length = struct.unpack("<4sI", webp[at : at + 8])
        found.append((kind, webp[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    assert at == len(webp)
    return found


def comment_of(data: bytes) -> bytes:
    """The UserComment, as Pillow reads it."""
    return opened(data).getexif().get_ifd(0x8769)[0x9286]


# ── written ──────────────────────────────────────────────────────────────────────────────────


@pictures
def test_no_pixel_changes(kind: str, data: bytes):
    before, after = opened(data), opened(inscribe(data, RECIPE))
    assert (after.mode, after.size, after.tobytes()) == (before.mode, before.size, before.tobytes())
    assert after.info.get("icc_profile") == before.info.get("icc_profile")


@pictures
def test_the_recipe_is_read_back(kind: str, data: bytes):
    assert read_inscription(inscribe(data, RECIPE)) == RECIPE


@pictures
def test_a_second_recipe_replaces_the_first(kind: str, data: bytes):
    other = recipe_with(prompt="下雪 🌨", seed=2147483647)
    assert inscribe(inscribe(data, other), RECIPE) == inscribe(data, RECIPE)


@pytest.mark.parametrize(
    ("kind", "data"), [it for it in PICTURES if it[0] != "WebP"], ids=NAMES[:5]
)
def test_removing_the_recipe_restores_the_original_bytes(kind: str, data: bytes):
    assert uninscribed(inscribe(data, RECIPE)) == data


@pictures
def test_removing_a_recipe_from_a_file_without_one_is_a_no_op(kind: str, data: bytes):
    assert uninscribed(data) == data


def test_a_png_has_both_chunks_before_its_pixels():
    data = make_picture("PNG")
    before, after = chunks_of(data), chunks_of(inscribe(data, RECIPE))
    at = [kind for kind, _ in before].index(b"IDAT")
    assert after[:at] == before[:at]
    assert after[at] == (b"iTXt", b"volcedit\0\0\0\0\0" + RECIPE.canonical)
    assert after[at + 1] == (b"tEXt", b"parameters\0" + PARAMETERS.encode("latin-1"))
    assert after[at + 2 :] == before[at:]


def test_pillow_reads_both_chunks_of_a_png():
    text = opened(inscribe(make_picture("PNG"), RECIPE)).text
    assert json.loads(text["volcedit"]) == RECIPE.to_json()
    assert text["parameters"] == PARAMETERS


def test_text_beyond_latin_1_makes_an_itxt_chunk():
    recipe = recipe_with(prompt="下雪 🌨")
    text = opened(inscribe(make_picture("PNG"), recipe)).text["parameters"]
    assert isinstance(text, PngImagePlugin.iTXt)
    assert text.startswith("下雪 🌨\nNegative prompt: rain\nSeed: 7")


def test_a_jpeg_gets_segments_after_its_first_and_its_scan_is_untouched():
    data = make_picture("JPEG")
    after = inscribe(data, RECIPE)
    app0 = 4 + struct.unpack(">H", data[4:6])[0] - 2 + 2
    assert after[:app0] == data[:app0]
    assert after.endswith(data[app0:])
    added = after[app0 : len(after) - len(data[app0:])]
    own = b"volcedit\0" + RECIPE.canonical
    assert added.endswith(b"\xff\xe9" + struct.pack(">H", len(own) + 2) + own)
    assert added.startswith(b"\xff\xe1")


@pytest.mark.parametrize("kind", ["JPEG", "WebP"])
def test_pillow_reads_the_user_comment(kind: str):
    comment = comment_of(inscribe(make_picture(kind), RECIPE))
    assert comment == b"UNICODE\0" + PARAMETERS.encode("utf-16-be")


@kinds
def test_existing_exif_is_kept_and_stays_the_only_one(kind: str):
    exif = Image.Exif()
    exif[0x0131] = "a camera"
    data = make_picture(kind, exif=exif)
    after = inscribe(data, RECIPE)
    assert dict(opened(after).getexif()) == {0x0131: "a camera"}
    assert after.count(b"a camera") == 1
    assert read_inscription(after) == RECIPE


def test_the_sandboxs_label_is_kept():
    data = encode_jpeg(Image.new("RGB", (64, 48), "teal"))
    after = opened(inscribe(data, RECIPE))
    assert after.info["comment"].decode() == LABEL
    assert after.getexif()[0x0131] == LABEL


def test_other_segments_of_a_jpeg_are_kept_byte_for_byte():
    data = make_picture("JPEG", icc_profile=bytes(range(256)) * 500, comment=b"hello")
    marked = data[:20] + b"\xff\xeb\x00\x06JUMB" + data[20:]
    after = inscribe(marked, RECIPE)
    assert after.endswith(marked[20:])
    assert uninscribed(after) == marked


def test_trailing_bytes_are_kept():
    for kind, data in PICTURES:
        after = inscribe(data + b"a film", RECIPE)
        assert after.endswith(b"a film"), kind
        assert read_inscription(after) == RECIPE


def test_parameters_of_another_tool_are_kept():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Seed: 5, Sampler: Euler")
    data = make_picture("PNG", pnginfo=info)
    after = inscribe(data, RECIPE)
    assert opened(after).text["parameters"].startswith("a cat")
    assert read_inscription(after) == RECIPE


def test_a_plain_webp_gets_the_header_that_its_new_chunks_need():
    data = make_picture("WebP", lossless=True)
    assert [kind for kind, _ in riff_of(data)] == [b"VP8L"]
    (head, flags), picture, exif, own = riff_of(inscribe(data, RECIPE))
    assert (head, flags) == (b"VP8X", b"\x08\0\0\0\x2c\0\0\x1d\0\0")  # EXIF; 45×30, minus one
    assert picture == riff_of(data)[0]
    assert (exif[0], own) == (b"EXIF", (b"vced", RECIPE.canonical))


def test_the_header_of_a_webp_keeps_its_flags():
    data = make_picture("WebP", "RGBA", icc_profile=b"profile", xmp=b"<x/>")
    before, after = dict(riff_of(data)), riff_of(inscribe(data, RECIPE))
    flags = before[b"VP8X"][0]
    assert after[0][1] == bytes([flags | 0x08]) + before[b"VP8X"][1:]
    kinds = [kind for kind, _ in after]
    assert kinds.index(b"EXIF") < kinds.index(b"XMP ") < kinds.index(b"vced")


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_an_animation_stays_animated(kind: str):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50)
    after = inscribe(file.getvalue(), RECIPE)
    assert opened(after).n_frames == 3
    assert read_inscription(after) == RECIPE


@kinds
def test_a_recipe_longer_than_a_segment_is_read_back(kind: str):
    recipe = recipe_with(prompt="雪" * 100_000, negative_prompt="🌧" * 20_000)
    after = inscribe(make_picture(kind), recipe)
    assert read_inscription(after) == recipe
    assert opened(after).tobytes() == opened(make_picture(kind)).tobytes()


@kinds
def test_every_sendable_recipe_survives(kind: str):
    source, picture = random.Random(4127), make_picture(kind)
    for _ in range(150):
        recipe = random_recipe(source, RECIPE.photo)
        again = read_inscription(inscribe(picture, recipe))
        assert (again, again.id) == (recipe, recipe.id)


@pytest.mark.parametrize("data", [b"", b"hello", make_picture("BMP"), make_picture("GIF", "L")])
def test_other_files_are_rejected(data: bytes):
    with pytest.raises(PhotoError, match="PNG, JPEG or WebP"):
        inscribe(data, RECIPE)


@pictures
def test_truncated_files_are_rejected(kind: str, data: bytes):
    with pytest.raises(PhotoError):
        inscribe(data[:40], RECIPE)


def test_a_lone_surrogate_cannot_be_written():
    with pytest.raises(ParameterError):
        inscribe(make_picture("PNG"), recipe_with(prompt="\ud83d"))


# ── read ─────────────────────────────────────────────────────────────────────────────────────


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with those chunks before its pixels."""
    parts = chunks_of(make_picture("PNG"))
    raw = b"".join(
        struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in [parts[0], *chunks, *parts[1:]]
    )
    return b"\x89PNG\r\n\x1a\n" + raw


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        (b"tEXt", b""),
        (b"zTXt", b"\0"),
        (b"iTXt", b"\0\0en\0Rezept\0"),
        (b"iTXt", b"\1\0\0\0"),
    ],
    ids=["plain", "packed", "in a language", "packed in a language"],
)
def test_our_chunk_is_read_whatever_kind_another_tool_saved_it_as(kind: bytes, before: bytes):
    recipe = recipe_with(prompt="下雪 🌨")
    is_packed = kind == b"zTXt" or before.startswith(b"\1")
    text = zlib.compress(recipe.canonical) if is_packed else recipe.canonical
    assert read_inscription(png_with((kind, b"volcedit\0" + before + text))) == recipe


@pytest.mark.parametrize("prompt", ["make it snow", "Schnee über Köln"])
def test_our_chunks_survive_pillow(prompt: str):
    recipe = recipe_with(prompt=prompt)
    image = opened(inscribe(make_picture("PNG"), recipe))
    info = PngImagePlugin.PngInfo()
    for name, text in image.text.items():
        info.add_text(name, str(text), zip=True)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    assert read_inscription(file.getvalue()) == recipe


# As written by AUTOMATIC1111's web UI 1.10.
A1111 = (
    "a cat, (masterpiece:1.2)\nsecond line\n"
    "Negative prompt: lowres,\nbad hands\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 1, Seed: 965400086, "
    "Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned, "
    'Lora hashes: "a: 1, b: 2", Version: v1.10.1'
)
READ = Parameters(
    "a cat, (masterpiece:1.2)\nsecond line",
    "lowres,\nbad hands",
    965400086,
    1.0,
    "v1-5-pruned",
    512,
    768,
)


def exif_with(comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    return exif.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        png_with((b"tEXt", b"parameters\0" + A1111.encode())),
        png_with((b"zTXt", b"parameters\0\0" + zlib.compress(A1111.encode()))),
        png_with((b"iTXt", b"parameters\0\0\0\0\0" + A1111.encode())),
        *(
            make_picture(kind, exif=exif_with(comment))
            for kind in ("JPEG", "WebP")
            for comment in (
                b"UNICODE\0" + A1111.encode("utf-16-be"),
                b"UNICODE\0" + A1111.encode("utf-16-le"),
                b"UNICODE\0" + A1111.encode("utf-16"),
                b"ASCII\0\0\0" + A1111.encode(),
                bytes(8) + A1111.encode(),
                A1111.encode(),
            )
        ),
    ],
)
def test_what_other_tools_wrote_is_read(data: bytes):
    assert read_inscription(data) == READ


def with_parameters(text: str) -> bytes:
    return png_with((b"iTXt", b"parameters\0\0\0\0\0" + text.encode()))


@pytest.mark.parametrize(
    ("line", "seed", "scale"),
    [
        ("Steps: 9, Seed: 1, CFG scale: 0", 1, 0.0),
        ("Steps: 9, Seed: 2147483647, CFG scale: 1.0", 2147483647, 1.0),
        ("Steps: 9, Seed: 0, CFG scale: 1.01", None, None),
        ("Steps: 9, Seed: 2147483648, CFG scale: 7", None, None),
        ("Steps: 9, Seed: -1, CFG scale: -0.1", None, None),
        ("Steps: 9, Seed: 1e3, CFG scale: nan", None, None),
        ("Steps: 9, Seed: ٣, CFG scale: inf", None, None),
        ("Steps: 9, Seed: " + "9" * 5000 + ", CFG scale: much", None, None),
    ],
)
def test_out_of_range_numbers_are_left_out(line: str, seed: object, scale: object):
    read = read_inscription(with_parameters(f"a cat\n{line}"))
    assert (read.prompt, read.seed, read.scale) == ("a cat", seed, scale)


@pytest.mark.parametrize("model", ["a, b", "a: b", 'say "a"', "a\nb", "a\\b", "plain"])
def test_a_model_name_is_quoted_by_a1111s_rules(model: str):
    text = opened(inscribe(make_picture("PNG"), replace(RECIPE, req_key=model))).text["parameters"]
    quoted = model if model in ("plain", "a\\b") else json.dumps(model)
    assert f"Model: {quoted}, Version" in text
    assert read_inscription(with_parameters(str(text))).model == model


def test_our_parameters_are_read_if_only_they_are_left():
    read = read_inscription(with_parameters(PARAMETERS))
    assert read == Parameters("make it snow, please", "rain", 7, 0.25, "byteedit_v2.0", 45, 30)


def test_fooocus_is_read():
    values = {
        "prompt": "a cat", "negative_prompt": "dog", "seed": "123", "guidance_scale": 4.0,
        "resolution": "(1152, 896)", "base_model": "juggernautXL", "steps": 30,
    }  # fmt: skip
    read = read_inscription(with_parameters(json.dumps(values)))
    assert read == Parameters("a cat", "dog", 123, None, "juggernautXL", 1152, 896)


@pytest.mark.parametrize(
    "data",
    [
        *(data for _, data in PICTURES),
        make_jpeg(20, 20),
        make_picture("BMP"),
        make_picture("JPEG", exif=exif_with(b"ASCII\0\0\0Screenshot")),
        with_parameters("just some words"),
        with_parameters("{"),
        with_parameters('{"a": 1}'),
        b"",
        b"some text",
        b"[1, 2]",
    ],
)
def test_files_without_metadata_give_none(data: bytes):
    assert read_inscription(data) is None


@pytest.mark.parametrize(
    "values",
    [
        RECIPE.to_json(),
        {"id": RECIPE.id, **RECIPE.to_json()},
        {"id": "20260101T000000000000Z-00000000", "recipe": RECIPE.to_json(), "state": "done"},
        {"recipe": {"id": RECIPE.id, **RECIPE.to_json()}},
    ],
)
@pytest.mark.parametrize("before", ["", "\ufeff", "\r\n "])
def test_a_recipe_is_read_from_json(values: dict, before: str):
    assert read_inscription((before + json.dumps(values, indent=1)).encode()) == RECIPE


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"format": 2}',
        '{"recipe": 5}',
        '{"recipe": null}',
        '{"recipe": [[]]}',
        '{"a":' * 100_000,
        json.dumps({"id": "0" * 64, **RECIPE.to_json()}),
        json.dumps(recipe_with(seed=2147483648).to_json()),
        json.dumps(recipe_with(scale=float("nan")).to_json()),
        json.dumps(recipe_with(prompt="\ud800").to_json()),
        json.dumps(RECIPE.to_json())[:-1] + " " * 1_000_000 + "}",
    ],
    ids=lambda text: text[:40],
)
def test_a_damaged_or_newer_recipe_is_reported(text: str):
    with pytest.raises(ParameterError, match="damaged or was written by a newer version"):
        read_inscription(text.encode())


@kinds
def test_a_newer_recipe_in_a_picture_is_reported(kind: str):
    newer = inscribe(make_picture(kind), RECIPE)
    text = RECIPE.canonical.replace(b'"format":1', b'"format":2')
    changed = newer.replace(RECIPE.canonical, text)
    if kind == "PNG":
        changed = png_with((b"iTXt", b"volcedit" + bytes(5) + text))
    with pytest.raises(ParameterError, match="newer version"):
        read_inscription(changed)


def test_a_chunk_with_a_wrong_checksum_is_reported():
    data = inscribe(make_picture("PNG"), RECIPE)
    with pytest.raises(ParameterError, match="damaged"):
        read_inscription(data.replace(b"make it snow", b"make it rain", 1))


def test_more_than_ten_megabytes_are_not_read():
    with pytest.raises(PhotoError, match="larger than 10 MB"):
        read_inscription(bytes(10_000_001))


# ── hostile ──────────────────────────────────────────────────────────────────────────────────

MEMORY_MAX = 60_000_000


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """300 MB in 0.3."""
    return zlib.compress(bytes(300_000_000), 9)


def read_within_bounds(data: bytes) -> None:
    """Read the file, or raise one of our errors, using little memory."""
    tracemalloc.start()
    try:
        read_inscription(data)
    except InputError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY_MAX


@pytest.mark.parametrize(
    "make",
    [
        lambda bomb: png_with((b"zTXt", b"volcedit\0\0" + bomb)),
        lambda bomb: png_with((b"iTXt", b"parameters\0\1\0\0\0" + bomb)),
        lambda _: png_with(*[(b"tEXt", b"")] * 700_000),
        lambda _: with_parameters("a" * 900_000),
        lambda _: with_parameters("a\n" + " " * 900_000),
        lambda _: with_parameters("a\n" + "a: " * 300_000),
        lambda _: with_parameters("a\n" + 'aa: "' * 180_000),
        lambda _: with_parameters("a\n" + '\\"aa: \\' * 120_000),
        lambda _: with_parameters("Negative prompt:\n" * 50_000),
        lambda _: with_parameters("[" * 900_000),
        lambda _: with_parameters("{" + '"a":{' * 150_000),
        lambda _: b"{" + b"[" * 999_000,
        lambda _: b'{"a":[' + b"{}," * 330_000 + b"{}]}",
        lambda _: b"\xff\xd8" + b"\xff" * 9_000_000,
        lambda _: b"\xff\xd8" + b"\xff\xe9\0\2" * 2_000_000,
        lambda _: b"RIFF\x08\x80\x80\0WEBP" + b"vced\0\0\0\0" * 1_100_000,
    ],
    ids=range(16),
)
def test_hostile_files_take_little_memory(make: Callable[[bytes], bytes], bomb: bytes):
    read_within_bounds(make(bomb))


INSCRIBED = [inscribe(data, RECIPE) for _, data in PICTURES]
INSCRIBED += [make_picture("JPEG", exif=exif_with(b"UNICODE\0" + A1111.encode("utf-16-be")))]
INSCRIBED += [with_parameters(A1111), json.dumps(RECIPE.to_json()).encode()]
fuzz = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with a recipe, with some of its bytes changed, removed, duplicated or inserted."""
    data = bytearray(draw(st.sampled_from(INSCRIBED)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 40)))
        data[at:end] = draw(st.one_of(st.binary(max_size=12), st.just(bytes(data[at:end]) * 2)))
    return bytes(data)


@fuzz
@given(damaged())
def test_damaged_files_raise_only_our_errors(data: bytes):
    read_within_bounds(data)
    try:
        again = inscribe(data, RECIPE)
    except InputError:
        return
    assert inscribe(again, RECIPE) == again


@fuzz
@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"{"]),
       st.binary(max_size=400))  # fmt: skip
def test_arbitrary_bytes_raise_only_our_errors(begun: bytes, rest: bytes):
    read_within_bounds(begun + rest)


@fuzz
@given(st.binary(max_size=120), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_arbitrary_exif_raises_only_our_errors(rest: bytes, begun: bytes):
    exif = b"Exif\0\0" + begun + rest
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    read_within_bounds(b"\xff\xd8" + segment + make_picture("JPEG")[2:])


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@fuzz
@given(texts, texts, st.sampled_from(KINDS))
def test_arbitrary_prompts_survive(prompt: str, negative: str, kind: str):
    recipe = recipe_with(prompt=prompt, negative_prompt=negative)
    after = inscribe(make_picture(kind), recipe)
    assert read_inscription(after) == recipe
    assert inscribe(after, RECIPE) == inscribe(make_picture(kind), RECIPE)


@fuzz
@given(texts)
def test_arbitrary_text_is_read_as_parameters_or_none(text: str):
    read_within_bounds(with_parameters(text))
    read_within_bounds(with_parameters(f"{text}\nSteps: 1, Seed: {text}, CFG scale: {text}"))
