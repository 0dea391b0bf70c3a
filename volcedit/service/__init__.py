"""The client of the vendor's API: request bodies, calls, retries, responses and downloads."""
