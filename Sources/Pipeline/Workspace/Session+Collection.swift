import QueryEngine

extension Session {
    /// The size that the store is kept under, in bytes.
    package var cacheLimit: Int { workspace.manifest?.cacheMaxBytes ?? 20 << 30 }

    package var collector: Collector { Collector(store: store, counting: \.isBuild) }

    package var bundle: StoreBundle { StoreBundle(store: store, counting: \.isBuild) }

    /// After whatever was recorded, a build or a simulation: keeps the store under its limit. Most look at nothing; some look at the store's size, which takes a
    /// `stat` for each blob; and only one that finds it too big looks at what may go, and removes some of it. The next one goes on.
    func collectGarbage(after generation: UInt64?) {
        guard let generation, generation.isMultiple(of: 16), store.bytesOnDisk > cacheLimit else { return }
        _ = collector.collect(keeping: cacheLimit, milliseconds: 200)
    }
}

extension GenerationRecord {
    /// Whether a program was asked for, and not only what is made from one: its values, or a stage of it as text.
    fileprivate var isBuild: Bool { roots.contains { $0.identity.kind == BuildQuery.kind } }
}
