import Basics
import FoundationEssentials
import Glibc
import Pipeline
import Testing

/// The example's gazenet as a model that is given by its source, with a server of its own that goes when the workspace goes.
final class SourceWorkspace {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let directory: String

    /// Whether PyTorch is there. Without it a test says so and passes; CI must have it.
    static func available() -> Bool {
        if FilePath.exists("\(root)/.venv/bin/python") { return true }
        let isCI = getenv("CI").map { String(cString: $0) == "true" } ?? false
        #expect(!isCI, "there is no .venv with PyTorch, and CI must not skip what needs it")
        print("skipped: no PyTorch")
        return false
    }

    init() throws {
        var template = Array("/tmp/reglaze-source-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        for file in ["models/gazenet.py", "models/weights.py", "captured/gazenet.pt2"] {
            try write(ByteStorage(mapping: "\(Self.root)/workspace-example/\(file)").array, to: file)
        }
        try write(
            """
            [workspace]
            targets = ["headset"]
            [models.gazenet]
            source = "models/gazenet.py:GazeNet"
            [models.committed]
            program = "captured/gazenet.pt2"
            [capture]
            python = "\(Self.root)/.venv/bin/python"
            idle = 60

            """, to: "reglaze.toml")
    }

    deinit {
        if let server { kill(server, SIGTERM) }
        StandInPython.remove(directory)
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try FilePath.makeDirectory(FilePath.directory("\(directory)/\(file)"))
        try FilePath.write(bytes, to: "\(directory)/\(file)")
    }

    func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

    /// Replaces a text of a file, which must be there.
    func edit(_ file: String, _ old: String, _ new: String) throws {
        let text = try #require(try FilePath.text("\(directory)/\(file)"))
        #expect(text.contains(old))
        try write(text.replacing(old, with: new), to: file)
    }

    /// Runs the command to its end, with more variables than a test's. `meanwhile` is called while it runs.
    func run(_ arguments: String, variables added: String = "", meanwhile: () throws -> Void = {}) throws -> Result {
        let executable = try #require(Self.executable, "build the reglaze executable first")
        let variables = "CI= VIRTUAL_ENV= OMP_NUM_THREADS=1 XDG_RUNTIME_DIR='\(directory)/run' \(added)"
        unlink("\(directory)/status.txt")
        let command =
            "\(variables) '\(executable)' \(arguments) >out.txt 2>err.txt </dev/null; echo $? >status.new; mv status.new status.txt"
        system("mkdir -p '\(directory)/run'; cd '\(directory)' && { \(command); } &")
        try meanwhile()
        while !FilePath.exists("\(directory)/status.txt") { usleep(10_000) }
        func text(_ file: String) throws -> String { try FilePath.text("\(directory)/\(file)") ?? "" }
        let status = try #require(Int32(try text("status.txt").filter(\.isNumber)))
        return Result(status: status, output: try text("out.txt"), errors: try text("err.txt"))
    }

    /// A build of the model, as the scripts see it.
    func build(meanwhile: () throws -> Void = {}) throws -> BuildSeen {
        let result = try run("build gazenet --json", meanwhile: meanwhile)
        #expect(result.status == 0, "\(result.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(BuildSeen.self, from: Data(result.output.utf8))
    }

    private static let executable: String? = {
        var parts = (CommandLine.arguments.first ?? "").split(separator: "/").dropLast().map(String.init)
        while !parts.isEmpty {
            let candidate = "/" + parts.joined(separator: "/") + "/reglaze"
            if FilePath.exists(candidate) && !FilePath.exists(candidate + "/Package.swift") { return candidate }
            parts.removeLast()
        }
        return nil
    }()

    /// The server's process, from the name of its open socket; nil when there is none.
    var server: pid_t? {
        let sockets = "\(directory)/run/reglaze"
        guard let name = Directory.names(in: sockets).first(where: { $0.hasSuffix(".sock") }) else { return nil }
        for entry in Directory.names(in: "/proc") {
            guard let process = pid_t(entry), Self.commandLine(of: process).contains("\(sockets)/\(name)") else {
                continue
            }
            return process
        }
        return nil
    }

    /// A process that has ended and that nobody has waited for has no command line any more.
    static func isRunning(_ process: pid_t) -> Bool { !commandLine(of: process).isEmpty }

    /// Waits until a process has a child.
    static func waitForChild(of parent: pid_t) {
        for _ in 0..<3000 {
            for case let process? in Directory.names(in: "/proc").map(pid_t.init) {
                let fields = contents("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ")
                if let fields, fields.count > 1, fields[1] == "\(parent)" { return }
            }
            usleep(10_000)
        }
    }

    private static func commandLine(of process: pid_t) -> String { contents("/proc/\(process)/cmdline") }

    private static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

/// What a test reads of `build --json`.
struct BuildSeen: Decodable {
    struct Kernels: Decodable {
        let compiled: Int
        let unique: Int
    }
    struct Kernel: Decodable {
        let name: String
    }
    struct Queries: Decodable {
        let executed: [String: Int]
    }
    struct Build: Decodable {
        let kernels: Kernels
        let queries: Queries
        let seconds: [String: Double]
        let compiledKernels: [Kernel]
    }

    let builds: [Build]

    var compiled: [String] { builds.first?.compiledKernels.map(\.name) ?? [] }
    var executed: [String: Int] { builds.first?.queries.executed ?? [:] }
    var captureSeconds: Double { builds.first?.seconds["capture"] ?? -1 }
}
