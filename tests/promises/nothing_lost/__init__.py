"""Every record arrives, and no edit wipes a field."""
