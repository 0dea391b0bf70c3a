"""Every word of the page, in English and Chinese.

Labels are translated in the browser by `gr.I18n`; what the server says at run time is looked up
here with `say`. Both follow the browser's first language, by the same rule.
"""

from __future__ import annotations

import gradio as gr

from volcedit.types import Language

CHINESE = ("zh-CN", "zh-TW")
"""The only tags that Gradio 6.31 matches to a Chinese catalogue, so the only ones we do."""

ENGLISH = {
    "title": "volcedit",
    "tagline": "Edit a photo by a sentence, and make the same edit again.",
    "provider_sandbox": "Sandbox: offline filters on this machine, not SeedEdit",
    "provider_gateway": "SeedEdit through {host} · {model} · calls may cost money",
    "photo": "Photo",
    "photo_hint": "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1.",
    "photo_untouched": "{width}×{height} {kind}, {size}. Sent byte for byte as it is.",
    "photo_changed": "Will be sent as {width}×{height} {kind}, {size}:",
    "photo_missing": "Choose a photo first: drop one here, or click to browse.",
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
    "run": "Run",
    "stop": "Stop",
    "example_snow": "make it snow",
    "example_watercolour": "watercolour",
    "example_night": "starry night",
    "results": "Results",
    "compare": "Before and after",
    "compare_tab": "Compare",
    "response": "Response",
    "request": "Request",
    "use_as_input": "Use as input",
    "caption": "seed {seed}",
    "idle": "Nothing has run yet.",
    "progress": "{ended} of {count} ended · {seconds} s",
    "finished": "{done} of {count} done · {seconds} s",
    "stopped": "Stopped: {done} of {count} done. Nothing more is started.",
    "stopped_under_way": (
        "Stopped: {done} of {count} done. {under_way} already sent; what they bring is kept in "
        "the history."
    ),
    "state_queued": "waiting for a free place",
    "state_sent": "sent",
    "state_waiting": "{reason} Trying again in {seconds} s ({attempt} of {attempts}).",
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
    "title": "volcedit",
    "tagline": "用一句话编辑照片，并能原样再做一次。",
    "provider_sandbox": "沙盒：本机离线滤镜，并非 SeedEdit",
    "provider_gateway": "经由 {host} 调用 SeedEdit · {model} · 调用可能计费",
    "photo": "照片",
    "photo_hint": "JPEG、PNG、WebP、BMP、TIFF 或 GIF，不超过 10 MB，长宽比不超过 3:1。",
    "photo_untouched": "{width}×{height} {kind}，{size}。将原样逐字节发送。",
    "photo_changed": "将以 {width}×{height} {kind}（{size}）发送：",
    "photo_missing": "请先选择照片：拖放到此处，或点击浏览。",
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
    "run": "运行",
    "stop": "停止",
    "example_snow": "下雪",
    "example_watercolour": "水彩画",
    "example_night": "星空夜景",
    "results": "结果",
    "compare": "前后对比",
    "compare_tab": "对比",
    "response": "答复",
    "request": "请求",
    "use_as_input": "用作输入",
    "caption": "种子 {seed}",
    "idle": "尚未运行。",
    "progress": "已结束 {ended}/{count} · {seconds} 秒",
    "finished": "完成 {done}/{count} · {seconds} 秒",
    "stopped": "已停止：完成 {done}/{count}，不再发起新的调用。",
    "stopped_under_way": (
        "已停止：完成 {done}/{count}。另有 {under_way} 个已发出，其结果会保存在历史中。"
    ),
    "state_queued": "等待空位",
    "state_sent": "已发送",
    "state_waiting": "{reason}{seconds} 秒后重试（第 {attempt}/{attempts} 次）。",
    "state_done": "完成",
    "state_failed": "失败",
    "state_stopped": "发送前已停止",
    "state_interrupted": "已中断：应用在收到答复前结束。若已发送，可能已计费。",
    "broke": "此页面内部出错，详见应用日志。您的每次编辑都在历史中。",
    "understood": "理解为：{words}",
    "history": "历史",
    "history_empty": "您的每次编辑都会保存在这里，失败的也会。",
    "history_page": "第 {first}–{last} 条，共 {total} 条",
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

CATALOGUES: dict[Language, dict[str, str]] = {"en": ENGLISH, "zh": CHINESE_WORDS}


def language_of(accept_language: str) -> Language:
    """The catalogue for an Accept-Language header: that of its first language."""
    first = accept_language.split(",")[0].split(";")[0].strip()
    return "zh" if first in CHINESE else "en"


def say(language: Language, key: str, **values: object) -> str:
    """The words of `key`, filled with `values`."""
    return CATALOGUES[language][key].format(**values)


def browser_catalogue(**values: object) -> gr.I18n:
    """What Gradio translates in the browser; `values` fill the words that need some."""
    filled = {
        language: {
            key: words.format(**values) if key.startswith("provider_") else words
            for key, words in catalogue.items()
        }
        for language, catalogue in CATALOGUES.items()
    }
    return gr.I18n(en=filled["en"], **dict.fromkeys(CHINESE, filled["zh"]))
