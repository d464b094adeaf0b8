"""Cases as their pages in the admin show them, and as they stand."""

from moderation.models import Case

QUEUE = "/admin/moderation/case/"


def page_of(case, name="change"):
    return f"{QUEUE}{case.pk}/{name}/"


def listed(response):
    assert response.status_code == 200
    return [row.cells[0] for row in response.context["table"].rows]


def table(response, title):
    (found,) = [one for one in response.context["tables"] if one.title == title]
    return [[str(cell) for cell in row.cells] for row in found.rows]


def actions(response):
    return [link.text for link in response.context["actions"]]


def stored(case):
    found = Case.objects.get(pk=case.pk)
    return found.state, found.decision, found.assignee and found.assignee.username


def choices_of(response, field):
    return response.context["form"].fields[field].choices


OPEN = ("open", "", None)
