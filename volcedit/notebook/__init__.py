"""What is kept: every attempt with its recipe, its pictures and what people say of it."""
