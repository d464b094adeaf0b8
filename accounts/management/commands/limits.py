"""`manage.py limits`: see the class."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from accounts.services.quotas import Quota, get_quota, list_quotas, reset_quota, set_quota
from chatsystem.management.levers import LeverCommand, Outcome, add_options


class Command(LeverCommand):
    """Shows the rate limits, changes one within its bounds, or has one be as configured again; without a restart."""

    help = __doc__ or ""
    permissions: ClassVar = {
        "show": ["accounts.view_switches"],
        "set": ["accounts.change_switches"],
        "reset": ["accounts.change_switches"],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and with which limit."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        show = what.add_parser("show", help="all of them")
        change = what.add_parser("set", help="change one")
        reset = what.add_parser("reset", help="have one be as configured again")
        for one in (change, reset):
            one.add_argument("policy", help="its name, as `show` lists it")
        change.add_argument("quota", type=int, help="how many in the policy's window")
        for one in (show, change, reset):
            add_options(one, reason=one is not show)

    def act(self, *, what: str, **options: Any) -> Outcome:
        """Do it."""
        if what == "show":
            found = list_quotas()
            return Outcome({"limits": [_values_of(one) for one in found]}, "\n".join(map(_in_a_line, found)))
        return self._change(what, **options)

    def _change(self, what: str, *, policy: str, reason: str, **options: Any) -> Outcome:
        actor = self.actor
        if what == "set":
            changed = set_quota(policy=policy, quota=options["quota"], actor=actor, reason=reason)
        else:
            changed = reset_quota(policy=policy, actor=actor, reason=reason)
        one = get_quota(policy=policy)
        return Outcome({**_values_of(one), "changed": changed}, f"{'' if changed else 'nothing: '}{_in_a_line(one)}")


def _values_of(one: Quota) -> dict[str, Any]:
    names = ("quota", "window", "configured", "least", "most")
    return {"policy": one.policy.name, "by": one.policy.by, **{name: getattr(one, name) for name in names}}


def _in_a_line(one: Quota) -> str:
    line = f"{one.policy.name}: {one.quota} in {one.window} s by {one.policy.by}"
    return f"{line} (configured: {one.configured}, from {one.least} to {one.most})"
