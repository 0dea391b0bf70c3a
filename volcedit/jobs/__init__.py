"""The use cases: running edits under a shared limit, repeating them, fetching missing pictures."""
