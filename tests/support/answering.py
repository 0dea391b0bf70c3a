"""Canned responses of the service, for tests that only need success or failure."""

from __future__ import annotations

import base64

from tests.support import PHOTOS

ROCKET = base64.b64encode((PHOTOS / "rocket.jpg").read_bytes()).decode()
DONE = {"code": 10000, "data": {"binary_data_base64": [ROCKET]}, "request_id": "r-1"}
REFUSED = {"code": 50511, "data": None, "message": "Post Img Risk Not Pass", "request_id": "r-2"}
