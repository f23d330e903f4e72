"""What the end-to-end tests stand on: a stagegate process, a recording back end, a raw HTTP client."""
