"""Programs to run, to read and to begin with."""
