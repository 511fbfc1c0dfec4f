import Basics
import Glibc
import Machine
import Pipeline
import Testing

/// A workspace of its own in a fresh directory, in which a test edits programs and builds them as the command would.
final class LawBench {
    let directory: String
    private let program: String

    /// A workspace with one model, whose program is replaced by `edit`.
    init(program: String = "model.pt2") throws {
        var template = Array("/tmp/reglaze-law-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        directory = path
        self.program = program
    }

    deinit {
        // Best effort: the directory lies in /tmp.
        let process = directory
        for name in Directory.names(in: process) { Self.remove("\(process)/\(name)") }
        rmdir(process)
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Directory.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Puts a captured program in the model's place, as a new capture would: written beside it and renamed.
    func edit(_ captured: String) throws {
        let bytes = try ByteStorage(mapping: captured)
        try FilePath.write(bytes.array, to: "\(directory)/\(program)")
    }

    /// Builds the model in a new session, as a new process would.
    func build(
        _ target: TargetDescription = .headset, precision: Precision? = nil, jobs: Int = 1, cache: CacheLocation? = nil
    ) async throws -> BuildReport {
        let outcome = try await outcome(target, precision: precision, jobs: jobs, cache: cache)
        #expect(outcome.diagnostics.filter { $0.severity == .error }.isEmpty, "\(outcome.diagnostics)")
        return try #require(outcome.reports.first)
    }

    func outcome(
        _ target: TargetDescription = .headset, precision: Precision? = nil, jobs: Int = 1, cache: CacheLocation? = nil
    ) async throws -> BuildOutcome {
        let session = try session(cache: cache, jobs: jobs)
        let model = ModelReference(name: "model", program: program, references: [], precision: precision, check: .init())
        return try await session.build([model], targets: [target], precision: precision)
    }

    /// A session of its own, as a new process would have it: with what the builds so far have stored.
    func session(cache: CacheLocation? = nil, jobs: Int = 1) throws -> Session {
        try Session(
            Workspace(root: directory, manifest: nil), Session.Options(cache: cache ?? .directory("\(directory)/cache"), jobs: jobs))
    }

    /// The image that the last build left.
    func image(_ report: BuildReport) throws -> [UInt8] {
        try ByteStorage(mapping: FilePath.join(directory, report.image)).array
    }

    /// What a build from nothing makes of the program as it is now.
    func cleanImage(_ target: TargetDescription = .headset, precision: Precision? = nil) async throws -> [UInt8] {
        let other = try LawBench()
        try other.edit("\(directory)/\(program)")
        return try other.image(try await other.build(target, precision: precision, cache: CacheLocation.none))
    }
}

/// Programs that the repository holds.
enum Fixture {
    static let folder: String = {
        let parts = #filePath.split(separator: "/").dropLast(2)
        return "/" + parts.joined(separator: "/") + "/Fixtures"
    }()

    static func path(_ name: String) -> String { "\(folder)/\(name).pt2" }

    /// A network of the example workspace, by its path beside the fixtures.
    static func example(_ name: String) -> String { "../../workspace-example/captured/\(name)" }
}
