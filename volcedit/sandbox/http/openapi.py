"""The OpenAPI description of the endpoints.

`arguments` validates the body and answers with the vendor's codes instead of FastAPI's 422, so
there is no pydantic model from which FastAPI could derive a schema. It is built from the rows of
`models`.
"""

from typing import Any

from volcedit.sandbox import models
from volcedit.sandbox.codes import CODES
from volcedit.sandbox.faults.names import NAMES
from volcedit.sandbox.faults.schedule import MAX_PLANNED
from volcedit.sandbox.fields import Field, OneText

_EDITING = (
    "CVProcess returns the picture. CVSync2AsyncSubmitTask takes the same body "
    "without return_url and logo_info and returns data.task_id. CVSync2AsyncGetResult takes "
    '{"req_key", "task_id", "req_json": "<JSON text with return_url and logo_info>"} and returns '
    "data.status: in_queue, generating, done (with the picture), not_found or expired."
)
_PLANNING = (
    "Each of the next valid edits gets one of these, in order. Then all is as before. A "
    "number is a code of the service. /reset drops the remaining ones."
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
    """The OpenAPI operation of an edit, with the current fields and models."""
    return {
        "summary": "Edit one image by an instruction",
        "description": _EDITING,
        "parameters": [
            _query("Action", "CVProcess", "CVSync2AsyncSubmitTask", "CVSync2AsyncGetResult"),
            _query("Version", "2022-08-31"),
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _body()}}},
        "responses": {
            "200": _json_of(_ENVELOPE, "The edit succeeded."),
            "400": _json_of(_ENVELOPE, "The call was rejected; data is null."),
            "401": _json_of({"type": "object"}, "The key is missing or wrong."),
            "429": _json_of(_ENVELOPE, "Too many calls (injected, or over a limit)."),
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
    """The field's schema. Unless all models accept it, the description lists those that do."""
    schema = field.schema()
    supporting = [key for key, model in models.MODELS.items() if models.takes(model, field)]
    if len(supporting) < len(models.MODELS):
        suffix = f"Only {' and '.join(supporting)}." if supporting else "No model supports it yet."
        schema["description"] = f"{field.description} {suffix}".strip()
    return schema


def plan_operation() -> dict[str, Any]:
    """The OpenAPI operation of /fail."""
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
            "400": _json_of({"type": "object"}, "The body is not a list of faults."),
            "401": _json_of({"type": "object"}, "The key is missing or wrong."),
        },
    }
