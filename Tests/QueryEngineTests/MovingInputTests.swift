import Basics
import EngineTestKit
import Foundation
import QueryEngine
import Testing

/// The first and the last byte (high and low) of a content that is known by its fingerprint. Closed, as the heavy queries are.
private struct Ends: Query {
    static let kind = "Ends"
    let content: ByteStorage
    let fingerprint: Fingerprint
    /// Done to the file once the key is made.
    let meddle: @Sendable () -> Void

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(fingerprint) }

    func compute(_ context: QueryContext) async throws -> Int {
        meddle()
        return content.withBytes { Int($0[0]) * 256 + Int($0[$0.count - 1]) }
    }
}

/// Asks for the ends of a file; refuses one that begins and ends with 0.
private struct EndsOfFile: Query {
    static let kind = "EndsOfFile"
    static let storage = QueryStorage.byTrace
    var meddle: @Sendable () -> Void = {}

    func encode(into encoder: inout CanonicalEncoder) {}

    func compute(_ context: QueryContext) async throws -> Int {
        let content = try context.read("input")
        let ends = try await context.get(Ends(content: content, fingerprint: content.fingerprint, meddle: meddle))
        guard ends != 0 else { throw Diagnostic(DiagnosticCode("W001"), "nothing but 0") }
        return ends
    }
}

/// Files that are written to while something is made of them.
@Suite struct MovingInputTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()
    private let log = EventLog()
    private var path: String { directory.path + "/input" }

    private func evaluate(_ query: EndsOfFile) async throws -> Result<Int, DiagnosticList> {
        let engine = Engine(store: store, options: EngineOptions(directory: directory.path, observer: log.observer))
        return try await engine.evaluate(query).0.outcome
    }

    /// Writes a file of which every write from now on shows in the signature.
    private func write(_ byte: UInt8, count: Int) async throws {
        try Data(repeating: byte, count: count).write(to: URL(filePath: path))
        while StatSignature(path: path)?.isSettled(at: StatSignature.now()) == false { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Writes into the file where it lies, as `open(path, "r+b")` does.
    @Sendable private static func overwrite(_ path: String, _ byte: UInt8) {
        guard let handle = FileHandle(forWritingAtPath: path) else { return }
        try? handle.write(contentsOf: Data([byte]))
        try? handle.close()
    }

    @Test func `A result of a big file that was overwritten meanwhile is given to nobody`() async throws {
        let path = path
        try await write(1, count: 8 << 20)
        await #expect(throws: InputMoved(path: "input")) { try await evaluate(EndsOfFile { Self.overwrite(path, 2) }) }
        // The content whose fingerprint was the key: nothing is known of it.
        try await write(1, count: 8 << 20)
        _ = log.take()
        #expect(try await evaluate(EndsOfFile()).get() == 0x101)
        #expect(log.take().contains { $0.hasPrefix("run Ends") })
        try await write(2, count: 8 << 20)
        #expect(try await evaluate(EndsOfFile()).get() == 0x202)
    }

    /// In a process of its own: lost pages are counted for the process, and whoever computes at the same time gives up.
    @Test func `A big file that was cut short meanwhile ends nothing but the build`() async {
        await #expect(processExitsWith: .success) {
            LostPages.tolerate()
            let tests = MovingInputTests()
            let path = tests.path
            try await tests.write(1, count: 8 << 20)
            await #expect(throws: InputMoved(path: "input")) { try await tests.evaluate(EndsOfFile { truncate(path, 4096) }) }
            try await tests.write(1, count: 8 << 20)
            #expect(try await tests.evaluate(EndsOfFile()).get() == 0x101)
        }
    }

    @Test func `A small file is used as it was when it was read`() async throws {
        let path = path
        try await write(1, count: 100)
        #expect(try await evaluate(EndsOfFile { Self.overwrite(path, 2) }).get() == 0x101)
        // What asked for the file is not kept; what was made of its content is.
        try await write(1, count: 100)
        _ = log.take()
        #expect(try await evaluate(EndsOfFile()).get() == 0x101)
        #expect(log.take().filter { $0.hasPrefix("run") } == ["run EndsOfFile"])
    }

    @Test func `What is wrong with a file that moved meanwhile is no finding`() async throws {
        let path = path
        try await write(0, count: 100)
        await #expect(throws: InputMoved(path: "input")) { try await evaluate(EndsOfFile { Self.overwrite(path, 2) }) }
    }
}
