"""SOAP, messages and transport."""
