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

    /// As two containers do that each run one process: both have number 1.
    @Test func `A process whose number a reader of another container has goes on without the store`() throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1], value: [1])])
            store.flush()
        }
        // LMDB locks the byte of the process's number; a lock of an open file (F_OFD_SETLK, which Glibc's module lacks) is another's even in one process.
        let descriptor = Glibc.open(directory.path + "/store/lock.mdb", O_RDWR)
        var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: off_t(getpid()), l_len: 1, l_pid: 0)
        #expect(descriptor >= 0 && fcntl(descriptor, 37, &lock) == 0)
        do {
            let store = try open()
            #expect(store.warnings.map(\.code.text) == ["S007"] && !isFound(store, [1]))
            #expect(store.warnings.allSatisfy { $0.notes == ["a process of another container, with the same process number, has it open"] })
        }
        close(descriptor)
        let store = try open()
        #expect(store.warnings.isEmpty && isFound(store, [1]))
    }
}
