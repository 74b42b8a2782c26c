"""The terminal UI (its screens come with a later version)."""
