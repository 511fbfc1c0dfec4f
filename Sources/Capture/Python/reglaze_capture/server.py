"""A process that has imported PyTorch and answers each request in a fork of itself; one that comes with other values
of variables that were read here already, or with modules that hide what was imported here, in a process that the fork
becomes.

The user's modules are never imported here, so that every capture sees them as they are now, and nothing that a capture
does reaches the next one. One thread; a fork's events come back through a pipe and are passed on line by line, so that
a client never sees half a line of a fork that died.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pathlib
import selectors
import signal
import socket
import sys
import time

from . import ahead, environment, variables

# A capture that takes longer hangs.
LIMIT_SECONDS = 900.0
# How often the server looks whether its socket is still its own and whether there is something to import ahead.
_TICK_SECONDS = 0.5
_REQUEST_BYTES = 1 << 24
# `PR_SET_PDEATHSIG` of Linux.
_DIE_WITH_PARENT = 1


class Fork:
    """One capture under way."""

    def __init__(self, pid: int, pipe: int, connection: socket.socket):
        self.pid = pid
        self.pipe = pipe
        self.connection = connection
        self.pending = b""
        self.started = time.monotonic()
        self.is_answered = False
        self.is_late = False
        self.is_left = False  # The client has its answer, and is gone.


class Server:
    def __init__(self, path: pathlib.Path, idle_seconds: float):
        self.path = path
        self.idle_seconds = idle_seconds
        self.selector = selectors.DefaultSelector()
        self.forks: dict[int, Fork] = {}
        self.wanted: list[str] = []  # modules that the last captures imported, to import ahead
        self.last_use = time.monotonic()
        self.is_ending = False

    def run(self) -> None:
        """Serves until idle for too long, until the socket's file is gone or another's, or until SIGTERM."""
        listener = self._listen()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        environment.prepare()
        environment.rehearse()
        self.last_use = time.monotonic()
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        try:
            while not self._is_over():
                for key, _ in self.selector.select(_TICK_SECONDS):
                    key.data(key.fileobj)
                self._stop_late_forks()
                self._import_ahead()
        finally:
            for fork in list(self.forks.values()):
                self._kill(fork)
            if self._owns_socket():
                self.path.unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(str(self.path))
        finally:
            os.umask(mask)
        listener.listen(16)
        self.listener = listener
        self.inode = os.stat(self.path).st_ino
        return listener

    def _end(self, *_) -> None:
        self.is_ending = True

    def _owns_socket(self) -> bool:
        try:
            return os.stat(self.path).st_ino == self.inode
        except OSError:
            return False

    def _is_over(self) -> bool:
        if self.is_ending or not self._owns_socket():
            return True
        return not self.forks and time.monotonic() - self.last_use > self.idle_seconds

    # A connection: first its request, then only its end is of interest.

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        self.last_use = time.monotonic()
        received = bytearray()
        self.selector.register(connection, selectors.EVENT_READ, lambda connection: self._receive(connection, received))

    def _receive(self, connection: socket.socket, received: bytearray) -> None:
        try:
            data = connection.recv(1 << 16)
        except OSError:
            data = b""
        received += data
        if b"\n" in received:
            self.selector.unregister(connection)
            self._start(connection, bytes(received.partition(b"\n")[0]))
        elif not data or len(received) > _REQUEST_BYTES:
            self.selector.unregister(connection)
            connection.close()

    def _start(self, connection: socket.socket, line: bytes) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._answer(line, reading, writing, connection)
        os.close(writing)
        fork = Fork(pid, reading, connection)
        self.forks[pid] = fork
        self.selector.register(reading, selectors.EVENT_READ, lambda _: self._relay(fork))
        self.selector.register(connection, selectors.EVENT_READ, lambda _: self._hang_up(fork))

    def _answer(self, line: bytes, reading: int, writing: int, connection: socket.socket) -> None:
        """The fork's whole life. Never returns."""
        status = 1
        try:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(reading)
            # A killed server takes its forks along, and none of them keeps its socket alive: nobody would accept there.
            with contextlib.suppress(OSError, AttributeError):
                ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
            self.listener.close()
            self.selector.close()
            connection.close()
            events = os.fdopen(writing, "w", buffering=1, encoding="utf-8")
            known = set(sys.modules)

            def emit(event: dict) -> None:
                events.write(json.dumps(event, ensure_ascii=False) + "\n")
                events.flush()

            fields = json.loads(line)
            if variables.are_other(fields.get("variables")) or hides_packages(fields):
                start_over(line, writing)
            from . import capture

            capture.answer(fields, emit)
            emit({"event": "_imported", "modules": imported_libraries(known)})
            status = 0
        except BaseException as error:
            with contextlib.suppress(Exception):
                emit({"event": "failed", "message": f"{type(error).__name__}: {error}", "traceback": ""})
        finally:
            os._exit(status)

    def _relay(self, fork: Fork) -> None:
        data = os.read(fork.pipe, 1 << 16)
        if not data:
            self._finish(fork)
            return
        *lines, fork.pending = (fork.pending + data).split(b"\n")
        for line in lines:
            self._pass_on(fork, line)

    def _pass_on(self, fork: Fork, line: bytes) -> None:
        event = json.loads(line)
        if event["event"] == "_imported":
            self.wanted += [name for name in event["modules"] if name not in self.wanted]
            return
        fork.is_answered |= event["event"] != "phase"
        # A client that went away is noticed by `_hang_up`.
        with contextlib.suppress(OSError):
            fork.connection.sendall(line + b"\n")

    def _finish(self, fork: Fork) -> None:
        """The fork's pipe is closed: it has ended, well or not."""
        self._forget(fork)
        _, status = os.waitpid(fork.pid, 0)
        if not fork.is_answered:
            event = {"event": "refused", "diagnostics": [death(status, fork.is_late).to_json()], "read": []}
            with contextlib.suppress(OSError):
                fork.connection.sendall(json.dumps(event).encode() + b"\n")
        fork.connection.close()
        self.last_use = time.monotonic()

    def _hang_up(self, fork: Fork) -> None:
        """The client closed the connection: nobody waits for this capture any more."""
        try:
            if fork.connection.recv(1 << 12):
                return
        except OSError:
            pass
        if fork.is_answered:
            # It has said its all but for what it imported, which the next captures are quicker by.
            self.selector.unregister(fork.connection)
            fork.is_left = True
        else:
            self._kill(fork)

    def _kill(self, fork: Fork) -> None:
        self._forget(fork)
        with contextlib.suppress(ProcessLookupError):
            os.kill(fork.pid, signal.SIGKILL)
        os.waitpid(fork.pid, 0)
        fork.connection.close()
        self.last_use = time.monotonic()

    def _forget(self, fork: Fork) -> None:
        self.selector.unregister(fork.pipe)
        if not fork.is_left:
            self.selector.unregister(fork.connection)
        os.close(fork.pipe)
        del self.forks[fork.pid]

    def _stop_late_forks(self) -> None:
        for fork in self.forks.values():
            if not fork.is_late and time.monotonic() - fork.started > LIMIT_SECONDS:
                fork.is_late = True
                os.kill(fork.pid, signal.SIGKILL)  # `_finish` reports it.

    def _import_ahead(self) -> None:
        """While nobody waits, imports what the last captures imported: one module at a time, so that a request waits
        for one at most."""
        while self.wanted and not self.forks and not self.selector.select(0):
            name = self.wanted.pop(0)
            if name not in sys.modules:
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
            if not self.wanted:
                gc.collect()
                gc.freeze()


def hides_packages(fields: dict) -> bool:
    """Whether the request's workspace has a module of its own where one was imported here."""
    workspace = os.path.realpath(fields["workspace"])
    source = fields.get("source") or fields.get("suite") or ""
    folder = os.path.dirname(os.path.join(workspace, source.rpartition(":")[0] or source))
    return ahead.is_hidden([workspace, folder, *sys.path], workspace)


def start_over(line: bytes, output: int) -> None:
    """Becomes a process that answers this one request: what has been imported here has read another environment."""
    request = os.memfd_create("request")
    os.write(request, line + b"\n")
    os.lseek(request, 0, os.SEEK_SET)
    os.dup2(request, 0)
    os.dup2(output, 1)
    variables.adopt(json.loads(line).get("variables"))
    os.execv(sys.executable, [*sys.orig_argv[: sys.orig_argv.index("serve")], "once"])


def imported_libraries(known: set[str]) -> list[str]:
    """The modules of installed packages that were imported since `known`, in the order of importing."""
    from . import frames

    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        spec = getattr(module, "__spec__", None)
        if name not in known and file and spec and spec.name == name and frames.is_library(file):
            found.append(name)
    return found


def death(status: int, is_late: bool):
    """Says how a capture ended that gave no answer."""
    from .diagnostics import Diagnostic

    if is_late:
        return Diagnostic("C132", f"the capture was stopped after {LIMIT_SECONDS:.0f} seconds")
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        help = ["was there enough memory?"] if number == signal.SIGKILL else []
        return Diagnostic("C131", f"the capture process was ended by {signal.Signals(number).name}", help=help)
    return Diagnostic("C131", f"the capture process ended with exit code {os.WEXITSTATUS(status)} and no answer")
