"""The vendor's service: what is sent, what comes back, and how it gets there and back."""
