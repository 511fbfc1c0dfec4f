"""Runs passes, and checks what each of them did."""

import operator

import torch
from torch import fx
from torch._guards import detect_fake_mode
from torch.export import ExportedProgram
from torch.fx.passes.fake_tensor_prop import FakeTensorProp
from torch.fx.passes.infra.pass_base import PassResult

from .. import frames, source, verify
from ..diagnostics import Diagnostic, Refusal
from ..session import Session
from . import Pass, shipped, tracing

STAGES = ("modules", "source", "program")


def load(session: Session) -> list[Pass]:
    """The passes that the request names, in order: shipped ones by name, the user's as FILE.py:CLASS."""
    if session.loaded_passes is None:
        session.loaded_passes = [_load(session, name) for name in session.request.passes]
    return session.loaded_passes


def _load(session: Session, name: str) -> Pass:
    if ":" not in name:
        if name not in shipped.PASSES:
            raise _wrong(
                f"there is no pass {name!r}", help=[f"shipped are {', '.join(shipped.PASSES)}; yours is FILE.py:CLASS"]
            )
        return shipped.PASSES[name]()
    file, _, member = name.rpartition(":")
    made = source.find(source.import_file(session.root / file, session.root, session.reads), member)
    try:
        found = made() if isinstance(made, type) else made
    except Exception as error:
        message = f"the pass {member} cannot be made: {source.shortened(error)}"
        raise _wrong(message, frames.error_place(error, session.root)) from error
    if not isinstance(found, Pass) or found.stage not in STAGES:
        raise _wrong(
            f"{name} is no pass",
            help=[f"derive it from reglaze_capture.passes.Pass; its stage is one of {', '.join(STAGES)}"],
        )
    found.name = found.name or member
    return found


def _wrong(message: str, place=None, notes=(), help=()) -> Refusal:
    return Refusal([Diagnostic("C113", message, place, list(notes), list(help))])


def _failed(session: Session, rewrite: Pass, error: Exception) -> Refusal:
    message = f"the pass {rewrite.name} failed: {source.shortened(error)}"
    return _wrong(
        message, frames.error_place(error, session.root), [f"it is there because {rewrite.why}"] if rewrite.why else []
    )


def _changed_values(session: Session, rewrite: Pass, reason: str) -> Refusal:
    return _wrong(f"the pass {rewrite.name} changed values: {reason}", frames.definition(type(rewrite), session.root))


def _note(session: Session, rewrite: Pass, matches: int) -> None:
    if not isinstance(matches, int):
        message = f"the pass {rewrite.name} answers {type(matches).__name__}, and not how many places it changed"
        raise _wrong(message, frames.definition(type(rewrite), session.root))
    session.passes.append({"name": rewrite.name, "why": rewrite.why, "matched": matches})


def rewrite_modules(session: Session) -> None:
    """Runs the passes that change the module tree."""
    for rewrite in load(session):
        if rewrite.stage != "modules":
            continue
        try:
            matches = rewrite.run_modules(session.model, session)
        except Exception as error:
            raise _failed(session, rewrite, error) from error
        _note(session, rewrite, matches)


def rewrite_source(session: Session, results: list) -> bool:
    """Runs the passes of the stage "source" on a trace of the model, which then stands in its place. False: there are
    none."""
    rewrites = [rewrite for rewrite in load(session) if rewrite.stage == "source"]
    if not rewrites:
        return False
    traced = tracing.trace(session, splits=any(rewrite.name == shipped.TensorIf.name for rewrite in rewrites))
    for rewrite in rewrites:
        try:
            matches = rewrite.run(traced)
            traced.graph.lint()
            traced.recompile()
        except Exception as error:
            raise _failed(session, rewrite, error) from error
        for call, example in enumerate((session.example, session.second)):
            try:
                reason = verify.difference(results[call], verify.copied(verify.run(traced, example)))
            except Exception as error:
                raise _failed(session, rewrite, error) from error
            if reason and rewrite.keeps_values:
                raise _changed_values(session, rewrite, reason)
            if reason:
                results[call] = verify.copied(verify.run(traced, example))
        _note(session, rewrite, matches)
    session.model = traced.eval()
    return True


def rewrite_program(session: Session, program: ExportedProgram, results: list) -> ExportedProgram:
    """Runs the passes of the stage "program", each checked before the next."""
    for rewrite in load(session):
        if rewrite.stage != "program":
            continue
        matches = 0

        def apply(graph_module: fx.GraphModule, rewrite: Pass = rewrite) -> PassResult:
            nonlocal matches
            matches = rewrite.run(graph_module)
            graph_module.graph.eliminate_dead_code()
            graph_module.graph.lint()
            graph_module.recompile()
            propagate(graph_module)
            return PassResult(graph_module, True)

        try:
            program = program._transform_do_not_use(apply)
        except Exception as error:
            # PyTorch's pass manager wraps what the pass raised.
            raise _failed(session, rewrite, error.__cause__ or error) from error
        if matches and (difference := verify.compare(session, program, results)):
            raise _changed_values(session, rewrite, difference.message)
        _note(session, rewrite, matches)
    return program


def propagate(graph_module: fx.GraphModule) -> None:
    """Computes each node's metadata again by running the graph on fake tensors; refuses a graph whose results changed
    type."""
    nodes = list(graph_module.graph.nodes)
    inputs = [node.meta["val"] for node in nodes if node.op == "placeholder"]
    before = [_types(node.meta.get("val")) for node in graph_module.graph.output_node().all_input_nodes]
    FakeTensorProp(graph_module, detect_fake_mode(inputs)).propagate_dont_convert_inputs(*inputs)
    after = [_types(node.meta.get("val")) for node in graph_module.graph.output_node().all_input_nodes]
    if any(old is not None and old != new for old, new in zip(before, after, strict=True)):
        raise ValueError(f"the results became {after}, they were {before}")
    origin: dict = {}
    for node in nodes:
        if node.op == "call_function" and node.target is not operator.getitem:
            # A new node comes from where the one before it comes from.
            for key in ("stack_trace", "nn_module_stack", "torch_fn"):
                if key in node.meta:
                    origin[key] = node.meta[key]
                elif key in origin:
                    node.meta[key] = origin[key]


def _types(value: object) -> str | None:
    return verify.type_text(value) if isinstance(value, torch.Tensor) else None
