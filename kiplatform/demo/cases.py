"""The demo's research cases, walked through step by step."""

from datetime import timedelta
from functools import partial

from kiplatform.accounts.models import User
from kiplatform.demo.company import Company
from kiplatform.demo.exchanges import cited
from kiplatform.demo.script import Item, Story, read
from manager_knowledge.services import knowledge_publish
from qa_center import services
from qa_center.models import Evidence, Invitation, Proposal, ResearchCase

# How many hours a case that still runs has from the moment at which the demo begins.
PATIENCE = {"asking": 5, "discussing": 26, "proposed": 3, "resolved": 8}
MARK = {"fits": Evidence.Mark.FITS, "not": Evidence.Mark.DOES_NOT_FIT}


def cases(company: Company, now: Story) -> list[Story]:
    """Return a story for each case."""
    return [_CaseStory(company, now.fresh(), row).told() for row in read("cases")]


class _CaseStory:
    """One case of the data file as steps."""

    def __init__(self, company: Company, story: Story, row: Item) -> None:
        self.company, self.story, self.row = company, story, row
        self.made: list[Proposal] = []

    @property
    def case(self) -> ResearchCase:
        return ResearchCase.objects.get(pk=self.company.cases[self.row["id"]].pk)

    @property
    def manager(self) -> User:
        return self.company.staff[self.row["manager"]]

    def told(self) -> Story:
        """Return the story from opened to where the case stands."""
        story, row = self.story, self.row
        opened = {"days_ago": row["opened_days_ago"], "hour": row["opened_hour"], "minute": 5}
        story.add(story.moment(opened), self._open)
        story.then(timedelta(minutes=6), self._ask)
        for item in row["invitations"]:
            if item["reply"] != "pending":
                story.then(timedelta(minutes=9), partial(self._reply, item))
        for number, item in enumerate(row["messages"]):
            story.add(story.moment(item), partial(self._say, item, number))
        for number, item in enumerate(row["proposals"]):
            story.then(timedelta(minutes=20), partial(self._propose, item, number))
            story.then(timedelta(minutes=15), partial(self._judge, item, number))
        if "resolution" in row:
            story.add(story.moment(row["resolution"]), self._resolve)
        if "capture" in row:
            story.add(story.moment(row["capture"]), self._capture)
        if "gap" in row:
            story.add(story.moment(row["gap"]), self._give_up)
        if row["state"] in PATIENCE:
            story.add(self.company.now - timedelta(minutes=50), self._postpone)
        return story

    def _postpone(self) -> None:
        services.case_postpone(
            actor=self.manager,
            case=self.case,
            due_at=self.company.now + timedelta(hours=PATIENCE[self.row["state"]]),
            reason=self.row.get("postponed", ""),
        )

    def _open(self) -> None:
        row = self.row
        self.company.cases[row["id"]] = services.case_open(
            actor=self.manager,
            question=self.company.questions[row["question"]] if "question" in row else None,
            text=row.get("need", ""),
            product=self.company.product(row),
            client_id=f"demo-{row['id']}",
        )
        marks = {
            self.company.pages[item["page"]].public_id: MARK[item["verdict"]]
            for item in row["evidence"]
        }
        for evidence in self.case.evidence.filter(kind="knowledge", key__in=marks):
            services.evidence_mark(actor=self.manager, evidence=evidence, mark=marks[evidence.key])

    def _ask(self) -> None:
        first = [item for item in self.row["invitations"] if item["ring"] == 1]
        services.case_ask_colleagues(
            actor=self.manager,
            case=self.case,
            chosen=[self.company.staff[item["staff"]] for item in first],
        )

    def _invitation(self, item: Item) -> Invitation:
        user = self.company.staff[item["staff"]]
        if not self.case.invitations.filter(expert=user).exists():
            services.invite_more(actor=self.manager, case=self.case, user=user)
        return self.case.invitations.get(expert=user)

    def _reply(self, item: Item) -> None:
        invitation = self._invitation(item)
        if item["reply"] == "accepted":
            services.invitation_accept(actor=invitation.expert, invitation=invitation)
            return
        suggested = item.get("suggested")
        services.invitation_decline(
            actor=invitation.expert,
            invitation=invitation,
            reason=item["decline_reason"],
            suggested=self.company.staff[suggested] if suggested else None,
        )

    def _say(self, item: Item, number: int) -> None:
        services.case_message_post(
            actor=self.company.staff[item["by"]],
            case=self.case,
            text=item["text"],
            client_id=f"demo-{number}",
        )

    def _propose(self, item: Item, number: int) -> None:
        self.made.append(
            services.proposal_make(
                actor=self.company.staff[item["by"]],
                case=self.case,
                text=item["text"],
                citations=cited(self.company, "zh-hans", item["cites"]),
                client_id=f"demo-{self.row['id']}-{number}",
            )
        )

    def _judge(self, item: Item, number: int) -> None:
        for key in item["endorsements"]:
            services.proposal_judge(
                actor=self.company.staff[key], proposal=self.made[number], kind="endorse", version=1
            )
        for objection in item["objections"]:
            services.proposal_judge(
                actor=self.company.staff[objection["by"]],
                proposal=self.made[number],
                kind="object",
                version=1,
                reason=objection["reason"],
            )

    def _resolve(self) -> None:
        accepted = [
            self.made[number]
            for number, item in enumerate(self.row["proposals"])
            if item.get("accepted")
        ]
        services.proposal_accept(actor=self.manager, case=self.case, proposals=accepted)
        services.case_release(
            actor=self.manager,
            case=self.case,
            text=self.row["resolution"]["text"],
            client_id=f"demo-{self.row['id']}",
        )

    def _capture(self) -> None:
        capture = self.row["capture"]
        product = self.company.product(capture)
        page = services.case_capture(
            actor=self.manager,
            case=self.case,
            type=capture["type"],
            title=capture["title"],
            summary=capture["summary"],
            body=capture["body"],
            language=capture["language"],
            audience=capture["audience"],
            asked_as="\n".join(capture["asked_as"]),
            product_code=product.code if product else "",
            client_id=f"demo-{capture['id']}",
        )
        self.company.pages[capture["id"]] = page
        if capture["published"]:
            knowledge_publish(actor=self.company.editor, page=page)

    def _give_up(self) -> None:
        gap = self.row["gap"]
        services.case_mark_unanswerable(
            actor=self.manager,
            case=self.case,
            reason=gap["note"],
            gap_owner=self.company.staff[gap["owner"]],
        )
