"""Pages begin, change and ask for their review here.

Guarantee: a draft reaches readers only through `knowledge_publish`; a change that was made on an
old state of the page is refused, never mixed in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Locale, WorkflowState

from kiplatform.accounts.models import Department, User
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.errors import Conflict, NotAllowed
from kiplatform.core.text import clean_text
from kiplatform.core.trace import current_trace_id
from manager_knowledge.choices import KnowledgeType, Significance
from manager_knowledge.models import KnowledgeIndex, KnowledgePage
from manager_knowledge.policies import (
    can_assign,
    can_draft,
    can_edit,
    can_submit,
    can_translate,
)
from manager_knowledge.services import contents
from manager_knowledge.services.writing import (
    again,
    locked,
    require,
    save_revision,
    validated,
    writing_as,
)

Fields = Mapping[str, Any]
Steps = Sequence[Mapping[str, str]]


def knowledge_draft_create(
    *,
    actor: User,
    type: str,
    title: str,
    summary: str,
    body: str,
    language: str,
    audience: str,
    asked_as: str = "",
    product_code: str = "",
    department: Department | None = None,
    source_case: str = "",
    source_question: str = "",
    fields: Fields | None = None,
    steps: Steps = (),
    owner: User | None = None,
    client_id: str = "",
) -> KnowledgePage:
    """Begin a page; it is a draft that its owner and the editors see.

    :param type: "product", "business" or "service".
    :param title: one line, at most 255 characters; `summary` at most 600, `body` at most 20,000.
    :param asked_as: questions that the page answers, one on each line, in any language.
    :param department: given if, and only if, `audience` is "department".
    :param source_case: public id of the research case that the knowledge comes from, if any.
    :param fields: the type's own fields by name, see `text_fields` of the page models.
    :param steps: mappings with who, what, documents and time, in order.
    :param owner: somebody other than the actor; only editors may say so.
    :param client_id: names this attempt; a second call with it returns the page of the first.
    :raises NotAllowed: the actor may not begin pages, or not in another's name.
    :raises InvalidInput: a text or choice cannot be stored; `field` names it.
    """
    if not can_draft(actor):
        raise NotAllowed(_("You may not write knowledge pages."), code="not_allowed")
    if owner is not None and owner != actor and not can_assign(actor, KnowledgePage()):
        raise NotAllowed(_("Only editors name another owner."), code="not_allowed")
    model = contents.PAGE_MODELS[contents.chosen(KnowledgeType, type, field="type")]
    language = contents.chosen(Language, language, field="language")
    values = {
        "title": contents.clean_title(title),
        "summary": contents.clean_summary(summary),
        "body": contents.clean_body(body),
        "asked_as": contents.clean_asked_as(asked_as),
        "product_code": _clean_product(product_code),
        **contents.reach(audience, department),
        **contents.clean_fields(model, fields or {}),
    }
    rows = contents.clean_steps(model, steps)
    with writing_as(actor):
        index = _index_of(language)
        earlier = _attempt(client_id, actor)
        if earlier is not None:
            return earlier
        page = model(
            owner=owner or actor,
            source_case=source_case,
            source_question=source_question,
            trace_id=current_trace_id() if source_case or source_question else "",
            client_id=client_id or None,
            **values,
        )
        return _added(index, page, rows, actor)


def _clean_product(value: str) -> str:
    return clean_text(value, field="product_code", max_length=40, required=False, multiline=False)


def _index_of(language: str) -> KnowledgeIndex:
    """The language's root, locked, so that two new pages do not take one place in the tree."""
    indexes = KnowledgeIndex.objects.select_for_update(of=("self",))
    index: KnowledgeIndex = indexes.get(locale__language_code=language)
    return index


def _attempt(client_id: str, actor: User) -> KnowledgePage | None:
    if not client_id:
        return None
    page = KnowledgePage.objects.filter(client_id=client_id).first()
    if page is None:
        return None
    if page.latest_revision is None or page.latest_revision.user_id != actor.pk:
        raise Conflict(_("This was already sent by somebody else."), code="client_id")
    specific: KnowledgePage = page.specific
    return specific


def _added(index: KnowledgeIndex, page: Any, rows: list[Any], actor: User) -> KnowledgePage:
    page.live = False
    page.locale = index.locale
    if rows:
        page.steps = rows
    index.add_child(instance=page)
    save_revision(page, actor)
    specific: KnowledgePage = page
    return specific


def knowledge_draft_update(
    *,
    actor: User,
    page: KnowledgePage,
    title: str | None = None,
    summary: str | None = None,
    body: str | None = None,
    asked_as: str | None = None,
    product_code: str | None = None,
    audience: str | None = None,
    department: Department | None = None,
    fields: Fields | None = None,
    steps: Steps | None = None,
    significance: str = Significance.SIGNIFICANT,
    note: str = "",
    base_revision: int | None = None,
) -> KnowledgePage:
    """Write a new revision; what is None stays.

    A live page keeps its readers' text until the revision is published.

    :param department: only looked at together with `audience`.
    :param significance: "minor", "significant" or "correction", what this revision means.
    :param note: what changed, at most 300 characters.
    :param base_revision: id of the revision that the change was made on.
    :raises Conflict: somebody wrote another revision since `base_revision`.
    :raises NotAllowed: the page is under review, or not the actor's to edit.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_edit(actor, stored), _("You may not change this page now."))
        if base_revision is not None and stored.latest_revision_id != base_revision:
            raise Conflict(_("Somebody has changed this page meanwhile."), code="stale")
        draft = stored.get_latest_revision_as_object()
        texts = {
            "title": title,
            "summary": summary,
            "body": body,
            "asked_as": asked_as,
            "product_code": product_code,
        }
        clean = {
            "title": contents.clean_title,
            "summary": contents.clean_summary,
            "body": contents.clean_body,
            "asked_as": contents.clean_asked_as,
            "product_code": _clean_product,
        }
        values = {name: clean[name](text) for name, text in texts.items() if text is not None}
        if audience is not None:
            values |= contents.reach(audience, department)
        values |= contents.clean_fields(type(draft), fields or {})
        values["change_significance"] = contents.chosen(
            Significance, significance, field="change_significance"
        )
        values["change_note"] = clean_text(
            note, field="change_note", max_length=300, required=False, multiline=False
        )
        for name, value in values.items():
            setattr(draft, name, value)
        if steps is not None and hasattr(draft, "steps"):
            draft.steps = contents.clean_steps(type(draft), steps)
        _write(draft, actor)
        written: KnowledgePage = draft
        return written


def _write(draft: Any, actor: User) -> None:
    """Keep the draft as a revision, and in the row itself unless readers still read the row."""
    validated(draft)
    if not draft.live:
        draft.save(clean=False)
    save_revision(draft, actor)


def knowledge_submit(*, actor: User, page: KnowledgePage) -> KnowledgePage:
    """Ask for the review of the latest revision.

    :raises Conflict: it is under review already, or there is nothing new to review.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        if stored.is_under_review:
            raise Conflict(_("This page is already in review."), code="in_review")
        require(can_submit(actor, stored), _("You may not submit this page."))
        if stored.live and not stored.has_unpublished_changes:
            raise Conflict(_("There is nothing new to review."), code="nothing_new")
        current = stored.current_workflow_state
        if current is not None and current.status == WorkflowState.STATUS_NEEDS_CHANGES:
            current.resume(user=actor)
            return again(stored)
        workflow = stored.get_workflow()
        if workflow is None:
            raise Conflict(_("There is no review workflow for knowledge."), code="no_workflow")
        workflow.start(stored, actor)
        return again(stored)


def translation_create(
    *,
    actor: User,
    page: KnowledgePage,
    language: str,
    title: str,
    summary: str,
    body: str,
    fields: Fields | None = None,
    steps: Steps = (),
    owner: User | None = None,
) -> KnowledgePage:
    """Begin the page of the same knowledge in another language, as a draft.

    Audience, product and facts that need no translation come from `page`; the translation keeps
    which revision it was made from, so that it knows when its source moves on.

    :raises Conflict: there is a page of this family in `language` already.
    """
    language = contents.chosen(Language, language, field="language")
    with writing_as(actor):
        source = locked(page, actor)
        require(can_translate(actor, source), _("You may not translate this page."))
        if owner is not None and owner != actor:
            require(can_assign(actor, source), _("Only editors name another owner."))
        locale = Locale.objects.get(language_code=language)
        if source.has_translation(locale):
            raise Conflict(_("This page exists in that language already."), code="exists")
        model = type(source)
        neutral = {name: getattr(source, name) for name in model.neutral_fields}
        translation = model(
            owner=owner or actor,
            translation_key=source.translation_key,
            title=contents.clean_title(title),
            summary=contents.clean_summary(summary),
            body=contents.clean_body(body),
            product_code=source.product_code,
            audience=source.audience,
            department=source.department,
            source_page=source.knowledgepage_ptr,
            source_revision=source.live_revision or source.latest_revision,
            source_seen_at=clock.now(),
            **(neutral | contents.clean_fields(model, fields or {})),
        )
        rows = contents.clean_steps(model, steps)
        return _added(_index_of(language), translation, rows, actor)


def translation_realign(*, actor: User, page: KnowledgePage) -> KnowledgePage:
    """Say that a translation says what its source says now.

    :raises Conflict: the page is not a translation of another.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_edit(actor, stored), _("You may not change this page now."))
        source = stored.source_page
        if source is None:
            raise Conflict(_("This page is not a translation."), code="no_source")
        KnowledgePage.objects.filter(pk=stored.pk).update(
            source_revision=source.live_revision or source.latest_revision,
            source_seen_at=clock.now(),
        )
        return again(stored)
