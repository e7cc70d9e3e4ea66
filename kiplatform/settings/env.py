"""The one table of environment variables.

Every variable that the project reads is declared here with its default and its meaning;
docs/reference/settings.md is checked against this table, so neither can drift from the other.
"""

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default as text, and what it decides."""

    name: str
    default: str
    meaning: str


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable(
            "KIP_SECRET_KEY", "", "Signing key; required in production, at least 50 characters."
        ),
        Variable("KIP_ALLOWED_HOSTS", "", "Comma-separated host names that production answers to."),
        Variable("KIP_SITE_URL", "http://127.0.0.1:8000", "Public address, used in e-mail links."),
        Variable(
            "KIP_VAR_DIR", "", "Folder for the database, built models and uploads; default: var/."
        ),
        Variable(
            "KIP_DATABASE_URL", "", "postgresql://user:password@host:port/name; empty: SQLite."
        ),
        Variable(
            "KIP_REDIS_URL", "", "redis://host:port/0 for the channel layer; empty: in memory."
        ),
        Variable("KIP_EMAIL_URL", "", "smtp://user:password@host:port; empty: printed to the log."),
        Variable("KIP_EMAIL_FROM", "kiplatform@localhost", "Sender of the platform's e-mail."),
        Variable("KIP_SEARCH_ENGINE", "embedded", "embedded (SQLite) or elasticsearch."),
        Variable(
            "KIP_ELASTICSEARCH_URL", "http://127.0.0.1:9200", "Comma-separated Elasticsearch nodes."
        ),
        Variable(
            "KIP_ELASTICSEARCH_PREFIX",
            "kiplatform",
            "Start of the names of all indexes, of this platform alone.",
        ),
        Variable(
            "KIP_SEARCH_EMBEDDER",
            "bundled",
            "bundled, disabled, or sentence-transformers:NAME_OR_FOLDER.",
        ),
        Variable(
            "KIP_SEARCH_READER", "bundled", "bundled, disabled, or cross-encoder:NAME_OR_FOLDER."
        ),
        Variable(
            "KIP_SEARCH_FULL_VOCABULARY",
            "0",
            "1 keeps every script in the bundled model: 118 MB instead of 53 MB.",
        ),
        Variable("KIP_SEARCH_THREADS", "1", "Threads that one inference of a model may use."),
        Variable(
            "KIP_RELAY", "inline", "inline: the web process relays events; worker: manage.py relay."
        ),
        Variable("KIP_LOG_LEVEL", "INFO", "Least severe level that is logged."),
    )
}


def text(name: str) -> str:
    """Return the variable's value, or its declared default; KeyError for an undeclared name."""
    return os.environ.get(name, VARIABLES[name].default)


def flag(name: str) -> bool:
    """Return whether the variable is switched on (1, true, yes or on)."""
    return text(name).lower() in {"1", "true", "yes", "on"}


def number(name: str) -> int:
    """Return the variable as a whole number; ValueError names the variable."""
    try:
        return int(text(name))
    except ValueError as error:
        raise ValueError(f"{name} must be a whole number, not {text(name)!r}") from error


def listed(name: str) -> list[str]:
    """Return the comma-separated variable as a list without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def var_dir() -> Path:
    """Return the folder for everything that the project writes."""
    return Path(text("KIP_VAR_DIR") or REPOSITORY / "var")
