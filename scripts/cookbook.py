"""`make cookbook` asks the demo the questions of docs/cookbook.md, on one fixed day, and writes the answers into it.

With --answers it prints what each question is answered instead, as JSON, for the test that compares them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "cookbook.md"
# A Friday, on which the demo's data end. Any other day moves every date of the answers.
DAY = date(2026, 10, 30)
LINE, PLACES = 120, 6
# One question: heading and words, who asks (an analyst, where nobody is named), query, variables, answer.
QUESTION = re.compile(
    r"^## (?P<title>.+?)\n(?P<words>.*?)```graphql\n(?P<query>.*?)```\n\n```json\n(?P<variables>.*?)```\n\n"
    r"```json\n(?P<answer>.*?)```\n",
    re.DOTALL | re.MULTILINE,
)
ASKED_BY = re.compile(r"Asked by `([^`]+)`")
REJECTED = b"""payer,procedure_code,submitted_date,outcome,billed_amount,paid_date
Quillback Health Plan,97110,2026-10-26,paid,182.50,2026-10-29
Quillback Health Plan,97110,2026-10-26,denied,a lot,
Quillback Health Plan,,2026-10-27,denied,182.50,
Merrowdale Mutual,99213,2026-13-27,paid,140.00,2026-10-29
"""


def pinned(day: date) -> type[datetime]:
    """A `datetime` whose clock stands at noon of that day."""

    class Pinned(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.combine(day, time(12), tz or UTC)

    return Pinned


def prepare() -> None:
    """The demo's first organization as of `DAY`, a judged alert, and a file with rows that cannot be read; from then on
    it stays that day.
    """
    from django.core.management import call_command

    from upstream.accounts.models import Membership
    from upstream.accounts.roles import ROLE_PERMISSIONS, Role
    from upstream.alerts import services as alerts
    from upstream.alerts.models import Alert
    from upstream.core import clock, scope, worker
    from upstream.core.actor import Actor
    from upstream.intake import services as intake
    from upstream.ops.demo import seeding

    call_command("migrate", verbosity=0)
    scope.enter(scope.ALL)
    clock.datetime = pinned(DAY)  # type: ignore[attr-defined]
    (seeded,) = islice(seeding.seed(), 1)
    organization = seeded.organization
    member = Membership.objects.for_organization(organization).filter(role=Role.CARE_TEAM).get()
    actor = Actor(organization.pk, member.user_id, frozenset(ROLE_PERMISSIONS[Role.CARE_TEAM]))
    of_payer = Alert.objects.for_organization(organization).filter(signal__payer__name="Quillback Health Plan")
    alert = of_payer.order_by("-rank_score")[0]
    note = "They had dropped our authorizations; 14 claims were paid on appeal."
    alerts.judge(actor=actor, alert_id=alert.pk, verdict="REAL", note=note, recovered_amount=Decimal(2184))
    intake.receive_upload(actor=actor, file_name="october.csv", chunks=[REJECTED])
    while worker.carry_out_waiting():
        pass


class Asking:
    """Posts the questions over HTTP, as the demo's people."""

    def __init__(self) -> None:
        from django.test import Client

        from upstream.accounts import sessions
        from upstream.accounts.models import ClientKind
        from upstream.ops.demo import seeding

        self.clients = {}
        for email, *_ in seeding.PEOPLE:
            issued = sessions.sign_in(email=email, password=seeding.PASSWORD, client=ClientKind.BEARER)
            self.clients[email] = Client(headers={"Authorization": f"Bearer {issued.access_token}"})

    def __call__(self, question: re.Match[str]) -> Any:
        from upstream.graph.documents import trusted

        named = ASKED_BY.search(question["words"])
        # Those who may not write queries ask what their application registered.
        trusted.register(question["query"])
        variables = {name: self.filled(value) for name, value in json.loads(question["variables"]).items()}
        return self.post(named[1] if named else "analyst@example.com", question["query"], variables)

    def post(self, email: str, query: str, variables: dict[str, Any]) -> Any:
        body = json.dumps({"query": query, "variables": variables})
        return self.clients[email].post("/graphql/", body, content_type="application/json").json()

    def filled(self, value: Any) -> Any:
        """`<id of NAME>` stands for the id of the payer of that name, which differs from database to database."""
        name = re.fullmatch(r"<id of (.+)>", value) if isinstance(value, str) else None
        if name is None:
            return value
        query = "query($search: String) { payers(filter: {search: $search}) { items { id } } }"
        (payer,) = self.post("analyst@example.com", query, {"search": name[1]})["data"]["payers"]["items"]
        return payer["id"]


def printed(value: Any, indent: str = "") -> str:
    """JSON in which whatever fits into a line stands on one."""
    if isinstance(value, float):
        value = round(value, PLACES)
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= LINE or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {printed(each, inner)}" for name, each in value.items()]
    else:
        parts = [printed(each, inner) for each in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opening}\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}{closing}"


def answers(text: str) -> dict[str, str]:
    """What each question of the page is answered, by its heading, as it is to be printed."""
    prepare()
    ask = Asking()
    return {question["title"]: printed(ask(question)) + "\n" for question in QUESTION.finditer(text)}


def main() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="upstream.settings.test")
    for name in ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT"):
        os.environ.pop(name, None)
    sys.path.insert(0, str(ROOT / "backend"))
    import django

    django.setup()
    text = PAGE.read_text()
    answered = answers(text)
    if "--answers" in sys.argv[1:]:
        print(json.dumps(answered))
        return

    def renewed(question: re.Match[str]) -> str:
        begin, end = (place - question.start() for place in question.span("answer"))
        return question[0][:begin] + answered[question["title"]] + question[0][end:]

    PAGE.write_text(QUESTION.sub(renewed, text))
    print(f"{len(answered)} answers written into {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
