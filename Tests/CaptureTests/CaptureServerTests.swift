import Capture
import Glibc
import Testing

/// Which server is asked: it is told the user's environment, and what it answers is compiled.
@Suite struct CaptureServerTests {
    /// Listens where the server of `environment` would.
    private func listen(_ server: CaptureServer) -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: server.socket.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) == 0 }
        }
        #expect(isBound && Glibc.listen(listener, 8) == 0)
        return listener
    }

    @Test func `A server is asked only in a directory that others cannot reach`() throws {
        var template = Array("/tmp/reglaze-server-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        var environment = CaptureEnvironment(workspace: directory, runtimeDirectory: directory)
        environment.configuredPython = "/bin/sh"
        let server = CaptureServer(environment, try PythonInterpreter.find(environment))
        let listener = listen(server)
        defer {
            close(listener)
            unlink(server.socket)
            rmdir(directory)
        }
        #expect(server.processIdentifier == getpid())
        for mode: mode_t in [0o777, 0o770, 0o701] {
            chmod(directory, mode)
            #expect(server.processIdentifier == nil, "mode \(String(mode, radix: 8))")
        }
        chmod(directory, 0o700)
        #expect(server.processIdentifier == getpid())
    }
}
