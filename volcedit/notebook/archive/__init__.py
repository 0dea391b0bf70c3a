"""A notebook as one ZIP: export, import, an HTML report and a CSV table."""
