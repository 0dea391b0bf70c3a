"""Storage: every attempt with its recipe, its pictures, and people's stars and notes."""
