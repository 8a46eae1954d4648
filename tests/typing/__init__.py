"""What type checkers must see; nobody runs it."""
