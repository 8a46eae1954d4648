"""The API methods."""
