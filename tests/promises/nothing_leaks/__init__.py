"""Neither secrets nor donors' data are shown."""
