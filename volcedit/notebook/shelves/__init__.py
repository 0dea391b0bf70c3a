"""The parts of a notebook: one shelf per kind of file, and what keeps them consistent."""
