"""One call, with session, limiter and retries."""
