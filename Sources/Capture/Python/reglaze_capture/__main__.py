"""`once`: one request on standard input. `serve`: requests on a Unix socket, each answered by a fork."""

import argparse
import json
import os
import pathlib
import signal
import sys


def once() -> None:
    """Answers the request on standard input; what the user's code prints goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # From outside it ends the process; the user's code may raise its own.
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def emit(event: dict) -> None:
        events.write(json.dumps(event, ensure_ascii=False) + "\n")
        events.flush()

    try:
        fields = json.loads(sys.stdin.readline())
        from . import environment

        environment.prepare()
        from . import capture
    except Exception as error:
        emit({"event": "failed", "message": f"{type(error).__name__}: {error}", "traceback": ""})
        return
    capture.answer(fields, emit)


def main() -> None:
    parser = argparse.ArgumentParser(prog="reglaze_capture", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("once")
    serve = commands.add_parser("serve")
    serve.add_argument("--socket", type=pathlib.Path, required=True)
    serve.add_argument("--idle", type=float, default=900.0, metavar="SECONDS")
    options = parser.parse_args()
    if options.command == "once":
        once()
    else:
        from . import server

        server.Server(options.socket, options.idle).run()


main()
