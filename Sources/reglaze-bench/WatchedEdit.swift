import FoundationEssentials
import Glibc

/// How long `watch` takes for one edit, seen from outside: until its line with the delta is in its output.
struct WatchedEdit {
    /// From the save to the delta, in seconds: the quiet period, capture where there is one, and the compiler.
    let saveToDelta: Double
    /// What the compiler takes of it, by its own account.
    let compiler: Double

    /// The fields of an event that matter here.
    private struct Event: Decodable {
        struct Program: Decodable {
            let seconds: [String: Double]
        }

        let event: String
        let programs: [Program]?
    }

    /// Starts the command, waits for its first build, saves, waits for the answer, and ends the command.
    init(_ watch: ChildProcess, save: () throws -> Void) throws {
        let identifier = try watch.start()
        defer {
            kill(identifier, SIGINT)
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        }
        _ = try Self.wait(for: "baseline", of: watch)
        let begin = ContinuousClock.now
        try save()
        let event = try Self.wait(for: "built", of: watch)
        saveToDelta = (ContinuousClock.now - begin).seconds
        compiler = (event.programs ?? []).reduce(0) { $0 + ($1.seconds["total"] ?? 0) - ($1.seconds["capture"] ?? 0) }
    }

    /// Looks every millisecond for a whole line with the event; a minute at most.
    private static func wait(for name: String, of watch: ChildProcess) throws -> Event {
        for _ in 0..<60_000 {
            usleep(1000)
            guard let data = FileManager.default.contents(atPath: watch.output) else { continue }
            for line in data.split(separator: UInt8(ascii: "\n")) {
                if let event = try? JSONDecoder().decode(Event.self, from: Data(line)), event.event == name { return event }
            }
        }
        throw ChildProcessError.silent(command: watch.command, output: watch.output)
    }
}
