"""The notebook on the page: rows, search, export and import."""
