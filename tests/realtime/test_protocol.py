"""What a browser may say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiplatform.realtime.protocol import LONGEST, Operation, parse


@pytest.mark.parametrize(
    ("message", "operation"),
    [
        ({"op": "ping"}, Operation("ping")),
        ({"op": "ping", "channel": 7}, Operation("ping")),
        ({"op": "subscribe", "channel": "thread:abc"}, Operation("subscribe", "thread:abc")),
        (
            {"op": "subscribe", "channel": "thread:abc", "after": 12},
            Operation("subscribe", "thread:abc", 12),
        ),
        ({"op": "unsubscribe", "channel": "thread:abc"}, Operation("unsubscribe", "thread:abc")),
        ({"op": "typing", "channel": "thread:abc"}, Operation("typing", "thread:abc")),
    ],
)
def test_operations_are_understood(message: dict[str, object], operation: Operation) -> None:
    assert parse(json.dumps(message)) == operation


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"op": "post", "channel": "thread:abc"}',
        '{"op": ["ping"]}',
        '{"op": "subscribe"}',
        '{"op": "subscribe", "channel": ""}',
        '{"op": "subscribe", "channel": 5}',
        '{"op": "subscribe", "channel": "thread:\\u0000"}',
        '{"op": "subscribe", "channel": "a:b", "after": -1}',
        '{"op": "subscribe", "channel": "a:b", "after": true}',
        '{"op": "subscribe", "channel": "a:b", "after": 1.5}',
        '{"op": "subscribe", "channel": "a:b", "after": "5"}',
        '{"op": "subscribe", "channel": "a:b", "after": 99999999999999999999}',
        '{"op": "subscribe", "channel": "' + "x" * 81 + '"}',
        '{"op": "ping", "pad": "' + "x" * LONGEST + '"}',
        "[" * 4000,
    ],
)
def test_everything_else_is_malformed(text: str | None) -> None:
    assert parse(text) is None


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_no_text_can_raise(text: str) -> None:
    parse(text)
