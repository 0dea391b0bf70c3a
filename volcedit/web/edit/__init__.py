"""The Edit room: composer, runs, results."""
