"""The OpenAPI description of the calls.

The body is checked by `arguments`, which answers with the vendor's codes instead of FastAPI's 422,
so there is no pydantic model for FastAPI to derive a schema from. The rows of `models` give it.
"""

from typing import Any

from volcedit.sandbox import models
from volcedit.sandbox.codes import CODES
from volcedit.sandbox.faults.names import NAMES
from volcedit.sandbox.faults.schedule import MAX_PLANNED
from volcedit.sandbox.fields import Field, OneText

_EDITING = (
    "CVProcess answers with the picture. CVSync2AsyncSubmitTask takes the same body "
    "without return_url and logo_info and answers data.task_id. CVSync2AsyncGetResult takes "
    '{"req_key", "task_id", "req_json": "<JSON text with return_url and logo_info>"} and answers '
    "data.status: in_queue, generating, done (with the picture), not_found or expired."
)
_PLANNING = (
    "Each valid edit from now on gets one of these, in order; after them all is as before. A "
    "number is a code of the service. /reset forgets those that are left."
)
_EXAMPLE: dict[str, Any] = {
    "req_key": "byteedit_v2.0",
    "binary_data_base64": ["<base64 of a JPEG or PNG>"],
    "prompt": "make it snow",
    "negative_prompt": "",
    "seed": 7,
    "scale": 0.5,
    "return_url": True,
    "logo_info": {"add_logo": False, "position": 0, "language": 0, "opacity": 1},
}

_ENVELOPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": {"type": "integer", "description": "10000 for success."},
        "data": {
            "type": ["object", "null"],
            "properties": {
                "algorithm_base_resp": {"type": "object"},
                "binary_data_base64": OneText().schema(),
                "image_urls": OneText().schema(),
                "infer_ctx": {"type": "object"},
                "rephraser_result": {
                    "type": "string",
                    "description": "What was understood, in the prompt's language.",
                },
            },
        },
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "status": {"type": "integer"},
        "time_elapsed": {"type": "string", "example": "36.79ms"},
    },
}


def _query(name: str, *values: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(values)}
    return {"name": name, "in": "query", "required": True, "schema": schema}


def _json_of(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def edit_operation() -> dict[str, Any]:
    """The description of the calls of an edit, with the fields and models there are."""
    return {
        "summary": "Edit one image by an instruction",
        "description": _EDITING,
        "parameters": [
            _query("Action", "CVProcess", "CVSync2AsyncSubmitTask", "CVSync2AsyncGetResult"),
            _query("Version", "2022-08-31"),
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _body()}}},
        "responses": {
            "200": _json_of(_ENVELOPE, "The edit is done."),
            "400": _json_of(_ENVELOPE, "The call is refused; data is null."),
            "401": _json_of({"type": "object"}, "The key is missing or wrong."),
            "429": _json_of(_ENVELOPE, "Too many calls (injected, or a limit was set)."),
            "500": _json_of(_ENVELOPE, "The service failed (injected)."),
        },
    }


def _body() -> dict[str, Any]:
    always = (models.IMAGE_BASE64, models.IMAGE_URL, models.PROMPT)
    return {
        "type": "object",
        "required": ["req_key", models.PROMPT.name],
        "properties": {
            "req_key": {
                "type": "string",
                "enum": list(models.MODELS),
                "description": "The model.",
            },
            **{field.name: field.schema() for field in always},
            **{field.name: _schema(field) for field in models.FIELDS},
        },
        "example": _EXAMPLE,
    }


def _schema(field: Field) -> dict[str, Any]:
    """The field's schema; its description ends with the models that take it, unless all do."""
    schema = field.schema()
    taking = [key for key, model in models.MODELS.items() if models.takes(model, field)]
    if len(taking) < len(models.MODELS):
        alone = f"Of {' and '.join(taking)} alone." if taking else "Of no model yet."
        schema["description"] = f"{field.description} {alone}".strip()
    return schema


def plan_operation() -> dict[str, Any]:
    """The description of the calls of /fail."""
    return {
        "description": _PLANNING,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["next"],
                        "properties": {
                            "next": {
                                "type": "array",
                                "items": {"enum": [*CODES, *NAMES]},
                                "maxItems": MAX_PLANNED,
                            }
                        },
                    },
                    "example": {"next": [50430, "html502"]},
                }
            },
        },
        "responses": {
            "400": _json_of({"type": "object"}, "This is not a list of faults."),
            "401": _json_of({"type": "object"}, "The key is missing or wrong."),
        },
    }
