import Basics
import ContentStore
import EngineTestKit
import Glibc
import QueryEngine
import Testing

/// A process that is suspended (Ctrl-Z, a paused container) keeps what it has locked; the others go on without the store, and with it as soon as they can.
@Suite struct HeldStoreTests {
    private let directory = TemporaryDirectory()

    private func open() throws -> any ResultStore {
        var options = StoreOptions()
        options.patience = .milliseconds(300)
        return try ContentStore.open(directory.path, options: options)
    }

    private func isFound(_ store: any ResultStore, _ key: [UInt8]) -> Bool {
        if case .found = store.read(.value, key: key) { true } else { false }
    }

    @Test func `Who opens the store for too long holds nobody up`() throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1], value: [1])])
            store.flush()
        }
        let descriptor = Glibc.open(directory.path + "/store.lock", O_RDWR)
        #expect(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        do {
            let store = try open()
            #expect(store.warnings.map(\.code.text) == ["S008"] && !isFound(store, [1]))
        }
        close(descriptor)
        let store = try open()
        #expect(store.warnings.isEmpty && isFound(store, [1]))
    }

    @Test func `Who writes to the store for too long holds nobody up`() throws {
        let holder = try ChildProcess("StoreTorture", ["hold", directory.path])
        while access(directory.path + "/held", F_OK) != 0 { usleep(1000) }
        let store = try open()
        store.write([.put(.value, key: [1], value: [1])])
        store.flush()
        #expect(store.warnings.map(\.code.text) == ["S008"])
        // The rest of this build is not kept, and not waited for.
        store.write([.put(.value, key: [2], value: [2])])
        #expect(store.recordGeneration { _ in [] } == 1)

        holder.kill()
        #expect(holder.outcome().signal == SIGKILL)
        _ = store.beginBuild()
        store.write([.put(.value, key: [3], value: [3])])
        store.flush()
        #expect(store.warnings.isEmpty && isFound(store, [1]) && isFound(store, [3]) && !isFound(store, [9]))
    }
}
