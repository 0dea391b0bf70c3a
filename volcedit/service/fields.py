"""The fields of an edit: what each may be, and the body they make.

Sources, as marked, are told in `wire`.
"""

from __future__ import annotations

from typing import Any, TypeGuard
from urllib.parse import urlsplit

from volcedit.config import DEFAULT_REQ_KEY
from volcedit.errors import (
    ParameterError,
)
from volcedit.pictures.photos import PhotoLimits
from volcedit.service.models import MODELS, PROMPT_MAX_CHARS, Model
from volcedit.types import (
    Delivery,
    EditParams,
    Mode,
    Watermark,
    Words,
)

SEED_MIN, SEED_MAX = 1, 2147483647  # [V]: repeatability is promised for positive seeds only
PROMPT_ADVISED_CHARS = 120  # [V]: "longer may fail or be ignored"
PHOTO_LIMITS = PhotoLimits(  # [V] "under 4.7 MB", read in the stricter, decimal sense
    max_bytes=4_700_000, max_side_px=4096, max_ratio=3
)
PHOTO_URL_MAX_CHARS = 4096  # ours; the vendor states none


def check_params(params: EditParams, req_key: str = DEFAULT_REQ_KEY, mode: Mode = "sync") -> None:
    """Raise `ParameterError`, naming the field, when the model could not accept `params`."""
    model = _check_model(req_key, mode)
    _check_prompt(params.prompt, model.prompt_max_chars)
    _check_text("negative_prompt", params.negative_prompt, model.prompt_max_chars)
    if params.negative_prompt.strip() and "negative_prompt" not in model.fields:
        raise _lacks(model, "negative_prompt", "negative prompt", "负向提示词")
    check_seed(params.seed)
    _check_fraction(
        "scale",
        params.scale,
        Words(
            f"The strength (scale) must be a number from 0 to {model.scale_max:g}.",
            f"强度（scale）必须在 0 到 {model.scale_max:g} 之间。",
        ),
        model.scale_max,
    )
    if (params.width_px, params.height_px) != (None, None):
        _check_size(params.width_px, params.height_px, model)
    if params.watermark is not None:
        _check_watermark(params.watermark)


def _check_model(req_key: str, mode: Mode) -> Model:
    model = MODELS.get(req_key)
    if model is None:
        raise ParameterError(
            "req_key",
            Words(
                f"The model “{req_key}” is not known here. Choose one of {', '.join(MODELS)} "
                "(VOLCEDIT_REQ_KEY).",
                f"不支持模型“{req_key}”。请选择 {'、'.join(MODELS)} 之一（VOLCEDIT_REQ_KEY）。",
            ),
        )
    if mode not in model.modes:
        raise ParameterError(
            "mode",
            Words(
                f"The model {req_key} is called in another way: set VOLCEDIT_MODE to "
                f"{' or '.join(model.modes)}, or choose another model.",
                f"模型 {req_key} 的调用方式不同：请将 VOLCEDIT_MODE 设为 "
                f"{' 或 '.join(model.modes)}，或更换模型。",
            ),
        )
    return model


def _lacks(model: Model, field: str, name_en: str, name_zh: str) -> ParameterError:
    return ParameterError(
        field,
        Words(
            f"The model {model.req_key} takes no {name_en}. Leave it out, or choose another model.",
            f"模型 {model.req_key} 不支持{name_zh}。请留空，或更换模型。",
        ),
    )


def _check_size(width_px: object, height_px: object, model: Model) -> None:
    if "width" not in model.fields:
        raise _lacks(model, "size", "width and height", "指定宽高")
    low, high = model.side_min_px, model.side_max_px
    if not all(is_int(side) and low <= side <= high for side in (width_px, height_px)):
        raise ParameterError(
            "size",
            Words(
                f"Width and height must both be whole numbers from {low} to {high}, or both be "
                "left out.",
                f"宽和高必须同时为 {low} 到 {high} 之间的整数，或同时留空。",
            ),
        )


def check_seed(seed: object) -> None:
    """Raise `ParameterError` for anything but a whole number from 1 to 2147483647."""
    if not is_int(seed) or not SEED_MIN <= seed <= SEED_MAX:
        raise ParameterError(
            "seed",
            Words(
                f"The seed must be a whole number from {SEED_MIN} to {SEED_MAX}; "
                "leave it empty to draw one.",
                f"种子必须是 {SEED_MIN} 到 {SEED_MAX} 之间的整数；留空则自动抽取。",
            ),
        )


def _check_prompt(prompt: object, max_chars: int) -> None:
    if not isinstance(prompt, str) or not prompt.strip():
        raise ParameterError(
            "prompt",
            Words(
                "Say what should change, for example “make it snow”.",
                "请写出想改什么，例如“下雪”。",
            ),
        )
    _check_text("prompt", prompt, max_chars)


def _check_text(field: str, text: object, limit: int) -> None:
    if not isinstance(text, str):
        raise ParameterError(field, Words(f"{field} must be text.", f"{field} 必须是文字。"))
    if len(text) > limit:
        raise ParameterError(
            field,
            Words(
                f"This text has {len(text)} characters; at most {limit} can be sent, and the "
                f"service advises {PROMPT_ADVISED_CHARS}. Shorten it to one instruction.",
                f"文字有 {len(text)} 个字符，最多可发送 {limit} 个，服务建议不超过 "
                f"{PROMPT_ADVISED_CHARS} 个。请缩短为一条指令。",
            ),
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(
            field,
            Words(
                "This text holds half a character (a lone surrogate). Type it again.",
                "文字中有不完整的字符（孤立代理项），请重新输入。",
            ),
        ) from error


def _check_watermark(mark: Watermark) -> None:
    _check_text("watermark", mark.text, PROMPT_MAX_CHARS)
    whole = is_int(mark.position) and is_int(mark.language)
    if not whole or not 0 <= mark.position <= 3 or not 0 <= mark.language <= 1:
        raise ParameterError(
            "watermark",
            Words(
                "Choose one of the four corners and one of the two languages for the watermark.",
                "请为水印选择四个角之一和两种语言之一。",
            ),
        )
    _check_fraction(
        "watermark",
        mark.opacity,
        Words("The watermark's opacity must be from 0 to 1.", "水印不透明度必须在 0 到 1 之间。"),
    )


def _check_fraction(field: str, value: object, words: Words, most: float = 1.0) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= most:  # NaN fails both comparisons
        raise ParameterError(field, words)


def is_int(value: object) -> TypeGuard[int]:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_photo_url(url: object) -> None:
    """Raise `ParameterError` for what is no address of a photo, or one with a password in it."""
    try:
        parts = urlsplit(url) if isinstance(url, str) and len(url) <= PHOTO_URL_MAX_CHARS else None
        is_address = parts is not None and parts.scheme in ("http", "https") and parts.hostname
        is_address = is_address and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address or not url.isprintable() or " " in url:
        raise ParameterError(
            "photo_url",
            Words(
                "This is no address of a picture. Type one like https://example.com/cat.jpg.",
                "这不是图片网址。请输入类似 https://example.com/cat.jpg 的地址。",
            ),
        )
    if "@" in parts.netloc:
        raise ParameterError(
            "photo_url",
            Words(
                "This address holds a user name or a password, which would be passed on and kept. "
                "Take out what stands before the @, or save the photo to a file and choose that.",
                "该网址含有用户名或密码，会被转发并保存。请去掉 @ 之前的部分，"
                "或先将图片保存为文件，再选择该文件。",
            ),
        )


def build_fields(
    req_key: str,
    params: EditParams,
    delivery: Delivery,
    image: object,
    mode: Mode = "sync",
    *,
    photo_url: str = "",
) -> dict[str, Any]:
    """The body of an edit's call as a dict; `image` stands where the base64 text goes.

    Without an `image` the service fetches the photo from `photo_url` itself [P]. Its order never
    changes, so that equal requests are equal bytes. It holds what the model takes; one that is not
    known (any more), in an old recipe, is shown as the default. A task is told only when it is
    asked after how its picture shall come back [V].
    """
    takes = MODELS.get(req_key, MODELS[DEFAULT_REQ_KEY]).fields
    optional = {
        "negative_prompt": params.negative_prompt,
        "seed": params.seed,
        "scale": float(params.scale),
        "width": params.width_px,
        "height": params.height_px,
    }
    fields = {
        "req_key": req_key,
        **({"image_urls": [photo_url]} if photo_url else {"binary_data_base64": [image]}),
        "prompt": params.prompt,
        **{
            name: optional[name]
            for name in optional
            if name in takes and optional[name] is not None
        },
    }
    return fields if mode == "async" else fields | build_delivery(params, delivery)


def build_delivery(params: EditParams, delivery: Delivery) -> dict[str, Any]:
    """How the picture shall come back, and with which watermark [P]."""
    mark = params.watermark
    logo_info: dict[str, Any] = {"add_logo": mark is not None}
    if mark is not None:
        logo_info |= {
            "position": mark.position,
            "language": mark.language,
            "opacity": float(mark.opacity),
            "logo_text_content": mark.text,
        }
    return {"return_url": delivery == "url", "logo_info": logo_info}
