"""The pytest plugin and the factories."""
