"""The use cases: edits under way, one limit for all of them, repeats and retrievals."""
