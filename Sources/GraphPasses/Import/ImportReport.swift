import Basics

/// Collects what is wrong with a program, so that all of it is reported at once: several uses of one operator from one line are one diagnostic.
struct ImportReport {
    private struct Key: Hashable {
        let code: DiagnosticCode
        let subject: String
        let reason: String
        let position: SourcePosition?
    }

    private enum Entry {
        case finding(Key, places: [SourceMap.Place])
        case diagnostic(Diagnostic)
    }

    private var entries: [Entry] = []
    private var index: [Key: Int] = [:]

    var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }

    /// Something wrong with a call (`subject` is its overload) or with an input or output.
    mutating func add(_ code: DiagnosticCode, _ subject: String, _ reason: String, at place: SourceMap.Place) {
        let key = Key(code: code, subject: subject, reason: reason, position: place.position)
        guard let known = index[key], case .finding(_, var places) = entries[known] else {
            index[key] = entries.count
            entries.append(.finding(key, places: [place]))
            return
        }
        places.append(place)
        entries[known] = .finding(key, places: places)
    }

    mutating func warn(_ diagnostic: Diagnostic) { entries.append(.diagnostic(diagnostic)) }

    /// Adds a diagnostic unless one of its code is there.
    mutating func addOnce(_ diagnostic: Diagnostic) {
        let isKnown = entries.contains { if case .diagnostic(let known) = $0 { known.code == diagnostic.code } else { false } }
        if !isKnown { entries.append(.diagnostic(diagnostic)) }
    }

    /// One diagnostic for each finding, in the order in which they were first met.
    var diagnostics: [Diagnostic] {
        entries.map { entry in
            switch entry {
            case .diagnostic(let diagnostic): diagnostic
            case .finding(let key, let places): Self.diagnostic(key, places)
            }
        }
    }

    private static func diagnostic(_ key: Key, _ places: [SourceMap.Place]) -> Diagnostic {
        var notes: [String] = []
        if places.count > 1 { notes.append("used \(places.count) times here") }
        // The first few tell where to look; a hundred would hide the rest.
        notes += places.prefix(3).compactMap(note)
        let message = key.reason.isEmpty ? "\(key.subject) is not supported" : "\(key.subject): \(key.reason)"
        return Diagnostic(key.code, message, at: key.position, notes: notes, help: help(key.code, key.subject))
    }

    private static func note(_ place: SourceMap.Place) -> String? {
        if place.node.isEmpty { return nil }
        if place.module.isEmpty && place.moduleClass.isEmpty { return "node \(place.node)" }
        let module = place.module.isEmpty ? "the root module" : place.module
        return "node \(place.node) in \(module)" + (place.moduleClass.isEmpty ? "" : " (\(place.moduleClass))")
    }

    private static func help(_ code: DiagnosticCode, _ subject: String) -> String? {
        switch code {
        case .unsupportedOperator: Remedy.text(for: subject)
        case .typeMismatch:
            "the archive contradicts itself, or an operator is read wrongly: export the model again, and report it if this stays"
        case .shapeOverLimits: "capture the model again with smaller example inputs"
        default: nil
        }
    }
}
