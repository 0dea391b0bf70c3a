"""The main job in a real browser, on real photographs, for someone without a key."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.served import App
from tests.support.studio import PHOTOS, Studio

CHELSEA_SHA256 = "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"


def test_the_page_says_that_this_is_the_sandbox_and_not_seededit(studio: Studio) -> None:
    expect(studio["provider"]).to_contain_text("Sandbox")
    expect(studio["provider"]).to_contain_text("not SeedEdit")


def test_an_edit_shows_its_picture_captioned_with_its_seed(studio: Studio) -> None:
    studio.edit("make it snow", seed=4127)
    expect(studio.pictures).to_have_count(1)
    expect(studio["results"]).to_contain_text("seed 4127")
    picture = Image.open(io.BytesIO(studio.fetch(studio.pictures.first)))
    assert (picture.format, picture.size) == ("JPEG", (1248, 832))


def test_one_click_on_an_example_makes_an_edit(studio: Studio) -> None:
    studio["examples"].get_by_role("button").first.click()
    expect(studio["photo-note"]).to_contain_text("451×300")
    expect(studio.pictures).to_have_count(1)


def test_the_response_is_shown_as_it_came_but_for_the_base64(studio: Studio) -> None:
    studio.edit("make it snow")
    response = studio.read_json("Response")
    assert response["code"] == 10000
    assert response["data"]["infer_ctx"]["algorithm_key"].startswith("volcedit-sandbox")
    assert set(response["data"]["binary_data_base64"][0]) == {"base64_of_bytes", "sha256"}


def test_the_request_is_shown_with_the_photo_by_its_hash(studio: Studio) -> None:
    studio.edit("make it snow", seed=4127)
    request = studio.read_json("Request")
    assert request["url"] == "sandbox/volcv/v1?Action=CVProcess&Version=2022-08-31"
    body = request["body"]
    assert body["binary_data_base64"] == [{"base64_of_bytes": 240512, "sha256": CHELSEA_SHA256}]
    assert (body["prompt"], body["seed"], body["scale"]) == ("make it snow", 4127, 0.5)


def test_variations_count_their_seeds_up_and_wrap_at_the_end(studio: Studio) -> None:
    studio.edit("make it snow", seed=2147483646, count=3)
    expect(studio.pictures).to_have_count(3)
    for seed in (2147483646, 2147483647, 1):
        expect(studio["results"]).to_contain_text(f"seed {seed}")
    assert studio.seed == 2147483646


@pytest.mark.parametrize("typed", ["", "0", "-1"])
def test_no_seed_means_one_is_drawn_and_shown(studio: Studio, typed: str) -> None:
    studio.choose_photo(PHOTOS / "rocket.jpg")
    studio.write("starry night")
    studio.set_number("seed", typed)
    studio.run()
    expect(studio["seed"].locator("input")).not_to_have_value(typed)
    assert 1 <= studio.seed <= 2147483647
    expect(studio["results"]).to_contain_text(f"seed {studio.seed}")


def test_new_seed_draws_another(studio: Studio) -> None:
    studio["new-seed"].click()
    expect(studio["seed"].locator("input")).not_to_have_value("")
    first = studio.seed
    studio["new-seed"].click()
    expect(studio["seed"].locator("input")).not_to_have_value(str(first))


def test_choosing_another_picture_shows_its_request(studio: Studio) -> None:
    studio.edit("make it snow", seed=10, count=2)
    studio.pictures.nth(1).click()
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] != 10)
    assert request["body"]["seed"] == 11


def test_an_unknown_instruction_is_called_unknown(studio: Studio) -> None:
    studio.edit("give the cat a passport")
    expect(studio["status"]).to_contain_text("does not know this instruction")


def test_the_picture_can_come_as_a_link(studio: Studio) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["delivery"].get_by_label("as a link").check()
    studio.edit("make it snow")
    assert studio.read_json("Request")["body"]["return_url"] is True
    assert studio.read_json("Response")["data"]["image_urls"][0].startswith("http://127.0.0.1:")
    expect(studio.pictures).to_have_count(1)


def test_an_edit_can_be_made_as_a_task(studio: Studio) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["mode"].get_by_label("as a task").check()
    studio.edit("make it snow", seed=7)
    expect(studio.pictures).to_have_count(1)
    request = studio.read_json("Request")
    assert "CVSync2AsyncSubmitTask" in request["url"]
    assert "logo_info" not in request["body"]
    studio["mode"].get_by_label("one call").check()
    studio.rows.first.get_by_role("button", name="Restore").click()
    expect(studio["mode"].get_by_label("as a task")).to_be_checked()


def test_a_watermark_is_sent_as_it_was_asked_for(studio: Studio) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["watermark"].locator("input").check()
    studio["watermark-text"].locator("input, textarea").fill("volcedit 试验")
    studio["watermark-position"].get_by_label("top right").check()
    studio.set_number("watermark-opacity", 0.4)
    studio.edit("make it snow")
    assert studio.read_json("Request")["body"]["logo_info"] == {
        "add_logo": True,
        "position": 3,
        "language": 0,
        "opacity": 0.4,
        "logo_text_content": "volcedit 试验",
    }


def test_the_negative_prompt_is_sent(studio: Studio) -> None:
    studio["more"].get_by_role("button").first.click()
    studio["negative-prompt"].locator("input, textarea").fill("snow")
    studio.edit("make it snow")
    assert studio.read_json("Request")["body"]["negative_prompt"] == "snow"


def test_a_result_can_be_the_next_photo(studio: Studio) -> None:
    studio.edit("make it snow")
    result = studio.read_json("Response")["data"]["binary_data_base64"][0]
    studio["use-as-input"].click()
    expect(studio["photo-note"]).to_contain_text("1248×832 JPEG")
    studio.write("starry night")
    studio.run()
    request = studio.read_json("Request", until=lambda it: it["body"]["prompt"] == "starry night")
    assert request["body"]["binary_data_base64"] == [result]


def test_before_and_after_stand_side_by_side(studio: Studio) -> None:
    studio.edit("make it snow")
    images = studio["compare"].locator("img")
    expect(images).to_have_count(2)
    for image in images.all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_what_will_be_changed_in_a_photo_is_told_at_once(studio: Studio) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (320, 240), (200, 30, 30, 128)).save(file, "WEBP")
    photo = {"name": "pane.webp", "mimeType": "image/webp", "buffer": file.getvalue()}
    studio.choose_photo(photo)
    expect(studio["photo-note"]).to_contain_text("Will be sent as 320×240 JPEG")
    expect(studio["photo-note"]).to_contain_text("WebP")
    expect(studio["photo-note"]).to_contain_text(re.compile("transparen", re.IGNORECASE))


def test_a_tiff_is_shown_as_it_will_be_sent(studio: Studio) -> None:
    file = io.BytesIO()
    Image.open(PHOTOS / "rocket.jpg").save(file, "TIFF")
    studio.choose_photo({"name": "a.tiff", "mimeType": "image/tiff", "buffer": file.getvalue()})
    expect(studio["photo-note"]).to_contain_text("TIFF")
    photo = studio["image"].locator("img")
    expect(photo).to_have_attribute("src", re.compile(r"sent\.jpg$"))
    assert photo.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    studio.write("make it snow")
    studio.run()
    expect(studio.pictures).to_have_count(1)


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans-CN", "zh-HK", "zh-TW"])
def test_a_chinese_browser_gets_a_chinese_page(
    visit: Callable[..., Studio], sandbox_app: App, tag: str
) -> None:
    studio = visit(sandbox_app, locale=tag)
    expect(studio["provider"]).to_contain_text("沙盒")
    expect(studio["run"]).to_have_text("运行")
    expect(studio.page).to_have_title("volcedit：用一句话编辑照片")
    studio["run"].click()
    expect(studio["image"]).to_contain_text("请先选择照片")
    studio["examples"].get_by_role("button").first.click()
    expect(studio["prompt"].locator("textarea")).to_have_value("下雪")
    expect(studio["photo-note"]).to_contain_text("原样")
    expect(studio["status"]).to_contain_text("完成 1/1")
    expect(studio["results"]).to_contain_text("种子")


def test_a_language_switched_to_is_remembered_and_what_was_typed_stays(studio: Studio) -> None:
    studio.write("make it snow")
    studio["language"].get_by_role("link", name="中文").click()
    expect(studio["run"]).to_have_text("运行")
    expect(studio["prompt"].locator("textarea")).to_have_value("make it snow")
    studio.open()  # without ?lang=
    expect(studio["run"]).to_have_text("运行")
    studio["language"].get_by_role("link", name="English").click()
    expect(studio["run"]).to_have_text("Run")


def test_ctrl_enter_in_the_prompt_runs(studio: Studio) -> None:
    studio.choose_photo(PHOTOS / "chelsea.png")
    studio.write("make it snow")
    studio["prompt"].locator("textarea").press("Control+Enter")
    expect(studio.pictures).to_have_count(1)


def test_the_counter_warns_beyond_120_characters(studio: Studio) -> None:
    counter = studio["prompt-count"].locator("output")
    studio.write("雪" * 120)
    expect(counter).to_have_text("120 / 120")
    expect(counter).not_to_have_class(re.compile("over"))
    studio.write("🏔" * 121)
    expect(counter).to_have_text("121 / 120")
    expect(counter).to_have_class(re.compile("over"))


def test_an_idea_becomes_the_prompt(studio: Studio) -> None:
    family = studio["ideas"].get_by_role("button", name="Style", exact=True)
    family.click()
    expect(family).to_have_attribute("aria-expanded", "true")
    studio["ideas"].get_by_role("button", name="pencil sketch").click()
    expect(studio["prompt"].locator("textarea")).to_have_value("pencil sketch")
    expect(studio["prompt-count"]).to_contain_text("13 / 120")


def test_prompts_of_late_are_offered_again(studio: Studio) -> None:
    studio.edit("make it snow")
    studio["ideas"].get_by_role("button", name="Recent").click()
    expect(studio["ideas"].get_by_role("button", name="make it snow").first).to_be_visible()


def test_a_dropped_file_of_no_use_does_not_lead_away_from_the_page(studio: Studio) -> None:
    told = studio.page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(['notes'], 'notes.txt', { type: 'text/plain' }));
            const told = { bubbles: true, cancelable: true, dataTransfer: transfer };
            return !document.body.dispatchEvent(new DragEvent('drop', told));
        }"""
    )
    assert told, "the browser would open the file in place of the page"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_dropped_or_pasted_anywhere_is_taken(studio: Studio, kind: str) -> None:
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


def test_another_photo_is_not_cropped_yet(studio: Studio) -> None:
    studio.choose_photo(PHOTOS / "coffee.png")
    studio["crop"].get_by_role("button").first.click()
    studio["aspect"].get_by_label("16:9").check()
    expect(studio["photo-note"]).to_contain_text("599×337")
    studio["examples"].get_by_role("button").first.click()
    expect(studio["photo-note"]).to_contain_text("451×300")
    expect(studio["aspect"].get_by_label("whole")).to_be_checked()


def test_a_photo_can_come_from_the_webcam(studio: Studio) -> None:
    image = studio["image"]
    image.locator("[data-testid=source-select] button").nth(1).click()
    image.get_by_text("Click to Access Webcam").click()
    studio.page.wait_for_function("document.querySelector('#image video')?.videoWidth > 0")
    image.get_by_role("button", name="capture photo").click()
    expect(studio["photo-note"]).to_contain_text("Will be sent")
    studio.write("make it snow")
    studio.run()
    expect(studio.pictures).to_have_count(1)


def test_arrow_keys_turn_between_variations(studio: Studio) -> None:
    studio.edit("make it snow", seed=10, count=2)
    studio.tiles.first.click()
    expect(studio.tiles.first).to_have_attribute("aria-pressed", "true")
    studio.page.keyboard.press("ArrowRight")
    expect(studio.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] != 10)
    assert request["body"]["seed"] == 11


def test_of_two_choices_at_once_the_later_one_is_shown(studio: Studio) -> None:
    studio.edit("make it snow", seed=10, count=3)
    studio.tiles.nth(2).evaluate(
        "last => { const tiles = document.querySelectorAll('.picture');"
        " tiles[0].click(); tiles[1].click(); last.click(); }"
    )
    request = studio.read_json("Request", until=lambda found: found["body"]["seed"] == 12)
    assert request["body"]["seed"] == 12
    expect(studio.tiles.nth(2)).to_have_attribute("aria-pressed", "true")


def test_the_slider_between_before_and_after_moves_by_keyboard(studio: Studio) -> None:
    studio.edit("make it snow")
    slider = studio["compare"].get_by_role("slider")
    slider.focus()
    slider.press("Home")
    frame = studio["compare"].locator(".frame")
    assert frame.evaluate("it => it.style.getPropertyValue('--cut')") == "0%"


def test_the_same_call_is_shown_as_code_without_a_key(studio: Studio) -> None:
    studio.edit("make it snow", seed=4127)
    studio.show("Code")
    expect(studio["snippet"].locator("pre")).to_have_count(2)
    expect(studio["snippet"]).to_contain_text('"seed": 4127')
    expect(studio["snippet"].get_by_role("link")).to_have_text("photo-596aa1e7.png")


def test_the_code_follows_the_selected_result(studio: Studio) -> None:
    studio.edit("make it snow", seed=4127)
    expect(studio["snippet"].locator("pre")).to_have_count(0)  # nobody has looked at it yet
    studio.show("Code")
    expect(studio["snippet"]).to_contain_text('"seed": 4127')
    studio.edit("make it snow", seed=10)
    expect(studio["snippet"]).to_contain_text('"seed": 10')
    studio.edit("make it snow", seed=11, count=2)
    studio.tiles.nth(0).click()
    expect(studio["snippet"]).to_contain_text('"seed": 11')
    studio.tiles.nth(1).click()
    expect(studio["snippet"]).to_contain_text('"seed": 12')
    studio.show("Compare")
    studio.tiles.nth(0).click()
    studio.show("Code")
    expect(studio["snippet"]).to_contain_text('"seed": 11')


def test_on_a_phone_a_run_comes_into_view(visit: Callable[..., Studio], sandbox_app: App) -> None:
    studio = visit(sandbox_app, viewport={"width": 390, "height": 844})
    studio["examples"].get_by_role("button").first.click()
    expect(studio.pictures).to_have_count(1)
    expect(studio["status"]).to_be_in_viewport()
    expect(studio.tiles.first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width_px", [320, 390, 1440, 2560])
def test_no_screen_scrolls_sideways(
    visit: Callable[..., Studio], sandbox_app: App, width_px: int
) -> None:
    studio = visit(sandbox_app, viewport={"width": width_px, "height": 844})
    studio.edit("make it snow", count=2)
    assert studio.page.evaluate("document.documentElement.scrollWidth") <= width_px
    for name in ("image", "examples", "stop", "new-seed", "status", "compare", "past"):
        box = studio[name].bounding_box()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= width_px, name
