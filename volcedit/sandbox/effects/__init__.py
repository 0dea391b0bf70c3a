"""Prompt → effects → pixels: which effects a prompt asks for, and how they are drawn."""
