import Basics
import FoundationEssentials
import Glibc
import Pipeline
import QueryEngine

/// The second form of an audit: another process computes a share of the results again. It has another hash seed, as every process has, and begins what is
/// asked for together in another order.
struct AuditProcess {
    /// What the other process found.
    struct Finding: Decodable {
        struct Disagreement: Decodable {
            let kind: String
            let label: String
            let key: String
        }

        let audited: Int
        let disagreements: [Disagreement]
    }

    private struct Document: Decodable {
        let audit: Finding?
    }

    /// Runs `reglaze` with the arguments of a build; nil when it ended without an answer.
    static func run(_ arguments: [String]) -> Finding? {
        guard let output = output(of: arguments) else { return nil }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(output)) else { return nil }
        return document.audit ?? Finding(audited: 0, disagreements: [])
    }

    /// What this executable prints, called with other arguments; nil when it could not be started.
    private static func output(of arguments: [String]) -> [UInt8]? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let process = try? Spawn.start(["/proc/self/exe"] + arguments, output: .descriptor(ends[1]))
        close(ends[1])
        guard let process else { return nil }
        let bytes = read(ends[0])
        Spawn.wait(process)
        return bytes
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
        }
    }
}
