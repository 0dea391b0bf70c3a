"""The files of a Hugging Face Space, and the top level of the repository."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.support import ROOT

TOP = {"app.py", "requirements.txt", "volcedit", "tests", "assets", "README.md"}


def test_only_expected_files_are_at_the_top_level():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}
    assert visible == TOP


@pytest.mark.parametrize("name", [".env.example", ".gitignore"])
def test_files_needed_by_a_fresh_clone_are_at_the_top_level(name: str):
    assert (ROOT / name).is_file()


# ── the Space ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def card() -> dict:
    """The front matter of README.md, which configures a Space."""
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return yaml.safe_load(found[1])


def pins() -> dict[str, str]:
    """The pinned version of each required package."""
    return dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M))


def test_the_requirements_are_four_pinned_packages():
    assert set(pins()) == {"gradio", "requests", "pillow", "python-dotenv"}


def test_the_space_uses_the_pinned_version_of_gradio(card: dict):
    assert card["sdk_version"] == pins()["gradio"]


def test_the_space_starts_the_app(card: dict):
    assert (card["sdk"], card["app_file"]) == ("gradio", "app.py")


# https://huggingface.co/docs/hub/spaces-config-reference
def test_the_space_has_a_title_and_known_colours(card: dict):
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert card["title"]
    assert {card["colorFrom"], card["colorTo"]} <= colours


def test_the_description_of_the_space_has_at_most_sixty_characters(card: dict):
    assert len(card.get("short_description", "")) <= 60


def test_the_space_uses_only_existing_settings(card: dict):
    known = (
        "title emoji colorFrom colorTo sdk sdk_version python_version app_file app_port base_path "
        "fullWidth header short_description models datasets tags thumbnail pinned "
        "hf_oauth hf_oauth_expiration_minutes hf_oauth_scopes disable_embedding "
        "startup_duration_timeout custom_headers preload_from_hub suggested_hardware "
        "suggested_storage license"
    )
    assert set(card) <= set(known.split())
