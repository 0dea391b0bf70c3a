"""The vendor's actions, fields and limits: builds bodies, reads answers. Codes are in `codes`.

Sources, as marked: [P] the page this project implements, https://www.volcengine.com/docs/6791/1279296;
[V] other Volcengine and BytePlus documentation; [C] seen in public clients only, so only likely.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from volcedit.errors import (
    AnswerError,
    AnswerLostError,
    AuthenticationError,
    MalformedAnswerError,
    ParameterError,
    RateLimitError,
    RejectedError,
    ServiceError,
)
from volcedit.service import codes
from volcedit.types import (
    Delivery,
    EditParams,
    EditRequest,
    Mode,
    PhotoLink,
    PictureFacts,
    Provider,
    Watermark,
    Words,
    digest,
)

GATEWAY_PATH = "/volcv/v1"  # [P]
DIRECT_PATH = "/"  # [V]
DIRECT_URL = "https://visual.volcengineapi.com"  # [V]
REGION, SERVICE = "cn-north-1", "cv"  # [V] what a signature is for
ACTION = "CVProcess"  # [P]
SUBMIT_ACTION = "CVSync2AsyncSubmitTask"  # [V]
RESULT_ACTION = "CVSync2AsyncGetResult"  # [V]
VERSION = "2022-08-31"  # [P]
DEFAULT_REQ_KEY = "byteedit_v2.0"  # [P]

SEED_MIN, SEED_MAX = 1, 2147483647  # [V]: repeatability is promised for positive seeds only
SCALE_MIN, SCALE_MAX, SCALE_DEFAULT = 0.0, 1.0, 0.5  # [V] [P]
PROMPT_ADVISED_CHARS = 120  # [V]: "longer may fail or be ignored"
PROMPT_MAX_CHARS = 800  # [V] for jimeng_i2i_v30; the others state no limit of their own
PHOTO_MAX_BYTES = 4_700_000  # [V] "under 4.7 MB", read in the stricter, decimal sense
PHOTO_MAX_SIDE_PX = 4096  # [V]
PHOTO_MAX_RATIO = 3  # [V] long side : short side
PHOTO_URL_MAX_CHARS = 4096  # ours; the vendor states none
EDIT_ACTIONS = {"sync": ACTION, "async": SUBMIT_ACTION}
"""What an edit calls, by its mode."""
TASK_LIFETIME_S = 12 * 3600  # [V]
LINK_LIFETIME_S = 24 * 3600  # [V] of a result's address
TASK_UNDER_WAY = ("in_queue", "generating")  # [V]
TASK_DONE = "done"  # [V]


# ── the models ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Model:
    """One of the vendor's edit models: how it is called, what it takes, how much of it."""

    req_key: str
    """The vendor's name for it."""
    modes: tuple[Mode, ...]
    """How it can be called."""
    fields: tuple[str, ...]
    """What it takes beside the photo and the prompt: of "negative_prompt", "seed", "scale",
    "width" and "height", the vendor's spellings."""
    prompt_max_chars: int = PROMPT_MAX_CHARS
    scale_max: float = SCALE_MAX
    side_min_px: int = 0
    """Of the width and height it can be asked for, if it takes them."""
    side_max_px: int = 0

    def settle_mode(self, mode: Mode) -> Mode:
        """`mode`, or the one way it can be called."""
        return mode if mode in self.modes else self.modes[0]


# A model more is a row more, here and in the sandbox; nothing else names them.
_MODELS = (
    Model(DEFAULT_REQ_KEY, ("sync", "async"), ("negative_prompt", "seed", "scale")),  # [P] [V]
    Model("seededit_v3.0", ("async",), ("seed", "scale")),  # [V]
    Model(
        "jimeng_i2i_v30",  # [V]
        ("async",),
        ("seed", "scale", "width", "height"),
        side_min_px=512,
        side_max_px=2016,
    ),
)
MODELS: dict[str, Model] = {model.req_key: model for model in _MODELS}
"""The models, by the vendor's name; the first is the default."""


# ── the request ──────────────────────────────────────────────────────────────────────────────


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
    if not all(_is_int(side) and low <= side <= high for side in (width_px, height_px)):
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
    if not _is_int(seed) or not SEED_MIN <= seed <= SEED_MAX:
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
    whole = _is_int(mark.position) and _is_int(mark.language)
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


def _is_int(value: object) -> bool:
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
    return fields if mode == "async" else fields | _build_delivery(params, delivery)


def _build_delivery(params: EditParams, delivery: Delivery) -> dict[str, Any]:
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


def build_body(request: EditRequest, mode: Mode = "sync") -> bytes:
    """The exact bytes of an edit's call. Raises `ParameterError`."""
    photo, params = request.photo, request.params
    check_params(params, request.req_key, mode)
    if isinstance(photo, PhotoLink):
        check_photo_url(photo.url)
        fields = (request.req_key, params, request.delivery, None, mode)
        return orjson.dumps(build_fields(*fields, photo_url=photo.url))
    fields = orjson.dumps(build_fields(request.req_key, params, request.delivery, "", mode))
    # The photo is put in afterwards: its 6 MB need no escaping, and looking for any takes 3 ms.
    # Inside a text these quotes would be escaped, so they stand here once.
    before, after = fields.split(b'[""]')
    return b"".join((before, b'["', photo.base64, b'"]', after))


def build_result_body(request: EditRequest, task_id: str) -> bytes:
    """The exact bytes that ask after the task that `request` became [V]; its photo is not used."""
    delivery = orjson.dumps(_build_delivery(request.params, request.delivery)).decode()
    fields = {"req_key": request.req_key, "task_id": task_id, "req_json": delivery}
    return orjson.dumps(fields)


def path_of(provider: str) -> str:
    """Where below its root a provider takes calls."""
    return DIRECT_PATH if provider == Provider.VOLCENGINE else GATEWAY_PATH


def build_query(action: str = ACTION) -> dict[str, str]:
    """The query that names what is called [P]."""
    return {"Action": action, "Version": VERSION}


def stand_in(size_bytes: int, sha256: str) -> dict[str, Any]:
    """What is shown and stored in place of base64 text: the size and hash of what it holds."""
    return {"base64_of_bytes": size_bytes, "sha256": sha256}


# ── the answer ───────────────────────────────────────────────────────────────────────────────


def parse_answer(
    http_status: int, body: bytes, redact: Callable[[str], str] = str
) -> dict[str, Any]:
    """The envelope of a successful answer, as it came but for what `redact` takes out of texts.

    Raises the `AnswerError` that says what the service, a gateway or a proxy in between meant, or
    `AnswerLostError` when they had none; it carries the envelope too, when there was one.
    """
    try:
        envelope = _change_texts(redact, orjson.loads(body))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise _error_from_http(http_status, codes.MALFORMED) from error
    if not isinstance(envelope, dict):
        raise _error_from_http(http_status, codes.MALFORMED)
    if error := _find_failure(http_status, envelope):
        error.envelope = envelope
        raise error
    return envelope


def too_large(http_status: int) -> AnswerError | AnswerLostError:
    """The error for an answer that is too large to be one, of which only the status is known."""
    return _error_from_http(http_status, codes.TOO_LARGE)


def _change_texts(change: Callable[[str], str], value: Any) -> Any:
    """`value` with every text in it changed, but for pictures: base64 may hold any short word."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_change_texts(change, item) for item in value]
    if isinstance(value, dict):
        return {
            change(name): item if name in _PICTURE_FIELDS.values() else _change_texts(change, item)
            for name, item in value.items()
        }
    return value


def redact_links(envelope: dict[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    """`envelope` as it may be kept: the links to pictures, which are fetched as they came, too."""
    data = envelope.get("data")
    links = data.get(_PICTURE_FIELDS["url"]) if isinstance(data, dict) else None
    if not links:
        return envelope
    redacted = {**data, _PICTURE_FIELDS["url"]: _change_texts(redact, links)}
    return {**envelope, "data": redacted}


def _find_failure(
    http_status: int, envelope: Mapping[str, Any]
) -> AnswerError | AnswerLostError | None:
    metadata = envelope.get("ResponseMetadata")
    if isinstance(metadata, dict) and metadata.get("Error"):
        return _error_before_service(http_status, metadata)
    code = _as_code(envelope.get("code"))
    code = _as_code(envelope.get("status")) if code is None else code
    if code == codes.SUCCESS and http_status < 400:
        return None
    if code in codes.CODES:
        return codes.CODES[code].error(_said(envelope), request_id_of(envelope))
    if envelope.get("error"):
        return _error_of_gateway(http_status, envelope)
    if code is None and http_status < 300:
        # Any field may be absent: a picture without a code is a picture, and so for tasks.
        tells = picture_sources(envelope) or task_id_of(envelope) or task_state_of(envelope)
        return None if tells else _error_from_http(http_status, codes.MALFORMED)
    said, request_id = _said(envelope), request_id_of(envelope)
    return _error_from_http(http_status, codes.UNKNOWN_CODE, code, said, request_id)


def picture_sources(envelope: Mapping[str, Any]) -> list[tuple[Delivery, str]]:
    """Where the answer holds its picture: ("base64", text) and ("url", address), if any."""
    data = envelope.get("data")
    if not isinstance(data, dict):
        return []
    found: list[tuple[Delivery, str]] = []
    for delivery, name in _PICTURE_FIELDS.items():
        values = data.get(name)
        first = values[0] if isinstance(values, list) and values else None
        if isinstance(first, str) and first:
            found.append((delivery, first))
    return found


def task_id_of(envelope: Mapping[str, Any]) -> str:
    """The name of the task that was submitted, also where it is a number; empty without one."""
    data = envelope.get("data")
    value = data.get("task_id") if isinstance(data, dict) else None
    return str(value)[:200] if isinstance(value, str) or _is_int(value) else ""


def task_state_of(envelope: Mapping[str, Any]) -> str:
    """The state of the task that was asked after, as the service spells it; empty without one."""
    data = envelope.get("data")
    value = data.get("status") if isinstance(data, dict) else None
    return value[:100] if isinstance(value, str) else ""


def decode_picture(text: str) -> bytes:
    """The bytes of a base64 picture. Raises `MalformedAnswerError`."""
    try:
        return binascii.a2b_base64(text[text.find(",") + 1 if text.startswith("data:") else 0 :])
    except (binascii.Error, ValueError) as error:
        raise MalformedAnswerError(codes.NOT_A_PICTURE) from error


def request_id_of(envelope: Mapping[str, Any]) -> str:
    """The service's name for the call; empty when it gave none."""
    data = envelope.get("data")
    for place in (envelope, data if isinstance(data, dict) else {}):
        if isinstance(value := place.get("request_id"), str) and value:
            return value[:200]
    return ""


def elapsed_s_of(envelope: Mapping[str, Any]) -> float | None:
    """What the service says it took, in seconds; None when it does not say or cannot be read.

    "10.6s", "36.79ms" and "1m2.5s" [P][V]; an integer of milliseconds on one vendor page [V].
    """
    value = envelope.get("time_elapsed")
    if _is_int(value):
        return value / 1000 if abs(value) < 1e12 else None
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,12})?)(ms|us|µs|ns|h|m|s)", str(value)[:40])
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None


def remarks_of(envelope: Mapping[str, Any]) -> tuple[str, str]:
    """(what was understood, what was objected), each empty when the answer says nothing of it.

    `rephraser_result` and `algorithm_base_resp.status_message` [P]; "Success" objects to nothing.
    """
    data = envelope.get("data")
    if not isinstance(data, dict):
        return "", ""
    understood = data.get("rephraser_result")
    base = data.get("algorithm_base_resp")
    objected = base.get("status_message") if isinstance(base, dict) else None
    return (
        understood[:500] if isinstance(understood, str) else "",
        objected[:500] if isinstance(objected, str) and objected.lower() != "success" else "",
    )


def is_sandbox(envelope: Mapping[str, Any]) -> bool:
    """Does the answer say that our sandbox made it, wherever it was sent?"""
    data = envelope.get("data")
    context = data.get("infer_ctx") if isinstance(data, dict) else None
    name = context.get("algorithm_key") if isinstance(context, dict) else None
    return isinstance(name, str) and name.startswith("volcedit-sandbox")


def abridge(envelope: Mapping[str, Any], picture: PictureFacts | None = None) -> dict[str, Any]:
    """The envelope, its base64 pictures replaced by their size and hash; all else as it came.

    `picture` is what came of this answer, if that is known: decoding it again takes 7 ms.
    """
    data = envelope.get("data")
    pictures = data.get("binary_data_base64") if isinstance(data, dict) else None
    if not isinstance(pictures, list):
        return dict(envelope)
    sources = picture_sources(envelope)
    known = sources[0][1] if picture and [kind for kind, _ in sources] == ["base64"] else None

    def replace(text: object) -> object:
        if known is not None and text is known:
            return stand_in(picture.size_bytes, picture.sha256)
        return _abridge_text(text) if isinstance(text, str) else text

    return {**envelope, "data": {**data, "binary_data_base64": [*map(replace, pictures)]}}


def _abridge_text(text: str) -> dict[str, Any]:
    try:
        raw = decode_picture(text)
    except MalformedAnswerError:
        raw = text.encode("utf-8", "replace")
    return stand_in(len(raw), digest(raw))


_PICTURE_FIELDS: Mapping[Delivery, str] = {"base64": "binary_data_base64", "url": "image_urls"}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _as_code(value: object) -> int | None:
    if _is_int(value):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value) else None


def _said(envelope: Mapping[str, Any]) -> str:
    message = envelope.get("message")
    return message if isinstance(message, str) else ""


def _error_from_http(
    http_status: int,
    otherwise: Words,
    code: int | str | None = None,
    said: str = "",
    request_id: str = "",
) -> AnswerError | AnswerLostError:
    """What a status alone means; `otherwise` is said when it means nothing by itself."""
    if http_status in (401, 403):
        kind, words = AuthenticationError, codes.KEY_REFUSED
    elif http_status == 429:
        kind, words = RateLimitError, codes.TOO_MANY
    elif http_status in codes.LOST_HTTP:
        kind, words = AnswerLostError, codes.LOST_ON_THE_WAY
    elif http_status >= 500:
        kind, words = ServiceError, codes.SERVER_FAILED
    elif http_status == 404:
        kind, words = RejectedError, codes.NOT_FOUND
    elif http_status == 413:
        kind, words = RejectedError, codes.CODES[50213].words
    elif http_status >= 300:
        kind, words = RejectedError, codes.HTTP_REFUSED
    else:
        kind, words = (RejectedError if code is not None else MalformedAnswerError), otherwise
    return kind(
        codes.quoting(words, said),
        code=code if code is not None or http_status < 300 else http_status,
        request_id=request_id,
        http_status=http_status,
    )


def _error_before_service(
    http_status: int, metadata: Mapping[str, Any]
) -> AnswerError | AnswerLostError:
    """From `{"ResponseMetadata": {"Error": …}}`: the call never reached the service [V]."""
    error = metadata["Error"] if isinstance(metadata["Error"], dict) else {}
    code = error.get("Code") or error.get("CodeN")
    said = f"{code}: {error.get('Message', '')}"
    request_id = str(metadata.get("RequestId") or "")[:200]
    if http_status >= 500 or http_status == 429:  # says more than the code
        return _error_from_http(http_status, codes.UNKNOWN_CODE, str(code), said, request_id)
    if words := codes.SIGNATURE_CODES.get(str(code)):
        return AuthenticationError(
            codes.quoting(words, said),
            code=str(code),
            request_id=request_id,
            http_status=http_status,
        )
    about_key = re.search(r"Signature|AccessKey|Credential|Token|Denied|Auth", str(code))
    status = 401 if about_key else http_status
    return _error_from_http(status, codes.UNKNOWN_CODE, str(code), said, request_id)


def _error_of_gateway(
    http_status: int, envelope: Mapping[str, Any]
) -> AnswerError | AnswerLostError:
    """From `{"error": {"message", "type", "code"}}`: the gateway itself speaks [C]."""
    error = envelope["error"]
    fields = error if isinstance(error, dict) else {"message": str(error)}
    code = fields.get("code")
    code = code if isinstance(code, int | str) and code != "" else http_status
    said = str(fields.get("message") or "")
    return _error_from_http(http_status, codes.UNKNOWN_CODE, code, said, request_id_of(envelope))
