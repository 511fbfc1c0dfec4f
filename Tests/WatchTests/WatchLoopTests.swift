import Basics
import Glibc
import Pipeline
import QueryEngine
import Synchronization
import Testing

/// The loop from the first build to the last: what each edit is answered with.
@Suite(.serialized) struct WatchLoopTests {
    @Test func `The first build is the baseline, and an edit shows what it compiled and what that costs`() async throws {
        let bench = try WatchBench()
        let first = try await bench.build(1)
        #expect(first.programs.map(\.model) == ["model"])
        #expect(first.programs[0].delta == nil)
        #expect(first.changes.isEmpty)
        try bench.edit("tiny_cnn.edited")
        let second = try await bench.build(2)
        await bench.stop()
        #expect(second.changes.map(\.path) == ["model.pt2"])
        let program = try #require(second.programs.first)
        let delta = try #require(program.delta)
        #expect(delta.before == first.programs[0].report.program)
        #expect(delta.compiledKernels == program.report.compiled.count)
        #expect(delta.compiledKernels > 0 && delta.reusedKernels > 0)
        let compiled = delta.rows.filter { $0.change == .compiled }
        #expect(compiled.allSatisfy { $0.name.hasPrefix("middle.") && !$0.why.isEmpty }, "\(compiled)")
        #expect(delta.rows.reduce(0) { $0 + $1.delta.cycles } == delta.total.cycles)
        #expect(second.secondsSinceSave != nil)
        #expect(second.label.contains { $0.path == "model.pt2" })
    }

    @Test func `An edit that changes no graph is no change`() async throws {
        let bench = try WatchBench()
        _ = try await bench.build(1)
        try bench.edit("tiny_cnn.moved")
        let second = try await bench.build(2)
        await bench.stop()
        #expect(second.isUnchanged)
        #expect(second.programs[0].report.executed("GenerateKernel") == 0)
        #expect(WatchText(verbose: false).lines(.built(second)).map(\.verb) == ["No change"])
    }

    @Test func `A write of the same content builds nothing`() async throws {
        let bench = try WatchBench()
        _ = try await bench.build(1)
        try bench.edit("tiny_cnn")
        try await Task.sleep(for: .milliseconds(300))
        try bench.edit("tiny_cnn.edited")
        let second = try await bench.build(2)
        await bench.stop()
        #expect(second.changes.map(\.path) == ["model.pt2"])
        #expect(bench.starts == 2)
    }

    @Test func `A program that cannot be built fails with its diagnostic, and its repair goes on from the last good build`() async throws {
        let bench = try WatchBench()
        let first = try await bench.build(1)
        try FilePath.write(Array(WatchBench.fixture("tiny_cnn").prefix(5000)), to: "\(bench.directory)/model.pt2")
        let failure = try #require(try await bench.end(2).failure)
        #expect(failure.diagnostics.map(\.code.text) == ["I002"])
        try bench.edit("tiny_cnn.edited")
        let third = try await bench.build(3)
        try bench.edit("tiny_cnn")
        let fourth = try await bench.build(4)
        await bench.stop()
        #expect(third.programs[0].delta?.before == first.programs[0].report.program)
        #expect(fourth.programs[0].report.program == first.programs[0].report.program)
        #expect(fourth.programs[0].report.compiled.isEmpty)
    }

    @Test func `A store that cannot be written for a while costs no build, and is written again afterwards`() async throws {
        // Its weights are too big to travel in the results that name them.
        let example = "../../workspace-example/captured/gazenet"
        let bench = try WatchBench(program: example)
        _ = try await bench.build(1)
        let blobs = "\(bench.directory)/cache/blobs"
        rename(blobs, blobs + ".away")
        try FilePath.write([], to: blobs)
        try bench.edit(example + "-edited")
        let second = try await bench.build(2)
        try bench.edit(example)
        let third = try await bench.build(3)
        unlink(blobs)
        rename(blobs + ".away", blobs)
        try bench.edit(example + "-edited")
        let fourth = try await bench.build(4)
        await bench.stop()
        #expect(second.diagnostics.map(\.code.text) == ["S003"])
        #expect(third.programs[0].delta?.before == second.programs[0].report.program)
        #expect(fourth.diagnostics.isEmpty)
        #expect(fourth.programs[0].report.program == second.programs[0].report.program)
        #expect(bench.starts == 4)
    }

    @Test func `A store that is removed is made anew, and keeps what is built from then on`() async throws {
        let bench = try WatchBench()
        let first = try await bench.build(1)
        WatchBench.remove("\(bench.directory)/cache")
        try bench.edit("tiny_cnn.edited")
        let second = try await bench.build(2)
        try bench.edit("tiny_cnn")
        let third = try await bench.build(3)
        await bench.stop()
        #expect(second.diagnostics.isEmpty && third.diagnostics.isEmpty)
        #expect(third.programs[0].report.program == first.programs[0].report.program)
        // Another process finds both states; a copy, because this one has the store open.
        #expect(system("cp -r '\(bench.directory)/cache' '\(bench.directory)/copy'") == 0)
        for fixture in ["tiny_cnn.edited", "tiny_cnn"] {
            try bench.edit(fixture)
            let session = try Session(
                Workspace.open(directory: bench.directory), Session.Options(cache: .directory("\(bench.directory)/copy")))
            let models = try ModelReference.resolve([], in: session.workspace)
            let outcome = try await session.build(models, targets: try session.targets([]), precision: nil)
            #expect(outcome.diagnostics.isEmpty)
            #expect(outcome.reports[0].executed("GenerateKernel") == 0)
        }
    }

    @Test func `An image that cannot be written fails once, and is written when it can be`() async throws {
        let bench = try WatchBench()
        _ = try await bench.build(1)
        let images = "\(bench.directory)/build"
        rename(images, images + ".away")
        try FilePath.write([], to: images)
        try bench.edit("tiny_cnn.edited")
        let failure = try #require(try await bench.end(2).failure)
        unlink(images)
        try bench.edit("tiny_cnn")
        _ = try await bench.build(3)
        await bench.stop()
        #expect(failure.diagnostics.map(\.severity) == [.error])
        #expect(FilePath.exists("\(images)/model.headset.rgi"))
        #expect(bench.starts == 3)
    }

    @Test func `What stands in a program's place and is no file is told for what it is, once`() async throws {
        let bench = try WatchBench()
        let path = "\(bench.directory)/model.pt2"
        let first = try await bench.build(1)
        func message(_ end: Int) async throws -> String? { try await bench.end(end).failure?.diagnostics.first?.message }
        unlink(path)
        mkdir(path, 0o755)
        #expect(try await message(2) == "cannot read model.pt2: Is a directory")
        rmdir(path)
        mkfifo(path, 0o644)
        #expect(try await message(3) == "cannot read model.pt2: it is no regular file")
        unlink(path)
        symlink("model.pt2", path)
        #expect(try await message(4) == "cannot read model.pt2: Too many levels of symbolic links")
        unlink(path)
        try bench.edit("tiny_cnn")
        let fifth = try await bench.build(5)
        await bench.stop()
        #expect(fifth.programs[0].report.program == first.programs[0].report.program)
        #expect(bench.starts == 5)
    }

    @Test func `The manifest is watched: a mistake in it is told, and what it says next is built`() async throws {
        let bench = try WatchBench()
        _ = try await bench.build(1)
        try bench.write("[workspace\n", to: "reglaze.toml")
        let failure = try #require(try await bench.end(2).failure)
        #expect(failure.diagnostics.map(\.code.text) == ["W002"])
        try bench.write(WatchBench.manifest(targets: ["headset", "edge"]), to: "reglaze.toml")
        let third = try await bench.build(3)
        await bench.stop()
        #expect(third.programs.map(\.target) == ["headset", "edge"])
        #expect(third.changes.flatMap(\.lines).contains { $0.hasPrefix("reglaze.toml:") }, "\(third.changes)")
    }

    @Test func `A program that is removed is waited for`() async throws {
        let bench = try WatchBench()
        _ = try await bench.build(1)
        unlink("\(bench.directory)/model.pt2")
        #expect(try await bench.end(2).failure != nil)
        try bench.edit("tiny_cnn")
        let third = try await bench.build(3)
        await bench.stop()
        #expect(third.programs[0].report.compiled.isEmpty)
    }

    @Test func `Without notifications the loop does the same`() async throws {
        let bench = try WatchBench(polls: true)
        _ = try await bench.build(1)
        try bench.edit("tiny_cnn.edited")
        let second = try await bench.build(2)
        await bench.stop()
        #expect(second.programs[0].report.compiled.isEmpty == false)
    }

    /// The observer holds the build at a kernel, saves the file once more, and lets go when the loop has seen that: no timing is left to chance.
    @Test func `An edit cancels the running build at the next query, and what it had finished is kept`() async throws {
        let hold = Hold()
        let bench = try WatchBench(jobs: 1, observer: { hold.observe($0) })
        _ = try await bench.build(1)
        hold.arm(afterKernels: 2) {
            try? bench.edit("tiny_cnn.edited")
        } isOver: {
            bench.events.contains(where: \.isCancelled)
        }
        try bench.edit("tiny_cnn.edited")
        let second = try await bench.build(2)
        await bench.stop()
        #expect(bench.events.count(where: \.isCancelled) == 1, "\(bench.events)")
        let delta = try #require(second.programs[0].delta)
        let new = Set(delta.after.kernels.map(\.key)).subtracting(delta.before.kernels.map(\.key))
        #expect(new.count >= 3)
        #expect(second.programs[0].report.compiled.count == new.count - hold.finished, "those that were finished are not compiled again")
        #expect(hold.finished >= 2)
    }

    @Test func `A program that is written whenever it is read is told by its name, and built when it is at rest`() async throws {
        let writer = Writer()
        let bench = try WatchBench(jobs: 1, observer: { _ in writer.write() })
        _ = try await bench.build(1)
        writer.body.withLock { $0 = { try? bench.edit($0.isMultiple(of: 2) ? "tiny_cnn" : "tiny_cnn.edited") } }
        try bench.edit("tiny_cnn.edited")
        let failure = try #require(try await bench.end(2).failure)
        writer.body.withLock { $0 = { _ in } }
        try bench.edit("tiny_cnn.dilated")
        _ = try await bench.build(3)
        await bench.stop()
        #expect(failure.diagnostics.map(\.message) == ["model.pt2 changes whenever it is read"])
    }

    /// Writes whenever the engine says something.
    private final class Writer: Sendable {
        let body = Mutex<@Sendable (Int) -> Void>({ _ in })
        private let count = Atomic(0)

        func write() {
            let body = body.withLock { $0 }
            body(count.wrappingAdd(1, ordering: .relaxed).newValue)
        }
    }

    /// Stops a build in its tracks.
    private final class Hold: Sendable {
        private struct State {
            var countdown: Int?
            var edit: @Sendable () -> Void = {}
            var isOver: @Sendable () -> Bool = { true }
            var finished = 0
            var isCounting = false
        }

        private let state = Mutex(State())

        func arm(afterKernels count: Int, edit: @escaping @Sendable () -> Void, isOver: @escaping @Sendable () -> Bool) {
            state.withLock {
                $0 = State(countdown: count, edit: edit, isOver: isOver)
                $0.isCounting = true
            }
        }

        /// Kernels that the held build had finished when it was cancelled.
        var finished: Int { state.withLock { $0.finished } }

        func observe(_ event: EngineEvent) {
            guard case .executed(let executed, _) = event, executed.identity.kind == "GenerateKernel" else { return }
            let due = state.withLock { state -> (edit: @Sendable () -> Void, isOver: @Sendable () -> Bool)? in
                guard state.isCounting, let countdown = state.countdown else { return nil }
                state.finished += 1
                state.countdown = countdown - 1
                guard countdown == 1 else { return nil }
                state.isCounting = false
                return (state.edit, state.isOver)
            }
            guard let due else { return }
            due.edit()
            for _ in 0..<1000 where !due.isOver() { usleep(10_000) }
        }
    }
}
