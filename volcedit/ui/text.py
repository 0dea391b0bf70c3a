"""Every word of the page, in English and Chinese.

Labels are translated in the browser by `gr.I18n`; what the server says at run time is looked up
here with `say`. Both follow the language that `visitor` found for this page.
"""

from __future__ import annotations

import gradio as gr

from volcedit.types import Language

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
    "fetch": "Fetch the picture again",
    "advance": "Try the next seed",
    "again": "Again",
    "renew": "New seed",
    "look": "Look at",
    "waiting": "again in",
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
    "fetch": "重新获取图片",
    "advance": "换下一个种子再试",
    "again": "再做一次",
    "renew": "换种子再做",
    "look": "查看",
    "waiting": "重试倒计时",
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
