import Basics
import Capture
import ContentStore
import QueryEngine

/// One process's work in one workspace: the store, the engine, and what was warned about on the way.
package struct Session: Sendable {
    /// What the command line says about how to work.
    package struct Options: Sendable {
        package var cache: CacheLocation
        package var jobs: Int
        package var observer: EngineObserver?
        /// What the command found out about capturing; nil to capture without a server.
        package var capture: CaptureEnvironment?
        /// Told of every phase of a capture: source, phase, seconds.
        package var captureObserver: (@Sendable (String, String, Double) -> Void)?
        /// Called between the steps of writing the store, where tests end the process.
        package var barrier: @Sendable (WriteBarrier) -> Void = { _ in }

        package init(cache: CacheLocation = .workspace, jobs: Int = 1, observer: EngineObserver? = nil) {
            self.cache = cache
            self.jobs = jobs
            self.observer = observer
        }
    }

    package let workspace: Workspace
    package let engine: Engine
    package let store: any ResultStore
    /// Nil when nothing is kept beyond the process.
    package let cacheDirectory: String?
    package let capturing: Capturing

    /// Opens the store, or works without one where the options say so. A store that cannot be used is an error with code `S…`.
    ///
    /// `adjust` may set the engine's switches, knowing the store.
    package init(
        _ workspace: Workspace, _ options: Options, adjust: (inout EngineOptions, any ResultStore) -> Void = { _, _ in }
    ) throws(DiagnosticList) {
        self.workspace = workspace
        cacheDirectory = options.cache.directory(of: workspace)
        capturing = Self.capturing(workspace, options, cacheDirectory: cacheDirectory)
        store = try Self.openStore(cacheDirectory, options.barrier)
        var switches = EngineOptions(jobs: options.jobs, directory: workspace.root, kinds: Self.kinds, observer: options.observer)
        adjust(&switches, store)
        engine = Engine(store: store, options: switches)
    }

    /// The same store and engine for a manifest that was read again.
    init(_ session: Session, workspace: Workspace) {
        self.workspace = workspace
        engine = session.engine
        store = session.store
        cacheDirectory = session.cacheDirectory
        // It may have been removed; then the store is made anew in it. Where it cannot be made, the store says so.
        if let cacheDirectory { try? CacheDirectory.prepare(cacheDirectory) }
        capturing = session.capturing.configured(by: workspace.manifest)
    }

    /// Every kind of query: a kind that is not listed counts as another version of the compiler.
    private static let kinds: [any Query.Type] = [
        BuildQuery.self, ImportQuery.self, PartitionQuery.self, OptimiseQuery.self, GenerateQuery.self, PackQuery.self, TimeQuery.self,
        InspectQuery.self, RunQuery.self, StepQuery.self, CaptureQuery.self,
        VerifyQuery.self,
    ]

    /// The kinds of queries by name.
    package static var areas: [String] { kinds.map { $0.kind } }

    private static func openStore(
        _ directory: String?, _ barrier: @escaping @Sendable (WriteBarrier) -> Void
    ) throws(DiagnosticList) -> any ResultStore {
        guard let directory else { return MemoryStore() }
        do {
            try CacheDirectory.prepare(directory)
        } catch
            where error.errorNumber == POSIXError.readOnly || error.errorNumber == POSIXError.permission
            || error.errorNumber == POSIXError.noSpace
        {
            // The store itself says what it can still do in a directory that is only read, or full.
        } catch {
            throw DiagnosticList([
                Diagnostic(.storeUnusable, error.description, help: "name another directory with --cache-dir, or use --no-cache")
            ])
        }
        var options = StoreOptions()
        options.barrier = barrier
        do { return try ContentStore.open(directory, options: options) } catch { throw DiagnosticList([error.diagnostic]) }
    }

    /// What the store remembers of earlier builds.
    package var history: EngineHistory { EngineHistory(store: store) }
}

/// Error numbers that are told apart here.
private enum POSIXError {
    static let permission: Int32 = 13
    static let readOnly: Int32 = 30
    static let noSpace: Int32 = 28
}
