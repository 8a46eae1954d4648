"""How fast the package is, next to what it could be and to other ways of doing the same."""
