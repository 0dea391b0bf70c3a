"""Every word of the page, in English and Chinese.

Labels are translated in the browser by `gr.I18n`; what the server says at run time is looked up
here with `say`. Both follow the language that `visitor` found for this page.
"""

from __future__ import annotations

import gradio as gr

from volcedit.types import Language, Words

TAGS: dict[Language, str] = {"en": "en", "zh": "zh-CN"}
"""How each language is called in HTML, and by Gradio 6.31: `zh` alone it would show in English."""

ENGLISH = {
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
}

CHINESE_WORDS = {
    "page_title": "volcedit：用一句话编辑照片",
    "tagline": "用一句话编辑照片，并能原样再做一次。",
    "provider_sandbox": "沙盒：本机离线滤镜，并非 SeedEdit",
    "provider_gateway": "经由 {host} 调用 SeedEdit · {model} · 调用可能计费",
    "provider_volcengine": "火山引擎 {host} · {model} · 调用可能计费",
    "photo": "照片",
    "photo_hint": "JPEG、PNG、WebP、BMP、TIFF 或 GIF，不超过 10 MB，长宽比不超过 3:1。",
    "photo_untouched": "{width}×{height} {kind}，{size}。将原样逐字节发送。",
    "photo_changed": "将以 {width}×{height} {kind}（{size}）发送：",
    "photo_missing": "请先选择照片：拖放到此处，或点击浏览。",
    "photo_url": "或图片网址",
    "fetch_photo": "获取",
    "photo_way": "该网址的图片如何发送",
    "way_fetch": "先由本应用获取",
    "way_link": "只发送网址，由服务获取",
    "photo_fetching": "正在从 {host} 获取图片……",
    "photo_fetched": "已从 {host} 获取。",
    "photo_not_fetched": "尚未获取此图片：请点击“获取”，或清空此栏。",
    "photo_link": "服务将自行获取该图片。该网址的内容可能变化，因此无法证明重做的结果与原来相同。",
    "sent_by_link": (
        "照片由服务自行从 {url} 获取。该网址的内容可能变化，因此无法证明重做此编辑的结果相同。"
    ),
    "photo_by_link": "照片由服务获取",
    "crop": "裁剪",
    "whole": "整张",
    "position": "保留哪一部分",
    "position_info": "0 为左或上，1 为右或下",
    "prompt": "想改什么？",
    "prompt_hint": "例如：下雪",
    "negative_prompt": "反向提示词",
    "negative_prompt_info": "不要画什么",
    "scale": "强度",
    "scale_info": "scale：越高越遵循文字，越低越保留原图",
    "seed": "种子",
    "seed_info": "留空、0 或 −1 则自动抽取",
    "new_seed": "换一个种子",
    "count": "张数",
    "count_info": "种子从第一个起依次加一",
    "cost_of_run": "本次运行：{cost}",
    "more": "更多",
    "delivery": "交付方式",
    "delivery_base64": "随答复返回",
    "delivery_url": "返回链接并立即下载",
    "watermark": "绘制可见水印",
    "watermark_text": "水印文字",
    "watermark_text_info": "留空则用服务默认文字",
    "watermark_language": "服务默认文字的语言",
    "watermark_position": "位置",
    "bottom_right": "右下",
    "bottom_left": "左下",
    "top_left": "左上",
    "top_right": "右上",
    "watermark_opacity": "不透明度",
    "connection": "连接",
    "gateway": "您的网关",
    "gateway_info": "提供 /volcv/v1 的服务根地址。留空则使用本应用的网关。",
    "api_key": "您的密钥",
    "api_key_info": "只保存在服务器内存中，闲置一小时后清除。",
    "key_set": "已设置 …{tail}：编辑将以您的密钥发送到 {host}",
    "remove_key": "移除密钥",
    "fact_service": "服务",
    "fact_host": "主机",
    "fact_model": "模型",
    "fact_mode": "调用方式",
    "fact_key": "密钥",
    "service_gateway": "网关",
    "service_volcengine": "直连火山引擎（签名）",
    "service_sandbox": "本应用的沙盒，并非 SeedEdit",
    "key_there": "已设置",
    "key_none": "无",
    "from_variable": "来自 {name}",
    "from_default": "默认",
    "from_page": "在此填写",
    "test_connection": "测试连接",
    "test_asking": "正在查询一个不存在的任务……",
    "test_answered": "{host} 已应答并接受密钥。仅查询了一个不存在的任务，不产生费用。",
    "test_unsure": (
        "{host} 有应答，但不支持这种免费查询。只有实际编辑才能确认密钥是否有效，可能产生费用。"
    ),
    "test_lost": "已连接 {host}，但未收到应答，请重试。",
    "test_sandbox": "沙盒已应答。它无需密钥、不收费，也并非 SeedEdit。",
    "model": "模型",
    "width": "宽度",
    "height": "高度",
    "size_info": "512 至 2016 像素；均留空则由服务决定",
    "provider_own": "经由 {host} 调用 SeedEdit · {model} · 使用您的密钥",
    "run": "运行",
    "stop": "停止",
    "example_snow": "下雪",
    "example_watercolour": "水彩画",
    "example_night": "星空夜景",
    "compare_tab": "对比",
    "response": "答复",
    "request": "请求",
    "use_as_input": "用作输入",
    "caption": "种子 {seed}",
    "prompt_long": "服务建议不超过 {most} 个字符；更长的可能失败或被忽略。",
    "too_large": "该文件超过可读取的上限 {most} MB。请缩小或另存为 JPEG。",
    "restarted": "应用已重新启动。您填写的内容仍在；进行中的编辑见历史。",
    "nothing_yet": "选择一张照片并说明想改什么，或试试示例。",
    "snippets": "代码",
    "code_photo": "请将所发送的照片存放在同一目录：",
    "copy": "复制",
    "copied": "已复制",
    "picture_of": "第 {number}/{count} 张：{prompt}，种子 {seed}",
    "before": "之前",
    "after": "之后",
    "cut": "显示多少原图",
    "previous": "上一张",
    "next": "下一张",
    "full_screen": "全屏",
    "download": "下载",
    "download_info": "内含配方，像素丝毫未改",
    "original_bytes": "原始字节",
    "open_recipe": "打开配方…",
    "use_recipe": "使用其配方",
    "recipe_found": "此图片带有配方：“{prompt}”，种子 {seed}。",
    "parameters_found": "此图片记有其他工具的生成参数：“{prompt}”",
    "recipe_none": "该文件不含配方。请选择从此处下载的图片，或 .json 配方文件。",
    "recipe_filled": "已按配方填好，包括照片。",
    "recipe_photo_wanted": (
        "已按配方填好，但其照片不在此历史中。请选择该照片："
        "{width}×{height} {kind}，{size}，SHA-256 {sha256}。"
    ),
    "recipe_photo_right": "这正是配方所用的照片，逐字节相同。",
    "recipe_photo_other": (
        "这不是配方所用的照片。其 SHA-256 以 {here} 开头，"
        "配方所用的（{width}×{height} {kind}，{size}）以 {wanted} 开头。"
    ),
    "recipe_elsewhere": "当时由 {then} 生成；运行将发送到 {now}。",
    "recipe_model": "其模型 {model} 在此未知，保留当前所选。",
    "parameters_filled": "已从其他工具的文件填入：{fields}。其余参数在此没有意义。",
    "fetch": "重新获取图片",
    "advance": "换下一个种子再试",
    "again": "再做一次",
    "resend": "重新发送",
    "resend_info": "是否重新发送由您决定：可能会重复计费。",
    "sent_of": "发送于 {time}，{size}。",
    "resend_other_key": (
        "未发送任何内容：当时使用的不是现在的密钥。请先换回当时的密钥，或恢复此编辑后以当前密钥运行。"
    ),
    "resend_elsewhere": (
        "未发送任何内容：当时发送到 {then}，而现在的编辑发送到 {now}。请先切换回该服务，"
        "或恢复此编辑后在此运行。"
    ),
    "renew": "换种子再做",
    "replay": "原样再运行",
    "repeat": "重复 4 次",
    "busy": "正在运行中。请等待其结束，或先停止。",
    "view_after": "结果",
    "view_cut": "前后对比",
    "view_heat": "改动之处",
    "heat_of": "照片的改动之处：{prompt}",
    "touched": (
        "画面有 {share} 与照片保持一致，平均改动 {mean}（满值 255）。"
        "琥珀色为轻微改动，白色为最大改动。"
    ),
    "touched_box": "大部分改动位于框内：{width}×{height} 像素，距左 {left} 像素，距上 {top} 像素。",
    "verdict_same_bytes_title": "字节相同",
    "verdict_same_bytes_means": "重做得到的文件与首次逐字节相同。",
    "verdict_same_pixels_title": "像素相同",
    "verdict_same_pixels_means": "文件不同，但每个像素都与首次相同。",
    "verdict_near_title": "相近",
    "verdict_near_means": "与首次不完全相同，但几乎看不出差别。",
    "verdict_drifted_title": "已偏离",
    "verdict_drifted_means": "同样的请求得到了与首次不同的图片。",
    "verdict_none_title": "无法判定",
    "verdict_none_means": "首次编辑没有可供比较的图片。",
    "verdict_numbers": (
        "PSNR {psnr} dB；{share} 的像素相差超过 16（满值 255）。红、绿、蓝最大差值：{largest}；"
        "平均差值：{mean}。"
    ),
    "verdict_size": "两张图片尺寸不同。",
    "verdict_elsewhere": "由不同服务生成：首次为 {then}，此次为 {now}。",
    "verdict_first": "查看首次结果",
    "difference": "差异（放大八倍）",
    "repeats": "重复 {count} 次：{parts}。",
    "repeats_same_bytes": "{count} 次字节相同",
    "repeats_same_pixels": "{count} 次像素相同",
    "repeats_near": "{count} 次相近",
    "repeats_drifted": "{count} 次偏离",
    "repeats_unjudged": "{count} 次无法判定",
    "repeats_worst": "最差一次的 PSNR 为 {psnr} dB。",
    "lineage": "编辑链与分支",
    "lineage_more": "另有 {count} 条未显示。",
    "chain": "重新运行整条编辑链（{count} 步）",
    "chain_on_photo": "对编辑区的照片运行此编辑链",
    "chain_means": "每一步都编辑上一步得到的图片。首次失败即停止：后续步骤不会发送，也不会记录。",
    "chain_ended": "编辑链止于第 {step}/{count} 步，后续步骤未发送，也未记录。",
    "look": "查看",
    "waiting": "{reason}，{seconds} 秒后重试（第 {attempt}/{attempts} 次）",
    "reason_rate_limit": "已限流",
    "reason_unreachable": "无法连接",
    "reason_service": "服务出错",
    "reason_answer_lost": "没有答复",
    "poll_lost": "{state}；查询失败（{reason}），将再次查询",
    "second": "秒",
    "recent": "最近",
    "family_add": "增删",
    "family_replace": "替换",
    "family_style": "风格",
    "family_colour": "颜色",
    "family_expression": "表情",
    "family_background": "背景",
    "idle": "尚未运行。",
    "progress": "已结束 {ended}/{count}",
    "finished": "完成 {done}/{count} · {seconds} 秒",
    "stopped": "已停止：完成 {done}/{count}，不再发起新的调用。",
    "stopped_under_way": (
        "已停止：完成 {done}/{count}。另有 {under_way} 个已发出，其结果会保存在历史中。"
    ),
    "state_queued": "等待空位",
    "state_sent": "已发送",
    "state_task": "任务已提交",
    "state_in_queue": "任务排队中",
    "state_generating": "任务生成中",
    "mode": "调用方式",
    "mode_info": "任务方式不怕网络中断和应用重启",
    "mode_sync": "一次调用",
    "mode_async": "提交任务",
    "state_done": "完成",
    "state_failed": "失败",
    "state_stopped": "发送前已停止",
    "state_interrupted": "已中断：应用在收到答复前结束。若已发送，可能已计费。",
    "broke": "此页面内部出错，详见应用日志。您的每次编辑都在历史中。",
    "understood": "理解为：{words}",
    "history": "历史",
    "history_empty": "您的每次编辑都会保存在这里，失败的也会。",
    "history_page": "第 {first}–{last} 条，共 {total} 条",
    "export": "导出",
    "import_archive": "导入…",
    "packing": "正在打包：{done}/{count} 次编辑……",
    "unpacking": "正在检查归档：{done}/{count} 个文件……",
    "import_added": "导入了 {count} 次编辑。",
    "import_known": "{count} 次编辑已在此处。",
    "import_differing": "{count} 次编辑在此处内容不同；保留了原有的。",
    "import_lost": "归档制作时已缺少 {count} 张图片。",
    "import_kept": "早于 {days} 天且未加星的编辑很快会被删除。",
    "history_none": "没有符合条件的记录。请减少条件，或换个条件。",
    "find_words": "搜索提示词、备注、种子、模型",
    "find_state": "状态",
    "find_order": "排序",
    "find_starred": "已加星",
    "find_more": "更多筛选",
    "find_provider": "来源",
    "find_seeds": "种子",
    "find_since": "从",
    "find_until": "到",
    "state_is_any": "全部",
    "state_is_done": "完成",
    "state_is_failed": "失败",
    "state_is_stopped": "已停止",
    "state_is_under_way": "进行中",
    "state_is_repeat": "重复",
    "order_newest": "最新在前",
    "order_oldest": "最早在前",
    "order_prompt": "按提示词",
    "order_seed": "按种子",
    "order_slowest": "最慢在前",
    "provider_is_any": "不限",
    "provider_is_gateway": "网关",
    "provider_is_volcengine": "火山引擎",
    "provider_is_sandbox": "沙盒",
    "found": "找到 {count} 条",
    "picked": "已选",
    "pick": "选择",
    "unpick": "取消选择",
    "star": "加星",
    "star_some": "加星",
    "export_some": "导出",
    "delete_some": "删除",
    "note": "备注",
    "is_repeat": "重复",
    "verdict_same_bytes": "字节相同",
    "verdict_same_pixels": "像素相同",
    "verdict_near": "几乎相同",
    "verdict_drifted": "有偏差",
    "deleted": "已删除 {count} 条。“撤销”可恢复最近十分钟内删除的内容。",
    "undo": "撤销",
    "undone": "已恢复 {count} 条。",
    "undo_late": "已彻底删除：删除的编辑只能在十分钟内撤销。",
    "totals_count": "共 {count} 次编辑，{done} 次有图片",
    "totals_cost": "计费 {paid} 次：{cost}",
    "totals_times": "服务耗时中位数 {median} 秒，95 分位 {slow} 秒",
    "limits": "此历史占用 {size}，上限为 {limits}；加星的编辑始终保留。",
    "limit_days": "{days} 天",
    "limits_full": "即将占满：接下来会删除最早的 {count} 条未加星编辑。请为要保留的加星或导出。",
    "limits_old": "{count} 条未加星编辑将在三天内到期。请为要保留的加星或导出。",
    "limits_gone": "迄今已删除 {count} 条较早的编辑。",
    "history_no_cookie": "此浏览器在此处拒绝 Cookie，因此历史只保留到页面关闭。",
    "history_input_of": "原图：{prompt}",
    "history_output_of": "结果：{prompt}",
    "strength_of": "强度 {scale}",
    "made_by_sandbox": "沙盒，并非 SeedEdit",
    "restore": "恢复",
    "delete": "删除",
    "newer": "较新",
    "older": "较旧",
    "delete_all": "全部删除…",
    "delete_all_sure": "确认全部删除",
    "keep": "保留",
    "deleted_but": "保留 {count} 条：其调用仍在进行。",
    "restored_elsewhere": (
        "已恢复：照片、文字和数值都与当时相同。当时由 {then} 生成；运行将发送到 {now}。"
    ),
    "restored": "已恢复：照片、文字和数值都与当时相同。运行将发送同样的请求。",
}

# What Volcengine's own guide sorts instructions into.
IDEAS: dict[Language, dict[str, list[str]]] = {
    "en": {
        "family_add": ["make it snow", 'add the text "hello"', "remove the text"],
        "family_replace": ["replace the cup with a teapot", "turn the cat into a tiger"],
        "family_style": ["watercolour", "pencil sketch", "comic style", "pixel art"],
        "family_colour": ["warmer colours", "black and white", "make it pink"],
        "family_expression": ["make the person smile", "close the eyes"],
        "family_background": ["blur the background", "sunset", "starry night"],
    },
    "zh": {
        "family_add": ["下雪", "添加文字“你好”", "去掉文字"],
        "family_replace": ["把杯子换成茶壶", "把猫变成老虎"],
        "family_style": ["水彩画", "铅笔素描", "改成漫画风格", "像素风"],
        "family_colour": ["色调更暖", "黑白", "变成粉色"],
        "family_expression": ["让人物微笑", "闭上眼睛"],
        "family_background": ["背景虚化", "日落", "星空夜景"],
    },
}

CATALOGUES: dict[Language, dict[str, str]] = {"en": ENGLISH, "zh": CHINESE_WORDS}


def language_of(accept_language: str) -> Language:
    """The catalogue for an Accept-Language header, or one tag: that of its first language.

    Every Chinese reads the one there is: zh, zh-CN, zh-Hans-CN, zh-HK, zh-TW …
    """
    first = accept_language.split(",")[0].split(";")[0].strip().lower()
    return "zh" if first.split("-")[0] == "zh" else "en"


def say(language: Language, key: str, **values: object) -> str:
    """The words of `key`, filled with `values`."""
    return CATALOGUES[language][key].format(**values)


def tell(key: str, **values: object) -> Words:
    """As `say`, in both languages: for an error."""
    return Words(say("en", key, **values), say("zh", key, **values))


def browser_catalogue(**values: object) -> gr.I18n:
    """What Gradio translates in the browser; `values` fill the words that need some."""
    filled = {
        language: {
            key: words.format(**values)
            if key in ("provider_gateway", "provider_volcengine", "provider_sandbox")
            else words
            for key, words in catalogue.items()
        }
        for language, catalogue in CATALOGUES.items()
    }
    return gr.I18n(**{TAGS[language]: words for language, words in filled.items()})
