"""Everything runs before there is an account."""
