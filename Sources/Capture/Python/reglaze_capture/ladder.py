"""The ladder: each rung tries to capture the model, and is checked against eager before it counts."""

import dataclasses

import torch
from torch.export import ExportedProgram

from . import containers, failures, preflight, rungs, trial, verify
from .diagnostics import Diagnostic, Refusal, without_repetition
from .passes import running
from .session import Session


@dataclasses.dataclass
class Captured:
    program: ExportedProgram
    rung: str
    host_plan: dict | None = None
    captured_parameters: int | None = None  # elements; all when None


class Ladder:
    """One way up. Keeps what the lower rungs raised: when none holds, all of it explains why."""

    def __init__(self, session: Session):
        self.session = session
        self.errors: list[Exception] = []
        self.differences: list[Diagnostic] = []
        with session.phase("preflight"):
            running.rewrite_modules(session)
            before = session.reads.questions
            self.flight = preflight.run(session)
            session.reads_in_forward = session.reads.questions > before
            session.reads.stop()

    def climb(self) -> Captured:
        """The first rung's result that answers as the model does; refuses with all reasons."""
        session = self.session
        registered = containers.register_unknown((self.flight.results, session.example.args, session.example.kwargs))
        is_rewritten = running.rewrite_source(session, self.flight.results)
        name = "fx" if is_rewritten else "registered" if registered else "non-strict"
        if not self.flight.writes and (captured := self._incrementally(name) or self._without_memory(name)):
            return captured
        with session.phase("trial"):
            found = trial.run(session)
        if self.flight.writes:
            raise Refusal(without_repetition([*self.flight.writes, *self._explained(found)]))
        if not found.findings and (captured := self._try("strict", lambda: rungs.export_whole(session, strict=True))):
            return captured
        return self._with_consent(found) or self._refuse_or_partly(found)

    def _incrementally(self, name: str) -> Captured | None:
        session = self.session
        return self._try(name, lambda: rungs.export_incremental(session) or rungs.export_whole(session))

    def _without_memory(self, name: str) -> Captured | None:
        """The whole again, where graphs of earlier captures had a part in what failed: a key may not see everything."""
        session = self.session
        if not session.is_remembered:
            return None
        self.errors, self.differences = [], []
        captured = self._try(name, lambda: rungs.export_whole(session))
        if captured:
            message = "the remembered graphs are not this model's: the whole was exported"
            session.warn(Diagnostic("C119", message, severity="note"))
        return captured

    def _try(self, name: str, export) -> Captured | None:
        session = self.session
        try:
            with session.phase("export"):
                program = export()
        except Refusal:
            raise
        except Exception as error:
            self.errors.append(error)
            return None
        return self._checked(name, running.rewrite_program(session, program, self.flight.results))

    def _checked(self, name: str, program: ExportedProgram, may_decline: bool = False) -> Captured | None:
        """The rung's result, when it verifies."""
        session = self.session
        if session.request.verify:
            with session.phase("verify"):
                difference = verify.compare(session, program, self.flight.results, may_decline)
            if difference:
                self.differences.append(difference)
                return None
        warnings = [*self.flight.settled, *failures.values_as_numbers(session, program)]
        session.diagnostics += without_repetition(warnings)
        return Captured(program, name)

    def _with_consent(self, found: trial.Trial) -> Captured | None:
        """The program that holds for inputs like the example, when the user accepts what it takes for granted."""
        decisions = [finding for finding in found.findings if finding.kind == "decision"]
        if found.program is None or not decisions:
            return None
        asked = [finding for finding in decisions if not self._is_accepted(finding)]
        if asked:
            return None
        captured = self._checked("draft", found.program, may_decline=True)
        if captured:
            self.session.assumptions += [finding.statement() for finding in decisions]
        return captured

    def _is_accepted(self, finding: trial.Finding) -> bool:
        if self.session.request.accept_draft:
            return True
        place = finding.place
        keys = (str(place.line), f"{place.file}:{place.line}") if place else ()
        assume = self.session.request.assume
        return any(key in assume and str(assume[key]) == finding.outcome for key in keys)

    def _explained(self, found: trial.Trial) -> list[Diagnostic]:
        reasons = failures.explain(self.session, self.errors, found, self.flight.results)
        if self.differences:
            # What forward wrote in the first call explains why the second one answers otherwise.
            reasons += [
                dataclasses.replace(warning, severity="error") for warning in self.flight.settled
            ] + self.differences
        return reasons

    def _refuse_or_partly(self, found: trial.Trial) -> Captured:
        reasons = without_repetition(self._explained(found))
        session = self.session
        if session.request.partial and (captured := _partly(session, reasons)):
            return captured
        if consent := self._consent(found):
            reasons.append(consent)
        raise Refusal(reasons)

    def _consent(self, found: trial.Trial) -> Diagnostic | None:
        """What the user could accept instead of changing the program."""
        decisions = [finding for finding in found.findings if finding.kind == "decision"]
        if found.program is None or not decisions:
            return None
        if verify.compare(self.session, found.program, self.flight.results, may_decline=True):
            return None
        notes = [f"it assumes {finding.statement()}" for finding in decisions]
        help = ["--accept-draft: capture it with these assumptions, which are checked when it runs"]
        message = "a program for inputs like these can be captured with your consent"
        return Diagnostic("C115", message, decisions[0].place, notes, help, severity="note")


def climb(session: Session) -> Captured:
    return Ladder(session).climb()


def _partly(session: Session, reasons: list[Diagnostic]) -> Captured | None:
    with session.phase("partial"):
        found = rungs.export_partly(session, reasons)
    return found and Captured(found.program, "partial", found.plan, found.captured_parameters)


def parameter_count(program: ExportedProgram) -> int:
    """The number of elements of a program's parameters."""
    return sum(value.numel() for value in program.state_dict.values() if isinstance(value, torch.nn.Parameter))
