"""Words → effects → pixels: what a prompt asks for, and how it is drawn."""
