"""Chinese."""

from __future__ import annotations

from volcedit.words.catalogue import Forms

TAG = "zh-CN"
"""Gradio 6.31 would show `zh` alone in English."""
NAME = "中文"
SEPARATOR = "、"


IDEAS: dict[str, list[str]] = {
    "Add or remove": ["下雪", "添加文字“你好”", "去掉文字"],
    "Replace": ["把杯子换成茶壶", "把猫变成老虎"],
    "Style": ["水彩画", "铅笔素描", "改成漫画风格", "像素风"],
    "Colour": ["色调更暖", "黑白", "变成粉色"],
    "Expression": ["让人物微笑", "闭上眼睛"],
    "Background": ["背景虚化", "日落", "星空夜景"],
}

WORDS: dict[str, Forms] = {
    # config.py
    "sync or async": "sync 或 async",
    "{name} must be {must_be}.": "{name} 必须是{must_be}。",
    "auto, gateway, volcengine or sandbox": "auto、gateway、volcengine 或 sandbox",
    "set when VOLCEDIT_PROVIDER is gateway": "在 VOLCEDIT_PROVIDER 为 gateway 时设置",
    "the root of a service, like {example}": "服务的根地址，例如 {example}",
    "one word of plain characters, without “Bearer”": "不含空格的普通字符，不要带 “Bearer”",
    "true or false": "true 或 false",
    "a number, 0 or more, like 0.2": "不小于 0 的数字，例如 0.2",
    "set, together with {other}, to call Volcengine": "与 {other} 一同设置，才能直接调用火山引擎",
    "a whole number from {least} to {most}": "{least} 到 {most} 之间的整数",
    "a number from {least} to {most}": "{least} 到 {most} 之间的数",
    "host names separated by commas, without https:// or a port": (
        "用逗号分隔的主机名，不带 https:// 和端口"
    ),
    # environment.py
    "{path} is not UTF-8. Save it as UTF-8.": "{path} 不是 UTF-8 编码，请另存为 UTF-8。",
    "{path} cannot be read: {reason}": "无法读取 {path}：{reason}",
    "The folder {path} cannot be written ({reason}), perhaps because it belongs to another user. "
    "Set GRADIO_TEMP_DIR to a folder of your own.": (
        "无法写入文件夹 {path}（{reason}），它可能属于另一个用户。"
        "请将 GRADIO_TEMP_DIR 设为您自己的文件夹。"
    ),
    # jobs/accounts.py
    "This task was submitted with a different key or to a different service. Enter that key "
    "again, then fetch it.": (
        "此任务属于另一个密钥或另一项服务。请重新输入提交时使用的密钥，然后再获取。"
    ),
    # jobs/budget.py
    "You have used the {count} edits an hour that the owner of this app pays for, so nothing was "
    "sent. The next is possible at {time}.": (
        "由应用所有者付费的编辑，您每小时可用 {count} 次，现已用完，因此未发送任何内容。"
        "下一次可在 {time} 进行。"
    ),
    "Visitors at your network address have used the {count} edits an hour that the owner of this "
    "app pays for, so nothing was sent. The next is possible at {time}.": (
        "由应用所有者付费的编辑，您所在网络地址的访客每小时共可用 {count} 次，现已用完，"
        "因此未发送任何内容。下一次可在 {time} 进行。"
    ),
    "All visitors together have used the {count} edits a day that the owner of this app pays for, "
    "so nothing was sent. The next is possible at {time}.": (
        "由应用所有者付费的编辑，全部访客每天共可用 {count} 次，现已用完，因此未发送任何内容。"
        "下一次可在 {time} 进行。"
    ),
    "The owner of this app pays for no edits, so nothing was sent.": (
        "应用所有者不为任何编辑付费，因此未发送任何内容。"
    ),
    "Your own key has no such limit: enter it under Connection.": (
        "使用您自己的密钥则没有此限制：请在“连接”中填写。"
    ),
    # jobs/outcomes.py
    "Something went wrong in this app; see its log. Try again.": (
        "应用内部出错，详见日志。请重试。"
    ),
    # jobs/retriever.py
    "There is nothing to fetch for this edit: its link or task has expired, or it is already "
    "being fetched. Send it again if you still want it.": (
        "此次编辑没有可获取的内容：其地址或任务已过期，或正在获取中。如仍需要，请重新发送。"
    ),
    # notebook/shelves/storage.py
    "The storage of this app is full ({most} MB). Try again in an hour, or delete edits, which "
    "frees their space after ten minutes.": (
        "本应用的存储空间已满（{most} MB）。请一小时后再试，或删除一些编辑，其空间十分钟后释放。"
    ),
    # jobs/under_way.py
    "{under_way} of your edits are already waiting or running; the limit is {under_way_max}. "
    "Wait for some to finish, or stop them.": (
        "您已有 {under_way} 个编辑在等待或进行中；同时最多 {under_way_max} 个。"
        "请等待部分完成，或先停止。"
    ),
    # jobs/variations.py
    "Ask for 1 to {count_max} pictures at a time.": "一次可生成 1 到 {count_max} 张图片。",
    # jobs/workbench.py
    "This file does not exist or cannot be read. Choose the archive again.": (
        "该文件不存在或无法读取。请重新选择归档。"
    ),
    # notebook/archive/container.py
    "{name} in this archive is damaged. Export or copy it again.": (
        "归档中的 {name} 已损坏。请重新导出或复制。"
    ),
    "“{name}” does not belong in a volcedit archive. Choose an unmodified export.": (
        "“{name}”不属于 volcedit 的归档。请选择导出的原始 ZIP。"
    ),
    "This archive has more than {files} files or {gb} GB. Export it in parts.": (
        "该归档超过 {files} 个文件或 {gb} GB。请分批导出。"
    ),
    "Nothing was changed.": "未做任何更改。",
    "This archive is damaged. Export or copy it again.": "归档已损坏。请重新导出或复制。",
    "This file is not a ZIP, or is incomplete. Choose an archive exported by volcedit.": (
        "该文件不是 ZIP，或不完整。请选择由 volcedit 导出的归档。"
    ),
    "“{name}” in this archive is encrypted. Export it again without a password.": (
        "归档中的“{name}”已加密。请重新导出，不设密码。"
    ),
    "“{name}” in this archive is an absolute path, which volcedit never exports.": (
        "归档中的“{name}”是绝对路径，volcedit 不会导出这样的文件。"
    ),
    "“{name}” in this archive contains a backslash, which volcedit never exports.": (
        "归档中的“{name}”含有反斜杠，volcedit 不会导出这样的文件。"
    ),
    "“{name}” points outside this archive.": "归档中的“{name}”指向归档之外。",
    "“{name}” in this archive is a link or a device, not a file.": (
        "归档中的“{name}”是链接或设备，不是文件。"
    ),
    "“{name}” uses an unsupported compression method. Create an ordinary ZIP.": (
        "不支持“{name}”的压缩方式。请用普通 ZIP 方式压缩。"
    ),
    "“{name}” and “{other}” in this archive differ only in case.": (
        "归档中“{name}”与“{other}”仅大小写不同。"
    ),
    "This archive would expand to more than {ratio_max} times its size. It is not a volcedit "
    "export.": "该归档解压后会超过其大小的 {ratio_max} 倍，并非导出文件。",
    "{name} in this archive is larger than the limit for such files ({max_bytes} bytes).": (
        "归档中的 {name} 超过此类文件的上限（{max_bytes} 字节）。"
    ),
    "“{name}” is in this archive twice.": "归档中“{name}”出现两次。",
    # notebook/archive/contents.py
    "{name} in this archive is not the kind of picture its name says.": (
        "归档中的 {name} 不是其名称所示类型的图片。"
    ),
    "{name} in this archive is nested deeper than {json_max_depth} levels.": (
        "归档中的 {name} 嵌套超过 {json_max_depth} 层。"
    ),
    "{name} in this archive contains a record with a different id.": (
        "归档中 {name} 的内容与其名称不符。"
    ),
    "{name} was written by a newer volcedit. Update this one first.": (
        "{name} 由更高版本的 volcedit 生成。请先更新本应用。"
    ),
    # notebook/archive/export.py
    "The archive could not be written. Make sure the disk has free space, then export it again.": (
        "无法写入归档。请确认磁盘有空间，然后重新导出。"
    ),
    # notebook/archive/intake.py
    "This ZIP has no manifest.json, so it is not a volcedit export. Choose an unmodified "
    "export.": "该 ZIP 没有 manifest.json，并非导出文件。请选择导出的原始 ZIP。",
    "No edit in this archive refers to {blob}.": "归档中没有任何编辑提到 {blob}。",
    "This archive holds {mb} MB of pictures, but your history has room for only {room_mb} MB. "
    "Delete edits, or export fewer.": (
        "该归档含 {mb} MB 图片，历史仅余 {room_mb} MB 空间。请删除一些编辑，或少导出一些。"
    ),
    "The pictures in this archive have more than {most} megapixels in total. Export it in parts.": (
        "此归档的图片合计超过 {most} 百万像素，请分批导出。"
    ),
    "{name} in this archive refers to {blob}, which is neither in it nor here.": (
        "归档中的 {name} 提到 {blob}，但归档和此处都没有。"
    ),
    # notebook/archive/report.py
    "Was still in progress when exported.": "导出时仍在进行中。",
    "Done, but without a picture.": "已完成，但没有图片。",
    "Failed.": "失败。",
    "Stopped before it was sent.": "发送前已停止。",
    "seed {seed}": "种子 {seed}",
    "strength {scale}": "强度 {scale}",
    "Most of the change: {size} px at {left}, {top}": "主要变化：{size} 像素，位于 {left}, {top}",
    "{share} of the photo kept": "保留原图 {share}",
    "{shown} edits": "{shown} 次编辑",
    "{shown} pictures": "{shown} 张结果",
    "{shown} starred": "{shown} 个星标",
    "sandbox, not SeedEdit": "沙盒，并非 SeedEdit",
    "{seconds} s": "{seconds} 秒",
    "{share} of the pixels changed": "{share} 的像素有变化",
    "largest difference {largest} of 255 (RGB)": "最大差 {largest}/255（RGB）",
    "mean {mean}": "平均差 {mean}",
    "{count} files missing or damaged when exported": "导出时缺失或已损坏：{count}",
    "{count} records could not be read": "无法读取的记录：{count}",
    "Based on the picture of": "基于此次编辑的结果：",
    "Repeats": "重复自",
    # notebook/archive/templates/article.html.jinja
    "missing or damaged": "缺失或已损坏",
    "starred": "已加星",
    "Before": "原图",
    "The service fetched the photo itself, from {url}; what it received is unknown.": (
        "照片由服务自行从 {url} 获取；当时的内容无从得知。"
    ),
    "After": "结果",
    "Recipe": "生成参数",
    "The record's file": "记录文件",
    "Service response": "服务响应",
    "Truncated; the record's file has all of it.": "此处截断；全文见记录文件。",
    # notebook/archive/templates/foot.html.jinja
    "Made by volcedit. This page needs no network and runs no scripts.": (
        "由 volcedit 生成。本页不访问网络，也不运行脚本。"
    ),
    # notebook/archive/templates/head.html.jinja
    "volcedit notebook": "volcedit 笔记本",
    "No edits.": "没有编辑。",
    "Exported {time}. Click a picture to open its file. The ZIP that contains this page can be "
    "imported into any volcedit.": (
        "导出于 {time}。点击图片可打开其文件。本页所在的 ZIP 可导入任何 volcedit。"
    ),
    # notebook/inscription.py
    "The recipe in this file is damaged or was written by a newer version of volcedit. Choose "
    "another file, or update this app.": (
        "文件中的生成参数已损坏，或来自更新版本的 volcedit。请另选文件，或更新本应用。"
    ),
    "A recipe cannot be written into this kind of WebP file.": (
        "无法将生成参数写入此类 WebP 文件。"
    ),
    "This file is larger than {most} MB. Choose a smaller one.": (
        "文件超过 {most} MB，无法读取。请选择较小的文件。"
    ),
    "A recipe can only be written into a PNG, JPEG or WebP file.": (
        "生成参数只能写入 PNG、JPEG 或 WebP 文件。"
    ),
    # notebook/recipe.py
    "This edit was made by a newer version of volcedit, with {fields}. Nothing was sent, since "
    "it would be a different edit. Update this app first.": (
        "此次编辑由更新版本的 volcedit 生成，包含 {fields}。为避免变成另一次编辑，"
        "未发送任何内容。请先更新本应用。"
    ),
    # notebook/store/addresses.py
    "The store at VOLCEDIT_DATA_DIR cannot be opened: {error}": (
        "无法打开 VOLCEDIT_DATA_DIR 所指的存储：{error}"
    ),
    # notebook/store/failures.py
    "This edit is not in your history. Reload the page.": "历史中没有这次编辑。请刷新页面。",
    "The history could not be read. Check VOLCEDIT_DATA_DIR.": (
        "无法读取历史。请检查 VOLCEDIT_DATA_DIR。"
    ),
    "The history could not be written. Make sure VOLCEDIT_DATA_DIR is writable and has free "
    "space.": "无法写入历史。请确认 VOLCEDIT_DATA_DIR 有空间且可写。",
    "The disk is full; existing edits are intact. Free some space where VOLCEDIT_DATA_DIR is, "
    "then try again. Edits deleted here free their space after ten minutes.": (
        "磁盘已满；已有内容未受损。请在 VOLCEDIT_DATA_DIR 所在磁盘腾出空间后重试。"
        "在此删除的内容十分钟后释放空间。"
    ),
    "The picture of this edit is missing or damaged on disk. Choose the photo again.": (
        "此次编辑的图片在磁盘上缺失或已损坏。请重新选择图片。"
    ),
    # notebook/store/ledger.py
    "The edits made at the owner's cost cannot be counted, so nothing was sent. The owner finds "
    "the reason in the app's log.": (
        "无法统计由应用所有者付费的编辑，因此未发送任何内容。原因已写入应用日志，请联系所有者。"
    ),
    "The edits made at the owner's cost could not be counted, so nothing was sent. Try again.": (
        "未能统计由应用所有者付费的编辑，因此未发送任何内容。请重试。"
    ),
    # pictures/crop.py
    "The position must be 0 to 1.": "位置须在 0 到 1 之间。",
    "Choose an aspect: {aspects}.": "请选择比例：{aspects}。",
    # pictures/opening.py
    "This is not a picture in a supported format. Choose a JPEG, PNG, WebP, BMP, TIFF or GIF "
    "file.": "该文件不是可读取的图片。请选择 JPEG、PNG、WebP、BMP、TIFF 或 GIF 文件。",
    "This picture takes too much memory or time to decode. Save it as an ordinary JPEG of at "
    "most {side_px} px per side and choose that file.": (
        "解码这张图片所需的内存或时间过多。"
        "请另存为每边不超过 {side_px} 像素的普通 JPEG，再选择该文件。"
    ),
    "Other large pictures are being read right now. Try again in a few seconds, or choose a "
    "smaller one.": "其他大图正在读取中。请过几秒再试，或换一张小一些的图片。",
    "This picture has too many pixels (limit: {most}). Scale it down to at most {side_px} px "
    "per side and choose it again.": (
        "图片像素数超过此处可打开的上限（{most}）。请缩小到每边不超过 {side_px} 像素后重新选择。"
    ),
    "HEIC and AVIF photos are not supported. Export it as JPEG; on an iPhone, choose Settings "
    "› Camera › Formats › Most Compatible.": (
        "这是 HEIC 或 AVIF 照片，此处无法读取。请导出为 JPEG；"
        "在 iPhone 上可选择“设置 › 相机 › 格式 › 兼容性最佳”。"
    ),
    "This file is empty. Upload it again or choose another.": "该文件为空，请重新上传或另选一个。",
    "This file has {size} bytes; the limit is {most}. Make it smaller, or save it as JPEG.": (
        "该文件有 {size} 字节，上限为 {most} 字节。请缩小或另存为 JPEG。"
    ),
    "This picture is incomplete, damaged or of an unusual kind. Open it in an image editor, "
    "save it as JPEG and choose that file.": (
        "图片不完整、已损坏或格式少见。请用图片编辑软件打开，另存为 JPEG 后再选择。"
    ),
    "The file {file} does not exist or cannot be read. Choose it again.": (
        "文件 {file} 不存在或无法读取，请重新选择。"
    ),
    # pictures/photos.py
    "Scaled from {was} to {now} px (the service takes at most {max_side_px}).": (
        "已由 {was} 缩小至 {now} 像素（服务上限为 {max_side_px}）。"
    ),
    "This picture is {width_px}×{height_px} px; both sides must have at least "
    "{photo_min_side_px}. Choose a larger one.": (
        "图片为 {width_px}×{height_px} 像素，两边都至少要有 {photo_min_side_px} 像素。"
        "请换一张大一些的。"
    ),
    "This picture is {width_px}×{height_px} px; the service takes at most {max_ratio}:1. Crop "
    "its long side to {most_px} px or less.": (
        "图片为 {width_px}×{height_px} 像素，服务接受的长宽比最大为 {max_ratio}:1。"
        "请将长边裁剪到 {most_px} 像素以内。"
    ),
    "Compressed to fit {limit}, at {size} px.": "已压缩至 {limit} 以内，{size} 像素。",
    "Converted from {kind} to JPEG.": "已由 {kind} 转为 JPEG。",
    # pictures/pixels.py
    "Reduced to 8 bits per channel.": "已转为每通道 8 位。",
    "Transparent areas filled with white.": "透明部分已填为白色。",
    "Converted to RGB.": "颜色已转为 RGB。",
    "Only the first frame or page is used.": "仅使用第一帧或第一页。",
    "Rotated according to its EXIF orientation.": "已按 EXIF 方向转正。",
    # pictures/segments.py
    "This picture is incomplete or damaged, so its recipe cannot be read or written. Choose "
    "the original file.": "图片不完整或已损坏，无法读取或写入信息。请选择原始文件。",
    # service/client.py
    "Set VOLCEDIT_BASE_URL to a gateway, or to a sandbox started with `python -m "
    "volcedit.sandbox --port 8000`.": (
        "请将 VOLCEDIT_BASE_URL 设为网关地址，"
        "或设为用 `python -m volcedit.sandbox --port 8000` 启动的沙盒地址。"
    ),
    # service/codes.py
    "The request arrived without its full signature. Check VOLCEDIT_VOLC_URL, and that no "
    "proxy removes headers.": (
        "请求到达时签名不完整。请检查 VOLCEDIT_VOLC_URL，并确认中间的代理没有去掉请求头。"
    ),
    "This key may not call this service. Give its user the permission in Volcengine's access "
    "control (IAM), or use another key.": (
        "该密钥无权调用此服务。请在火山引擎访问控制（IAM）中为其用户授权，或更换密钥。"
    ),
    "The key was not accepted. Check it (VOLCEDIT_API_KEY, or VOLC_ACCESSKEY and "
    "VOLC_SECRETKEY), and that it may use this model.": (
        "密钥未被接受。请检查密钥（VOLCEDIT_API_KEY，或 VOLC_ACCESSKEY 和 VOLC_SECRETKEY），"
        "以及该密钥是否有权使用此模型。"
    ),
    "Too many calls at once. Wait a little, or ask for fewer pictures.": (
        "调用过于频繁。请稍候，或减少张数。"
    ),
    "The service failed. Try again in a moment; if it stays so, ask whoever runs it.": (
        "服务出错。请稍后重试；如持续出现，请联系服务方。"
    ),
    "A proxy got no response from the service. The edit may have been made and charged: check "
    "your bill before you send it again.": (
        "中间的代理未收到服务的响应。该编辑可能已完成并计费：重新发送前请先核对账单。"
    ),
    "There is no such service at this address. Check VOLCEDIT_BASE_URL (the root of the "
    "gateway, without /volcv/v1) or VOLCEDIT_VOLC_URL.": (
        "该地址没有此服务。请检查 VOLCEDIT_BASE_URL（应为网关根地址，不含 /volcv/v1）"
        "或 VOLCEDIT_VOLC_URL。"
    ),
    "The address responded, but not with an edit. Check VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL.": (
        "该地址有响应，但不是编辑结果。请检查 VOLCEDIT_BASE_URL 或 VOLCEDIT_VOLC_URL。"
    ),
    "The service rejected the request with an undocumented code. Change the request, or ask "
    "its support.": "服务以未记载的代码拒绝了请求。请修改请求或联系其支持。",
    "This is not a response of this service. Check VOLCEDIT_BASE_URL; the call may have been "
    "charged, so check your bill before you send it again.": (
        "收到的内容不是此服务的响应。请检查 VOLCEDIT_BASE_URL；该调用可能已计费，"
        "重发前请先核对账单。"
    ),
    "The response is larger than any edit and was not read to its end. Check "
    "VOLCEDIT_BASE_URL; the call may have been charged, so check your bill before you send it "
    "again.": (
        "响应超过任何编辑的大小，未读完。请检查 VOLCEDIT_BASE_URL；该调用可能已计费，"
        "重发前请先核对账单。"
    ),
    "The service accepted the task but returned no task id, so it cannot be polled. It may "
    "have been charged; check your bill before you send it again.": (
        "服务接受了任务，但没有给出任务编号，因此无法查询，可能已计费。重发前请先核对账单。"
    ),
    "The task did not finish in time. It continues at the service: fetch it again within 12 "
    "hours.": "任务未在时限内完成，仍在服务端继续。请在 12 小时内重新获取。",
    "The service reports success but sent no picture. It may have been charged; try another "
    "seed.": "服务报告成功，但没有返回图片，可能已计费。请换一个种子再试。",
    "The service reports success, but sent a picture that cannot be read. It may have been "
    "charged; try the other delivery.": (
        "服务报告成功，但返回的图片无法读取，可能已计费。请换另一种返回方式。"
    ),
    "The signature's time was rejected as too old or in the future: this machine's clock is "
    "wrong. Set its date, time and time zone, then run it again.": (
        "签名时间过旧或在未来，未被接受：本机时钟不准。请校准日期、时间和时区后重试。"
    ),
    "The signature does not match. Check that VOLC_SECRETKEY belongs to VOLC_ACCESSKEY and is "
    "complete, that this machine's clock is right, and that no proxy modifies the request.": (
        "签名不匹配。请检查 VOLC_SECRETKEY 是否与 VOLC_ACCESSKEY 对应且完整、"
        "本机时钟是否准确，以及中间的代理是否改动了请求。"
    ),
    "Volcengine does not know this access key. Check VOLC_ACCESSKEY, and that the key is in "
    "use.": "火山引擎没有此访问密钥。请检查 VOLC_ACCESSKEY，并确认该密钥已启用。",
    "The session token is wrong or has expired. Get new temporary keys, and set "
    "VOLC_ACCESSKEY, VOLC_SECRETKEY and VOLC_SESSION_TOKEN together.": (
        "会话令牌错误或已过期。请重新获取临时密钥，并一同设置 VOLC_ACCESSKEY、"
        "VOLC_SECRETKEY 和 VOLC_SESSION_TOKEN。"
    ),
    "This machine's clock is {minutes} min behind.": "本机时钟慢了约 {minutes} 分钟。",
    "The service does not know this task, or no longer: tasks are kept for 12 hours, for the "
    "key that submitted them. It may have been charged; send it again if you still want it.": (
        "服务中没有（或已不再有）此任务：任务仅保留 12 小时，且只属于提交它的密钥。"
        "可能已计费；如仍需要，请重新发送。"
    ),
    "The task has expired: tasks are kept for 12 hours. It may have been charged; send it "
    "again if you still want it.": (
        "任务已过期：仅保留 12 小时。可能已计费；如仍需要，请重新发送。"
    ),
    "The service reports an undocumented task state: “{state}”. Fetch it again later, or ask "
    "its support.": "服务报告了未记载的任务状态：“{state}”。请稍后重新获取，或联系其支持。",
    "The service found an invalid value. Check prompt, seed and strength.": (
        "服务认为参数无效。请检查提示词、种子和强度。"
    ),
    "The service reports a missing value. Check that the model is right (VOLCEDIT_REQ_KEY).": (
        "服务认为缺少参数。请检查模型是否正确（VOLCEDIT_REQ_KEY）。"
    ),
    "The service could not read the request. Check any proxy in between.": (
        "服务无法解析请求。请检查中间的网关或代理。"
    ),
    "The photo is too large for the service. Use a smaller one.": (
        "图片对服务来说过大。请换一张较小的图片。"
    ),
    "The service found no photo in the request. Choose the photo again.": (
        "服务未在请求中找到图片。请重新选择图片。"
    ),
    "The service could not decode the photo. Save it as JPEG again and try that.": (
        "服务无法解码图片。请另存为 JPEG 后再试。"
    ),
    "The request is too large. Use a smaller photo.": "请求过大。请换一张较小的图片。",
    "The service cannot process this input. Use another photo or prompt.": (
        "服务无法处理该输入。请换一张图片或换一种说法。"
    ),
    "This key has no permission for this model. Have it enabled, or use another key.": (
        "该密钥没有此模型的权限。请开通权限或更换密钥。"
    ),
    "The service does not know this action. Check VOLCEDIT_BASE_URL and VOLCEDIT_REQ_KEY.": (
        "服务不支持此操作。请检查 VOLCEDIT_BASE_URL 和 VOLCEDIT_REQ_KEY。"
    ),
    "Content review rejected the photo. Use another one.": "图片未通过内容审核。请换一张图片。",
    "Content review rejected the prompt. Rephrase it.": "提示词未通过内容审核。请换一种说法。",
    "The prompt contains a term that is not allowed. Rephrase it.": (
        "提示词含有敏感词。请换一种说法。"
    ),
    "Content review rejected the generated picture. Try another seed.": (
        "生成的图片未通过内容审核。请换一个种子再试。"
    ),
    "Content review rejected the generated text. Rephrase the prompt.": (
        "生成的文字未通过内容审核。请换一种说法。"
    ),
    "The photo appears to be protected by copyright. Use another one.": (
        "图片疑似受版权保护。请换一张图片。"
    ),
    "The generated picture appears to be protected by copyright. Try another seed.": (
        "生成的图片疑似受版权保护。请换一个种子再试。"
    ),
    "The content review service failed. Try again later.": "内容审核服务出错。请稍后再试。",
    "The copyright review of the prompt failed. Try again later.": (
        "提示词版权审核服务出错。请稍后再试。"
    ),
    "The copyright review of the picture failed. Try again later.": (
        "图片版权审核服务出错。请稍后再试。"
    ),
    "Too many calls per second. Wait a little, or ask for fewer pictures.": (
        "每秒调用次数超限。请稍候，或减少张数。"
    ),
    "Too many calls at once. Wait until others are done, or lower VOLCEDIT_MAX_CONCURRENT.": (
        "并发调用数超限。请等待其他调用完成，或调低 VOLCEDIT_MAX_CONCURRENT。"
    ),
    "The service had an internal error. Try again in a moment.": "服务内部错误。请稍后再试。",
    "The model had an internal error. Try again in a moment.": "模型内部错误。请稍后再试。",
    "This machine's clock is {minutes} min ahead.": "本机时钟快了约 {minutes} 分钟。",
    "It said: “{said}”": "对方的说明：“{said}”",
    # service/download.py
    "The service can fetch a photo only from an https address on the public internet. Choose a "
    "file, or let the photo be fetched here.": (
        "服务只能从公网上的 https 地址获取图片。请选择文件，或改为先由本应用获取。"
    ),
    "The edit succeeded, but this app does not download from its picture's address: only "
    "public https addresses and the gateway itself are allowed. Choose the delivery “in the "
    "response”.": (
        "编辑成功，但本应用不能从该地址下载图片：仅允许公网 https 地址和网关。"
        "请改用“随响应返回”的返回方式。"
    ),
    "The edit succeeded, but its picture could not be downloaded; its address is in the "
    "response and works for a day. Choose the delivery “in the response” to avoid the "
    "download.": (
        "编辑成功，但图片下载失败；其地址在响应中，一天内有效。改用“随响应返回”可免去下载。"
    ),
    "The edit succeeded, but its picture is not at its address (HTTP {status}). Choose the "
    "delivery “in the response”.": (
        "编辑成功，但图片不在其地址上（HTTP {status}）。请改用“随响应返回”的返回方式。"
    ),
    "The edit succeeded, but the file at its picture's address is larger than 20 MB, so it "
    "is not a picture from this service. Choose the delivery “in the response”.": (
        "编辑成功，但图片地址上的内容超过 20 MB，不像是此服务的图片。请改用“随响应返回”的返回方式。"
    ),
    "The photo could not be fetched: only public https addresses and the gateway's own are "
    "allowed. Save the photo to a file and choose that.": (
        "无法获取图片：仅允许公网 https 地址和网关自身的地址。请先将图片保存为文件，再选择该文件。"
    ),
    "The photo could not be fetched: there was no complete response, or the certificate is "
    "not trusted. Try again, or save the photo to a file and choose that.": (
        "无法获取图片：该地址没有响应、传输中断，或其证书不受信任。请重试，"
        "或先将图片保存为文件，再选择该文件。"
    ),
    "The photo could not be fetched: it is not at that address (HTTP {status}). Check the "
    "address, and that it can be opened without signing in.": (
        "无法获取图片：该地址上没有图片（HTTP {status}）。请检查地址，并确认无需登录即可打开。"
    ),
    "The photo could not be fetched: the file at that address is larger than 20 MB. Use a "
    "smaller one.": "无法获取图片：该地址上的文件超过 20 MB。请换一张较小的图片。",
    # web/guard
    "There is nothing at this address.": "此地址没有内容。",
    "Only the app's own page may send this request.": "只有本应用自己的页面可以发送此请求。",
    "This app does not answer to the name “{host}”. Open it at its own address, or add the name to "
    "VOLCEDIT_HOSTS.": (
        "本应用不接受通过“{host}”访问。请使用本应用自己的地址，或将该主机名加入 VOLCEDIT_HOSTS。"
    ),
    "This page was opened by another visitor, or too long ago. Reload it.": (
        "此页面由另一位访客打开，或打开时间过久。请刷新页面。"
    ),
    "This request is larger than {most} MB.": "此请求超过 {most} MB。",
    "This request is not the JSON that belongs here.": "此请求不是此处所需的 JSON。",
    "The app does not understand this request. Reload the page.": (
        "本应用无法理解此请求。请刷新页面。"
    ),
    # notebook/history.py
    "VOLCEDIT_DATA_DIR ({path}) cannot be written: {reason}. Choose a folder that can be.": (
        "无法写入 VOLCEDIT_DATA_DIR（{path}）：{reason}。请指定一个可写的文件夹。"
    ),
    # service/fields.py
    "Say what should change, for example “make it snow”.": "请写出想改什么，例如“下雪”。",
    "The seed must be a whole number from {least} to {most}; leave it empty to draw one.": (
        "种子必须是 {least} 到 {most} 之间的整数；留空则自动抽取。"
    ),
    "Choose one of the four corners and one of the two languages for the watermark.": (
        "请为水印选择四个角之一和两种语言之一。"
    ),
    "The watermark's opacity must be from 0 to 1.": "水印不透明度必须在 0 到 1 之间。",
    "width and height": "指定宽高",
    "The strength (scale) must be a number from 0 to {scale_max}.": (
        "强度（scale）必须在 0 到 {scale_max} 之间。"
    ),
    "Width and height must both be whole numbers from {low} to {high}, or both be left out.": (
        "宽和高必须同时为 {low} 到 {high} 之间的整数，或同时留空。"
    ),
    "The model {model} does not support the {field}. Leave it out, or choose another model.": (
        "模型 {model} 不支持{field}。请留空，或更换模型。"
    ),
    "Width": "宽度",
    "Height": "高度",
    "512 to 2016 px; both empty: the service chooses": "512 至 2016 像素；均留空则由服务决定",
    "What should change?": "想改什么？",
    "prompt": "提示词",
    "Negative prompt": "反向提示词",
    "negative prompt": "反向提示词",
    "Seed": "种子",
    "seed": "种子",
    "Strength": "强度",
    "strength": "强度",
    "Draw a visible watermark": "绘制可见水印",
    "The model “{model}” is not known here. Choose one of {models} (VOLCEDIT_REQ_KEY).": (
        "不支持模型“{model}”。请选择 {models} 之一（VOLCEDIT_REQ_KEY）。"
    ),
    "The model {model} needs another call mode: set VOLCEDIT_MODE to {mode}, or choose another "
    "model.": "模型 {model} 的调用方式不同：请将 VOLCEDIT_MODE 设为 {mode}，或更换模型。",
    "This is not the address of a picture. Enter one such as https://example.com/cat.jpg.": (
        "这不是图片网址。请输入类似 https://example.com/cat.jpg 的地址。"
    ),
    "This URL contains a user name or password, which would be sent on and stored. Remove "
    "the part before the @, or save the photo to a file and choose that.": (
        "该网址含有用户名或密码，会被转发并保存。请去掉 @ 之前的部分，或先将图片保存为文件，"
        "再选择该文件。"
    ),
    "For example: make it snow": "例如：下雪",
    "What not to draw": "不要画什么",
    "Empty = random": "留空 = 随机",
    "scale: higher follows the words more and the photo less": (
        "scale：越高越遵循文字，越低越保留原图"
    ),
    "Corner": "位置",
    "Language of the service's own words": "服务默认文字的语言",
    "Opacity": "不透明度",
    "Watermark text": "水印文字",
    "Empty: the service's own words": "留空则用服务默认文字",
    "bottom right": "右下",
    "bottom left": "左下",
    "top left": "左上",
    "top right": "右上",
    # service/models.py
    "one of {models}": " {models} 之一",
    # service/rows/kinds.py
    "{name} must be a whole number from {least} to {most}.": (
        "{name} 必须是 {least} 到 {most} 之间的整数。"
    ),
    "{name} must be a number from {least} to {most}.": "{name} 必须在 {least} 到 {most} 之间。",
    "{name} must be one of {known}.": "{name} 必须是 {known} 之一。",
    "{name} must be true or false.": "{name} 必须为 true 或 false。",
    "{name} must be text.": "{name} 必须是文字。",
    "This text has {length} characters; at most {most} can be sent, and the service advises "
    "{advised}. Shorten it to one instruction.": (
        "文字有 {length} 个字符，最多可发送 {most} 个，服务建议不超过 {advised} 个。"
        "请缩短为一条指令。"
    ),
    "This text contains half of a character (a lone surrogate). Type it again.": (
        "文字中有不完整的字符（孤立代理项），请重新输入。"
    ),
    # service/transport.py
    "The service cannot be reached; nothing was sent. Check the network and the address "
    "(VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL).": (
        "无法连接服务，未发送任何内容。请检查网络和地址（VOLCEDIT_BASE_URL 或 VOLCEDIT_VOLC_URL）。"
    ),
    "The service's certificate is not trusted; nothing was sent. Check the address "
    "(VOLCEDIT_BASE_URL or VOLCEDIT_VOLC_URL) and this machine's clock.": (
        "服务证书不受信任，未发送任何内容。"
        "请检查地址（VOLCEDIT_BASE_URL 或 VOLCEDIT_VOLC_URL）和本机时间。"
    ),
    "A picture cannot be shown: it was deleted, or there is no room in the app's temporary "
    "folder.": "有图片无法显示：图片已被删除，或应用的临时文件夹空间不足。",
    "Download it now: only this page has the picture.": "请立即下载：只有本页面保留着这张图片。",
    "Nothing was sent, because the picture could not be kept.": "图片将无法保存，因此没有发送。",
    "The picture arrived but could not be saved, so it is not in your history.": (
        "图片已返回，但无法保存，因此历史记录中没有这张图片。"
    ),
    "The app was shut down before a response arrived. The edit may have been made and charged: "
    "check your bill before you run it again.": (
        "应用在收到响应之前已关闭。该编辑可能已完成并计费：重新运行前请先核对账单。"
    ),
    "The app is shutting down; nothing was sent. Run it again once the app is back.": (
        "应用正在关闭，没有发送任何内容。请在应用恢复后重新运行。"
    ),
    "The connection was lost before the response was complete. The edit may have been made and "
    "charged: check your bill before you run it again.": (
        "连接在响应完成前断开。该编辑可能已完成并计费：重新运行前请先核对账单。"
    ),
    "Stopped before it was sent. Run it again.": "已在发送前停止，可重新运行。",
    "No response within {timeout_s} s. The edit may have been made and charged: check your "
    "bill before you run it again, or raise VOLCEDIT_TIMEOUT_S.": (
        "{timeout_s} 秒内没有响应。该编辑可能已完成并计费：重新运行前请先核对账单，"
        "或调大 VOLCEDIT_TIMEOUT_S。"
    ),
    # types.py
    "{first} {second}": "{first}{second}",
    # web/edit/composer.py
    "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 10 MB and 3:1.": (
        "JPEG、PNG、WebP、BMP、TIFF 或 GIF，不超过 10 MB，长宽比不超过 3:1。"
    ),
    "This picture has not been fetched yet: press Fetch, or clear this field.": (
        "尚未获取此图片：请点击“获取”，或清空此栏。"
    ),
    "Will be sent as {width}×{height} {kind}, {size}:": (
        "将以 {width}×{height} {kind}（{size}）发送："
    ),
    "{width}×{height} {kind}, {size}. Sent unchanged, byte for byte.": (
        "{width}×{height} {kind}，{size}。将原样逐字节发送。"
    ),
    "Its model, {model}, is unknown here; the current one is kept.": (
        "其模型 {model} 在此未知，保留当前所选。"
    ),
    "It was made by a newer version of volcedit; {fields} could not be filled in. Run makes a "
    "different edit.": (
        "由更新版本的 volcedit 生成，其中的 {fields} 未填入；运行会得到另一次编辑。"
    ),
    "This run: {cost}": "本次运行：{cost}",
    "Choose a photo first: drop one here, or click to browse.": (
        "请先选择照片：拖放到此处，或点击浏览。"
    ),
    "The service will fetch this picture itself. It may change at that address, so a repeat "
    "cannot be proven identical.": (
        "服务将自行获取该图片。该网址的内容可能变化，因此无法证明重跑的结果相同。"
    ),
    "Nothing was sent: this was sent to {then}, but edits go to {now} now. Choose that service "
    "again first, or restore the edit and run it here.": (
        "未发送任何内容：当时发送到 {then}，而现在的编辑发送到 {now}。请先切换回该服务，"
        "或恢复此编辑后在此运行。"
    ),
    "Nothing was sent: this was sent with another key than the one in use now. Choose that key "
    "again first, or restore the edit and run it with this one.": (
        "未发送任何内容：当时使用的不是现在的密钥。请先换回当时的密钥，"
        "或恢复此编辑后以当前密钥运行。"
    ),
    # web/edit/connector.py
    "Nothing is sent: see Connection": "不会发送任何内容：请查看“连接”",
    "{host} responds and accepts the key. It was only polled for a task that does not exist, "
    "which is free.": "{host} 已响应并接受密钥。仅查询了一个不存在的任务，不产生费用。",
    "{host} responds, but does not support the free check. Only an edit can tell whether it "
    "accepts the key, and that may cost money.": (
        "{host} 已响应，但不支持这种免费查询。只有实际编辑才能确认密钥是否有效，可能产生费用。"
    ),
    "typed here": "在此填写",
    "SeedEdit through {host} · {model} · with your key": (
        "经由 {host} 调用 SeedEdit · {model} · 使用您的密钥"
    ),
    "The sandbox responds. It needs no key, is free and is not SeedEdit.": (
        "沙盒已响应。它无需密钥、不收费，也并非 SeedEdit。"
    ),
    "from {name}": "来自 {name}",
    "by default": "默认",
    "Service": "服务",
    "Host": "主机",
    "Model": "模型",
    "Call mode": "调用方式",
    "Key": "密钥",
    "set": "已设置",
    "none": "无",
    "set …{tail}: edits go to {host} with your key": (
        "已设置 …{tail}：编辑将以您的密钥发送到 {host}"
    ),
    "Polling a task that does not exist…": "正在查询一个不存在的任务……",
    "{host} was reached but did not respond. Try again.": "已连接 {host}，但未收到响应，请重试。",
    # web/edit/evidence.py
    "PSNR {psnr} dB; {share} of the pixels differ by more than 16 of 255. Largest difference "
    "in red, green, blue: {largest}; mean: {mean}.": (
        "PSNR {psnr} dB；{share} 的像素相差超过 16（满值 255）。红、绿、蓝最大差值："
        "{largest}；平均差值：{mean}。"
    ),
    "Made by different services: the first by {then}, this one by {now}.": (
        "由不同服务生成：首次为 {then}，此次为 {now}。"
    ),
    "No verdict": "无法判定",
    "The first edit has no picture to compare with.": "首次编辑没有可供比较的图片。",
    "The pictures have different sizes.": "两张图片尺寸不同。",
    "{count} repeats: {parts}.": "重复 {count} 次：{parts}。",
    "{share} of the photo is unchanged. Mean change {mean} of 255. Amber marks small changes, "
    "white the largest.": (
        "照片有 {share} 未变，平均改动 {mean}（满值 255）。琥珀色为轻微改动，白色为最大改动。"
    ),
    "{count} without a verdict": "{count} 次无法判定",
    "The worst PSNR is {psnr} dB.": "最低 PSNR 为 {psnr} dB。",
    "Most of the change is inside the frame: {width}×{height} px, {left} px from the left and "
    "{top} px from the top.": (
        "大部分改动位于框内：{width}×{height} 像素，距左 {left} 像素，距上 {top} 像素。"
    ),
    "a repeat": "重复",
    # web/edit/linker.py
    "Fetched from {host}.": "已从 {host} 获取。",
    "Fetching the picture from {host}…": "正在从 {host} 获取图片……",
    # web/edit/pictures.py
    "Picture {number} of {count}: {prompt}, seed {seed}": (
        "第 {number}/{count} 张：{prompt}，种子 {seed}"
    ),
    "Recent": "最近",
    # web/edit/recipes.py
    "This is not the recipe's photo. Its SHA-256 starts with {here}; the recipe's photo "
    "({width}×{height} {kind}, {size}) starts with {wanted}.": (
        "这不是生成参数所用的照片。其 SHA-256 以 {here} 开头，"
        "所需的照片（{width}×{height} {kind}，{size}）以 {wanted} 开头。"
    ),
    "This picture contains its recipe: “{prompt}”, seed {seed}.": (
        "此图片带有生成参数：“{prompt}”，种子 {seed}。"
    ),
    "Filled in from the recipe, but its photo is not in this notebook. Choose it: "
    "{width}×{height} {kind}, {size}, SHA-256 {sha256}.": (
        "已按生成参数填好，但其照片不在此历史中。请选择该照片：{width}×{height} {kind}，"
        "{size}，SHA-256 {sha256}。"
    ),
    "This file contains no recipe. Choose a picture downloaded here, or a recipe as .json.": (
        "该文件不含生成参数。请选择从此处下载的图片，或 .json 文件。"
    ),
    "This picture says how another tool made it: “{prompt}”": (
        "此图片记有其他工具的生成参数：“{prompt}”"
    ),
    "Filled in from the recipe, including the photo.": "已按生成参数填好，包括照片。",
    "model": "模型",
    "This is the recipe's photo, byte for byte.": "这正是生成参数所用的照片，逐字节相同。",
    "Filled in from another tool's file: {fields}. Its other settings have no equivalent here.": (
        "已从其他工具的文件填入：{fields}。其余参数在此没有对应项。"
    ),
    "It was made by {then}; Run sends it to {now}.": "当时由 {then} 生成；运行将发送到 {now}。",
    # web/edit/replayer.py
    "A run is already in progress. Wait for it to finish, or stop it.": (
        "正在运行中。请等待完成，或先停止。"
    ),
    # web/edit/runner.py
    "Something went wrong on this page; see the app's log. Your edits are all in the history.": (
        "此页面内部出错，详见应用日志。您的每次编辑都在历史中。"
    ),
    # web/edit/status.py
    "{left} of {limit} left this hour": "本小时还可编辑 {left} 次，共 {limit} 次",
    "{left} of {limit} left this hour at your network address": (
        "您所在网络地址本小时还可编辑 {left} 次，共 {limit} 次"
    ),
    "{left} of {limit} left today for all visitors": (
        "全部访客今天还可编辑 {left} 次，共 {limit} 次"
    ),
    "the next at {time}, in {minutes} min": "下一次在 {time}，{minutes} 分钟后",
    "{ended} of {count} finished": "已完成 {ended}/{count}",
    "Stopped: {done} of {count} done. {under_way} already sent; their results are kept in the "
    "history.": "已停止：完成 {done}/{count}。另有 {under_way} 个已发出，其结果会保存在历史中。",
    "Stopped: {done} of {count} done.": "已停止：完成 {done}/{count}。",
    "The chain stopped at step {step} of {count}. Later steps were neither sent nor recorded.": (
        "编辑链止于第 {step}/{count} 步，后续步骤未发送，也未记录。"
    ),
    "{done} of {count} done · {seconds} s": "完成 {done}/{count} · {seconds} 秒",
    "Understood as: {words}": "理解为：{words}",
    # web/edit/templates/lineage.html
    "Chain and branches": "编辑链与分支",
    "{count} more are not shown.": "另有 {count} 条未显示。",
    "Run the chain again ({count} steps)": "重新运行整条编辑链（{count} 步）",
    "Run the chain on the current photo": "对当前照片运行此编辑链",
    "Each step edits the picture of the step before. The chain stops at the first failure: "
    "later steps are neither sent nor recorded.": (
        "每一步都编辑上一步得到的图片。首次失败即停止：后续步骤不会发送，也不会记录。"
    ),
    # web/edit/templates/snippets.html
    "Save the photo that was sent beside it:": "请将所发送的照片存放在同一目录：",
    "copied": "已复制",
    "Copy": "复制",
    # web/edit/templates/stage.html
    "Sent {time}, {size}.": "发送于 {time}，{size}。",
    "Sending it again is your decision: it may be charged twice.": (
        "是否重新发送由您决定：可能会重复计费。"
    ),
    "Result": "结果",
    "Before and after": "原图·结果",
    "Difference": "差异",
    "Result of: {prompt}": "结果：{prompt}",
    "Photo of: {prompt}": "原图：{prompt}",
    "How much of the original is shown": "显示多少原图",
    "Where the photo changed: {prompt}": "照片的改动之处：{prompt}",
    "The service fetched the photo itself, from {url}. It may change at that address, so a "
    "repeat cannot be proven identical.": (
        "照片由服务自行从 {url} 获取。该网址的内容可能变化，因此无法证明重跑的结果相同。"
    ),
    "Previous picture": "上一张",
    "Next picture": "下一张",
    "Download": "下载",
    "With its recipe inside; the pixels are unchanged": "内含生成参数，像素不变",
    "Original file": "原文件",
    "Full screen": "全屏",
    # web/edit/templates/status.html
    "s": "秒",
    # web/edit/templates/verdict.html
    "Show the first": "查看首次结果",
    "The difference, amplified 8×": "差异（放大八倍）",
    # web/keys.py
    "This app does not accept visitors' keys (VOLCEDIT_VISITOR_KEYS).": (
        "此应用不接受访客自己的密钥（VOLCEDIT_VISITOR_KEYS）。"
    ),
    "You can only enter your own gateway on the machine that runs the app. Leave that field "
    "empty.": "只有在运行此应用的机器上才能指定自己的网关。请将该栏留空。",
    "Enter the gateway first, such as https://gateway.example.com, then enter the key again.": (
        "请先填写网关地址（例如 https://gateway.example.com），再重新输入密钥。"
    ),
    "Nothing was sent: your key is no longer in this app's memory, after an hour without use or a "
    "restart. Enter it again under Connection, or choose this app's account there.": (
        "未发送任何内容：闲置一小时或应用重启后，您的密钥已不在本应用的内存中。"
        "请在“连接”中重新输入，或在那里改用本应用的账户。"
    ),
    "Nothing was sent: you used a key of your own, but this app no longer accepts any. To use this "
    "app's account instead, choose it under Connection.": (
        "未发送任何内容：您此前使用自己的密钥，但本应用已不再接受访客的密钥。"
        "如要改用本应用的账户，请在“连接”中选择。"
    ),
    # web/markup.py
    "{reason}, retrying in {seconds} s ({attempt} of {attempts})": (
        "{reason}，{seconds} 秒后重试（第 {attempt}/{attempts} 次）"
    ),
    "{state}; polling failed ({reason}), trying again": "{state}；查询失败（{reason}），正在重试",
    # web/notebook/carrier.py
    "Stopped: the page was closed.": "已停止：页面已关闭。",
    "Choose an archive first: a ZIP that volcedit exported.": (
        "请先选择归档：由 volcedit 导出的 ZIP。"
    ),
    "Packing: {done} of {count} edits…": "正在打包：{done}/{count} 次编辑……",
    "Checking the archive: {done} of {count} files…": "正在检查归档：{done}/{count} 个文件……",
    "{count} edits imported.": "已导入 {count} 次编辑。",
    "{count} already here.": "{count} 次编辑已存在。",
    "{count} already here with different content, left unchanged.": (
        "{count} 次编辑已存在但内容不同，保留了原有的。"
    ),
    "{count} pictures missing from the archive.": "归档中缺少 {count} 张图片。",
    "Edits older than {days} days are deleted soon unless starred.": (
        "早于 {days} 天且未加星的编辑很快会被删除。"
    ),
    # web/notebook/panel.py
    "Restored, photo included. Run sends the same request.": (
        "已恢复，包括照片。运行将发送同样的请求。"
    ),
    "Restored, photo included. It was made by {then}; Run sends it to {now}.": (
        "已恢复，包括照片。当时由 {then} 生成；运行将发送到 {now}。"
    ),
    "{count} edits restored.": "已恢复 {count} 次编辑。",
    "Too late to undo: deleted edits can be restored for ten minutes.": (
        "无法撤销：删除的编辑只能在十分钟内恢复。"
    ),
    "{count} edits deleted. Undo restores what was deleted in the last ten minutes.": (
        "已删除 {count} 条。“撤销”可恢复最近十分钟内删除的内容。"
    ),
    "{count} edits kept: their calls are still running.": "{count} 次编辑保留：调用仍在进行。",
    "This browser blocks cookies here, so this history lasts only until the page is closed.": (
        "此浏览器在此处拒绝 Cookie，因此历史只保留到页面关闭。"
    ),
    "{count} found": "找到 {count} 条",
    "{first}–{last} of {total}": "第 {first}–{last} 条，共 {total} 条",
    # web/notebook/rows.py
    "stopped": "已停止",
    "all": "全部",
    "under way": "进行中",
    "repeats": "重复",
    "newest first": "最新在前",
    "oldest first": "最早在前",
    "by prompt": "按提示词",
    "by seed": "按种子",
    "slowest first": "最慢在前",
    "any service": "全部服务",
    "{count} edits, {done} with a picture": "共 {count} 次编辑，{done} 次有图片",
    "This history uses {size}. Limit: {limits}; starred edits are always kept.": (
        "此历史占用 {size}，上限：{limits}；加星的编辑始终保留。"
    ),
    "photo fetched by the service": "照片由服务获取",
    "{paid} paid, {cost}": "计费 {paid} 次：{cost}",
    "usually {median} s, at most {slow} s in 95 %": "通常 {median} 秒，95 % 不超过 {slow} 秒",
    "{days} days": "{days} 天",
    "{count} older edits deleted so far.": "迄今已删除 {count} 条较早的编辑。",
    "Nearly full: the {count} oldest edits without a star are deleted next. Star or export "
    "what you want to keep.": (
        "即将占满：接下来会删除最早的 {count} 条未加星编辑。请为要保留的加星或导出。"
    ),
    "{count} edits without a star expire within three days. Star or export what you want to "
    "keep.": "{count} 条未加星编辑将在三天内到期。请为要保留的加星或导出。",
    "Every edit is kept here, including failures.": "您的每次编辑都会保存在这里，失败的也会。",
    "No matches. Clear filters to see all edits.": "没有匹配的记录。清除筛选可查看全部。",
    # web/notebook/templates/find_bar.html
    "Search prompts, notes, seeds, models": "搜索提示词、备注、种子、模型",
    "Which": "状态",
    "Order": "排序",
    "More filters": "更多筛选",
    "From": "从",
    "to": "到",
    # web/notebook/templates/rows.html
    "selected": "已选",
    "Star": "加星",
    "Export": "导出",
    "Delete": "删除",
    "Clear": "清除",
    "Show": "查看",
    "Select": "选择",
    "Note": "备注",
    # web/page.py
    "make it snow": "下雪",
    "watercolour": "水彩画",
    "starry night": "星空夜景",
    "Use its recipe": "应用其生成参数",
    "Nothing has run yet.": "尚未运行。",
    "Use as input": "用作输入",
    "Edit a photo with a sentence, and reproduce the edit exactly.": (
        "用一句话编辑照片，并能精确复现。"
    ),
    "Photo": "照片",
    "Crop": "裁剪",
    "Run": "运行",
    "Stop": "停止",
    "New seed": "换一个种子",
    "Pictures": "张数",
    "Each picture takes the next seed": "每张图依次使用下一个种子",
    "More": "更多",
    "Connection": "连接",
    "Fetch": "获取",
    "Open a recipe…": "打开生成参数…",
    "How to send the picture at this address": "该网址的图片如何发送",
    "Delivery": "返回方式",
    "A task survives network failures and restarts of this app": "任务方式不怕网络中断和应用重启",
    "Test connection": "测试连接",
    "Remove my key, use this app's account": "移除我的密钥，改用本应用的账户",
    "History": "历史",
    "Undo": "撤销",
    "Newer": "较新",
    "Older": "较旧",
    "Import…": "导入…",
    "Delete all…": "全部删除…",
    "Yes, delete all": "确认全部删除",
    "Cancel": "取消",
    "Which part": "保留哪一部分",
    "0 left or top, 1 right or bottom": "0 为左或上，1 为右或下",
    "or an image URL": "或图片网址",
    "fetched here first": "先由本应用获取",
    "as a link, fetched by the service": "只发送网址，由服务获取",
    "in the response": "随响应返回",
    "as a link, downloaded at once": "返回链接并立即下载",
    "Your gateway": "您的网关",
    "The root URL that serves /volcv/v1. Empty: this app's own.": (
        "提供 /volcv/v1 的服务根地址。留空则使用本应用的网关。"
    ),
    "Your key": "您的密钥",
    "Kept only in the server's memory, for an hour after its last use.": (
        "只保存在服务器内存中，闲置一小时后清除。"
    ),
    "Compare": "对比",
    "Choose a photo and say what should change, or try one of the examples.": (
        "选择一张照片并说明想改什么，或试试示例。"
    ),
    "Response": "响应",
    "Request": "请求",
    "Code": "代码",
    "whole": "整张",
    # web/templates.py
    "Run again": "再次运行",
    "Vary": "换种子再生成",
    "Send again": "重新发送",
    "Fetch the picture again": "重新获取图片",
    "Try the next seed": "换下一个种子再试",
    "Repeat & check": "重跑并校验",
    "Repeat 4 times": "重复 4 次",
    "Restore": "恢复",
    # web/visitor.py
    "volcedit: edit a photo with a sentence": "volcedit：用一句话编辑照片",
    "The service advises at most {most} characters; more may fail or be ignored.": (
        "服务建议不超过 {most} 个字符；更长的可能失败或被忽略。"
    ),
    "The app was restarted. What you entered is still here; edits in progress are in the "
    "history.": "应用已重新启动。您填写的内容仍在；进行中的编辑见历史。",
    "The file is larger than {most} MB. Make it smaller, or save it as JPEG.": (
        "该文件超过 {most} MB。请缩小，或另存为 JPEG。"
    ),
    # web/guard/bodies.py
    "The app is receiving too much at once. Try again in a minute.": (
        "应用同时收到的内容过多，请一分钟后再试。"
    ),
    "This request took too long to arrive. Try again.": "请求传输时间过长，请重试。",
    # words/kinds.py
    "interrupted: the app stopped before a response arrived. If it was sent, it may have been "
    "charged.": "已中断：应用在收到响应前结束。若已发送，可能已计费。",
    "waiting for a free slot": "等待空位",
    "sent": "已发送",
    "accepted as a task": "任务已提交",
    "done": "完成",
    "failed": "失败",
    "stopped before it was sent": "发送前已停止",
    "in the service's queue": "任务排队中",
    "being generated": "任务生成中",
    "a gateway": "网关",
    "Volcengine": "火山引擎",
    "the sandbox": "沙盒",
    "Volcengine itself, signed": "直连火山引擎（签名）",
    "the sandbox of this app, not SeedEdit": "本应用的沙盒，并非 SeedEdit",
    "SeedEdit through {host} · {model} · calls may cost money": (
        "经由 {host} 调用 SeedEdit · {model} · 调用可能计费"
    ),
    "Volcengine at {host} · {model} · calls may cost money": (
        "火山引擎 {host} · {model} · 调用可能计费"
    ),
    "Sandbox: free offline filters on this machine, not SeedEdit": (
        "沙盒：本机离线滤镜，免费，并非 SeedEdit"
    ),
    "SeedEdit through {host} · {model} · at the owner's cost": (
        "经由 {host} 调用 SeedEdit · {model} · 由应用所有者付费"
    ),
    "Volcengine at {host} · {model} · at the owner's cost": (
        "火山引擎 {host} · {model} · 由应用所有者付费"
    ),
    "synchronous": "同步",
    "as a task": "异步任务",
    "rate limited": "已限流",
    "unreachable": "无法连接",
    "the service failed": "服务出错",
    "no response": "没有响应",
    "{kind}": "{kind}",
    "{count} {kind}": "{count} 次 {kind}",
    "Identical": "完全相同",
    "Identical to the first file, byte for byte.": "与首次的文件逐字节相同。",
    "identical": "完全相同",
    "{count} identical": "{count} 次完全相同",
    "Identical, byte for byte": "逐字节相同",
    "Identical pixels": "像素相同",
    "The files differ, but every pixel is the same.": "文件不同，但每个像素都相同。",
    "identical pixels": "像素相同",
    "{count} with identical pixels": "{count} 次像素相同",
    "Almost identical": "几乎相同",
    "Not identical, but almost: you would hardly notice.": "不完全相同，但几乎看不出差别。",
    "almost identical": "几乎相同",
    "{count} almost identical": "{count} 次几乎相同",
    "Different": "不同",
    "The same request returned a different picture this time.": "同样的请求这次返回了不同的图片。",
    "different": "不同",
    "{count} different": "{count} 次不同",
    # words/en.py
    "Add or remove": "增删",
    "Replace": "替换",
    "Style": "风格",
    "Colour": "颜色",
    "Expression": "表情",
    "Background": "背景",
}
