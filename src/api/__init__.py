"""The HTTP interface: wire format, client and server."""
