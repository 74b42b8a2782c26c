"""The probes of `headcount doctor` and of the health page, each with its roots as arguments."""
