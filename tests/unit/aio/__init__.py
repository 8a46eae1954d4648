"""Tasks, generators and lifetimes."""
