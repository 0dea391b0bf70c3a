"""Decoding in processes of its own, so that no picture can bring down the app or keep it busy."""
