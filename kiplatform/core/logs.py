"""Log lines carry the trace id; personal data stays out of them by what callers pass."""

import logging

from kiplatform.core.trace import current_trace_id


class TraceFilter(logging.Filter):
    """Adds `trace_id` to every record ("-" outside of an act)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.trace_id = current_trace_id() or "-"
        return True
