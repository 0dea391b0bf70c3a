"""Pictures: opening, preparing to send, cropping, comparing, and metadata in files."""
