"""The service without HTTP: photo and arguments in, picture and envelope out.

Pure functions: no clock, no randomness, no state. The envelopes have every field of the published
page [P], with the sandbox's own values.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image

from volcedit.sandbox.arguments import EditArguments
from volcedit.sandbox.codes import SUCCESS, Refused
from volcedit.sandbox.effects.compositing import apply_effects
from volcedit.sandbox.effects.lettering import watermarked
from volcedit.sandbox.pictures import encode_jpeg
from volcedit.sandbox.understanding.prompts import Understood, understand
from volcedit.sandbox.understanding.replies import explain

ALGORITHM_KEY = "volcedit-sandbox_v2"


@dataclass(frozen=True)
class CallInfo:
    """What a response says about its call."""

    request_id: str
    """In the envelope, like `202504241731056AE80EBE54A94EAE89AC`."""
    algorithm_request_id: str
    """In `data`: 64 hex digits."""
    started: datetime
    """Timezone-aware."""
    elapsed_s: float


@dataclass(frozen=True)
class Edited:
    """A finished edit."""

    jpeg: bytes
    width_px: int
    height_px: int
    understood: Understood


def edit(photo: Image.Image, arguments: EditArguments, seed: int) -> Edited:
    """Apply an edit to the photo (RGB, already at its output size).

    `seed` is 0 … 2147483647: the one in `arguments`, or a random one if that is −1.
    """
    understood = understand(arguments.prompt, arguments.negative_prompt)
    picture = apply_effects(
        photo, understood.effects, understood.words, seed=seed, scale=arguments.scale
    )
    mark = arguments.watermark
    if mark is not None:
        picture = watermarked(picture, mark.words, mark.position, mark.opacity)
    return Edited(encode_jpeg(picture), *picture.size, understood)


def success(
    arguments: EditArguments, edited: Edited, url: str | None, call: CallInfo
) -> dict[str, Any]:
    """The envelope of a finished edit, with the result's URL or, if None, its bytes."""
    embedded = [] if url else [base64.b64encode(edited.jpeg).decode("ascii")]
    rephrased = edited.understood.describe()
    data = {
        "algorithm_base_resp": {
            "status_code": 0,
            "status_message": explain(edited.understood),
        },
        "binary_data_base64": embedded,
        "image_urls": [url] if url else [],
        "infer_ctx": _infer_context(arguments, edited, call),
        "llm_result": "",
        "pe_result": "",
        "predict_tags_result": "",
        "rephraser_result": rephrased,
        "request_id": call.algorithm_request_id,
    }
    return _envelope(SUCCESS, data, "Success", call)


def refusal(refused: Refused, call: CallInfo) -> dict[str, Any]:
    """The envelope of a rejected call."""
    data = None if refused.data is None else dict(refused.data)
    return _envelope(refused.code, data, refused.message, call)


def submitted(task_id: str | int, call: CallInfo) -> dict[str, Any]:
    """The envelope of a submitted task."""
    return _envelope(SUCCESS, {"task_id": task_id}, "Success", call)


def not_done(state: str, call: CallInfo) -> dict[str, Any]:
    """The envelope of a task that is in progress or no longer exists."""
    data = {"binary_data_base64": None, "image_urls": None, "status": state}
    return _envelope(SUCCESS, data, "Success", call)


def done(envelope: dict[str, Any], state: str) -> dict[str, Any]:
    """Turn the `envelope` of a finished edit into that of a finished task."""
    return {**envelope, "data": {**(envelope["data"] or {}), "status": state}}


def gateway_error(message: str, kind: str, code: str) -> dict[str, Any]:
    """The gateway's error for a call that does not reach the service.

    Only seen in public client code (API.md).
    """
    return {"error": {"message": message, "type": kind, "code": code}}


def format_elapsed(seconds: float) -> str:
    """Format a duration the way the service does [P]: `36.79ms`, `1.503s`."""
    return f"{seconds * 1000:.2f}ms" if seconds < 1 else f"{seconds:.3f}s"


def _envelope(
    code: int, data: dict[str, Any] | None, message: str, call: CallInfo
) -> dict[str, Any]:
    return {
        "code": code,
        "data": data,
        "message": message,
        "request_id": call.request_id,
        "status": code,
        "time_elapsed": format_elapsed(call.elapsed_s),
    }


def _infer_context(arguments: EditArguments, edited: Edited, call: CallInfo) -> dict[str, Any]:
    return {
        "algorithm_key": ALGORITHM_KEY,
        "app_key": "volcedit-sandbox",
        "created_at": call.started.isoformat(),
        "generate_id": "",
        "log_id": call.request_id,
        "params": _params(arguments, edited),
        "request_id": call.algorithm_request_id,
        "session_id": "",
        "time_stamp": str(int(call.started.timestamp())),
    }


def _params(arguments: EditArguments, edited: Edited) -> dict[str, Any]:
    return {
        "app_id": "",
        "aspect_ratio": "",
        "common_params": "",
        "ddim_steps": 0,
        "edit_session_id": "",
        "fps": 0,
        "frames": 0,
        "group_name": "",
        "height": edited.height_px,
        "input_image_url": "",
        "is_only_sr": False,
        "is_pe": False,
        "llm_result": "",
        "media_source": "",
        "n_samples": 0,
        "negative_prompt": arguments.negative_prompt,
        "origin_request_id": "",
        "output_height": edited.height_px,
        "output_width": edited.width_px,
        "pe_result": "",
        "predict_tags_result": "",
        "rephraser_result": "",
        "req_key": arguments.req_key,
        "rescale": 0,
        "resolution": "",
        "scale": arguments.scale,
        # Like the service, do not reveal which seed was drawn for −1 [P].
        "seed": max(0, arguments.seed),
        "shift": 0,
        "sr_img2img_fix_steps": 0,
        "sr_scale": 0,
        "sr_strength": 0,
        "sr_upscaler": "",
        "steps": 0,
        "strength": 0,
        "trace_id": "",
        "translate_negative_prompt": "",
        "translate_prompt": "",
        "use_pre_llm": False,
        "use_prompt_aug": False,
        "use_sr": False,
        "version_id": "",
        "video_url": "",
        "width": edited.width_px,
        **arguments.extra,
    }
