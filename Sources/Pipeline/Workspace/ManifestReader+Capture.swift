import Capture

// What the manifest says about capture.
extension ManifestReader {
    /// Keys of a model that mean something for a source alone.
    static let captureKeys = ["inputs", "input_kwargs", "kwargs", "calibration", "activations", "dynamic", "assume", "accept_draft"]

    /// `[capture]`.
    mutating func readCapture(_ table: TOMLTable) -> Manifest.Capture {
        check(table, "capture", ["passes", "python", "timeout", "idle"])
        return Manifest.Capture(
            python: string(table, "python", "capture"), passes: strings(table, "passes", "capture") ?? [],
            timeoutSeconds: number(table, "timeout", "capture").map { Int($0.rounded(.up)) },
            idleSeconds: number(table, "idle", "capture").map { Int($0.rounded(.up)) })
    }

    /// What a model's `source` and the keys beside it say; nil without a source.
    mutating func captureSpecification(_ table: TOMLTable, _ path: String, _ capture: Manifest.Capture) -> CaptureSpecification? {
        guard let source = string(table, "source", path) else {
            for key in Self.captureKeys where table[key] != nil && table["source"] == nil {
                refuse(.manifestValue, "`\(path).\(key)` is about capture, and this model has no `source`", "\(path).\(key)", nil)
            }
            return nil
        }
        if !source.contains(".py:") {
            refuse(.manifestValue, "`\(path).source` must be FILE.py:NAME", "\(path).source", "source = \"models/net.py:Net\"")
        }
        var specification = CaptureSpecification(source: source)
        specification.inputs = json(table, "inputs", path)
        specification.inputKwargs = json(table, "input_kwargs", path)
        specification.kwargs = json(table, "kwargs", path)
        specification.dynamic = json(table, "dynamic", path)
        specification.weights = string(table, "weights", path)
        specification.calibration = string(table, "calibration", path)
        if let text = string(table, "activations", path) {
            if let scheme = ActivationScheme(rawValue: text) {
                specification.activations = scheme
            } else {
                let known = ActivationScheme.allCases.map(\.rawValue).joined(separator: ", ")
                refuse(.manifestValue, "activations \"\(text)\" is none of \(known)", "\(path).activations", nil)
            }
        }
        specification.acceptsDraft = bool(table, "accept_draft", path) ?? false
        specification.passes = capture.passes
        if let assume = self.table(table, "assume", path) {
            for line in assume.keys.sorted() { specification.assume[line] = bool(assume, line, "\(path).assume") }
        }
        return specification
    }

    private mutating func json(_ table: TOMLTable, _ key: String, _ path: String) -> JSONValue? {
        typed(table, key, path, "made of tables, lists, texts, numbers, true and false") { JSONValue(toml: $0) }
    }
}

extension JSONValue {
    /// The same value; nil for a date or a time, which JSON does not have.
    fileprivate init?(toml value: TOMLValue) {
        if let text = value.string {
            self = .string(text)
        } else if let bool = value.bool {
            self = .bool(bool)
        } else if let integer = value.int {
            self = .integer(integer)
        } else if let number = value.double {
            self = .number(number)
        } else if let array = value.array {
            let elements = array.compactMap { JSONValue(toml: $0) }
            guard elements.count == array.count else { return nil }
            self = .array(elements)
        } else if let table = value.table {
            var members: [String: JSONValue] = [:]
            for key in table.keys {
                guard let member = table[key].flatMap({ JSONValue(toml: $0) }) else { return nil }
                members[key] = member
            }
            self = .object(members)
        } else {
            return nil
        }
    }
}
