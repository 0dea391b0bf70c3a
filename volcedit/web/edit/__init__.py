"""The Edit page: composer, runs and results."""
