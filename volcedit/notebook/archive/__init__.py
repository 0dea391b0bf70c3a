"""A notebook as one ZIP: written, taken in, shown by a page and a table."""
