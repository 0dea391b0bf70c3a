"""The use cases: edits under way, the limit that they share, repeats and retrievals."""
