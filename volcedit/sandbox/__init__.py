"""An offline stand-in for the image editing API, for work without a key.

It answers the published calls over HTTP with filters made of Pillow and NumPy. It is not
SeedEdit, and says so in every answer and in every file. It shares no code with the rest of
volcedit, so that a client tested against it is tested against something other than itself.
"""

from volcedit.sandbox.http.server import Sandbox
from volcedit.sandbox.http.signatures import AccessKey
from volcedit.sandbox.tasks import Progress

__all__ = ["AccessKey", "Progress", "Sandbox"]
