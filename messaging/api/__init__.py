"""The endpoints of messages."""
