import ArgumentParser

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Look into the store, check it, and carry it elsewhere.",
        subcommands: [
            CacheStats.self, CacheCollect.self, CacheVerify.self, CacheClear.self, CacheExport.self, CacheImport.self,
        ])
}
