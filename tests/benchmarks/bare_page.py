"""A minimal page that does the same job, for comparison in `bench_page`.

    python -m tests.benchmarks.bare_page SERVICE_URL

It has one Image, Textbox, Slider, Gallery, JSON and Button, and the simplest code behind them.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

import gradio as gr
import requests


def edit(path: str, prompt: str, scale: float) -> tuple[list[str], dict]:
    """Make one call, and return the picture as a file and the rest of the response as JSON."""
    image = base64.b64encode(Path(path).read_bytes()).decode()
    body = {"binary_data_base64": [image], "prompt": prompt, "scale": scale}
    answer = requests.post(sys.argv[1], json=body, timeout=60).json()
    picture = Path(tempfile.mkdtemp(), "picture.jpg")
    picture.write_bytes(base64.b64decode(answer["data"].pop("binary_data_base64")[0]))
    return [str(picture)], answer


with gr.Blocks(analytics_enabled=False) as demo:
    photo = gr.Image(type="filepath", elem_id="image")
    prompt = gr.Textbox(elem_id="prompt")
    scale = gr.Slider(0, 1, 0.5)
    button = gr.Button("Run", elem_id="run")
    gallery = gr.Gallery(elem_id="results")
    answer = gr.JSON()
    button.click(edit, [photo, prompt, scale], [gallery, answer])

if __name__ == "__main__":
    demo.launch(ssr_mode=False, run_history=False)
