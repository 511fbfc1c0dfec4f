"""Incremental capture: a model's blocks are exported alone, remembered by what they reach and read, and spliced.

When the code around the blocks is as it was, only blocks that changed are exported, and their graphs put in place of
the old ones in the remembered skeleton. Otherwise the whole is traced again, with every known block as one opaque
operator. The first capture is a whole export that is cut into pieces afterwards.
"""

import dataclasses
import json
import linecache
import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree

from . import blocks_find, blocks_reads
from .blocks_code import Codes, OpaqueError
from .blocks_cut import Cut, Fragment
from .blocks_graph import Frames, NotCuttableError
from .blocks_key import Subject, Surroundings, has_global_hooks
from .blocks_memo import Memo, Variant
from .blocks_names import digest
from .blocks_splice import Splice, canonical
from .blocks_trace import Inputs, Trace, describe


@dataclasses.dataclass
class BlockReport:
    """What became of a model's blocks in one capture."""

    total: int = 0
    distinct: int = 0
    exported: int = 0  # alone, or within a trace of the whole
    memoised: int = 0
    skeleton: str = "traced"  # or "memoised"
    inlined: dict[str, str] = dataclasses.field(default_factory=dict)  # blocks that cannot stand alone, and why
    unseen: dict[str, str] = dataclasses.field(default_factory=dict)  # what no key can see, by module
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def export(module: nn.Module, args: tuple, kwargs: dict, memo: Memo | None) -> tuple[ExportedProgram, BlockReport]:
    """The program of `module`, in the form of `canonical`, as a whole export would give it."""
    with torch.no_grad():
        report = BlockReport()
        if memo is None or has_global_hooks():
            return canonical(torch.export.export(module, args, kwargs, strict=False)), report
        return _Capture(module, args, kwargs, memo, report).run(), report


class _Capture:
    """One capture with a memo."""

    def __init__(self, module: nn.Module, args: tuple, kwargs: dict, memo: Memo, report: BlockReport):
        self.module, self.args, self.kwargs, self.memo, self.report = module, args, kwargs, memo, report
        self.codes = Codes()
        self.found: dict[str, Fragment] = {}
        self.keys: dict[str, str] = {}
        self.identities: dict[str, str] = {}  # equal for blocks with one graph
        self.exported: set[str] = set()
        linecache.checkcache()
        with report.phase("keys"):
            self.modules = dict(module.named_modules())
            self.blocks = blocks_find.find(module)
            self.surroundings = Surroundings()
            self.whole = Subject("", module, self.blocks, self.codes)
            self.subjects = {path: Subject(path, block, (), self.codes) for path, block in self.blocks.items()}
        for subject in (self.whole, *self.subjects.values()):
            if subject.problem:
                report.unseen[subject.path] = subject.problem

    def run(self) -> ExportedProgram:
        try:
            inputs = describe(*pytree.tree_flatten((self.args, self.kwargs)))
        except NotCuttableError as problem:
            self.report.inlined[""] = str(problem)
            return canonical(torch.export.export(self.module, self.args, self.kwargs, strict=False))
        program = self._from_skeleton(inputs) or self._traced(inputs)
        identities = {path: self.identities.get(path, path) for path in self.keys}
        self.report.total = len(identities)
        self.report.distinct = len(set(identities.values()))
        self.report.exported = len({identities[path] for path in self.exported})
        self.report.memoised = self.report.distinct - self.report.exported
        return program

    # The skeleton stands: only blocks are exported.

    def _from_skeleton(self, inputs: Inputs) -> ExportedProgram | None:
        if self.whole.problem:
            return None
        with self.report.phase("keys"):
            variant = self._variant(self.whole, self.whole.key(inputs))
        if variant is None:
            return None
        skeleton = variant.fragment
        for call in skeleton.calls:
            expected = Inputs(**call["inputs"])
            fragment = self._lookup(call["path"], expected) or self._alone(call["path"], expected)
            if fragment is None or (fragment.outputs, fragment.out_spec) != (call["outputs"], call["out_spec"]):
                return None
            unused = {f"i{index}" for index, text in enumerate(call["arguments"]) if text is None}
            if unused & fragment.used_arguments():
                return None
        self.report.skeleton = "memoised"
        return self._spliced(skeleton)

    def _variant(self, subject: Subject, key: str) -> Variant | None:
        for variant in self.memo.load(key):
            if not blocks_reads.still_hold(
                self.modules if subject is self.whole else subject.modules, variant.reads, self.codes
            ):
                continue
            if all(self._inlined_key(path) == its_key for path, its_key in variant.inlined.items()):
                return variant
        return None

    def _inlined_key(self, path: str) -> str | None:
        """The key of a block as a part of the skeleton, whatever its arguments."""
        subject = self.subjects.get(path)
        return None if subject is None or subject.problem else subject.key(Inputs("", [], []))

    def _lookup(self, path: str, inputs: Inputs) -> Fragment | None:
        subject = self.subjects.get(path)
        if subject is None or subject.problem:
            return None
        with self.report.phase("keys"):
            key = subject.key(inputs)
            known = self.found.get(path) if self.keys.get(path) == key else None
            self.keys[path] = key
            if known is None and (variant := self._variant(subject, key)):
                known = self.found[path] = variant.fragment
                self.identities[path] = digest(key, variant.reads)
        return known

    def _alone(self, path: str, inputs: Inputs) -> Fragment | None:
        """The graph of one block, exported on the arguments it had in the whole; None where that fails."""
        subject = self.subjects.get(path)
        if subject is None or subject.problem:
            return None
        with self.report.phase("blocks"):
            try:
                trace, written = self._run(
                    Trace(subject.module, {"": subject.module}, lambda *_: None, lambda _: True), *_example(inputs)
                )
                cut = Cut(trace, {"": subject.frames()})
            except Exception:
                return None  # the trace of the whole will show what the matter is
            if written or "" not in cut.fragments:
                return None
            self.exported.add(path)
            self._save(subject, self.keys[path], trace, "", cut.fragments[""])
            self.found[path] = cut.fragments[""]
        return self.found[path]

    def _run(self, trace: Trace, args: tuple, kwargs: dict) -> tuple[Trace, set[str]]:
        """Runs a trace; also gives the paths of modules whose attributes it wrote."""
        modules = dict(trace.model.named_modules())
        before, after = blocks_reads.state(modules), {}
        trace.at_end = lambda: after.update(blocks_reads.state(modules))
        trace.run(args, kwargs)
        return trace, trace.reads.written | blocks_reads.written(before, after)

    def _save(self, subject: Subject, key: str, trace: Trace, block: str, fragment: Fragment) -> None:
        try:
            reads = blocks_reads.digests(subject.modules, trace.reads.of(block), self.codes)
        except OpaqueError as problem:
            self.report.unseen[subject.path] = str(problem)
            return
        self.identities[subject.path] = digest(key, json.loads(json.dumps(reads)))
        self.memo.save(key, Variant(reads, fragment))

    # The whole is traced, known blocks as one operator each.

    def _traced(self, inputs: Inputs) -> ExportedProgram:
        inside: set[str] = set()  # known blocks that no operator can stand for in this model
        while True:
            trace, written = self._traced_but(inside)
            try:
                with self.report.phase("cut"):
                    cut = self._cut(trace, written)
                    uncut = {path for path, call in trace.calls.items() if call.is_opaque} - cut.slices.keys()
                    if not uncut:
                        return self._kept(trace, cut, inputs, written)
            except NotCuttableError as problem:
                self.report.inlined[""] = str(problem)
                self.keys.clear()
                if not self.found:
                    return canonical(trace.program)
                return canonical(torch.export.export(self.module, self.args, self.kwargs, strict=False))
            inside |= uncut

    def _traced_but(self, inside: set[str]) -> tuple[Trace, set[str]]:
        """A trace in which known blocks are one operator each, but for those named; without any where that fails."""

        def lookup(path: str, inputs: Inputs) -> Fragment | None:
            return None if path in inside else self._lookup(path, inputs)

        with self.report.phase("trace"):
            try:
                return self._run(self._trace(lookup), self.args, self.kwargs)
            except Exception:
                if not self.found:
                    raise
                self.found.clear()
                return self._run(self._trace(lambda *_: None), self.args, self.kwargs)

    def _trace(self, lookup) -> Trace:
        trace = Trace(self.module, self.blocks, lookup, self._is_as_left)
        trace.at_start = self.surroundings.note
        return trace

    def _is_as_left(self, path: str) -> bool:
        return self.surroundings.are_as_noted() and self.subjects[path].is_as_left()

    def _cut(self, trace: Trace, written: set[str]) -> Cut:
        for path, call in trace.calls.items():
            if any(name == path or name.startswith(f"{path}.") for name in written):
                call.problem = "it writes to its own attributes"
        return Cut(trace, {path: self.subjects[path].frames() for path in trace.calls})

    def _kept(self, trace: Trace, cut: Cut, inputs: Inputs, written: set[str]) -> ExportedProgram:
        """The program of a trace, its pieces remembered when they give that program again."""
        self.report.inlined.update(cut.problems)
        inlined = [path for path in self.blocks if path not in cut.slices]
        owners = {"": self.whole.codes()} | {path: self.subjects[path].codes() for path in inlined}
        skeleton = cut.skeleton(Frames(owners))
        opaque = {path for path, call in trace.calls.items() if call.is_opaque}
        self.found = {path: self.found[path] for path in opaque} | cut.fragments
        self.exported |= cut.fragments.keys()
        self.keys = {path: self.keys.get(path, path) for path in cut.slices}
        program = self._spliced(skeleton)
        if not opaque:
            whole = canonical(trace.program)
            if difference := first_difference(program, whole):
                self.report.inlined[""] = f"the pieces do not give the whole: {difference}"
                return whole
        for path, fragment in cut.fragments.items():
            if not self.subjects[path].problem:
                self._save(self.subjects[path], self.keys[path], trace, path, fragment)
        self._save_skeleton(skeleton, trace, inputs, inlined, written)
        return program

    def _save_skeleton(
        self, skeleton: Fragment, trace: Trace, inputs: Inputs, inlined: list[str], written: set[str]
    ) -> None:
        keys = {path: self._inlined_key(path) for path in inlined}
        if written:
            self.report.unseen[""] = "state that forward writes"
        if written or self.whole.problem or None in keys.values():
            return
        try:
            reads = set(trace.reads.of(""))
            for path in inlined:
                reads |= {(f"{path}.{name}".rstrip("."), attribute) for name, attribute in trace.reads.of(path)}
            held = blocks_reads.digests(self.modules, sorted(reads), self.codes)
        except OpaqueError as problem:
            self.report.unseen[""] = str(problem)
            return
        self.memo.save(self.whole.key(inputs), Variant(held, skeleton, keys))

    def _spliced(self, skeleton: Fragment) -> ExportedProgram:
        with self.report.phase("splice"):
            called = {call["path"] for call in skeleton.calls}
            owners = {"": self.whole.codes()}
            owners |= {path: subject.codes() for path, subject in self.subjects.items() if path not in called}
            pieces = {path: (self.found[path], self.subjects[path].frames()) for path in called}
            return Splice(self.module, self.args, self.kwargs).program(skeleton, Frames(owners), pieces)


def _example(inputs: Inputs) -> tuple[tuple, dict]:
    """Arguments of the types recorded; the values of tensors mean nothing."""
    leaves: list = []
    for index, value in enumerate(inputs.leaves):
        if inputs.same[index] != index:
            leaves.append(leaves[inputs.same[index]])
        elif "tensor" in value:
            dtype, shape, strides, _, device, _ = value["tensor"]
            leaves.append(torch.empty_strided(shape, strides, dtype=getattr(torch, dtype), device=device))
        else:
            leaves.append(value["plain"])
    return pytree.tree_unflatten(leaves, pytree.treespec_loads(inputs.spec))


def first_difference(one: ExportedProgram, other: ExportedProgram) -> str | None:
    """Where two programs in canonical form differ; None when their graphs, metadata and signatures are equal."""
    if str(one.graph_signature) != str(other.graph_signature):
        return "the signatures differ"
    mine, others = list(one.graph.nodes), list(other.graph.nodes)
    for a, b in zip(mine, others, strict=False):
        for what, x, y in (
            ("name", a.name, b.name),
            ("target", _target(a), _target(b)),
            ("arguments", str((a.args, a.kwargs)), str((b.args, b.kwargs))),
            ("type", _type(a), _type(b)),
            ("modules", a.meta.get("nn_module_stack"), b.meta.get("nn_module_stack")),
            ("frames", a.meta.get("stack_trace"), b.meta.get("stack_trace")),
        ):
            if x != y:
                return f"{what} of {b.name}: {x} instead of {y}"
    return None if len(mine) == len(others) else f"{len(mine)} nodes instead of {len(others)}"


def _target(node: torch.fx.Node) -> str:
    return "a graph" if node.op == "get_attr" else str(node.target)


def _type(node: torch.fx.Node) -> str:
    leaves = pytree.tree_leaves(node.meta.get("val"))
    return str(
        [
            (leaf.dtype, tuple(leaf.shape), leaf.stride(), leaf.storage_offset(), leaf.requires_grad)
            if isinstance(leaf, torch.Tensor)
            else leaf
            for leaf in leaves
        ]
    )


def open_memo(folder: pathlib.Path | str | None) -> Memo | None:
    return None if folder is None else Memo(folder)
