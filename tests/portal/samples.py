"""What the style guide shows: the words of a private bank's day, in one plain dictionary."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator

from kiplatform.core.clock import now
from portal.labels import STATES


class AskForm(forms.Form):
    """The fields that the guide shows, one of each kind."""

    text = forms.CharField(label="您的问题", help_text="请不要写卡号。", widget=forms.Textarea)
    product = forms.ChoiceField(label="相关产品", choices=[("", "不确定"), ("1", "稳盈 180")])
    email = forms.EmailField(label="电子邮箱")
    agree = forms.BooleanField(label="同意匿名收入知识库", required=False)


def message(**changes: Any) -> dict[str, Any]:
    """A message of the customer's, with `changes`."""
    return {
        "public_id": "M1",
        "client_id": "3f1e6c1e-0000-4000-8000-000000000001",
        "author_name": "顾海峰",
        "author_key": "U1",
        "text": "提前支取三年期大额存单，利息怎么算？",
        "at": now() - timedelta(minutes=42),
        **changes,
    }


def evidence(**changes: Any) -> dict[str, Any]:
    """A piece of evidence, with `changes`."""
    return {
        "public_id": "E1",
        "title": "大额存单提前支取规则",
        "url": "/knowledge/1",
        "passage": "大额存单可部分提前支取一次。",
        "marks": [(5, 11)],
        "verdict": "likely",
        "why": ["命中「提前支取」"],
        **changes,
    }


def proposal(**changes: Any) -> dict[str, Any]:
    """A standing proposal with an endorsement and an objection, with `changes`."""
    return {
        "public_id": "P1",
        "state": "standing",
        "author_name": "林若岚",
        "author_key": "U2",
        "text": "可以放，但需要先变更投保人。",
        "at": now(),
        "version": 2,
        "citations": [{"title": "可装入资产清单", "url": "/knowledge/2"}],
        "endorsements": ["王启明"],
        "objections": [{"author_name": "何嘉", "text": "会触发重新核保。"}],
        **changes,
    }


def context() -> dict[str, Any]:
    """Everything that portal/styleguide.html asks for."""
    bound = AskForm({"email": "不是邮箱"})
    bound.is_valid()
    link = {"label": "客户", "url": "/customers", "icon": "building", "active": True, "count": 3}
    row = {"title": "QDII 额度什么时候恢复", "name": "Margaret Liu", "key": "c", "state": "open"}
    expert = {"name": "何嘉", "key": "x", "reasons": ["申报技能：信托法"], "state": "pending"}
    return {
        "user": SimpleNamespace(name="陈思远", email="c@demo.example", public_id="U2"),
        "nav": [link],
        "tabs": [link],
        "crumbs": [link, {"label": "问题"}],
        "question_states": list(STATES["question"]),
        "case_states": list(STATES["case"]),
        "fine": now() + timedelta(hours=30),
        "soon": now() + timedelta(hours=1),
        "overdue": now() - timedelta(minutes=35),
        "ask": AskForm(),
        "form": bound,
        "choices": [{"value": "product_service", "title": "产品与服务", "icon": "box"}],
        "hits": [evidence(deflect_url="/deflect", deflect_kind="knowledge", deflect_key="1")],
        "rows": [{**row, "at": now(), "due_at": now(), "unread": True}],
        "points": [("1月", 12), ("2月", 18)],
        "bars": [("存款", 46)],
        "timeline": [{"title": "客户提问", "at": now(), "icon": "question"}],
        "page": Paginator(range(143), 20).page(3),
        "messages_": [message(), message(public_id="M2", own=True, internal=True)],
        "evidence": [evidence()],
        "proposal": proposal(),
        "accepted": proposal(public_id="P2", state="accepted"),
        "experts": [expert],
    }
