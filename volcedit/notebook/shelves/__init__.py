"""What a notebook has: a shelf for each kind of file, and what keeps them whole."""
