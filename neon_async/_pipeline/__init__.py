"""One call: session, limiter, retries, hooks."""
