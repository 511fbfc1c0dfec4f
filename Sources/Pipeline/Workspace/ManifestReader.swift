import Basics

/// Reads `reglaze.toml`. All problems are found in one pass; an unknown key is an error with the nearest known one as a suggestion.
package struct ManifestReader {
    private let file: String
    private let lines: [Substring]
    private var diagnostics: [Diagnostic] = []

    /// `file` is the manifest's path as it should appear in diagnostics.
    package static func read(_ text: String, file: String) throws(DiagnosticList) -> Manifest {
        var reader = ManifestReader(text, file: file)
        let table: TOMLTable
        do { table = try TOMLTable(string: text) } catch {
            throw DiagnosticList([
                Diagnostic(
                    .manifestSyntax, "the manifest is not valid TOML: \(error)",
                    at: SourcePosition(file: file, line: error.line),
                    help: "a table is written [models.name], a value key = \"text\", 1 or [1, 2]")
            ])
        }
        let manifest = reader.manifest(table)
        if !reader.diagnostics.isEmpty { throw DiagnosticList(reader.diagnostics) }
        return manifest
    }

    private init(_ text: String, file: String) {
        self.file = file
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    private mutating func manifest(_ table: TOMLTable) -> Manifest {
        var manifest = Manifest()
        check(table, "", ["workspace", "models", "capture", "cache", "remote", "budgets"])
        if let workspace = self.table(table, "workspace", "") {
            check(workspace, "workspace", ["name", "targets"])
            manifest.name = string(workspace, "name", "workspace") ?? ""
            manifest.targets = strings(workspace, "targets", "workspace") ?? []
        }
        if let capture = self.table(table, "capture", "") { manifest.capture = readCapture(capture) }
        if let models = self.table(table, "models", "") {
            for name in models.keys.sorted() {
                if let entry = self.table(models, name, "models") { manifest.models.append(model(entry, name, manifest.capture)) }
            }
        }
        if let remote = self.table(table, "remote", "") { check(remote, "remote", ["url", "mode"]) }
        if let cache = self.table(table, "cache", "") {
            check(cache, "cache", ["max_size", "shared"])
            manifest.cacheMaxBytes = bytes(cache, "max_size", "cache")
            manifest.sharedCache = bool(cache, "shared", "cache") ?? false
        }
        if let budgets = self.table(table, "budgets", "") {
            for name in budgets.keys.sorted() {
                guard let budget = self.table(budgets, name, "budgets") else { continue }
                check(budget, "budgets.\(name)", ["latency_us", "sram_bytes", "sqnr_db", "cycles", "image_bytes"])
                if manifest.model(name) == nil {
                    refuse(
                        .unknownManifestKey, "[budgets.\(name)] names no model", "budgets.\(name)",
                        suggestion(name, manifest.models.map(\.name)))
                }
            }
        }
        return manifest
    }

    private mutating func model(_ table: TOMLTable, _ name: String, _ capture: Manifest.Capture) -> Manifest.Model {
        let path = "models.\(name)"
        check(table, path, ["source", "program", "reference", "weights", "precision", "check"] + Self.captureKeys)
        var model = Manifest.Model(name: name)
        model.line = line(of: path)
        if !FilePath.isName(name) {
            refuse(
                .manifestValue, "\(String(reflecting: name)) cannot be a model's name: its image has that name below build/", path,
                "use letters, digits, `_` and `-`")
        }
        model.program = string(table, "program", path)
        model.capture = captureSpecification(table, path, capture)
        model.weights = string(table, "weights", path)
        if table["reference"]?.array != nil {
            model.references = strings(table, "reference", path) ?? []
        } else {
            model.references = string(table, "reference", path).map { [$0] } ?? []
        }
        if let text = string(table, "precision", path) {
            model.precision = Precision(rawValue: text)
            if model.precision == nil {
                refuse(.manifestValue, "precision \"\(text)\" is none of float, bf16, fp16, int8", "\(path).precision", nil)
            }
        }
        if let entry = self.table(table, "check", path) {
            check(entry, "\(path).check", ["relative", "sqnr_db", "equal_share"])
            model.check = Manifest.Check(
                relative: number(entry, "relative", "\(path).check"), sqnrDecibel: number(entry, "sqnr_db", "\(path).check"),
                equalShare: number(entry, "equal_share", "\(path).check"))
        }
        if (model.program == nil) == (table["source"] == nil) {
            refuse(.manifestValue, "model \(name) needs either `program` or `source`", path, "program = \"captured/\(name).pt2\"")
        }
        return model
    }
}

// Typed values, each refused with its place when it is of another type.
extension ManifestReader {
    mutating func table(_ table: TOMLTable, _ key: String, _ path: String) -> TOMLTable? {
        typed(table, key, path, "a table") { $0.table }
    }

    mutating func string(_ table: TOMLTable, _ key: String, _ path: String) -> String? {
        typed(table, key, path, "a text") { $0.string }.flatMap { printable([$0], key, path)?.first }
    }

    mutating func bool(_ table: TOMLTable, _ key: String, _ path: String) -> Bool? {
        typed(table, key, path, "true or false") { $0.bool }
    }

    mutating func number(_ table: TOMLTable, _ key: String, _ path: String) -> Double? {
        typed(table, key, path, "a positive number") { value in
            (value.double ?? value.int.map(Double.init)).flatMap { $0 > 0 ? $0 : nil }
        }
    }

    mutating func strings(_ table: TOMLTable, _ key: String, _ path: String) -> [String]? {
        typed(table, key, path, "a list of texts") { value -> [String]? in
            guard let array = value.array else { return nil }
            let texts = array.compactMap { $0.string }
            return texts.count == array.count ? texts : nil
        }.flatMap { printable($0, key, path) }
    }

    /// The texts, unless one has characters that no path or name has.
    private mutating func printable(_ texts: [String], _ key: String, _ path: String) -> [String]? {
        guard texts.contains(where: FilePath.hasControls) else { return texts }
        refuse(.manifestValue, "`\(path).\(key)` has control characters", "\(path).\(key)", nil)
        return nil
    }

    /// An integer count of bytes, or a text with a unit of 1024: "256KiB", "20GiB".
    mutating func bytes(_ table: TOMLTable, _ key: String, _ path: String) -> Int? {
        typed(table, key, path, "a size such as \"20GiB\"") { value in
            if let count = value.int { return count > 0 ? count : nil }
            return value.string.flatMap(Manifest.bytes)
        }
    }

    mutating func typed<Value>(
        _ table: TOMLTable, _ key: String, _ path: String, _ wanted: String, _ read: (TOMLValue) -> Value?
    ) -> Value? {
        guard let value = table[key] else { return nil }
        let place = path.isEmpty ? key : "\(path).\(key)"
        guard let typed = read(value) else {
            refuse(.manifestValue, "`\(place)` must be \(wanted)", place, nil)
            return nil
        }
        return typed
    }
}

// Known keys and places.
extension ManifestReader {
    mutating func check(_ table: TOMLTable, _ path: String, _ known: [String]) {
        for key in table.keys.sorted() where !known.contains(key) {
            let place = path.isEmpty ? key : "\(path).\(key)"
            refuse(.unknownManifestKey, "unknown key `\(place)`", place, suggestion(key, known))
        }
    }

    mutating func refuse(_ code: DiagnosticCode, _ message: String, _ place: String, _ help: String?) {
        diagnostics.append(Diagnostic(code, message, at: SourcePosition(file: file, line: line(of: place)), help: help))
    }

    private func suggestion(_ key: String, _ known: [String]) -> String {
        EditDistance.nearest(key, known).map { "did you mean `\($0)`?" } ?? "known here: \(known.sorted().joined(separator: ", "))"
    }

    /// The line on which a dotted key is written, as a table header or inside its table's header; nil for keys in other spellings.
    private func line(of place: String) -> Int? {
        let parts = place.split(separator: ".")
        guard let key = parts.last else { return nil }
        let parent = parts.dropLast().joined(separator: ".")
        var section = ""
        for (index, line) in lines.enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
                section = text[text.index(after: text.startIndex)..<end].filter { $0 != " " && $0 != "\"" }
                if section == place { return index + 1 }
            } else if section == parent, text.hasPrefix(key), text.dropFirst(key.count).drop(while: { $0 == " " }).first == "=" {
                return index + 1
            }
        }
        return nil
    }
}
