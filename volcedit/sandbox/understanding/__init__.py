"""Prompts in English or Chinese → the effects they ask for, without a model."""
