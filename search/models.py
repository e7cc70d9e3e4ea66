"""The index of record: documents, passages with their vectors, and the log of changes to them.

Guarantee: rows here change only together with a line in the change log, in the transaction that
changes them; so whatever follows the log (the matrix of a process, an external engine) can always
catch up, and what was rolled back was never seen.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiplatform.core import clock


class AccessSet(models.Model):
    """A set of access tokens, shared by all documents that carry the same; never changed."""

    digest = models.CharField(max_length=32, unique=True)
    tokens = models.JSONField()

    def __str__(self) -> str:
        return " ".join(self.tokens)


class SearchDocument(models.Model):
    """One searchable thing, as its source last described it."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    version = models.BigIntegerField()
    language = models.CharField(max_length=10)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    url_name = models.CharField(max_length=120, blank=True)
    access = models.ForeignKey(AccessSet, models.PROTECT, related_name="+")
    facets = models.JSONField(default=dict)
    verified = models.BooleanField(default=False)
    verified_until = models.DateField(null=True)
    boost = models.FloatField(default=1.0)
    updated_at = models.DateTimeField()
    content_fingerprint = models.CharField(max_length=16)
    metadata_fingerprint = models.CharField(max_length=16)
    indexed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="search_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key} v{self.version}"


class Generation(models.Model):
    """One build of the index: passages cut, analysed and embedded in one way.

    `recipe` is the fingerprint of the embedding recipe; empty until the first vector is written,
    after which vectors of another recipe never enter this generation.
    """

    class State(models.TextChoices):
        BUILDING = "building"
        LIVE = "live"
        RETIRED = "retired"

    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    slot = models.CharField(max_length=1)
    analysis = models.CharField(max_length=40)
    recipe = models.CharField(max_length=16, blank=True)
    dimension = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="live"),
                name="search_one_live_generation",
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=~models.Q(state="retired"),
                name="search_one_generation_per_slot",
            ),
        ]

    def __str__(self) -> str:
        return f"generation {self.pk} ({self.state})"


class Passage(models.Model):
    """Characters start:end of a document's text, and their vector once it is made.

    `language` is "zh", "en" or "other": a text may quote or ask in another language than its own.
    `vector` holds int8 values; value x `scale` is the unit vector of the embedder.
    """

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="passages")
    document = models.ForeignKey(SearchDocument, models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    heading = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5, default="other")
    vector = models.BinaryField(null=True)
    scale = models.FloatField(default=0.0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["generation", "document", "ordinal"], name="search_passage_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["generation", "id"],
                condition=models.Q(vector__isnull=True),
                name="search_passage_pending",
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} #{self.ordinal}"


class Change(models.Model):
    """A line of the change log: this document's rows differ from what they were before.

    Keys rise in commit order, since every writer holds the lock of IndexState. A line without a
    document says that everything is to be read again.
    """

    document_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.pk}: {self.document_id or 'everything'}"


class IndexState(models.Model):
    """The single row that every writer of the index locks first."""

    last_verified_at = models.DateTimeField(null=True)
    last_differences = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return "index state"


class QueryStatistics(models.Model):
    """Sum of the unit vectors of past queries of one language; no query can be told from it."""

    recipe = models.CharField(max_length=16)
    language = models.CharField(max_length=5)
    count = models.FloatField(default=0)
    total = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipe", "language"], name="search_statistics_once")
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.count:.0f} queries"


class SynonymSet(models.Model):
    """Words of one language that mean the same; kept by editors, used for queries."""

    class Language(models.TextChoices):
        ZH = "zh", _("Chinese")
        EN = "en", _("English")

    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    words = models.TextField(
        _("words"),
        help_text=_("Words that mean the same, one on each line. A search for one finds all."),
    )

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")

    def __str__(self) -> str:
        return self.words.replace("\n", ", ")


class SearchGap(models.Model):
    """A search to which nothing fitted: what people look for and the company has not written.

    Holds no person. Digits and addresses are blanked before it is kept.
    """

    text = models.CharField(max_length=200)
    language = models.CharField(max_length=5)
    audience = models.CharField(max_length=10)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["text", "audience"], name="search_gap_once")
        ]

    def __str__(self) -> str:
        return self.text


class SearchVote(models.Model):
    """Whether a hit helped with a query; the voter is a keyed digest, so each votes once."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    query = models.CharField(max_length=200)
    language = models.CharField(max_length=5)
    voter = models.CharField(max_length=32)
    helpful = models.BooleanField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "key", "query", "voter"], name="search_vote_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key} {'+' if self.helpful else '-'}"
