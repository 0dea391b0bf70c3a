"""Faults on demand: what can go wrong, what each one looks like, and which edit gets which."""
