import Basics
import Glibc

/// Asks Python: through the server where there may be one, else through a process for this request alone.
///
/// A server that dies under a request leaves no trace in the result: the request goes to a fresh server once, then to a process of its own, and only when that
/// dies too is it the model's doing.
package struct Capture: Sendable {
    package let environment: CaptureEnvironment
    package let interpreter: PythonInterpreter

    /// Throws when there is no interpreter or no package to run.
    package init(_ environment: CaptureEnvironment) throws(CaptureError) {
        guard environment.package.isPresent else { throw .noPackage(environment.package.directory) }
        self.environment = environment
        interpreter = try PythonInterpreter.find(environment)
    }

    /// The answer to a request: `done`, `refused` or `names`. Everything else is thrown.
    ///
    /// `observe` sees the phases as they end; `isCancelled` is asked about ten times a second, and ends the work at once.
    package func answer(
        _ request: CaptureRequest, isCancelled: @escaping @Sendable () -> Bool, observe: (CaptureEvent) -> Void = { _ in }
    ) throws(CaptureError) -> CaptureEvent {
        let line = request.line
        if environment.usesServer {
            for _ in 0..<2 {
                let server = CaptureServer(environment, interpreter)
                guard let connection = try server.connect(isCancelled: isCancelled) else { break }
                if let answer = try ask(connection, line, isCancelled, observe) {
                    // When the fork died and the server lives, a process of its own tells whether it does so again.
                    if Self.death(in: answer) == .captureDied { break }
                    return try Self.checked(answer)
                }
            }
        }
        return try once(line, isCancelled, observe)
    }

    /// The answer of a server; nil when it went away.
    private func ask(
        _ connection: borrowing UnixSocket, _ line: [UInt8], _ isCancelled: @escaping @Sendable () -> Bool,
        _ observe: (CaptureEvent) -> Void
    ) throws(CaptureError) -> CaptureEvent? {
        guard connection.send(line) else { return nil }
        var events = EventStream(connection.descriptor, timeoutSeconds: environment.timeoutSeconds, isCancelled: isCancelled)
        // Leaving closes the connection, which kills the fork.
        return try events.answer(observe)
    }

    private func once(
        _ line: [UInt8], _ isCancelled: @escaping @Sendable () -> Bool, _ observe: (CaptureEvent) -> Void
    ) throws(CaptureError) -> CaptureEvent {
        let errors = try SpawnedProcess.temporary([])
        defer { close(errors) }
        var process = try SpawnedProcess(
            CapturePython.arguments(interpreter, ["once"]), variables: CapturePython.variables(environment),
            .piped(input: line, errors: errors))
        var events = EventStream(process.output, timeoutSeconds: environment.timeoutSeconds, isCancelled: isCancelled)
        let answer: CaptureEvent?
        do { answer = try events.answer(observe) } catch {
            _ = process.kill()
            throw error
        }
        let signal = process.end()
        guard let answer else { throw .died(signal: signal, errors: Self.text(of: errors)) }
        return try Self.checked(answer)
    }

    /// The answer, unless it is a failure of the process rather than a finding about the model.
    private static func checked(_ answer: CaptureEvent) throws(CaptureError) -> CaptureEvent {
        if death(in: answer) != nil, case .refused(let diagnostics, _) = answer { throw .reported(diagnostics) }
        if case .failed(let message, let traceback) = answer { throw .failed(message: message, traceback: traceback) }
        return answer
    }

    /// The code of what a server says of a fork that died, hung, or had no PyTorch.
    private static func death(in answer: CaptureEvent) -> DiagnosticCode? {
        guard case .refused(let diagnostics, _) = answer else { return nil }
        let fatal: [DiagnosticCode] = [.noPython, .captureDied, .captureTimedOut]
        return diagnostics.map(\.code).first(where: fatal.contains)
    }

    private static func text(of descriptor: Int32) -> String {
        lseek(descriptor, 0, SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
