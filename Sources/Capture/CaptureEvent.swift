import Basics
import FoundationEssentials

/// What the capture process says, a line of JSON each: phases as they end, then one of the others.
package enum CaptureEvent: Sendable {
    /// A phase of the capture ended after so many seconds.
    case phase(name: String, seconds: Double)
    case done(CapturedFiles)
    /// The program cannot be taken, for all of these reasons.
    case refused([Diagnostic], CapturedFiles.Inputs)
    /// The names of a suite, in order.
    case names([String])
    /// The helper's own fault, or the environment's.
    case failed(message: String, traceback: String)

    /// Reads a line; throws what is wrong with it.
    init(line: [UInt8]) throws(CaptureError) {
        do {
            let record = try JSONDecoder().decode(Record.self, from: Data(line))
            switch record.event {
            case "phase": self = .phase(name: record.name ?? "", seconds: record.duration ?? 0)
            case "done": self = .done(CapturedFiles(record))
            case "refused": self = .refused((record.diagnostics ?? []).map(\.diagnostic), CapturedFiles.Inputs(record))
            case "names": self = .names(record.names ?? [])
            case "failed": self = .failed(message: record.message ?? "no message", traceback: record.traceback ?? "")
            default: throw CaptureError.protocolViolation("the capture process says \(record.event)")
            }
        } catch let error as CaptureError {
            throw error
        } catch {
            throw .protocolViolation("a line of the capture process cannot be read: \(String(decoding: line.prefix(200), as: UTF8.self))")
        }
    }
}

extension CaptureEvent {
    /// The fields of all events.
    struct Record: Decodable {
        let event: String
        let name: String?
        /// Of a phase, or none: `seconds` is a number there and an object in `done`.
        let duration: Double?
        let seconds: [String: Double]?
        let rung: String?
        let nodes: Int?
        let archive: String?
        let references: [String]?
        let read: [CapturedFiles.Read]?
        let lookups: CapturedFiles.Lookups?
        let versions: [String: String]?
        let required: [String]?
        let blocks: [String: Int]?
        let hostPlan: JSONValue?
        let parameters: CapturedFiles.Parameters?
        let assumptions: [String]?
        let passes: [CapturedFiles.Pass]?
        let diagnostics: [DiagnosticRecord]?
        let passing: Bool?
        let names: [String]?
        let message: String?
        let traceback: String?

        enum CodingKeys: String, CodingKey {
            case event, name, seconds, rung, nodes, archive, references, read, lookups, versions, required, blocks, parameters
            case assumptions, passes, diagnostics, passing, names, message, traceback
            case hostPlan = "host_plan"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            func read<Value: Decodable>(_ key: CodingKeys) throws -> Value? { try fields.decodeIfPresent(Value.self, forKey: key) }
            event = try fields.decode(String.self, forKey: .event)
            let isPhase = event == "phase"
            duration = isPhase ? try read(.seconds) : nil
            seconds = isPhase ? nil : try read(.seconds)
            name = try read(.name)
            rung = try read(.rung)
            nodes = try read(.nodes)
            archive = try read(.archive)
            references = try read(.references)
            self.read = try read(.read)
            lookups = try read(.lookups)
            versions = try read(.versions)
            required = try read(.required)
            // What the blocks module adds besides counts is of no interest here.
            blocks = (try? fields.decodeIfPresent([String: Int].self, forKey: .blocks)) ?? nil
            hostPlan = try read(.hostPlan)
            parameters = try read(.parameters)
            assumptions = try read(.assumptions)
            passes = try read(.passes)
            diagnostics = try read(.diagnostics)
            passing = try read(.passing)
            names = try read(.names)
            message = try read(.message)
            traceback = try read(.traceback)
        }
    }

    /// A diagnostic as the capture process writes it.
    struct DiagnosticRecord: Decodable {
        let code: String
        let severity: String
        let message: String
        let file: String?
        let line: Int?
        let text: String?
        let notes: [String]?
        let help: [String]?

        /// Several ways out, a line each.
        private static func joined(_ help: [String]) -> String? { help.isEmpty ? nil : help.joined(separator: "\n") }

        var diagnostic: Diagnostic {
            let position = file.map { SourcePosition(file: $0, line: line) }
            let severity: Diagnostic.Severity =
                switch severity {
                case "warning": .warning
                case "note": .note
                default: .error
                }
            let excerpt = (text ?? "").isEmpty ? [] : ["\(line.map(String.init) ?? "") | \(text ?? "")"]
            return Diagnostic(
                DiagnosticCode(code), severity: severity, message, at: position, notes: excerpt + (notes ?? []),
                help: Self.joined(help ?? []))
        }
    }
}
