"""Pictures: uploads made ready to send, cuts, comparisons, and what files say beside pixels."""
