import Basics
import Capture
import Glibc
import Pipeline
import QueryEngine

extension Session {
    /// The session that the flags and the environment ask for.
    ///
    /// `adjust` may set the engine's switches, knowing the store.
    static func open(
        _ options: WorkspaceOptions, console: Console, adjust: (inout EngineOptions, any ResultStore) -> Void = { _, _ in }
    ) throws(DiagnosticList) -> Session {
        let workspace = try Workspace.open(directory: options.workspace)
        let log = try DeveloperLog.fromEnvironment()
        let showsProgress = console.showsProgress && (console.redraws || console.verbose)
        let observer: EngineObserver? =
            showsProgress || log != nil
            ? { @Sendable event in
                log?.observe(event, console)
                if showsProgress { ProgressLine.show(event, console) }
            } : nil
        var settings = Options(
            cache: options.location(workspace), jobs: max(1, options.jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), observer: observer)
        let root = FilePath.join(FilePath.workingDirectory, workspace.root == "." ? "" : workspace.root)
        settings.capture = CaptureEnvironment(workspace: root, usesServer: !options.noServer)
        settings.captureObserver = { source, phase, seconds in
            console.transient("capture \(source): \(phase) \(Format.decimal(seconds, places: 2))s")
        }
        let session = try Session(workspace, settings, adjust: adjust)
        session.engine.keepUntilExit()
        return session
    }

    /// Does what a command about the store is for, and then tells what there is to know of the store besides: that it was made anew, for one.
    func requiringStore<Result>(_ console: Console, writing: Bool = false, _ body: () throws -> Result) throws -> Result {
        let result = try requiringStore(writing: writing, body)
        store.warnings.forEach(console.report)
        return result
    }
}

extension WorkspaceOptions {
    /// Flags before the environment before the manifest.
    func location(_ workspace: Workspace) -> CacheLocation {
        if noCache { return .none }
        if let cacheDir { return .directory(cacheDir) }
        if let directory = Self.environment("REGLAZE_CACHE_DIR") { return .directory(directory) }
        if workspace.manifest?.sharedCache == true {
            let base = Self.environment("XDG_CACHE_HOME") ?? FilePath.join(Self.environment("HOME") ?? ".", ".cache")
            return .shared(FilePath.join(base, "reglaze"))
        }
        return .workspace
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Turns engine events into the redrawn line, or into one line per executed query with `--verbose`.
enum ProgressLine {
    static func show(_ event: EngineEvent, _ console: Console) {
        switch event {
        case .executing(let query):
            console.transient("\(query.kind) \(query.label)")
        case .executed(let query, let unchanged):
            guard console.verbose else { return }
            let milliseconds = Double(query.durationMicroseconds) / 1000
            console.status(
                query.identity.kind,
                "\(query.identity.label)  \(Format.decimal(milliseconds, places: 1)) ms\(unchanged ? ", unchanged" : "")")
        default: break
        }
    }
}
