"""Records, sessions and lists of one organization."""
