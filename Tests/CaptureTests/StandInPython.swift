import Basics
import Capture
import Glibc
import Pipeline
import Testing

/// A workspace whose "Python" is a shell script that behaves as a test wants: what the command does with its answers needs no PyTorch.
final class StandInPython: Sendable {
    let directory: String

    /// `behaviour` is shell: `$output` is the archive to write, `$source` the model's file, `$call` counts from 1, `done_event` writes and announces the archive.
    init(_ behaviour: String, timeout: Int = 30) throws {
        var template = Array("/tmp/reglaze-capture-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        try write("class Net: pass\n", to: "net.py")
        try write(
            """
            [workspace]
            targets = ["headset"]
            [models.net]
            source = "net.py:Net"
            [capture]
            python = "bin/python"
            timeout = \(timeout)

            """, to: "reglaze.toml")
        try FilePath.makeDirectory("\(directory)/bin")
        let script = """
            #!/bin/sh
            echo call >>"\(directory)/calls"
            call=$(wc -l <"\(directory)/calls")
            read -r request
            output=$(printf '%s' "$request" | sed 's/.*"output":"\\([^"]*\\)".*/\\1/')
            source="\(directory)/net.py"
            done_event() {
                cp "\(Self.fixture)" "$output"
                printf '{"event":"done","rung":"non-strict","nodes":3,"archive":"%s","references":[],"read":[{"path":"%s","digest":"%s"}],"lookups":%s,"versions":{"python":"3","torch":"2"},"diagnostics":[%s],"host_plan":%s}\\n' "$output" "$source" "${1:-$(sha256sum <"$source" | cut -d' ' -f1)}" "${lookups:-null}" "$diagnostics" "${host_plan:-null}"
            }
            \(behaviour)

            """
        try write(script, to: "bin/python")
        chmod("\(directory)/bin/python", 0o755)
    }

    deinit { Self.remove(directory) }

    static let fixture = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/tiny_cnn.pt2"

    func write(_ text: String, to file: String) throws { try FilePath.write(Array(text.utf8), to: "\(directory)/\(file)") }

    /// How often Python was started.
    func calls() throws -> Int {
        guard FilePath.exists("\(directory)/calls") else { return 0 }
        return try FilePath.text("\(directory)/calls")?.split(separator: "\n").count ?? 0
    }

    /// Calls `body` once Python was started, from a thread of its own: a build blocks one of the runtime's threads, other tests may block the rest.
    func whenStarted(_ body: @escaping @Sendable () -> Void) {
        _ = SystemThread { [self] in
            while (try? calls()) == 0 { usleep(20_000) }
            body()
        }
    }

    /// One build by a process of its own, as far as the store knows, with variables and a module path of its environment.
    func build(variables: [String: String] = [:], pythonPath: String? = nil) async throws -> BuildOutcome {
        let workspace = try Workspace.open(directory: directory)
        var options = Session.Options(cache: .workspace, jobs: 1)
        var environment = CaptureEnvironment(workspace: directory, runtimeDirectory: "")
        environment.usesServer = false
        environment.variables = variables
        environment.pythonPath = pythonPath
        options.capture = environment
        let session = try Session(workspace, options)
        let models = try ModelReference.resolve([], in: workspace)
        return try await session.build(models, targets: try session.targets([]), precision: nil)
    }

    /// A run on the answers that came with the capture.
    func run() async throws -> RunOutcome {
        let workspace = try Workspace.open(directory: directory)
        let session = try Session(workspace, Session.Options(cache: .workspace, jobs: 1))
        let model = try #require(try ModelReference.resolve(["net"], in: workspace).first)
        let target = try #require(try session.targets([]).first)
        let request = RunRequest(model: model, inputs: nil, references: [], outputs: nil, check: true)
        return try await session.run(request, target: target, precision: nil)
    }

    static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Directory.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
