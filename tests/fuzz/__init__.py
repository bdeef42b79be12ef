"""Schemathesis against the three services as they run: every operation of their documents, as three kinds of people."""
