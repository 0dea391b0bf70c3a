"""What the rows of `fields` are made of: kinds of values, and what follows from a row."""
