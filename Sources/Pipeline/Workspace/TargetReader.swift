import Basics
import Machine

/// Finds targets by name: the built-in ones, and the workspace's own from `targets/NAME.toml`.
package struct TargetReader: Sendable {
    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// The built-in presets first, then the workspace's own by name. Files that are no targets are left to `target(named:)` to explain.
    package func all() -> [TargetDescription] {
        TargetDescription.presets
            + Directory.names(in: workspace.path("targets")).filter { $0.hasSuffix(".toml") }.compactMap {
                try? target(named: FilePath.stem($0))
            }
    }

    /// The target of that name. A file of the workspace may not take a preset's name.
    package func target(named name: String) throws(DiagnosticList) -> TargetDescription {
        if let preset = TargetDescription.preset(named: name) { return preset }
        let file = "targets/\(name).toml"
        let path = workspace.path(file)
        guard FilePath.isName(name), FilePath.exists(path) else {
            throw DiagnosticList([
                Diagnostic(
                    .unknownTarget, "there is no target `\(name)`", help: Self.help(name, besides: "; your own is read from \(file)"))
            ])
        }
        let text: String?
        do { text = try FilePath.text(path) } catch { throw DiagnosticList([Diagnostic(.unreadableFile, error.description)]) }
        return try Self.read(text ?? "", name: name, file: file)
    }

    /// The built-in target of that name.
    package static func preset(named name: String) throws(Diagnostic) -> TargetDescription {
        if let preset = TargetDescription.preset(named: name) { return preset }
        throw Diagnostic(.unknownTarget, "there is no built-in target `\(name)`", help: help(name, besides: ""))
    }

    private static func help(_ name: String, besides: String) -> String {
        let known = TargetDescription.presets.map(\.name)
        return EditDistance.nearest(name, known).map { "did you mean `\($0)`?" } ?? "built in: \(known.joined(separator: ", "))\(besides)"
    }

    /// Reads a target file: `from = "headset"`, an optional `summary`, and facts by key. All problems in one pass.
    package static func read(_ text: String, name: String, file: String) throws(DiagnosticList) -> TargetDescription {
        let table: TOMLTable
        do { table = try TOMLTable(string: text) } catch {
            throw DiagnosticList([
                Diagnostic(
                    .manifestSyntax, "the target is not valid TOML: \(error)",
                    at: SourcePosition(file: file, line: error.line))
            ])
        }
        var problems: [Diagnostic] = []
        func named(_ key: String, default standard: String) -> String {
            guard let value = table[key] else { return standard }
            if value.string == nil {
                problems.append(Diagnostic(.manifestValue, "`\(key)` must be a text", at: SourcePosition(file: file)))
            }
            return value.string ?? standard
        }
        let from = named("from", default: "headset")
        let summary = named("summary", default: "")
        var facts: [(key: String, value: Int)] = []
        for key in table.keys.sorted() where key != "from" && key != "summary" {
            if let value = table[key]?.int {
                facts.append((key, value))
            } else {
                problems.append(Diagnostic(.manifestValue, "`\(key)` must be a whole number", at: SourcePosition(file: file)))
            }
        }
        guard let base = TargetDescription.preset(named: from) else {
            throw DiagnosticList(
                problems + [Diagnostic(.unknownTarget, "`from` names no built-in target: `\(from)`", at: SourcePosition(file: file))])
        }
        do throws(TargetFaults) {
            let target = try TargetDescription(name: name, summary: summary, base: base, facts: facts, source: file)
            if problems.isEmpty { return target }
        } catch {
            problems += error.diagnostics.map { diagnostic in
                var placed = diagnostic
                placed.position = SourcePosition(file: file)
                return placed
            }
        }
        throw DiagnosticList(problems)
    }
}

extension Session {
    /// The targets named by flags; else the manifest's; an error when neither names one.
    package func targets(_ names: [String]) throws(DiagnosticList) -> [TargetDescription] {
        let wanted = names.isEmpty ? workspace.manifest?.targets ?? [] : names
        guard !wanted.isEmpty else {
            throw DiagnosticList([
                Diagnostic(.unknownTarget, "no target is named", help: "use --target headset, or targets = [\"headset\"] in [workspace]")
            ])
        }
        let reader = TargetReader(workspace)
        var targets: [TargetDescription] = []
        var diagnostics: [Diagnostic] = []
        for name in wanted {
            do { targets.append(try reader.target(named: name)) } catch { diagnostics += error.diagnostics }
        }
        if !diagnostics.isEmpty { throw DiagnosticList(diagnostics) }
        return targets
    }
}
