"""From what editors type to what readers see: a subset of Markdown, and nothing that runs.

Guarantee: whatever the text holds, the result has only the tags and attributes listed here, and
links lead to http, https, mailto or tel addresses or stay on the site.
"""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "code",
    "pre", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}

# Raw HTML stays text, and images are left out: knowledge is words, and no request leaves the site.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
_markdown.enable(["table", "strikethrough"]).disable(["image"])


def render_body(text: str) -> SafeString:
    """Return `text` (Markdown, any length) as HTML that is safe to show; a # heading becomes h2."""
    html = _markdown.render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return mark_safe(  # noqa: S308 - nh3 has cleaned it
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer",
        )
    )
