"""The station as a service of systemd: its unit, and what a running one tells systemd."""
