"""A relay in a process of its own that kills itself (SIGKILL) at a given point, if it gets there.

    python -m tests.events.relay_process HANDLER NUMBER MOMENT

MOMENT "claimed" is between the commit of the claim and the first delivery. Prints how many events
it relayed, when it survives.
"""

import os
import signal
import sys

import django


def main(name: str, number: int, moment: str) -> None:
    django.setup()
    from kiplatform.events import relay
    from tests.events.ledger import handlers

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def trouble(*point: object) -> None:
        if point == (name, number, moment):
            die()

    if moment == "claimed":
        deliver = relay._deliver
        relay._deliver = lambda calls: die() if calls else deliver(calls)  # type: ignore[assignment,func-returns-value]
    with handlers(["alpha", "beta"], trouble):
        print(relay.run_pending())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
