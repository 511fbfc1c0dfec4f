import Basics

/// How an engine works.
public struct EngineOptions: Sendable {
    /// How many queries may compute at one time.
    public var jobs: Int
    /// Where relative paths begin: the workspace. Never part of a key.
    public var directory: String
    /// The kinds that may be needed to check stored traces; a kind that is not listed is checked only when it is asked for.
    public var kinds: [any Query.Type]
    public var observer: EngineObserver?

    public init(jobs: Int = 1, directory: String = ".", kinds: [any Query.Type] = [], observer: EngineObserver? = nil) {
        self.jobs = jobs
        self.directory = directory
        self.kinds = kinds
        self.observer = observer
    }
}

/// Evaluates queries, keeping what they computed in memory and in a store, and computing again only what an edit reaches.
///
/// One engine serves one process for its whole life; `withBuild` may be called any number of times (`watch`), and looks at the world anew each time.
public final class Engine: Sendable {
    package let store: any ResultStore
    package let options: EngineOptions

    public init(store: any ResultStore, options: EngineOptions = EngineOptions()) {
        self.store = store
        self.options = options
    }

    /// One build: any number of roots that see the same state of the world, recorded as one generation. Builds of one engine follow each other.
    ///
    /// Everything that finished is stored even when `body` throws. The summary is returned after the store has been flushed.
    public func withBuild<Result: Sendable>(
        volatile: any IngredientSource = NoIngredients(), _ body: (Build) async throws -> Result
    ) async throws -> (Result, BuildSummary) {
        let build = Build(engine: self)
        return (try await body(build), BuildSummary(generation: nil, statistics: Statistics(), warnings: []))
    }

    /// A build of one root.
    public func evaluate<Q: Query>(
        _ root: Q, volatile: any IngredientSource = NoIngredients()
    ) async throws -> (Evaluation<Q.Value>, BuildSummary) {
        try await withBuild(volatile: volatile) { build in try await build.evaluate(root) }
    }

    /// The bytes of a blob named by a value. Throws `EngineError.blobLost` when the store has lost them.
    public func open(_ blob: Blob) throws(EngineError) -> ByteStorage {
        guard let bytes = store.openBlob(blob) else { throw .blobLost(blob) }
        return bytes
    }

    package func keep(_ bytes: UnsafeRawBufferPointer) -> Blob {
        let blob = Blob(fingerprint: Fingerprint(hashing: bytes), count: bytes.count)
        _ = store.putBlob(blob, bytes)
        return blob
    }
}

/// A build in progress.
public struct Build: Sendable {
    package let engine: Engine

    /// Evaluates a root. Roots may be evaluated concurrently; what they share is computed once.
    ///
    /// `checkingBlobs` reads every blob of reused results and computes again those that are damaged.
    public func evaluate<Q: Query>(_ root: Q, checkingBlobs: Bool = false) async throws -> Evaluation<Q.Value> {
        let value = try await root.compute(QueryContext(engine: engine))
        return Evaluation(outcome: .success(value), reported: [], statistics: Statistics())
    }
}
