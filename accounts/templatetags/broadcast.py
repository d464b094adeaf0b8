"""What operators say to everybody, in all pages."""

from django import template
from django.template import Context

from accounts.services.switches import Notice, find_notice, last_notice

register = template.Library()


@register.simple_tag(takes_context=True)
def broadcast(context: Context) -> Notice | None:
    """Return the notice, if any: mostly from this process's memory.

    A page that must not ask a database, since it may be what is away (`nobody_asked`), says what was last heard.
    """
    return last_notice() if context.get("nobody_asked") else find_notice()
