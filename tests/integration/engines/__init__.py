"""Other HTTP engines than the default."""
