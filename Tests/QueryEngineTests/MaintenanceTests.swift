import Basics
import EngineTestKit
import QueryEngine
import Synchronization
import Testing

/// Keeps a blob as big as its number says.
private struct Bulk: Query {
    static let kind = "Bulk"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "bulk \(number)" }
    func compute(_ context: QueryContext) async throws -> Blob {
        context.blob(Array(repeating: UInt8(truncatingIfNeeded: number), count: 10_000 + number))
    }
}

/// Opens what the file says.
private struct UseBulk: Query {
    static let kind = "UseBulk"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    var label: String { "use" }
    func compute(_ context: QueryContext) async throws -> Int {
        let number = try await context.get(FileSum(path: "a"))
        return try context.open(try await context.get(Bulk(number: number))).array.reduce(0) { $0 + Int($1) }
    }
}

/// A value that names a blob, and does not say so.
private struct Discreet: CanonicalCodable, Sendable {
    let blob: Blob
    init(blob: Blob) { self.blob = blob }
    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { blob = try Blob(from: &decoder) }
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(blob) }
}

/// Passes a blob on.
private struct PassOn: Query {
    static let kind = "PassOn"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    func compute(_ context: QueryContext) async throws -> Discreet {
        Discreet(blob: try await context.get(Bulk(number: number)))
    }
}

/// Opens what was passed on; `salt` makes it new.
private struct OpenPassedOn: Query {
    static let kind = "OpenPassedOn"
    let number: Int
    let salt: Int
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(number)
        encoder.append(salt)
    }
    func compute(_ context: QueryContext) async throws -> Int {
        let passed = try await context.get(PassOn(number: number))
        return try context.open(passed.blob).count
    }
}

/// Gives another value each time: what an audit is for.
private struct Fickle: Query {
    static let kind = "Fickle"
    static let counter = Mutex(0)
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "fickle \(number)" }
    func compute(_ context: QueryContext) async throws -> Int {
        guard number > 0 else { return 0 }
        return Self.counter.withLock { counter in
            counter += 1
            return counter
        }
    }
}

/// So many bytes.
private struct Bytes: Query {
    static let kind = "Bytes"
    let count: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(count) }
    func compute(_ context: QueryContext) async throws -> Blob { context.blob(Self.made(count)) }
    static func made(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }
}

/// A value that is counted as long as somebody holds it.
private final class Tracked: CanonicalCodable, Sendable {
    static let alive = Atomic(0)
    let number: Int

    init(number: Int) {
        self.number = number
        Self.alive.wrappingAdd(1, ordering: .relaxed)
    }

    deinit { Self.alive.wrappingSubtract(1, ordering: .relaxed) }

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }

    convenience init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self.init(number: try decoder.int()) }
}

private struct Track: Query {
    static let kind = "Track"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    func compute(_ context: QueryContext) async throws -> Tracked { Tracked(number: number) }
}

@Suite(.serialized) struct MaintenanceTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()

    private func options(auditEvery: Int = 0) -> EngineOptions {
        var options = EngineOptions(directory: directory.path, kinds: [UseBulk.self, Bulk.self, FileSum.self, Fickle.self])
        options.audit = Audit(every: auditEvery)
        return options
    }

    private func build(_ number: Int) async throws -> (value: Int, summary: BuildSummary) {
        directory.write("a", "\(number)")
        let (evaluation, summary) = try await Engine(store: store, options: options()).evaluate(UseBulk())
        return (try evaluation.value(), summary)
    }

    @Test func `Collecting keeps to the size, and what the newest build uses stays`() async throws {
        for number in 1...10 { _ = try await build(number) }
        let report = Collector(store: store).collect(keeping: 35_000)
        #expect(report.bytesBefore > 100_000 && report.isComplete)
        #expect(report.bytesBefore - report.bytesFreed <= 35_000)
        #expect(report.blobsRemoved >= 7)
        let again = try await build(10)
        #expect(again.value == 10 * 10_010 && again.summary.generation == nil)
        #expect(hasBlob(10) && !hasBlob(1))
        // What was collected is computed again where it is asked for.
        #expect(try await build(1).value == 10_001)
        let (evaluation, summary) = try await Engine(store: store, options: options()).evaluate(Bulk(number: 1))
        #expect(try evaluation.value().count == 10_001 && summary.statistics.executed == ["Bulk": 1])
        #expect(Collector(store: store).collect(keeping: 1 << 20).bytesFreed == 0)
    }

    @Test func `What is made from a build neither pushes the build out nor stays for ever`() async throws {
        _ = try await build(1)
        _ = try await build(2)
        let engine = Engine(store: store, options: options())
        for count in 1...10 { _ = try await engine.evaluate(Bytes(count: 10_000 + count)) }
        let roots = BuildRoots(kinds: [UseBulk.kind])
        let report = Collector(store: store, builds: roots).collect(keeping: 0, generations: 3)
        #expect(report.bytesBefore - report.bytesFreed < 25_000)
        func hasBytes(_ count: Int) -> Bool { store.hasBlob(Blob(fingerprint: Fingerprint(hashing: Bytes.made(count)), count: count)) }
        #expect([1, 2].map(hasBlob) == [false, true])
        #expect((1...10).map { hasBytes(10_000 + $0) } == Array(repeating: false, count: 9) + [true])
        let history = EngineHistory(store: store)
        #expect(history.generations().map(\.generation) == [12, 11, 10, 2, 1])
        #expect(history.generations().newest(1, builds: roots).map(\.generation) == [12, 2])
        #expect(try await build(2).summary.generation == nil)
    }

    @Test(arguments: [0, 64 << 20])
    func `What the two latest builds did not use leaves the memory when there is too much of it, and comes from the store`(limit: Int)
        async throws
    {
        var options = EngineOptions()
        options.memoryBytes = limit
        let engine = Engine(store: store, options: options)
        let before = Tracked.alive.load(ordering: .relaxed)
        for number in 1...40 { _ = try await engine.evaluate(Track(number: number)) }
        let alive = Tracked.alive.load(ordering: .relaxed) - before
        #expect(limit == 0 ? alive <= 3 : alive == 40, "\(alive) of 40 values")
        let (evaluation, summary) = try await engine.evaluate(Track(number: 1))
        #expect(try evaluation.value().number == 1 && summary.statistics.executed.isEmpty)
    }

    @Test func `A few bytes travel in the value that names them, and no blob is kept of them`() async throws {
        let engine = Engine(store: store, options: options())
        for (count, kept) in [(0, 0), (1, 0), (Blob.carriedLimit, 0), (Blob.carriedLimit + 1, 1)] {
            let (evaluation, _) = try await engine.evaluate(Bytes(count: count))
            #expect(try engine.open(evaluation.value()).array == Bytes.made(count), "\(count) bytes")
            // Another process reads them from the store.
            let other = Engine(store: store, options: options())
            let (again, summary) = try await other.evaluate(Bytes(count: count))
            #expect(try other.open(again.value()).array == Bytes.made(count) && summary.statistics.executed.isEmpty, "\(count) bytes")
            #expect(summary.statistics.savedBytes >= count)
            #expect(store.statistics().blobs.entries == kept)
        }
        let blob = Blob(fingerprint: Fingerprint(hashing: Bytes.made(9)), count: 9)
        #expect(try await engine.evaluate(Bytes(count: 9)).0.value() == blob)
        #expect(throws: CanonicalDecodingError.self) { try Blob(canonicalBytes: Array(blob.canonicalBytes.dropLast()) + [1, 7, 7]) }
    }

    @Test func `A pinned generation outlives younger ones`() async throws {
        for number in 1...5 { _ = try await build(number) }
        _ = Collector(store: store).collect(keeping: 0, pinned: [2])
        #expect((1...5).map(hasBlob) == [false, true, false, false, true])
        for number in 1...5 { #expect(try await build(number).value == number * (10_000 + number)) }
    }

    private func hasBlob(_ number: Int) -> Bool {
        let bytes = Array(repeating: UInt8(truncatingIfNeeded: number), count: 10_000 + number)
        return store.hasBlob(Blob(fingerprint: Fingerprint(hashing: bytes), count: bytes.count))
    }

    @Test func `Verifying finds what is unreadable or incomplete`() async throws {
        _ = try await build(1)
        #expect(StoreVerifier(store: store).verify().isClean)
        store.scanBlobs { fingerprint, _, _ in
            store.removeBlobs([fingerprint])
            return true
        }
        store.write([.put(.result, key: Fingerprint(hashing: "x").storeKey, value: [1])])
        let report = StoreVerifier(store: store).verify()
        #expect(report.incomplete == 1 && report.unreadable == 1 && !report.isClean)
        let (value, summary) = try await build(2)
        #expect(value == 20_004 && summary.statistics.executed["Bulk"] == 1)
    }

    @Test func `What a query read is nothing to rely on where it cannot be read`() async throws {
        let query = FileSum(path: "some input")
        let sum = { try await Engine(store: store, options: options()).evaluate(query) }
        directory.write("some input", "1 2")
        #expect(try await sum().0.value() == 3)
        // The kind of the last input in the record, in front of its name's length and name.
        var damaged: [StoreWrite] = []
        store.scan(.result, prefix: []) { key, bytes in
            let name = Array("some input".utf8)
            guard let place = bytes.indices.last(where: { bytes[$0...].starts(with: name) }) else { return true }
            var copy = bytes
            copy[place - 2] = 9
            damaged.append(.put(.result, key: key, value: copy))
            return true
        }
        #expect(damaged.count == 1)
        store.write(damaged)
        directory.write("some input", "1 2 3")
        let (evaluation, summary) = try await sum()
        #expect(try evaluation.value() == 6)
        #expect(summary.statistics.executed == ["FileSum": 1])
        store.write(damaged)
        #expect(StoreVerifier(store: store).verify().unreadable == 1)
        #expect(StoreVerifier(store: store).verify().isClean)
    }

    @Test func `A lost blob is made again even where a value does not say that it names it`() async throws {
        let kinds: [any Query.Type] = [Bulk.self, PassOn.self, OpenPassedOn.self]
        let engine = { Engine(store: store, options: EngineOptions(kinds: kinds)) }
        #expect(try await engine().evaluate(OpenPassedOn(number: 3, salt: 1)).0.value() == 10_003)
        store.scanBlobs { fingerprint, _, _ in
            store.removeBlobs([fingerprint])
            return true
        }
        let (evaluation, summary) = try await engine().evaluate(OpenPassedOn(number: 3, salt: 2))
        #expect(try evaluation.value() == 10_003)
        #expect(summary.statistics.executed["Bulk"] == 1 && summary.statistics.executed["PassOn"] == 1)
    }

    @Test func `A root is evaluated again with a look at its blobs`() async throws {
        let engine = Engine(store: store, options: options())
        let blob = try await engine.evaluate(Bulk(number: 2)).0.value()
        store.removeBlobs([blob.fingerprint])
        #expect(throws: EngineError.blobLost(blob)) { try engine.open(blob) }
        let (again, _) = try await engine.withBuild { build in try await build.evaluate(Bulk(number: 2), checkingBlobs: true) }
        #expect(try again.value() == blob)
        #expect(try engine.open(blob).count == 10_002)
    }

    @Test func `An audit computes hits again and says which differ`() async throws {
        let engine = { Engine(store: store, options: options(auditEvery: $0)) }
        _ = try await engine(0).evaluate(Fickle(number: 0))
        _ = try await engine(0).evaluate(Fickle(number: 1))
        let steady = try await engine(1).evaluate(Fickle(number: 0)).1.statistics
        #expect(steady.audited == 1 && steady.disagreements.isEmpty && steady.executed.isEmpty)
        let (evaluation, summary) = try await engine(1).evaluate(Fickle(number: 1))
        #expect(summary.statistics.disagreements.map(\.label) == ["fickle 1"])
        let value = try evaluation.value()
        let (after, _) = try await engine(0).evaluate(Fickle(number: 1))
        #expect(try after.value() == value)
    }

    @Test func `Totals add up over builds`() async throws {
        _ = try await build(1)
        _ = try await build(2)
        _ = try await build(1)
        let totals = EngineHistory(store: store).totals()
        #expect(totals.builds == 2 && totals.executed == 6)
        #expect(totals.missed[.absent] == 4 && totals.missed[.dependency] == 2)
    }
}
