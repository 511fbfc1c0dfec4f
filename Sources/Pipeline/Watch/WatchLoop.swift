import Basics
import Machine
import QueryEngine

/// Builds again whenever an input changes, until it is stopped.
///
/// One task owns all state and takes one input at a time: a burst of changes, the end of a build, a wish of the person. A build is labelled with what the files were
/// when it began. Its result is told only if, at its end, no file has moved since and what the engine read is what the label says; else it is built again.
/// So a result never stands under a wrong label, whatever is saved at whatever moment.
package final class WatchLoop: Sendable {
    private enum Input: Sendable {
        case changed
        case ended(attempt: Int, Result<BuildOutcome, any Error>)
        case rebase
        case stop
    }

    private let session: Session
    private let request: WatchRequest
    private let tell: @Sendable (WatchEvent) -> Void
    private let inputs: AsyncStream<Input>
    private let continuation: AsyncStream<Input>.Continuation

    /// `tell` is called by the loop alone, one event after the other.
    package init(_ session: Session, _ request: WatchRequest, tell: @escaping @Sendable (WatchEvent) -> Void) {
        self.session = session
        self.request = request
        self.tell = tell
        (inputs, continuation) = AsyncStream.makeStream()
    }

    /// Ends the loop: a running build is cancelled at its next query.
    package func stop() { continuation.yield(.stop) }

    /// Makes the last build that went through the baseline.
    package func setBaseline() { continuation.yield(.rebase) }

    /// Runs until `stop`. No build is running when it returns.
    package func run() async {
        let watcher = FileWatcher(polls: request.polls) { [continuation] in continuation.yield(.changed) }
        watcher.start()
        var state = State(session: session, request: request, watcher: watcher, tell: tell)
        start(&state)
        loop: for await input in inputs {
            switch input {
            case .changed:
                guard state.hasChanged() else { continue }
                if let running = state.running {
                    running.task.cancel()
                    tell(.cancelled(seconds: running.seconds))
                    startAgain(&state, after: running)
                } else {
                    start(&state)
                }
            case .ended(let attempt, let result):
                guard let running = state.running, running.attempt == attempt else { continue }
                state.running = nil
                if !state.finish(running, result) { startAgain(&state, after: running) }
            case .rebase: state.rebase()
            case .stop: break loop
            }
        }
        watcher.stop()
        state.running?.task.cancel()
        await state.lastTask?.value
    }

    /// Builds again what came to no end because something moved. Where something always moves, that is what is told.
    private func startAgain(_ state: inout State, after ended: State.Running) {
        state.repeats += 1
        if state.repeats < Self.repeatLimit { start(&state) } else { state.giveUp(ended) }
    }

    private static let repeatLimit = 16

    /// Begins a build of the files as they are now.
    private func start(_ state: inout State) {
        guard let plan = state.prepare() else {
            state.running = nil
            return
        }
        let attempt = state.attempts
        let precision = request.precision
        let previous = state.lastTask
        let task = Task { [continuation] in
            // A cancelled build has its end before the next one begins.
            await previous?.value
            let result: Result<BuildOutcome, any Error>
            do {
                result = .success(try await plan.session.build(plan.models, targets: plan.targets, precision: precision))
            } catch { result = .failure(error) }
            continuation.yield(.ended(attempt: attempt, result))
        }
        state.lastTask = task
        state.running = State.Running(attempt: attempt, task: task, changes: plan.changes, started: plan.started)
    }
}

extension WatchLoop {
    /// What the loop knows.
    fileprivate struct State {
        struct Running {
            let attempt: Int
            let task: Task<Void, Never>
            let changes: [FileChange]
            let started: ContinuousClock.Instant

            var seconds: Double { (ContinuousClock.now - started).seconds }
        }

        /// What one build is asked to do.
        struct Plan {
            let session: Session
            let models: [ModelReference]
            let targets: [TargetDescription]
            let changes: [FileChange]
            let started: ContinuousClock.Instant
        }

        var session: Session
        let request: WatchRequest
        let watcher: FileWatcher
        let tell: @Sendable (WatchEvent) -> Void
        var attempts = 0
        var running: Running?
        /// The task of the build that began last, cancelled or not.
        var lastTask: Task<Void, Never>?
        /// What the last finished build, good or not, was made of: edits are shown against it.
        private var labelled = WatchedFiles()
        /// The files as they were when the running build began, or the last one.
        private var current = WatchedFiles()
        /// Directories that a build listed, with the names in them.
        private var directories: [String: [String]] = [:]
        /// What the builds so far read beyond the files of the manifest.
        private var read: Set<String> = []
        /// By model and target: the last program, and that of the baseline.
        private var programs: [String: BuiltProgram] = [:]
        private var baseline: [String: BuiltProgram] = [:]
        private var last: WatchBuild?
        /// Builds that came to no end, one after the other, because something moved.
        var repeats = 0

        init(session: Session, request: WatchRequest, watcher: FileWatcher, tell: @escaping @Sendable (WatchEvent) -> Void) {
            self.session = session
            self.request = request
            self.watcher = watcher
            self.tell = tell
        }
    }
}

// Beginning.
extension WatchLoop.State {
    /// Whether a watched file is not what it was when the last build began.
    mutating func hasChanged() -> Bool {
        let now = WatchedFiles(current.states.keys, below: session.workspace.root, known: current)
        // While a build runs, it is made again even for equal content: it may have met the file in between.
        if running != nil && now.hasMoved(since: current) { return true }
        return !now.changes(since: current).isEmpty || directories != names(in: directories.keys)
    }

    private func names(in directories: some Sequence<String>) -> [String: [String]] {
        Dictionary(uniqueKeysWithValues: directories.map { ($0, Directory.names(in: FilePath.join(session.workspace.root, $0))) })
    }

    /// Reads the manifest again and looks at the files; nil when there is nothing to build, which has been told.
    mutating func prepare() -> Plan? {
        attempts += 1
        let started = ContinuousClock.now
        do {
            session = session.reopened(try Workspace.open(directory: request.workspace))
            let models = try ModelReference.resolve(request.models, in: session.workspace)
            let targets = try session.targets(request.targets)
            look(at: watchedPaths(models))
            let changes = current.changes(since: labelled)
            tell(.building(changes))
            return Plan(session: session, models: models, targets: targets, changes: changes, started: started)
        } catch {
            look(at: watchedPaths([]))
            fail(error.diagnostics, current.changes(since: labelled), (.now - started).seconds)
            return nil
        }
    }

    private func watchedPaths(_ models: [ModelReference]) -> Set<String> {
        var paths = read.union(models.flatMap(\.watchedPaths))
        if session.workspace.manifest != nil { paths.insert(Workspace.manifestName) }
        for target in request.targets.isEmpty ? session.workspace.manifest?.targets ?? [] : request.targets {
            if TargetDescription.preset(named: target) == nil { paths.insert("targets/\(target).toml") }
        }
        // What was watched once stays watched: a manifest that cannot be read for a moment names no models.
        return paths.union(labelled.states.keys)
    }

    /// Watches the paths, then looks: what changes after the look is notified.
    private mutating func look(at paths: Set<String>) {
        let root = session.workspace.root
        if paths != Set(current.states.keys) { tell(.watching(paths.sorted())) }
        watcher.watch(
            files: Set(paths.map { FilePath.join(root, $0) }), directories: Set(directories.keys.map { FilePath.join(root, $0) }))
        directories = names(in: directories.keys)
        current = WatchedFiles(paths, below: root, known: current)
    }
}

// Ending.
extension WatchLoop.State {
    /// Tells what came of a build; false when it has to be made again, because an input moved meanwhile.
    mutating func finish(_ running: Running, _ result: Result<BuildOutcome, any Error>) -> Bool {
        switch result {
        case .failure(let error):
            if error is CancellationError { return false }
            fail(Self.diagnostics(error), running.changes, running.seconds)
        case .success(let outcome):
            let inputs = session.inputs(of: outcome)
            directories = names(in: inputs.filter { $0.kind == .directory }.map(\.path))
            let begun = current
            read.formUnion(inputs.filter { $0.kind != .directory }.map(\.path))
            look(at: read.union(current.states.keys))
            guard outcome.isRestless || outcome.isSettled && !current.hasMoved(since: begun) && holds(inputs) else { return false }
            if outcome.failed {
                fail(outcome.diagnostics.filter { $0.severity != .note }, running.changes, running.seconds)
            } else {
                succeed(running, outcome, inputs)
            }
        }
        return true
    }

    /// Tells which files have moved since something was told last, instead of building once more.
    mutating func giveUp(_ ended: Running) {
        let now = WatchedFiles(current.states.keys, below: session.workspace.root, known: labelled)
        running = nil
        fail([.restless(now.moved(since: labelled))], ended.changes, ended.seconds)
    }

    /// Whether every file that the engine read is what it is now.
    private func holds(_ inputs: [RootInput]) -> Bool {
        inputs.allSatisfy { input in
            switch input.kind {
            case .file: current.states[input.path]?.fingerprint == input.fingerprint
            case .existence: (current.states[input.path]?.signature == nil) == (input.fingerprint == nil)
            case .directory, .link: true
            }
        }
    }

    private mutating func succeed(_ running: Running, _ outcome: BuildOutcome, _ inputs: [RootInput]) {
        let isFirst = programs.isEmpty
        let built = outcome.reports.map { report in
            let place = "\(report.model)/\(report.target)"
            let reasons = Dictionary(report.compiled.map { ($0.key, $0.why) }, uniquingKeysWith: { first, _ in first })
            let history = session.history
            func delta(_ before: BuiltProgram?, _ reasons: [Fingerprint: [String]]) -> DeltaProgram? {
                before.map { DeltaProgram(from: $0, to: report.program, compiled: reasons, ingredients: history.ingredients) }
            }
            let base = baseline[place].flatMap { $0 == programs[place] ? nil : $0 }
            return WatchBuild.Program(report: report, delta: delta(programs[place], reasons), sinceBaseline: delta(base, reasons))
        }
        for report in outcome.reports { programs["\(report.model)/\(report.target)"] = report.program }
        let build = WatchBuild(
            generation: outcome.generation, changes: running.changes,
            label: inputs.compactMap { input in
                input.kind == .file ? input.fingerprint.map { WatchLabel(path: input.path, digest: $0) } : nil
            },
            programs: built, diagnostics: outcome.diagnostics, seconds: running.seconds, secondsSinceSave: sinceSave(running.changes))
        labelled = current
        repeats = 0
        last = build
        if isFirst { baseline = programs }
        tell(isFirst ? .baseline(build) : .built(build))
    }

    private mutating func fail(_ diagnostics: [Diagnostic], _ changes: [FileChange], _ seconds: Double) {
        // An edit of a failing file is shown against the failing file: it is what the person sees.
        labelled = current
        repeats = 0
        tell(.failed(WatchFailure(changes: changes, diagnostics: diagnostics, seconds: seconds)))
    }

    /// Makes the last build the baseline.
    mutating func rebase() {
        guard let last else { return }
        baseline = programs
        tell(.baseline(last))
    }

    private func sinceSave(_ changes: [FileChange]) -> Double? {
        let saved = changes.compactMap { current.states[$0.path]?.signature?.changed }.max()
        return saved.map { Double(StatSignature.now() - $0) / 1e9 }
    }

    private static func diagnostics(_ error: any Error) -> [Diagnostic] {
        switch error {
        case let list as DiagnosticList: list.diagnostics
        case let diagnostic as Diagnostic: [diagnostic]
        case let file as FileError: [Diagnostic(.unreadableFile, file.description)]
        default:
            [.ownFault(.watchedBuild, "the build stopped: \(error)")]
        }
    }
}

extension ModelReference {
    /// What the manifest says the model is made of, relative to the workspace.
    fileprivate var watchedPaths: [String] {
        switch program {
        case .archive(let path): [path]
        case .source(let specification):
            ([specification.source] + specification.passes).map { String($0.prefix { $0 != ":" }) }
                + [specification.weights, specification.calibration].compactMap { $0 }
        }
    }
}

extension Session {
    /// The same store and engine, for a manifest that was read again.
    fileprivate func reopened(_ workspace: Workspace) -> Session { Session(self, workspace: workspace) }
}
