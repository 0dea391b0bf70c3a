"""English."""

from __future__ import annotations

TAG = "en"
"""In HTML, and for Gradio."""

WORDS: dict[str, str] = {
    "page_title": "volcedit: edit a photo by a sentence",
    "tagline": "Edit a photo by a sentence, and make the same edit again.",
    "provider_sandbox": "Sandbox: offline filters on this machine, not SeedEdit",
    "provider_gateway": "SeedEdit through {host} · {model} · calls may cost money",
    "provider_volcengine": "Volcengine at {host} · {model} · calls may cost money",
    "photo": "Photo",
    "photo_hint": "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1.",
    "photo_untouched": "{width}×{height} {kind}, {size}. Sent byte for byte as it is.",
    "photo_changed": "Will be sent as {width}×{height} {kind}, {size}:",
    "photo_missing": "Choose a photo first: drop one here, or click to browse.",
    "photo_url": "or an image URL",
    "fetch_photo": "Fetch",
    "photo_way": "How the picture at this address goes out",
    "way_fetch": "fetched here first",
    "way_link": "as a link, fetched by the service",
    "photo_fetching": "Fetching the picture from {host}…",
    "photo_fetched": "Fetched from {host}.",
    "photo_not_fetched": "This picture is not fetched yet: press Fetch, or empty this field.",
    "photo_link": (
        "The service will fetch this picture itself. What lies there may change, so it can never "
        "be proven that the edit was made again the same."
    ),
    "sent_by_link": (
        "The service fetched the photo itself, from {url}. What lies there may change, so it "
        "cannot be proven that a repeat of this edit is the same."
    ),
    "photo_by_link": "photo fetched by the service",
    "crop": "Crop",
    "whole": "whole",
    "position": "Which part",
    "position_info": "0 left or top, 1 right or bottom",
    "prompt": "What should change?",
    "prompt_hint": "For example: make it snow",
    "negative_prompt": "Negative prompt",
    "negative_prompt_info": "What not to draw",
    "scale": "Strength",
    "scale_info": "scale: higher follows the words more and the photo less",
    "seed": "Seed",
    "seed_info": "Empty, 0 or −1 draws one",
    "new_seed": "New seed",
    "count": "Pictures",
    "count_info": "Seeds count up from the first",
    "cost_of_run": "This run: {cost}",
    "more": "More",
    "delivery": "Delivery",
    "delivery_base64": "in the answer",
    "delivery_url": "as a link, fetched at once",
    "watermark": "Draw a visible watermark",
    "watermark_text": "Watermark text",
    "watermark_text_info": "Empty: the service's own words",
    "watermark_language": "Language of the service's own words",
    "watermark_position": "Corner",
    "bottom_right": "bottom right",
    "bottom_left": "bottom left",
    "top_left": "top left",
    "top_right": "top right",
    "watermark_opacity": "Opacity",
    "connection": "Connection",
    "gateway": "Your gateway",
    "gateway_info": "Root of what serves /volcv/v1. Empty: this app's own.",
    "api_key": "Your key",
    "api_key_info": "Kept in the server's memory only, an hour after its last use.",
    "key_set": "set …{tail}: edits go to {host} with your key",
    "remove_key": "Remove key",
    "fact_service": "Service",
    "fact_host": "Host",
    "fact_model": "Model",
    "fact_mode": "Called in",
    "fact_key": "Key",
    "service_gateway": "a gateway",
    "service_volcengine": "Volcengine itself, signed",
    "service_sandbox": "the sandbox of this app, not SeedEdit",
    "key_there": "set",
    "key_none": "none",
    "from_variable": "from {name}",
    "from_default": "by default",
    "from_page": "typed here",
    "test_connection": "Test connection",
    "test_asking": "Asking after a task that does not exist…",
    "test_answered": (
        "{host} answers and takes the key. It was only asked after a task that does not exist, "
        "which costs nothing."
    ),
    "test_unsure": (
        "{host} answers, but does not know the question that costs nothing. Whether it takes the "
        "key only an edit can tell, which may cost money."
    ),
    "test_lost": "{host} was reached, but did not answer. Try again.",
    "test_sandbox": "The sandbox answers. It needs no key, costs nothing and is not SeedEdit.",
    "model": "Model",
    "width": "Width",
    "height": "Height",
    "size_info": "512 to 2016 px; both empty: the service chooses",
    "provider_own": "SeedEdit through {host} · {model} · with your key",
    "run": "Run",
    "stop": "Stop",
    "example_snow": "make it snow",
    "example_watercolour": "watercolour",
    "example_night": "starry night",
    "compare_tab": "Compare",
    "response": "Response",
    "request": "Request",
    "use_as_input": "Use as input",
    "caption": "seed {seed}",
    "prompt_long": "The service advises at most {most} characters; more may fail or be ignored.",
    "too_large": "The file is over {most} MB, more than can be read. Save it smaller, or as JPEG.",
    "restarted": (
        "The app was started anew. What you composed is still here; what was under way is in the "
        "history."
    ),
    "nothing_yet": "Choose a photo and say what should change, or try one of the examples.",
    "snippets": "Code",
    "code_photo": "Save the photo that was sent beside it:",
    "copy": "Copy",
    "copied": "copied",
    "picture_of": "Picture {number} of {count}: {prompt}, seed {seed}",
    "before": "Before",
    "after": "After",
    "cut": "How much of the photo before is shown",
    "previous": "Previous picture",
    "next": "Next picture",
    "full_screen": "Full screen",
    "download": "Download",
    "download_info": "With its recipe inside; not a pixel changed",
    "original_bytes": "Original bytes",
    "open_recipe": "Open a recipe…",
    "use_recipe": "Use its recipe",
    "recipe_found": "This picture carries its recipe: “{prompt}”, seed {seed}.",
    "parameters_found": "This picture says how another tool made it: “{prompt}”",
    "recipe_none": (
        "This file carries no recipe. Choose a picture downloaded here, or a recipe as .json."
    ),
    "recipe_filled": "All is as the recipe says, photo included.",
    "recipe_photo_wanted": (
        "All is as the recipe says, but its photo is not in this notebook. Choose it: "
        "{width}×{height} {kind}, {size}, SHA-256 {sha256}."
    ),
    "recipe_photo_right": "This is the photo of the recipe, byte for byte.",
    "recipe_photo_other": (
        "This is another photo than the recipe's. Its SHA-256 begins with {here}, that of the "
        "recipe's ({width}×{height} {kind}, {size}) with {wanted}."
    ),
    "recipe_elsewhere": "It was made by {then}; Run sends it to {now}.",
    "recipe_model": "Its model, {model}, is not known here; the one chosen stays.",
    "recipe_newer": (
        "It was made by a newer version of volcedit, with {fields}, which is not put in place. Run "
        "makes another edit."
    ),
    "parameters_filled": (
        "Taken from another tool's file: {fields}. Its other settings mean nothing here."
    ),
    "fetch": "Fetch the picture again",
    "advance": "Try the next seed",
    "again": "Again",
    "resend": "Send again",
    "resend_info": "Sending it again is your decision: it may be charged twice.",
    "sent_of": "Sent {time}, {size}.",
    "resend_other_key": (
        "Nothing was sent: this was sent with another key than the one in use now. Choose that key "
        "again first, or restore the edit and run it with this one."
    ),
    "resend_elsewhere": (
        "Nothing was sent: this was sent to {then}, but edits go to {now} now. Choose that service "
        "again first, or restore the edit and run it here."
    ),
    "renew": "New seed",
    "replay": "Run again",
    "repeat": "Repeat 4 times",
    "busy": "A run is under way. Wait until it has ended, or stop it.",
    "view_after": "Result",
    "view_cut": "Before and after",
    "view_heat": "What changed",
    "heat_of": "Where the photo changed: {prompt}",
    "touched": (
        "{share} of the picture is as it was in the photo. Mean change {mean} of 255. Amber is a "
        "little change, white is all there can be."
    ),
    "touched_box": (
        "Most of the change lies in the frame: {width}×{height} px, {left} px from the left and "
        "{top} px from the top."
    ),
    "verdict_same_bytes_title": "Same bytes",
    "verdict_same_bytes_means": "The repeat brought the very file of the first, byte for byte.",
    "verdict_same_pixels_title": "Same pixels",
    "verdict_same_pixels_means": "Another file, but every pixel is as the first time.",
    "verdict_near_title": "Near",
    "verdict_near_means": "Not the same, but hardly to be told apart from the first.",
    "verdict_drifted_title": "Drifted",
    "verdict_drifted_means": "The same request brought another picture than the first time.",
    "verdict_none_title": "No verdict",
    "verdict_none_means": "The first has no picture that this one could be compared with.",
    "verdict_numbers": (
        "PSNR {psnr} dB; {share} of the pixels differ by more than 16 of 255. Largest difference "
        "in red, green, blue: {largest}; mean: {mean}."
    ),
    "verdict_size": "The pictures differ in size.",
    "verdict_elsewhere": "Made elsewhere: the first by {then}, this one by {now}.",
    "verdict_first": "Look at the first",
    "difference": "The difference, eight times as strong",
    "repeats": "Repeated {count} ×: {parts}.",
    "repeats_same_bytes": "{count} the same bytes",
    "repeats_same_pixels": "{count} the same pixels",
    "repeats_near": "{count} near",
    "repeats_drifted": "{count} drifted",
    "repeats_unjudged": "{count} without a verdict",
    "repeats_worst": "The worst has a PSNR of {psnr} dB.",
    "lineage": "Chain and branches",
    "lineage_more": "{count} more are not shown.",
    "chain": "Run the chain again ({count} steps)",
    "chain_on_photo": "Run the chain on the composer's photo",
    "chain_means": (
        "Each step edits the picture of the one before. At the first failure it ends: later steps "
        "are neither sent nor recorded."
    ),
    "chain_ended": (
        "The chain ended at step {step} of {count}. Later steps were neither sent nor recorded."
    ),
    "look": "Look at",
    "waiting": "{reason}, trying again in {seconds} s ({attempt} of {attempts})",
    "reason_rate_limit": "rate limited",
    "reason_unreachable": "not reachable",
    "reason_service": "the service failed",
    "reason_answer_lost": "no answer",
    "poll_lost": "{state}; asking after it failed ({reason}); asking again",
    "second": "s",
    "recent": "Recent",
    "family_add": "Add or remove",
    "family_replace": "Replace",
    "family_style": "Style",
    "family_colour": "Colour",
    "family_expression": "Expression",
    "family_background": "Background",
    "idle": "Nothing has run yet.",
    "progress": "{ended} of {count} ended",
    "finished": "{done} of {count} done · {seconds} s",
    "stopped": "Stopped: {done} of {count} done. Nothing more is started.",
    "stopped_under_way": (
        "Stopped: {done} of {count} done. {under_way} already sent; what they bring is kept in "
        "the history."
    ),
    "state_queued": "waiting for a free place",
    "state_sent": "sent",
    "state_task": "taken as a task",
    "state_in_queue": "a task, waiting in the service's queue",
    "state_generating": "a task, being made",
    "mode": "How it is asked for",
    "mode_info": "A task survives a bad network and a restart of this app",
    "mode_sync": "one call",
    "mode_async": "as a task",
    "state_done": "done",
    "state_failed": "failed",
    "state_stopped": "stopped before it was sent",
    "state_interrupted": (
        "interrupted: the app ended before an answer came. If it was sent, it may have been "
        "charged."
    ),
    "broke": "Something broke in this page; the app's log says what. Your history has every edit.",
    "understood": "Understood as: {words}",
    "history": "History",
    "history_empty": "Every edit you make is kept here, failures too.",
    "history_page": "{first}–{last} of {total}",
    "export": "Export",
    "import_archive": "Import…",
    "packing": "Packing: {done} of {count} edits…",
    "unpacking": "Checking the archive: {done} of {count} files…",
    "import_added": "New here: {count}.",
    "import_known": "Here already: {count}.",
    "import_differing": "Here already with other content, which was kept: {count}.",
    "import_lost": "Pictures that the archive lacks: {count}.",
    "import_kept": "Edits older than {days} days go soon, unless you star them.",
    "history_none": "Nothing here is like that. Ask for less, or for something else.",
    "find_words": "Search prompts, notes, seeds, models",
    "find_state": "Which",
    "find_order": "Order",
    "find_starred": "starred",
    "find_more": "More filters",
    "find_provider": "Made by",
    "find_seeds": "Seed",
    "find_since": "From",
    "find_until": "to",
    "state_is_any": "all",
    "state_is_done": "done",
    "state_is_failed": "failed",
    "state_is_stopped": "stopped",
    "state_is_under_way": "under way",
    "state_is_repeat": "repeats",
    "order_newest": "newest first",
    "order_oldest": "oldest first",
    "order_prompt": "by prompt",
    "order_seed": "by seed",
    "order_slowest": "slowest first",
    "provider_is_any": "anybody",
    "provider_is_gateway": "a gateway",
    "provider_is_volcengine": "Volcengine",
    "provider_is_sandbox": "the sandbox",
    "found": "{count} found",
    "picked": "picked",
    "pick": "Pick",
    "unpick": "None",
    "star": "Star",
    "star_some": "Star",
    "export_some": "Export",
    "delete_some": "Delete",
    "note": "Note",
    "is_repeat": "a repeat",
    "verdict_same_bytes": "the same bytes",
    "verdict_same_pixels": "the same pixels",
    "verdict_near": "nearly the same",
    "verdict_drifted": "drifted",
    "deleted": "{count} deleted. Undo brings back what was deleted in the last ten minutes.",
    "undo": "Undo",
    "undone": "{count} are back.",
    "undo_late": "They are gone for good: deleted edits can be had back for ten minutes.",
    "totals_count": "Edits: {count}, with a picture: {done}",
    "totals_cost": "paid for: {paid}, {cost}",
    "totals_times": "the service took {median} s in the median, {slow} s at the 95th",
    "limits": "This history takes {size}. It is kept within {limits}; starred edits always stay.",
    "limit_days": "{days} days",
    "limits_full": (
        "It is nearly full: the {count} oldest edits without a star go next. Star or export what "
        "you want to keep."
    ),
    "limits_old": (
        "{count} edits without a star become too old within three days. Star or export what you "
        "want to keep."
    ),
    "limits_gone": "{count} older ones have gone so far.",
    "history_no_cookie": (
        "This browser refuses cookies here, so this history lasts only as long as this page."
    ),
    "history_input_of": "Photo of: {prompt}",
    "history_output_of": "Result of: {prompt}",
    "strength_of": "strength {scale}",
    "made_by_sandbox": "sandbox, not SeedEdit",
    "restore": "Restore",
    "delete": "Delete",
    "newer": "Newer",
    "older": "Older",
    "delete_all": "Delete all…",
    "delete_all_sure": "Yes, delete all",
    "keep": "Keep",
    "deleted_but": "{count} stay: their calls are under way.",
    "restored_elsewhere": (
        "Restored: photo, words and numbers are as they were. It was made by {then}; Run sends it "
        "to {now}."
    ),
    "restored": "Restored: photo, words and numbers are as they were. Run sends the same request.",
    # The page of an export.
    "report_title": "volcedit notebook",
    "report_edits": "{count} edits",
    "report_pictures": "{count} pictures",
    "report_starred": "{count} starred",
    "report_empty": "There are no edits in here.",
    "report_exported": (
        "Exported {time}. A click on a picture opens its file. The ZIP that this page came in "
        "can be imported into any volcedit."
    ),
    "report_lost": "Missing or damaged when this was exported: {count}",
    "report_left_out": "Records that could not be read: {count}",
    "report_foot": "Made by volcedit. This page asks nothing of any network, and runs no script.",
    "report_star": "starred",
    "report_seed": "seed {seed}",
    "report_strength": "strength {scale}",
    "report_sandbox": "sandbox, not SeedEdit",
    "report_seconds": "{seconds} s",
    "report_before": "Before",
    "report_after": "After",
    "report_gone": "missing or damaged",
    "report_by_link": (
        "The service fetched the photo itself, from {url}; what it got there is not known."
    ),
    "report_child_of": "Made from the picture of",
    "report_repeat_of": "Repeats",
    "report_largest": "largest difference {largest} of 255 (RGB)",
    "report_mean": "mean {mean}",
    "report_changed": "{share} of the pixels changed",
    "report_touched": "{share} of the photo kept",
    "report_where": "Most of the change: {size} px at {left}, {top}",
    "report_recipe": "Recipe",
    "report_file": "The record's file",
    "report_answer": "Answer of the service",
    "report_cut": "Cut here; all of it is in the record's file.",
    "report_state_queued": "Was still under way when this was exported.",
    "report_state_sent": "Was still under way when this was exported.",
    "report_state_task": "Was still under way when this was exported.",
    "report_state_done": "Done, but there is no picture.",
    "report_state_failed": "Failed.",
    "report_state_stopped": "Stopped before it was sent.",
    "report_verdict_same_bytes": "Identical, byte for byte",
    "report_verdict_same_pixels": "Identical pixels",
    "report_verdict_near": "Nearly the same",
    "report_verdict_drifted": "Drifted",
}

IDEAS: dict[str, list[str]] = {
    "family_add": ["make it snow", 'add the text "hello"', "remove the text"],
    "family_replace": ["replace the cup with a teapot", "turn the cat into a tiger"],
    "family_style": ["watercolour", "pencil sketch", "comic style", "pixel art"],
    "family_colour": ["warmer colours", "black and white", "make it pink"],
    "family_expression": ["make the person smile", "close the eyes"],
    "family_background": ["blur the background", "sunset", "starry night"],
}
"""Prompts to begin with, sorted as Volcengine's own guide sorts instructions."""
