"""Reports as files: CSV, XLSX, JSON, HTML and PDF. Command line, HTTP and screens use them."""
