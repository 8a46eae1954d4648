"""A model of v1 and of the feed, without the package: to replay the proof of the certificate."""
