"""An offline stand-in for the image editing API, for development without a key.

It serves the published endpoints over HTTP, using Pillow and NumPy filters. It is not SeedEdit, and
says so in every response and every file. It shares no code with the rest of volcedit, so a client
tested against it is never tested against itself.
"""

from volcedit.sandbox.http.server import Sandbox
from volcedit.sandbox.http.signatures import AccessKey
from volcedit.sandbox.tasks import Progress

__all__ = ["AccessKey", "Progress", "Sandbox"]
