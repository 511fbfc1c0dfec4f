import Basics
import Glibc

/// The process that has PyTorch imported already: found by its socket, started where there is none. It outlives us, and ends by itself when it is idle.
///
/// Everything that decides how it captures is in the socket's name, so that a server of another version is never asked.
package struct CaptureServer: Sendable {
    private let environment: CaptureEnvironment
    private let interpreter: PythonInterpreter
    /// Where the server listens; its lock and its log lie beside it.
    package let socket: String

    package init(_ environment: CaptureEnvironment, _ interpreter: PythonInterpreter) {
        self.environment = environment
        self.interpreter = interpreter
        var encoder = CanonicalEncoder()
        encoder.append(interpreter.path)
        encoder.append(interpreter.modified)
        for (name, version) in interpreter.packages.sorted(by: { $0.key < $1.key }) { encoder.append("\(name) \(version)") }
        encoder.append(environment.package.fingerprint)
        encoder.append(environment.package.directory)
        encoder.append(environment.pythonPath)
        encoder.append(Self.fileSystems)
        socket = "\(environment.runtimeDirectory)/\(encoder.fingerprint.hex.prefix(16)).sock"
    }

    /// Which files the paths of this process name: its mount namespace, and its root in it. A server in another container of the same user reads other files.
    private static var fileSystems: String {
        var name = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/mnt", &name, name.count)
        var root = stat()
        stat("/", &root)
        return "\(String(decoding: name.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)) \(root.st_dev) \(root.st_ino)"
    }

    /// The server's process; nil when none is running.
    package var processIdentifier: Int32? { running()?.peer }

    /// A connection to the server that is running. It is told the user's environment, and believed: no one else's is asked.
    private func running() -> UnixSocket? { isDirectoryOurs ? UnixSocket(connectingTo: socket) : nil }

    /// A connection to the server, which is started if need be; nil where no server can be had, and a process of its own will do.
    func connect(isCancelled: () -> Bool) throws(CaptureError) -> UnixSocket? {
        if let connection = running() { return connection }
        makeDirectory()
        guard isDirectoryOurs else { return nil }
        // Two commands start one server: the second waits for the lock and finds it running.
        let lock = open(socket + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { return nil }
        defer { close(lock) }
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            if isCancelled() { throw .cancelled }
            usleep(20_000)
        }
        if let connection = running() { return connection }
        unlink(socket)
        return try start(isCancelled)
    }

    private func start(_ isCancelled: () -> Bool) throws(CaptureError) -> UnixSocket? {
        let log = open(socket + ".log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard log >= 0 else { return nil }
        defer { close(log) }
        var process = try SpawnedProcess(
            CapturePython.arguments(interpreter, ["serve", "--socket", socket, "--idle", String(environment.idleSeconds)]),
            variables: CapturePython.variables(environment), .detached(log: log))
        // Importing PyTorch takes seconds, on a busy machine many.
        for _ in 0..<6_000 {
            if let connection = running() { return connection }
            if isCancelled() { throw .cancelled }
            guard process.isRunning() else { return nil }
            usleep(20_000)
        }
        return nil
    }

    private func makeDirectory() {
        var parent = environment.runtimeDirectory
        if let slash = parent.lastIndex(of: "/") { parent = String(parent[..<slash]) }
        if access(parent, F_OK) != 0 { mkdir(parent, 0o700) }
        mkdir(environment.runtimeDirectory, 0o700)
    }

    /// Whether the directory of sockets is there, the user's and closed to others: else no socket in it is to be trusted.
    private var isDirectoryOurs: Bool {
        var status = stat()
        guard lstat(environment.runtimeDirectory, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }
}

/// How Python is called.
enum CapturePython {
    /// As `-m reglaze_capture` does, but without the working directory on the search path: a `torch.py` that happens to lie there is not PyTorch.
    private static let program =
        "import runpy, sys; sys.path[:1] = []; runpy.run_module('reglaze_capture', run_name='__main__', alter_sys=True)"

    static func arguments(_ interpreter: PythonInterpreter, _ words: [String]) -> [String] { [interpreter.path, "-c", program] + words }

    /// The package comes first on the search path. Sets are ordered alike in every process, no bytecode is left beside the sources, and neither the locale nor
    /// how the user runs Python otherwise decides how files are read and whether assertions count: a server is started by one and asked by another.
    static func variables(_ environment: CaptureEnvironment) -> [String: String] {
        let path = [environment.package.directory, environment.pythonPath ?? ""].filter { !$0.isEmpty }
        return [
            "PYTHONPATH": path.joined(separator: ":"), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
            "PYTHONOPTIMIZE": "",
        ]
    }
}
