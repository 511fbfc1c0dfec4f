import Basics
import Synchronization

/// How an engine works.
public struct EngineOptions: Sendable {
    /// How many queries may compute at one time.
    public var jobs: Int
    /// Where relative paths begin: the workspace. Never part of a key.
    public var directory: String
    /// The kinds that may be needed to check stored traces. A trace with a kind beneath that this process does not know counts as one of another version, so
    /// list all of them: then a build in which nothing changed looks at nothing but its inputs.
    public var kinds: [any Query.Type]
    public var observer: EngineObserver?
    /// Which of the stored results that are found valid are computed again and compared. A difference is a fault of a query (it read what it did
    /// not say) or of the store; it is counted, reported as an event, and what was computed now is used.
    public var audit = Audit.none
    /// What is computed although it is stored, once in the life of the engine.
    public var force = Force.nothing
    /// Whether a closed query that is not stored ends the build with `EngineError.notStored` instead of being computed.
    public var isFrozen = false
    /// Nil: what is asked for together is begun in the order of asking. Else in another order for each number: no result may depend on it.
    public var shuffle: UInt64?
    /// So many canonical bytes of results, with a kibibyte for each, may be in memory before those are let go that neither of the two latest builds used; what is
    /// needed again comes from the store. In memory a value may take several times its canonical bytes.
    public var memoryBytes = 64 << 20

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
    let store: any ResultStore
    let options: EngineOptions
    let memo = Memo()
    let kinds: KindTable
    let inputs: InputTable
    let waits = WaitGraph()
    let limiter: JobLimiter
    let blobs: BlobTable
    /// By a root's key, the leaf inputs of its last evaluation; none where it came to no result.
    let closures = Mutex<[Fingerprint: EncodedList<ClosureRecord.Entry>]>([:])
    /// Counts contexts.
    let contexts = Atomic<UInt64>(0)
    /// The owner of nodes that are being loaded: no computation, and over before anybody can wait for long.
    let loading = Frame(node: Node(key: QueryKey(bytes: [])), parent: nil, label: "loading")
    /// About how much of `EngineOptions.memoryBytes` is taken, and how much is to be taken before anything is let go.
    let memory: Mutex<(held: Int, limit: Int)>
    private let gate = JobLimiter(jobs: 1)
    private let revision = Atomic<UInt64>(0)

    public init(store: any ResultStore, options: EngineOptions = EngineOptions()) {
        self.store = store
        self.options = options
        kinds = KindTable(options.kinds, force: options.force)
        inputs = InputTable(directory: options.directory)
        limiter = JobLimiter(jobs: options.jobs)
        blobs = BlobTable(store: store)
        memory = Mutex((held: 0, limit: options.memoryBytes))
    }

    /// What is in memory stays until the process ends, even when nobody holds the engine any more: taking a big program's results apart takes
    /// longer than looking at its inputs. For processes that end with their engine; the store is closed all the same.
    public func keepUntilExit() { _ = Unmanaged.passRetained(memo) }

    /// One build: any number of roots that see the same state of the world, recorded as one generation. Builds of one engine follow each other.
    ///
    /// `volatile` answers `QueryContext.volatile`. Everything that finished is stored even when `body` throws. Returns after the store has been flushed.
    public func withBuild<Result: Sendable>(
        volatile: any IngredientSource = NoIngredients(), _ body: (Build) async throws -> Result
    ) async throws -> (Result, BuildSummary) {
        // It would wait for the end of the build that it is in.
        try QueryContext.refuseInside(self, "a build")
        await gate.acquire()
        defer { gate.release() }
        let number = revision.wrappingAdd(1, ordering: .relaxed).newValue
        if store.beginBuild() { memo.removeAll() } else { shed(before: number) }
        let state = BuildState(revision: number, volatile: volatile)
        do {
            let result = try await body(Build(engine: self, state: state))
            if let fault = state.fault.withLock({ $0 }) { throw fault }
            return (result, finish(state))
        } catch {
            _ = finish(state)
            throw error
        }
    }

    /// A build of one root.
    public func evaluate<Q: Query>(
        _ root: Q, volatile: any IngredientSource = NoIngredients()
    ) async throws -> (Evaluation<Q.Value>, BuildSummary) {
        try await withBuild(volatile: volatile) { build in try await build.evaluate(root) }
    }

    /// The bytes of a blob named by a value. Throws `EngineError.blobLost` when the store has lost them.
    public func open(_ blob: Blob) throws(EngineError) -> ByteStorage {
        guard let bytes = blobs.open(blob) else { throw .blobLost(blob) }
        return bytes
    }

    func emit(_ event: @autoclosure () -> EngineEvent) {
        if let observer = options.observer { observer(event()) }
    }

    /// A process that watches for days does not keep every edit: the results of one may take megabytes.
    private func shed(before number: UInt64) {
        memory.withLock { memory in
            guard memory.held > memory.limit else { return }
            // An edit and its undoing stay at hand.
            memory.held = memo.shed { $0.counted + 2 >= number }
            memory.limit = max(options.memoryBytes, 2 * memory.held)
            blobs.forgetClosed()
        }
    }

    private func finish(_ state: BuildState) -> BuildSummary {
        let statistics = state.statistics.withLock { $0 }
        memory.withLock { $0.held += statistics.bytesTaken }
        let executions = statistics.executions
        let roots = state.roots.withLock { $0 }
        var generation: UInt64?
        if executions.isEmpty {
            store.flush()
        } else {
            let totals = StoreWrite.merge(.meta, key: EngineTotals.storeKey, value: EngineTotals(statistics).bytes)
            generation = store.recordGeneration { number in
                EngineHistory.writes(generation: number, executions: executions, roots: roots) + [totals]
            }
        }
        return BuildSummary(generation: generation, statistics: statistics, warnings: store.warnings)
    }
}
