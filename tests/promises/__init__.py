"""The promises of the design, held as a whole."""
