"""A running scan for those who watch it: systemd, /healthz and Prometheus."""
