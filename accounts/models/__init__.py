"""What is kept of people in SQL."""

from accounts.models.blocks import Block
from accounts.models.links import Link
from accounts.models.people import User
from accounts.models.sessions import RefreshToken, Session
from accounts.models.switches import Switches

__all__ = ["Block", "Link", "RefreshToken", "Session", "Switches", "User"]
