"""The main job in a real browser, on real photographs, for someone without a key."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import expect

from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

CHELSEA_SHA256 = "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"


def test_an_edit_is_shown_with_its_details_and_edited_further(studio: Studio) -> None:
    expect(studio["provider"]).to_contain_text("Sandbox")
    expect(studio["provider"]).to_contain_text("not SeedEdit")

    # Its picture, captioned with its seed.
    studio.edit("make it snow", seed=4127)
    expect(studio.pictures).to_have_count(1)
    expect(studio["results"]).to_contain_text("seed 4127")
    picture = Image.open(io.BytesIO(studio.fetch(studio.pictures.first)))
    assert (picture.format, picture.size) == ("JPEG", (1248, 832))

    # Before and after, side by side, and a slider between them that the keyboard moves.
    images = studio["compare"].locator("img")
    expect(images).to_have_count(2)
    for image in images.all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    slider = studio["compare"].get_by_role("slider")
    slider.focus()
    slider.press("Home")
    frame = studio["compare"].locator(".frame")
    assert frame.evaluate("it => it.style.getPropertyValue('--cut')") == "0%"

    # The response as received, except for the base64.
    response = studio.read_json("Response")
    assert response["code"] == 10000
    assert response["data"]["infer_ctx"]["algorithm_key"].startswith("volcedit-sandbox")
    [result] = response["data"]["binary_data_base64"]
    assert set(result) == {"base64_of_bytes", "sha256"}

    # The request with the photo by its hash.
    request = studio.read_json("Request")
    assert request["url"] == "sandbox/volcv/v1?Action=CVProcess&Version=2022-08-31"
    body = request["body"]
    assert body["binary_data_base64"] == [{"base64_of_bytes": 240512, "sha256": CHELSEA_SHA256}]
    assert (body["prompt"], body["seed"], body["scale"]) == ("make it snow", 4127, 0.5)

    # The same call as code, without a key.
    studio.show("Code")
    expect(studio["snippet"].locator("pre")).to_have_count(2)
    expect(studio["snippet"]).to_contain_text('"seed": 4127')
    expect(studio["snippet"].get_by_role("link")).to_have_text("photo-596aa1e7.png")

    # Its prompt is suggested again.
    studio["ideas"].get_by_role("button", name="Recent").click()
    expect(studio["ideas"].get_by_role("button", name="make it snow").first).to_be_visible()

    # The result becomes the next photo.
    studio["use-as-input"].click()
    expect(studio["photo-note"]).to_contain_text("1248×832 JPEG")
    studio.write("starry night")
    studio.run()
    request = studio.read_json("Request", until=lambda it: it["body"]["prompt"] == "starry night")
    assert request["body"]["binary_data_base64"] == [result]


def test_seeds_are_drawn_and_counted_up_and_tabs_follow_the_selected_result(
    studio: Studio,
) -> None:
    # A new seed is drawn by its button.
    studio["new-seed"].click()
    expect(studio["seed"].locator("input")).not_to_have_value("")
    first = studio.seed
    studio["new-seed"].click()
    expect(studio["seed"].locator("input")).not_to_have_value(str(first))

    # Without a seed one is drawn and shown.
    studio.choose_photo(PHOTOS / "rocket.jpg")
    studio.write("starry night")
    for typed in ("", "0", "-1"):
        studio.set_number("seed", typed)
        studio.run()
        expect(studio["seed"].locator("input")).not_to_have_value(typed)
        assert 1 <= studio.seed <= 2147483647
        expect(studio["results"]).to_contain_text(f"seed {studio.seed}")

    # Variations count their seeds up, and wrap at the end.
    studio.set_number("seed", 2147483646)
    studio.set_number("count", 3)
    studio.run()
    expect(studio.pictures).to_have_count(3)
    for seed in (2147483646, 2147483647, 1):
        expect(studio["results"].get_by_text(re.compile(rf"seed {seed}\b"))).to_be_visible()
    assert studio.seed == 2147483646

    # Arrow keys move between them.
    studio.set_number("seed", 10)
    studio.run()
    expect(studio["results"]).to_contain_text("seed 12")
    expect(studio.pictures).to_have_count(3)
    studio.tiles.first.click()
    expect(studio.tiles.first).to_have_attribute("aria-pressed", "true")
    studio.page.keyboard.press("ArrowRight")
    expect(studio.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] == 11)
    assert request["body"]["seed"] == 11

    # Choosing another picture shows its request.
    studio.pictures.nth(0).click()
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] != 11)
    assert request["body"]["seed"] == 10

    # Of two choices at once the later one is shown.
    studio.tiles.nth(2).evaluate(
        "last => { const tiles = document.querySelectorAll('.picture');"
        " tiles[0].click(); tiles[1].click(); last.click(); }"
    )
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] == 12)
    assert request["body"]["seed"] == 12
    expect(studio.tiles.nth(2)).to_have_attribute("aria-pressed", "true")

    # The code is made once it is looked at, and follows the selected result.
    expect(studio["snippet"].locator("pre")).to_have_count(0)
    studio.show("Code")
    expect(studio["snippet"]).to_contain_text('"seed": 12')
    studio.set_number("seed", 20)
    studio.set_number("count", 1)
    studio.run()
    expect(studio["snippet"]).to_contain_text('"seed": 20')
    studio.set_number("seed", 21)
    studio.set_number("count", 2)
    studio.run()
    studio.tiles.nth(0).click()
    expect(studio["snippet"]).to_contain_text('"seed": 21')
    studio.tiles.nth(1).click()
    expect(studio["snippet"]).to_contain_text('"seed": 22')
    studio.show("Compare")
    studio.tiles.nth(0).click()
    studio.show("Code")
    expect(studio["snippet"]).to_contain_text('"seed": 21')


def test_options_are_sent_as_chosen_and_a_task_is_restored_as_a_task(studio: Studio) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["negative-prompt"].locator("input, textarea").fill("snow")
    studio["watermark"].locator("input").check()
    studio["watermark-text"].locator("input, textarea").fill("volcedit 试验")
    studio["watermark-position"].get_by_label("top right").check()
    studio.set_number("watermark-opacity", 0.4)
    studio["delivery"].get_by_label("as a link").check()
    studio.edit("make it snow")
    body = studio.read_json("Request")["body"]
    assert body["negative_prompt"] == "snow"
    assert body["logo_info"] == {
        "add_logo": True,
        "position": 3,
        "language": 0,
        "opacity": 0.4,
        "logo_text_content": "volcedit 试验",
    }
    assert body["return_url"] is True
    assert studio.read_json("Response")["data"]["image_urls"][0].startswith("http://127.0.0.1:")
    expect(studio.pictures).to_have_count(1)

    studio["watermark"].locator("input").uncheck()
    studio["delivery"].get_by_label("in the response").check()
    studio["mode"].get_by_label("as a task").check()
    studio.set_number("seed", 7)
    studio.run()
    expect(studio["results"]).to_contain_text("seed 7")
    expect(studio.pictures).to_have_count(1)
    request = studio.read_json("Request", until=lambda it: it["body"].get("seed") == 7)
    assert "CVSync2AsyncSubmitTask" in request["url"]
    assert "logo_info" not in request["body"]
    studio["mode"].get_by_label("synchronous").check()
    studio.rows.first.get_by_role("button", name="Restore").click()
    expect(studio["mode"].get_by_label("as a task")).to_be_checked()


def test_a_photo_is_chosen_by_example_upload_drop_and_paste(studio: Studio) -> None:
    # Dropping an unusable file does not leave the page.
    prevented = studio.page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(['notes'], 'notes.txt', { type: 'text/plain' }));
            const init = { bubbles: true, cancelable: true, dataTransfer: transfer };
            return !document.body.dispatchEvent(new DragEvent('drop', init));
        }"""
    )
    assert prevented, "the browser would open the file instead of the page"

    # One click on an example makes an edit.
    studio["examples"].get_by_role("button").first.click()
    expect(studio["photo-note"]).to_contain_text("451×300")
    expect(studio.pictures).to_have_count(1)

    # A new photo is not cropped, even after a crop of the last one.
    studio.choose_photo(PHOTOS / "coffee.png")
    expect(studio["photo-note"]).to_contain_text("600×400")
    studio["crop"].get_by_role("button").first.click()
    studio["aspect"].get_by_label("16:9").check()
    expect(studio["photo-note"]).to_contain_text("599×337")
    studio["examples"].get_by_role("button").first.click()
    expect(studio["photo-note"]).to_contain_text("451×300")
    expect(studio["aspect"].get_by_label("whole")).to_be_checked()
    expect(studio.rows).to_have_count(2)
    expect(studio["run"]).to_be_enabled()

    # A photo may be dropped or pasted anywhere.
    for kind in ("drop", "paste"):
        for name, size in {"coffee.png": "600×400 PNG", "chelsea.png": "451×300 PNG"}.items():
            data = base64.b64encode((PHOTOS / name).read_bytes()).decode()
            studio.page.evaluate(
                """([kind, name, data]) => {
                    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
                    const transfer = new DataTransfer();
                    transfer.items.add(new File([bytes], name, { type: 'image/png' }));
                    const event = kind === 'drop'
                        ? new DragEvent('drop', { dataTransfer: transfer })
                        : new ClipboardEvent('paste', { clipboardData: transfer });
                    const init = { bubbles: true, cancelable: true };
                    const made = new event.constructor(kind, { ...init,
                        dataTransfer: transfer, clipboardData: transfer });
                    document.querySelector('#history').dispatchEvent(made);
                }""",
                [kind, name, data],
            )
            expect(studio["photo-note"]).to_contain_text(size)

    # A TIFF is shown as it will be sent.
    file = io.BytesIO()
    Image.open(PHOTOS / "rocket.jpg").save(file, "TIFF")
    studio.choose_photo({"name": "a.tiff", "mimeType": "image/tiff", "buffer": file.getvalue()})
    expect(studio["photo-note"]).to_contain_text("TIFF")
    photo = studio["image"].locator("img")
    expect(photo).to_have_attribute("src", re.compile(r"sent\.jpg$"))
    assert photo.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    studio.write("make it snow")
    studio.run()
    expect(studio.rows).to_have_count(3)
    expect(studio.pictures).to_have_count(1)

    # What will be changed before sending is said immediately.
    file = io.BytesIO()
    Image.new("RGBA", (320, 240), (200, 30, 30, 128)).save(file, "WEBP")
    pane = {"name": "pane.webp", "mimeType": "image/webp", "buffer": file.getvalue()}
    studio.choose_photo(pane)
    expect(studio["photo-note"]).to_contain_text("Will be sent as 320×240 JPEG")
    expect(studio["photo-note"]).to_contain_text("WebP")
    expect(studio["photo-note"]).to_contain_text(re.compile("transparen", re.IGNORECASE))


def test_a_prompt_is_counted_suggested_run_and_kept_in_another_language(
    studio: Studio,
) -> None:
    # Beyond 120 characters the counter warns.
    counter = studio["prompt-count"].locator("output")
    studio.write("雪" * 120)
    expect(counter).to_have_text("120 / 120")
    expect(counter).not_to_have_class(re.compile("over"))
    studio.write("🏔" * 121)
    expect(counter).to_have_text("121 / 120")
    expect(counter).to_have_class(re.compile("over"))

    # An idea becomes the prompt.
    family = studio["ideas"].get_by_role("button", name="Style", exact=True)
    family.click()
    expect(family).to_have_attribute("aria-expanded", "true")
    studio["ideas"].get_by_role("button", name="pencil sketch").click()
    expect(studio["prompt"].locator("textarea")).to_have_value("pencil sketch")
    expect(studio["prompt-count"]).to_contain_text("13 / 120")

    # The photo comes from the webcam.
    image = studio["image"]
    image.locator("[data-testid=source-select] button").nth(1).click()
    image.get_by_text("Click to Access Webcam").click()
    studio.page.wait_for_function("document.querySelector('#image video')?.videoWidth > 0")
    image.get_by_role("button", name="capture photo").click()
    expect(studio["photo-note"]).to_contain_text("Will be sent")
    studio.write("make it snow")
    studio.run()
    expect(studio.pictures).to_have_count(1)

    # The sandbox says when it does not know an instruction.
    studio.write("give the cat a passport")
    studio.run()
    expect(studio["status"]).to_contain_text("does not know this instruction")

    # Control and Enter run.
    studio.write("make it snow")
    studio["prompt"].locator("textarea").press("Control+Enter")
    expect(studio.rows).to_have_count(3)
    expect(studio.pictures).to_have_count(1)

    # The chosen language is remembered, and what was typed is kept.
    studio["language"].get_by_role("link", name="中文").click()
    expect(studio["run"]).to_have_text("运行")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    studio.open()  # without ?lang=
    expect(studio["run"]).to_have_text("运行")
    studio["language"].get_by_role("link", name="English").click()
    expect(studio["run"]).to_have_text("Run")


def test_on_a_phone_a_run_scrolls_into_view_and_no_page_scrolls_sideways(
    visit: Callable[..., Studio], sandbox_app: App
) -> None:
    phone = {"width": 390, "height": 844}
    studio = visit(sandbox_app, viewport=phone, reduced_motion="no-preference")
    studio["examples"].get_by_role("button").first.click()
    expect(studio.pictures).to_have_count(1)
    expect(studio["status"]).to_be_in_viewport()
    expect(studio.tiles.first).to_be_in_viewport(ratio=1)

    studio.set_number("count", 2)
    studio.run()
    expect(studio.pictures).to_have_count(2)
    for width_px in (390, 320, 1440, 2560):
        studio.page.set_viewport_size({"width": width_px, "height": 844})
        studio.page.wait_for_function("width => innerWidth === width", arg=width_px)
        assert studio.page.evaluate("document.documentElement.scrollWidth") <= width_px
        for name in ("image", "examples", "stop", "new-seed", "status", "compare", "past"):
            box = studio[name].bounding_box()
            assert box["x"] >= 0, (width_px, name)
            assert box["x"] + box["width"] <= width_px, (width_px, name)
