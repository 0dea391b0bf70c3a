"""Pictures: opened, made ready to send, cropped, compared; and the metadata in their files."""
