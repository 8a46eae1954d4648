"""Flows over SOAP, and with clients of SOAP that know nothing of this package."""
