import QueryEngine

extension Session {
    /// The size that the store is kept under, in bytes.
    package var cacheLimit: Int { workspace.manifest?.cacheMaxBytes ?? 20 << 30 }

    /// A generation is a build where a program was asked for, and not only what is made from one: its values, or a stage of it as text.
    private static let builds = BuildRoots(kinds: [BuildQuery.kind])

    package var bundle: StoreBundle { StoreBundle(store: store, builds: Self.builds) }

    /// What captures keep beside the store.
    package var captures: CaptureDirectory { CaptureDirectory(capturing.directory) }

    /// Removes what was used longest ago down to `limit` bytes, of which what captures keep has a tenth.
    package func collect(keeping limit: Int, generations: Int = 1_000, milliseconds: Int = .max) -> CollectionReport {
        let removed = captures.collect(keeping: limit / 10)
        var report = Collector(store: store, builds: Self.builds).collect(
            keeping: max(0, limit - (removed.before - removed.bytes)), generations: generations, milliseconds: milliseconds)
        report.bytesBefore += removed.before
        report.bytesFreed += removed.bytes
        report.blobsRemoved += removed.files
        return report
    }

    /// Removes everything. Returns the bytes that there were.
    package func clear() -> Int {
        let bytes = store.statistics().bytesOnDisk + captures.collect(keeping: 0).bytes
        store.clear()
        return bytes
    }

    /// After whatever was recorded, a build or a simulation: keeps the store under its limit. Most look at nothing; some look at its size, which takes a `stat` for
    /// each blob and each block that captures remember; and only one that finds it too big looks at what may go, and removes some of it. The next one goes on.
    func collectGarbage(after generation: UInt64?) {
        guard let generation, generation.isMultiple(of: 16), store.bytesOnDisk + captures.size.bytes > cacheLimit else { return }
        _ = collect(keeping: cacheLimit, milliseconds: 200)
    }
}
