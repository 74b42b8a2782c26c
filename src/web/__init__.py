"""The terminal UI in a browser: sign-in, one process for each page, nothing from other hosts."""
