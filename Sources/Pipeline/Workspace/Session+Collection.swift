import QueryEngine

extension Session {
    /// The size that the store is kept under, in bytes.
    package var cacheLimit: Int { workspace.manifest?.cacheMaxBytes ?? 20 << 30 }

    /// After a build: keeps the store under its limit. Most builds look at nothing; some look at the store's size, which takes a `stat` for each blob; and only
    /// one that finds it too big looks at what may go, and removes some of it. The next one goes on.
    func collectGarbage(after generation: UInt64?) {
        guard let generation, generation.isMultiple(of: 16), store.bytesOnDisk > cacheLimit else { return }
        _ = Collector(store: store).collect(keeping: cacheLimit, milliseconds: 200)
    }
}
