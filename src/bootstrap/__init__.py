"""Config -> objects. The one place that knows every layer; tests can replace each part."""
