"""The building blocks of the rows in `fields`: value kinds, and fields made from them."""
